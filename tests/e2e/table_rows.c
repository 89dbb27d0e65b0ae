/* SPDX-License-Identifier: Apache-2.0
 *
 * table_rows FILE: prints the rows of a table that todoku writes for Postfix, one a line: key, tab,
 * value. Bytes that are not printable, and backslashes, stand as \xNN. Status 1: it cannot be read.
 */
#include <stdio.h>

#include "io/lmdb_table.h"

static void print(struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (c >= ' ' && c < 0x7F && c != '\\')
            putchar(c);
        else
            printf("\\x%02X", c);
    }
}

int main(int argc, char **argv)
{
    struct row_set rows = {0};
    struct err err = {0};
    struct lmdb_table *table = argc == 2 ? lmdb_table_open(argv[1], LMDB_TABLE_READ, &err) : NULL;
    if (table == NULL || !lmdb_table_read(table, &rows, &err)) {
        fprintf(stderr, "table_rows: %s\n", argc == 2 ? err.text : "FILE");
        lmdb_table_close(table);
        return 1;
    }
    for (size_t i = 0; i < rows.count; i++) {
        print(rows.rows[i].key);
        putchar('\t');
        print(rows.rows[i].value);
        putchar('\n');
    }
    row_set_done(&rows);
    lmdb_table_close(table);
    return 0;
}
