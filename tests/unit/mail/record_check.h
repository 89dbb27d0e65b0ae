/* SPDX-License-Identifier: Apache-2.0
 *
 * Rows for the tests of record grammars: a line, and all that is read in it. A field that is not in
 * the row must not be in the record.
 */
#ifndef TD_TEST_RECORD_CHECK_H
#define TD_TEST_RECORD_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "mail/log_record.h"

enum { ROW_FIELDS_MAX = 14 };

struct row_field {
    enum log_field field;
    const char *value; /* NULL ends the list */
};

struct row {
    const char *line;
    enum log_kind kind;
    bool cut;
    struct row_field fields[ROW_FIELDS_MAX + 1];
};

#define F(name, text) \
    { \
        LOG_FIELD_##name, text \
    }
#define STAMP "2026-03-02T08:01:02.123456+09:00 relay1 "

struct row_table {
    const struct row *rows;
    size_t count;
};

/* Two tests of a table, for a list of cmocka: its rows, and their beginnings. */
#define ROW_TABLE(rows) (&(struct row_table){rows, sizeof(rows) / sizeof((rows)[0])})
#define ROW_TESTS(rows) \
    {#rows, rows_are_read, NULL, NULL, ROW_TABLE(rows)}, \
    { \
#rows "_cut_anywhere", rows_are_read_cut, NULL, NULL, ROW_TABLE(rows) \
    }

/* *state: a struct row_table. Fails at the first row that differs. */
void rows_are_read(void **state);

/* *state: the same. Every shorter beginning of every row's line is read without fault, fields
 * inside the line. */
void rows_are_read_cut(void **state);

#endif
