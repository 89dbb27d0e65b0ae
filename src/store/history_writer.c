/* SPDX-License-Identifier: Apache-2.0
 *
 * See history_writer.h. A failure leaves the file as it was before the transaction. Full or locked:
 * the next try finds out. Anything else: the file is closed and opened anew, with its checks; when
 * it is damaged a second time without a commit between, it is set aside even though the checks
 * found nothing.
 */
#include "store/history_writer.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/clock.h"
#include "store/history_filer.h"
#include "store/history_ledger.h"
#include "store/history_lock.h"
#include "store/history_retention.h"
#include "store/history_schema.h"
#include "store/history_spool.h"

enum { SPOOLED_AT_ONCE = 256 }; /* batches of the spool in one transaction */

struct history_writer {
    struct buf folder;
    struct history_settings settings;
    int lock_fd;   /* -1: not ours */
    bool in_use;   /* another daemon has it */
    bool hopeless; /* there is no folder to have */
    struct sql sql;
    struct stat file; /* as it was opened */
    struct history_filer *filer;
    struct history_spool *spool;
    bool drained;     /* the spool of the process before has been written */
    uint64_t stored;  /* number of the last batch in the file */
    uint64_t number;  /* and of the last one in file or spool */
    uint32_t damages; /* without a commit between */
    struct history_state state;
};

struct history_writer *history_writer_new(const char *folder,
                                          const struct history_settings *settings)
{
    struct history_writer *writer = MEM_NEW(struct history_writer);
    buf_add_str(&writer->folder, folder);
    writer->settings = *settings;
    writer->lock_fd = -1;
    writer->filer = history_filer_new(&writer->sql, settings->rows_bytes / 8);
    writer->spool = history_spool_new(folder, settings->spool_bytes);
    writer->state.spool_max_bytes = settings->spool_bytes;
    return writer;
}

void history_writer_free(struct history_writer *writer)
{
    if (writer == NULL)
        return;
    sql_close(&writer->sql);
    history_filer_free(writer->filer);
    history_spool_free(writer->spool);
    if (writer->lock_fd >= 0)
        close(writer->lock_fd);
    buf_done(&writer->folder);
    mem_free(writer);
}

static void set_trouble(struct history_writer *writer, enum history_trouble trouble,
                        const struct err *why)
{
    struct history_state *state = &writer->state;
    if (trouble == HISTORY_TROUBLE_NONE) {
        state->since_us = 0;
        state->why = (struct err){0};
    } else {
        if (state->since_us == 0)
            state->since_us = clock_now_us();
        state->why = *why;
    }
    state->trouble = trouble;
}

/* Of a file system that is read-only SQLite says no more than that it cannot open its log. */
static bool is_read_only(const struct history_writer *writer)
{
    return access(writer->folder.ptr, W_OK) != 0 && errno == EROFS;
}

static enum history_trouble trouble_of(const struct sql *sql)
{
    switch (sql_trouble(sql)) {
    case SQL_FINE:
        return HISTORY_TROUBLE_FOREIGN;
    case SQL_FULL:
        return HISTORY_TROUBLE_FULL;
    case SQL_READ_ONLY:
        return HISTORY_TROUBLE_READ_ONLY;
    case SQL_LOCKED:
        return HISTORY_TROUBLE_LOCKED;
    case SQL_DAMAGED:
        return HISTORY_TROUBLE_DAMAGED;
    case SQL_FAILED:
        break;
    }
    return HISTORY_TROUBLE_FAILED;
}

static void close_file(struct history_writer *writer)
{
    sql_close(&writer->sql);
    history_filer_forget(writer->filer);
}

/* A transaction failed: undoes it, remembers why, closes what is not to be trusted. */
static bool fail(struct history_writer *writer)
{
    struct err why = {0};
    enum history_trouble trouble = trouble_of(&writer->sql);
    sql_err(&writer->sql, &why, HISTORY_FILE);
    set_trouble(writer, trouble, &why);
    writer->damages += trouble == HISTORY_TROUBLE_DAMAGED;
    sql_rollback(&writer->sql);
    history_filer_forget(writer->filer);
    if (trouble != HISTORY_TROUBLE_FULL && trouble != HISTORY_TROUBLE_LOCKED)
        close_file(writer);
    return false;
}

