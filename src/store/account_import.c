/* SPDX-License-Identifier: Apache-2.0
 *
 * See account_import.h. Other names wait in memory, in about 50 bytes each.
 */
#include "store/account_import.h"

enum { PROGRESS_ROWS = 1000 };

struct run {
    struct account_writer *writer;
    const struct account_import *import;
    struct account_import_counts *counts;
    struct buf aliases; /* alias, NUL, account, NUL, line as text, NUL ... */
    struct err first;   /* that was refused */
};

/* True: what is refused was told, and others are looked at. */
static bool refuse(struct run *run, size_t line, const struct err *err)
{
    if (run->import->refused == NULL || err->code != ERR_INPUT)
        return false;
    if (run->counts->refused++ == 0)
        run->first = *err;
    run->import->refused(run->import->context, line, err);
    return true;
}

static bool prepare(struct run *run, struct account_import_row *row, struct err *err)
{
    return run->import->prepare == NULL || run->import->prepare(run->import->context, row, err);
}

/* Of a login that is an account already. */
static bool meet(struct run *run, struct account_import_row *row, struct err *err)
{
    const struct account_change *change = &row->change;
    switch (run->import->existing) {
    case ACCOUNT_IMPORT_REFUSE:
        return account_refuse(err, change->text.login, "there is an account of that name already");
    case ACCOUNT_IMPORT_SKIP:
        run->counts->skipped++;
        return true;
    case ACCOUNT_IMPORT_CHANGE:
        run->counts->changed++;
        return prepare(run, row, err) && account_writer_change(run->writer, change, err);
    }
    return false;
}

static bool import_account(struct run *run, struct account_import_row *row, struct err *err)
{
    const struct account_change *change = &row->change;
    enum account_name_kind kind;
    if (!account_writer_look(run->writer, change->text.login, &kind, err))
        return false;
    if (kind == ACCOUNT_NAME_ACCOUNT)
        return meet(run, row, err);
    if (kind == ACCOUNT_NAME_ALIAS && run->import->existing == ACCOUNT_IMPORT_SKIP) {
        run->counts->skipped++;
        return true;
    }
    run->counts->added++;
    return prepare(run, row, err) && account_writer_add(run->writer, change, err);
}

static bool import_alias(struct run *run, struct slice alias, struct slice account, struct err *err)
{
    enum account_name_kind kind;
    if (!account_writer_look(run->writer, alias, &kind, err))
        return false;
    if (kind != ACCOUNT_NAME_FREE && run->import->existing == ACCOUNT_IMPORT_SKIP) {
        run->counts->skipped++;
        return true;
    }
    if (kind == ACCOUNT_NAME_ALIAS && run->import->existing == ACCOUNT_IMPORT_CHANGE &&
        !account_writer_remove_alias(run->writer, alias, err))
        return false;
    run->counts->aliases++;
    return account_writer_add_alias(run->writer, alias, account, err);
}

static bool import_aliases(struct run *run, struct err *err)
{
    struct slice rest = buf_slice(&run->aliases);
    while (rest.len > 0) {
        struct slice alias = slice_cut(&rest, '\0'), account = slice_cut(&rest, '\0');
        struct slice line = slice_cut(&rest, '\0');
        uint64_t number = 0;
        (void)slice_to_u64(line, UINT64_MAX, &number);
        if (!import_alias(run, alias, account, err) && !refuse(run, (size_t)number, err))
            return false;
    }
    return true;
}

/* The rows in between have no NUL. */
static bool keep_alias(struct run *run, const struct account_import_row *row, struct err *err)
{
    if (!account_login_check(row->change.text.login, err) ||
        !account_login_check(row->account, err))
        return false;
    buf_add(&run->aliases, row->change.text.login);
    buf_add_char(&run->aliases, '\0');
    buf_add(&run->aliases, row->account);
    buf_add_char(&run->aliases, '\0');
    buf_addf(&run->aliases, "%zu", row->line);
    buf_add_char(&run->aliases, '\0');
    return true;
}

static bool import_row(struct run *run, struct account_import_row *row, struct err *err)
{
    run->counts->rows++;
    return row->account.len > 0 ? keep_alias(run, row, err) : import_account(run, row, err);
}

static bool import_rows(struct run *run, struct err *err)
{
    const struct account_import *import = run->import;
    struct account_import_row row = {0};
    enum account_import_step step;
    while ((step = import->next(import->context, &row, err)) != ACCOUNT_IMPORT_END) {
        bool good = step == ACCOUNT_IMPORT_ROW && import_row(run, &row, err);
        if (!good && !refuse(run, row.line, err))
            return false;
        if (import->progress != NULL && run->counts->rows % PROGRESS_ROWS == 0)
            import->progress(import->context, run->counts->rows);
        row = (struct account_import_row){0};
    }
    if (!import_aliases(run, err))
        return false;
    if (run->counts->refused > 0)
        *err = run->first;
    return run->counts->refused == 0;
}

bool account_import_run(struct account_writer *writer, const struct account_import *import,
                        struct account_import_counts *counts, struct err *err)
{
    struct run run = {.writer = writer, .import = import, .counts = counts};
    *counts = (struct account_import_counts){0};
    if (!account_writer_begin(writer, err))
        return false;
    bool good = import_rows(&run, err);
    if (good && !import->dry_run)
        good = account_writer_commit(writer, err);
    else
        account_writer_undo(writer);
    buf_done(&run.aliases);
    return good;
}
