/* SPDX-License-Identifier: Apache-2.0
 *
 * See passwd_import.h.
 */
#include "app/passwd_import.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "io/progress.h"
#include "io/secret_memory.h"
#include "mail/passwd_line.h"

enum { LINE_BYTES = 65536 };

struct reading {
    FILE *file;
    const char *path;
    char line[LINE_BYTES];
    size_t number;
    int64_t bytes;
    struct buf flags; /* of the row */
    struct progress *progress;
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
        reading->number++;
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

static void show(void *context, size_t rows)
{
    struct reading *reading = context;
    progress_update(reading->progress, reading->path, reading->bytes, rows);
}

static int64_t size_of(FILE *file)
{
    if (fseek(file, 0, SEEK_END) != 0)
        return -1;
    long size = ftell(file);
    rewind(file);
    return size;
}

bool passwd_import(struct account_writer *writer, const char *path, bool update,
                   struct account_import_counts *counts, struct err *err)
{
    bool is_input = strcmp(path, "-") == 0;
    FILE *file = is_input ? stdin : fopen(path, "re");
    if (file == NULL)
        return err_set(err, ERR_IO, "%s: cannot be opened: %s", path, strerror(errno));
    struct reading *reading = secret_memory_new(sizeof(*reading));
    reading->path = path;
    reading->file = file;
    const struct account_import how = {
        .next = next,
        .progress = show,
        .context = reading,
        .existing = update ? ACCOUNT_IMPORT_CHANGE : ACCOUNT_IMPORT_SKIP,
    };
    reading->progress = progress_new(STDERR_FILENO, is_input ? -1 : size_of(file));
    bool good = account_import_run(writer, &how, counts, err);
    if (!good)
        (void)err_at(err, "%s:%zu", path, reading->number);
    progress_free(reading->progress);
    buf_done(&reading->flags);
    secret_memory_free(reading, sizeof(*reading));
    if (!is_input)
        (void)fclose(file);
    return good;
}
