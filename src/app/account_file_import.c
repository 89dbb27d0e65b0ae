/* SPDX-License-Identifier: Apache-2.0
 *
 * See account_file_import.h.
 */
#include "app/account_file_import.h"

#include <string.h>
#include <unistd.h>

#include "app/csv_rows.h"
#include "app/passwd_rows.h"
#include "io/progress.h"
#include "io/secret_memory.h"
#include "model/account_flag.h"

enum { REFUSED_TOLD = 20 };

struct importing {
    const struct account_file_import *how;
    const struct account_rows *kind;
    void *rows;
    struct buf secret; /* of the row, made */
    struct progress *progress;
    size_t refused, line; /* how many; of the first */
};

static enum account_import_step next(void *context, struct account_import_row *row, struct err *err)
{
    struct importing *importing = context;
    return importing->kind->next(importing->rows, row, err);
}

static void show(void *context, size_t rows)
{
    struct importing *importing = context;
    progress_update(importing->progress, importing->how->path,
                    importing->kind->bytes(importing->rows), rows);
}

static void tell(void *context, size_t line, const struct err *err)
{
    struct importing *importing = context;
    if (importing->refused++ == 0)
        importing->line = line;
    if (importing->refused <= REFUSED_TOLD)
        fprintf(stderr, "%s:%zu: %s\n", importing->how->path, line, err->text);
}

/* ---- rows that are going to be written ---- */

static bool check_flags(const struct account_text *text, struct err *err)
{
    struct slice flags = text->flags;
    enum account_flag_kind kind;
    while (flags.len > 0) {
        struct slice words = slice_cut(&flags, ' ');
        while (words.len > 0) {
            struct slice word = slice_cut(&words, ',');
            if (word.len > 0 && !account_flag_from_word(word, &kind))
                return account_refuse(err, text->login,
                                      "its flags are to be of note, slow, hold, defer, no-send, "
                                      "suspended, no-login and password-reset");
        }
    }
    return true;
}

/* In another form, if it is in clear and that is wanted. */
static bool make_secret(struct importing *importing, const struct secret_form *form,
                        struct account_text *text, struct err *err)
{
    const struct secret_terms *terms = importing->how->secrets;
    struct err why = {0};
    if (terms == NULL || terms->choice == SECRET_MAKE_PLAIN || form->scheme != SECRET_PLAIN ||
        form->coding != SECRET_TEXT || importing->how->dry_run)
        return true;
    secret_buf_done(&importing->secret);
    if (!secret_make(terms, text->login, form->data, &importing->secret, &why))
        return account_refuse(err, text->login, why.text);
    text->secret = buf_slice(&importing->secret);
    return true;
}

static bool prepare(void *context, struct account_import_row *row, struct err *err)
{
    static const struct secret_rules rules = {.bounds = SECRET_BOUNDS_DEFAULT};
    struct account_text *text = &row->change.text;
    struct secret_form form;
    if (!check_flags(text, err))
        return false;
    if (!secret_form_parse(text->secret, rules.unprefixed, &form))
        return account_refuse(err, text->login, "its password is in no form that is known");
    return secret_is_locked(&rules, text->secret) || make_secret(context, &form, text, err);
}

/* ---- all of them ---- */

static int64_t size_of(FILE *file)
{
    if (fseek(file, 0, SEEK_END) != 0)
        return -1;
    long size = ftell(file);
    rewind(file);
    return size;
}

/* Of one that is bad where it stands, of several how many there are. */
static void say_refused(const struct importing *importing, struct err *err)
{
    if (importing->refused > REFUSED_TOLD)
        fprintf(stderr, "... and %zu more\n", importing->refused - REFUSED_TOLD);
    (void)err_set(err, ERR_INPUT, "%s: %zu %s, from line %zu on; nothing was imported",
                  importing->how->path, importing->refused,
                  importing->refused == 1 ? "line cannot be imported" : "lines cannot be imported",
                  importing->line);
}

bool account_file_import(struct account_writer *writer, const struct account_file_import *how,
                         struct account_import_counts *counts, struct err *err)
{
    static const struct account_rows *const kinds[] = {
        [ACCOUNT_FILE_PASSWD] = &passwd_rows, [ACCOUNT_FILE_CSV] = &csv_rows};
    struct importing importing = {.how = how, .kind = kinds[how->format]};
    const struct account_import run = {
        .next = next,
        .progress = show,
        .prepare = prepare,
        .refused = tell,
        .context = &importing,
        .existing = how->existing,
        .dry_run = how->dry_run,
    };
    importing.progress =
        progress_new(STDERR_FILENO, strcmp(how->path, "-") == 0 ? -1 : size_of(how->file));
    importing.rows = importing.kind->make(how->file);
    bool good = account_import_run(writer, &run, counts, err);
    progress_free(importing.progress);
    if (importing.refused > 0)
        say_refused(&importing, err);
    else if (!good)
        (void)err_at(err, "%s", how->path);
    importing.kind->free(importing.rows);
    secret_buf_done(&importing.secret);
    return good;
}