/* What no waiting mends: somebody has to change the folder, its owner or the setting. */
static bool is_hopeless(int code)
{
    return code == ENOTDIR || code == EISDIR || code == ENOENT || code == EACCES || code == EPERM ||
           code == ELOOP || code == ENAMETOOLONG;
}

/* False with *why: the folder is not there and cannot be made, or is none. */
static bool make_folder(struct history_writer *writer, struct err *why)
{
    const char *folder = writer->folder.ptr;
    struct stat st;
    int code = mkdir(folder, 0750) == 0 ? 0 : errno;
    if (code == EEXIST) {
        code = stat(folder, &st) == 0 ? 0 : errno;
        if (code == 0 && !S_ISDIR(st.st_mode))
            code = ENOTDIR;
    }
    if (code == 0)
        return true;
    writer->hopeless = is_hopeless(code) || code == EROFS;
    if (code == ENOTDIR)
        return err_set(why, ERR_IO,
                       "%s: is no folder: move it away, or set `state` to a folder of todoku's own",
                       folder);
    return err_set(why, ERR_IO,
                   "%s: cannot be made: %s: make it, owned by the daemon's user, or set another "
                   "`state`",
                   folder, strerror(code));
}

static bool take_lock(struct history_writer *writer)
{
    struct err why = {0};
    if (writer->lock_fd >= 0)
        return true;
    if (!make_folder(writer, &why)) {
        set_trouble(writer, HISTORY_TROUBLE_READ_ONLY, &why);
        return false;
    }
    int code = 0;
    enum history_lock lock = history_lock_take(writer->folder.ptr, &writer->lock_fd, &code, &why);
    writer->in_use = lock == HISTORY_LOCK_TAKEN;
    writer->hopeless = lock == HISTORY_LOCK_FAILED && is_hopeless(code);
    if (lock == HISTORY_LOCK_OURS)
        return true;
    set_trouble(writer, writer->in_use ? HISTORY_TROUBLE_LOCKED : HISTORY_TROUBLE_READ_ONLY, &why);
    return false;
}

static bool stat_file(const struct history_writer *writer, struct stat *to)
{
    CLEANUP_BUF struct buf path = {0};
    buf_addf(&path, "%s/" HISTORY_FILE, writer->folder.ptr);
    return stat(path.ptr, to) == 0;
}

static bool open_file(struct history_writer *writer, int64_t now_us)
{
    if (writer->sql.db != NULL)
        return true;
    const struct history_opening opening = {
        .folder = writer->folder.ptr,
        .now_us = now_us,
        .busy_ms = (int)(writer->settings.lock_wait_us / 1000),
        .distrust = writer->damages > 1,
        .check_us = writer->settings.check_us,
    };
    struct err why = {0};
    CLEANUP_BUF struct buf aside = {0};
    enum history_opened opened = history_schema_open(&opening, &writer->sql, &aside, &why);
    if (aside.len > 0 && opened == HISTORY_RENEWED) {
        writer->state.set_aside++;
        writer->damages = 0;
        snprintf(writer->state.aside, sizeof(writer->state.aside), "%s", aside.ptr);
    }
    if (opened == HISTORY_NOT_OPENED) {
        enum history_trouble trouble = trouble_of(&writer->sql);
        if (trouble == HISTORY_TROUBLE_FAILED && is_read_only(writer))
            trouble = HISTORY_TROUBLE_READ_ONLY;
        set_trouble(writer, trouble, &why);
        return false;
    }
    history_filer_forget(writer->filer);
    writer->stored = history_ledger_number(&writer->sql);
    writer->number = writer->number > writer->stored ? writer->number : writer->stored;
    return stat_file(writer, &writer->file) && (sql_ok(&writer->sql) || fail(writer));
}

/* The batches with the numbers that they have. */
static bool write_numbered(struct history_writer *writer, struct history_batch *const *batches,
                           size_t count, int64_t now_us)
{
    struct sql *sql = &writer->sql;
    uint64_t rows = 0;
    sql_exec(sql, "BEGIN IMMEDIATE");
    for (size_t i = 0; i < count && sql_ok(sql); i++) {
        history_filer_put(writer->filer, batches[i], now_us);
        history_ledger_put(sql, batches[i]);
        rows += batches[i]->rows;
    }
    history_filer_save(writer->filer);
    if (!sql_exec(sql, "COMMIT"))
        return fail(writer);
    writer->stored = batches[count - 1]->number;
    if (writer->number < writer->stored)
        writer->number = writer->stored;
    writer->damages = 0;
    writer->state.rows += rows;
    writer->state.batches += count;
    set_trouble(writer, HISTORY_TROUBLE_NONE, NULL);
    return true;
}

