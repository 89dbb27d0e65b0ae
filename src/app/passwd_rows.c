/* SPDX-License-Identifier: Apache-2.0
 *
 * See passwd_rows.h.
 */
#include "app/passwd_rows.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "io/secret_memory.h"
#include "mail/passwd_line.h"

enum { LINE_BYTES = 65536 };

struct reading {
    FILE *file;
    char line[LINE_BYTES];
    size_t number;
    int64_t bytes;
    struct buf flags; /* of the row */
};

/* nologin is a flag here. */
static void put_row(struct reading *reading, const struct passwd_line *line,
                    struct account_import_row *row)
{
    buf_clear(&reading->flags);
    buf_add(&reading->flags, line->flags);
    if (line->is_closed)
        buf_add_str(&reading->flags, line->flags.len > 0 ? " no-login" : "no-login");
    *row = (struct account_import_row){
        .account = line->user,
        .line = reading->number,
        .change = {.text = {.login = line->login,
                            .account_class = line->account_class,
                            .server = line->server,
                            .secret = line->password,
                            .protocols = line->protocols,
                            .networks = line->networks,
                            .valid_until = line->valid_until,
                            .flags = buf_slice(&reading->flags)},
                   .given = (1u << ACCOUNT_COLUMN_COUNT) - 1},
    };
}

static enum account_import_step next(void *context, struct account_import_row *row, struct err *err)
{
    struct reading *reading = context;
    errno = 0;
    while (fgets(reading->line, LINE_BYTES, reading->file) != NULL) {
        struct passwd_line line = {0};
        struct slice text = slice_from_str(reading->line);
        bool whole = slice_ends_with(text, SLICE("\n")) || feof(reading->file) != 0;
        row->line = ++reading->number;
        reading->bytes += (int64_t)text.len;
        text.len -= whole && slice_ends_with(text, SLICE("\n"));
        if (!whole) {
            err_set(err, ERR_INPUT, "is longer than %d bytes, or has a NUL", LINE_BYTES - 1);
            return ACCOUNT_IMPORT_BAD;
        }
        switch (passwd_line_parse(text, &line)) {
        case PASSWD_NOTHING:
            continue;
        case PASSWD_BAD:
            err_set(err, ERR_INPUT, "is no line of a passwd-file: LOGIN:PASSWORD:...");
            return ACCOUNT_IMPORT_BAD;
        case PASSWD_ACCOUNT:
            put_row(reading, &line, row);
            return ACCOUNT_IMPORT_ROW;
        }
    }
    if (!ferror(reading->file))
        return ACCOUNT_IMPORT_END;
    err_set(err, ERR_IO, "cannot be read: %s", strerror(errno));
    return ACCOUNT_IMPORT_BAD;
}

static void *make(FILE *file)
{
    struct reading *reading = secret_memory_new(sizeof(*reading));
    reading->file = file;
    return reading;
}

static void release(void *rows)
{
    struct reading *reading = rows;
    secret_buf_done(&reading->flags);
    secret_memory_free(reading, sizeof(*reading));
}

static int64_t bytes(const void *rows)
{
    return ((const struct reading *)rows)->bytes;
}

const struct account_rows passwd_rows = {make, release, next, bytes};
