/* SPDX-License-Identifier: Apache-2.0
 *
 * See csv_rows.h.
 */
#include "app/csv_rows.h"

#include "base/escape.h"
#include "base/spelling.h"
#include "io/csv_reader.h"
#include "io/secret_memory.h"

enum { SHOWN_MAX = 60 };

/* What a column is for: a column of accounts, or one of these. */
enum { COLUMN_LOGIN = ACCOUNT_COLUMN_COUNT, COLUMN_ACCOUNT, COLUMN_KINDS };

static const struct {
    const char *name;
    unsigned kind;
} names[] = {{"login", COLUMN_LOGIN},
             {"account", COLUMN_ACCOUNT},
             {"password", ACCOUNT_COLUMN_SECRET},
#define X(name, member, column) {column, ACCOUNT_COLUMN_##name},
             ACCOUNT_COLUMNS(X)
#undef X
};

struct reading {
    struct csv_reader *reader;
    unsigned kinds[CSV_FIELDS_MAX];
    size_t count; /* of columns; 0: the first line was not read yet */
    bool is_over;
};

/* ---- the first line ---- */

static bool refuse_name(struct slice name, struct err *err)
{
    CLEANUP_BUF struct buf shown = {0}, known = {0};
    struct spelling search = {.word = name};
    escape_terminal(slice_first(name, SHOWN_MAX), &shown);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        spelling_offer(&search, slice_from_str(names[i].name));
    spelling_suggest(&search, &known);
    return err_set(err, ERR_INPUT,
                   "names a column \"%s\"%s; known are login, account, secret, class, server, "
                   "protocols, networks, valid_until and flags",
                   buf_str(&shown), buf_str(&known));
}

static bool find_kind(struct slice name, unsigned *kind, struct err *err)
{
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (slice_ieq(slice_trim(name), slice_from_str(names[i].name))) {
            *kind = names[i].kind;
            return true;
        }
    return refuse_name(name, err);
}

static bool read_names(struct reading *reading, const struct csv_record *record, struct err *err)
{
    unsigned seen = 0;
    for (size_t i = 0; i < record->count; i++) {
        if (!find_kind(record->fields[i], &reading->kinds[i], err))
            return false;
        if ((seen & 1u << reading->kinds[i]) != 0)
            return err_set(err, ERR_INPUT, "names the column %.*s twice",
                           SLICE_ARG(slice_trim(record->fields[i])));
        seen |= 1u << reading->kinds[i];
    }
    reading->count = record->count;
    return (seen & 1u << COLUMN_LOGIN) != 0 ||
           err_set(err, ERR_INPUT,
                   "has no column login: the first line names the columns, login,secret,class");
}

/* ---- the others ---- */

static void put_field(struct account_import_row *row, unsigned kind, struct slice field)
{
    struct account_change *change = &row->change;
    if (kind == COLUMN_LOGIN) {
        change->text.login = field;
    } else if (kind == COLUMN_ACCOUNT) {
        row->account = field;
    } else if (kind != ACCOUNT_COLUMN_SECRET || field.len > 0) {
        *account_text_place(&change->text, (enum account_column)kind) = field;
        change->given |= 1u << kind;
    }
}

static enum account_import_step put_row(const struct reading *reading,
                                        const struct csv_record *record,
                                        struct account_import_row *row, struct err *err)
{
    if (record->count != reading->count) {
        (void)err_set(err, ERR_INPUT, "has %zu fields, and the first line names %zu", record->count,
                      reading->count);
        return ACCOUNT_IMPORT_BAD;
    }
    for (size_t i = 0; i < record->count; i++)
        put_field(row, reading->kinds[i], record->fields[i]);
    return ACCOUNT_IMPORT_ROW;
}

static enum account_import_step next(void *rows, struct account_import_row *row, struct err *err)
{
    struct reading *reading = rows;
    struct csv_record record;
    enum csv_step step = CSV_END;
    if (!reading->is_over)
        step = csv_reader_next(reading->reader, &record, err);
    bool is_first = step == CSV_RECORD && reading->count == 0;
    if (is_first && read_names(reading, &record, err))
        step = csv_reader_next(reading->reader, &record, err);
    else if (is_first)
        step = CSV_BAD;
    reading->is_over = step != CSV_RECORD;
    if (step == CSV_END)
        return ACCOUNT_IMPORT_END;
    row->line = record.line;
    return step == CSV_BAD ? ACCOUNT_IMPORT_BAD : put_row(reading, &record, row, err);
}

/* ---- as rows ---- */

static void *make(FILE *file)
{
    struct reading *reading = MEM_NEW(struct reading);
    reading->reader = csv_reader_new(file);
    return reading;
}

static void release(void *rows)
{
    struct reading *reading = rows;
    csv_reader_free(reading->reader);
    mem_free(reading);
}

static int64_t bytes(const void *rows)
{
    return csv_reader_bytes(((const struct reading *)rows)->reader);
}

const struct account_rows csv_rows = {make, release, next, bytes};