/* Reads some batches of the spool that the file does not have yet. */
static size_t take_spooled(struct history_writer *writer, struct history_batch **to)
{
    uint64_t rows = 0;
    size_t count = 0;
    while (count < SPOOLED_AT_ONCE && rows < writer->settings.commit_rows) {
        struct history_batch *batch = history_spool_next(writer->spool);
        if (batch == NULL)
            break;
        if (batch->number <= writer->stored) {
            history_batch_free(batch);
            continue;
        }
        rows += batch->rows;
        to[count++] = batch;
    }
    return count;
}

/* One transaction of the spool; *left: there may be more. */
static bool drain_some(struct history_writer *writer, int64_t now_us, bool *left)
{
    struct history_batch *batches[SPOOLED_AT_ONCE];
    size_t count = take_spooled(writer, batches);
    *left = count > 0;
    bool written = count == 0 || write_numbered(writer, batches, count, now_us);
    for (size_t i = 0; i < count; i++)
        history_batch_free(batches[i]);
    if (written)
        history_spool_taken(writer->spool);
    else
        history_spool_rewind(writer->spool);
    return written;
}

bool history_writer_prepare(struct history_writer *writer, int64_t now_us)
{
    if (!take_lock(writer) || !open_file(writer, now_us))
        return false;
    bool left = !writer->drained || history_spool_bytes(writer->spool) > 0;
    while (left)
        if (!drain_some(writer, now_us, &left))
            return false;
    writer->drained = writer->state.ready = true;
    if (writer->state.trouble != HISTORY_TROUBLE_FULL &&
        writer->state.trouble != HISTORY_TROUBLE_LOCKED)
        set_trouble(writer, HISTORY_TROUBLE_NONE, NULL);
    return true;
}

bool history_writer_is_refused(const struct history_writer *writer)
{
    return writer->in_use || writer->hopeless;
}

bool history_writer_write(struct history_writer *writer, struct history_batch *const *batches,
                          size_t count, int64_t now_us)
{
    for (size_t i = 0; i < count; i++)
        batches[i]->number = writer->stored + 1 + i;
    return write_numbered(writer, batches, count, now_us);
}

size_t history_writer_spool(struct history_writer *writer, struct history_batch *const *batches,
                            size_t count)
{
    size_t done = 0;
    if (!writer->drained)
        return 0;
    for (; done < count; done++) {
        batches[done]->number = writer->number + 1;
        if (!history_spool_add(writer->spool, batches[done], NULL))
            break;
        writer->number++;
    }
    return done;
}

/* Somebody has removed or replaced the file: what is written would be gone. */
static bool is_replaced(const struct history_writer *writer)
{
    struct stat now;
    return !stat_file(writer, &now) || now.st_ino != writer->file.st_ino ||
           now.st_dev != writer->file.st_dev;
}

static bool retain(struct history_writer *writer, int64_t now_us, bool *more)
{
    const struct history_retention limits = {
        .rows_age_us = writer->settings.rows_age_us,
        .rows_bytes = writer->settings.rows_bytes,
        .sums_age_us = writer->settings.sums_age_us,
        .incidents_age_us = writer->settings.incidents_age_us,
    };
    return history_retention_step(&writer->sql, &limits, now_us, more);
}

bool history_writer_tidy(struct history_writer *writer, bool retention, int64_t now_us, bool *more)
{
    struct sql *sql = &writer->sql;
    *more = false;
    if (retention && is_replaced(writer)) {
        close_file(writer);
        return false;
    }
    sql_exec(sql, "BEGIN IMMEDIATE");
    history_filer_tidy(writer->filer, now_us, more);
    sql_exec(sql, "COMMIT");
    if (sql_ok(sql) && !*more && retention)
        retain(writer, now_us, more);
    if (!sql_ok(sql))
        return fail(writer);
    set_trouble(writer, HISTORY_TROUBLE_NONE, NULL);
    return true;
}

void history_writer_state(struct history_writer *writer, struct history_state *out)
{
    *out = writer->state;
    out->spool_bytes = history_spool_bytes(writer->spool);
    out->lost_batches = history_spool_lost(writer->spool);
    out->file_bytes = 0;
    struct stat file;
    if (stat_file(writer, &file))
        out->file_bytes = file.st_size;
}
