/* SPDX-License-Identifier: Apache-2.0
 *
 * The table in liblmdb. See lmdb_table.h. http://www.lmdb.tech/doc/
 *
 * Without LMDB's own locks the lock of the file is all there is: pages that the last transaction
 * freed are used again at once, so nobody may read while one writes, and each transaction begins
 * with the newest meta page, whoever wrote it.
 */
#include "io/lmdb_table.h"

#include <errno.h>
#include <fcntl.h>
#include <lmdb.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "io/clock.h"

#define FIRST_BYTES ((size_t)16 << 20) /* Postfix' own lmdb_map_size */
#define BYTES_MAX ((size_t)1 << 30)
#define MODE 0644
#define LOCK_PAUSE_NS 1000000

struct lmdb_table {
    char *path; /* in the same allocation */
    enum lmdb_table_use use;
    MDB_env *env; /* NULL: to be opened */
    MDB_dbi dbi;
};

static bool fail(const struct lmdb_table *table, const char *what, int code, struct err *err)
{
    enum err_code kind = code > 0 ? ERR_IO : ERR_LIBRARY;
    if (code == MDB_INVALID || code == MDB_VERSION_MISMATCH || code == MDB_CORRUPTED)
        return err_set(err, ERR_INPUT, "%s: is no LMDB file of this kind; remove it", table->path);
    if (code == MDB_MAP_FULL)
        return err_set(err, ERR_LIMIT, "%s: %s: more than %zu MiB", table->path, what,
                       BYTES_MAX >> 20);
    if (code == EIO || code == ENOSPC) /* the library says EIO of a write that was cut short */
        return err_set(err, ERR_IO, "%s: %s: not all could be written; is the disk full?",
                       table->path, what);
    return err_set(err, kind, "%s: %s: %s", table->path, what, mdb_strerror(code));
}

static int descriptor(const struct lmdb_table *table)
{
    int fd = -1;
    return table->env != NULL && mdb_env_get_fd(table->env, &fd) == 0 ? fd : -1;
}

/* ---- the lock ---- */

static bool is_held(int code)
{
    return code == EAGAIN || code == EACCES || code == EINTR;
}

/* A lock is asked for again and again: waiting in the kernel has no deadline. 0, or why it was not
 * to be had; after wait_ms is_held. */
static int try_lock(int fd, int type, int64_t wait_ms)
{
    struct flock whole = {.l_type = (short)type, .l_whence = SEEK_SET};
    const struct timespec pause = {.tv_nsec = LOCK_PAUSE_NS};
    int64_t end_us = clock_steady_us() + wait_ms * 1000;
    while (fcntl(fd, F_OFD_SETLK, &whole) != 0) {
        if (!is_held(errno) || clock_steady_us() >= end_us)
            return errno;
        nanosleep(&pause, NULL);
    }
    return 0;
}

static bool fail_lock(const struct lmdb_table *table, int code, struct err *err)
{
    if (!is_held(code))
        return err_set_errno(err, code, "%s: lock", table->path);
    return err_set(err, ERR_IO, "%s: locked by another process for %d s", table->path,
                   LMDB_TABLE_LOCK_MS / 1000);
}

static bool lock_file(const struct lmdb_table *table, int fd, int type, struct err *err)
{
    int code = try_lock(fd, type, LMDB_TABLE_LOCK_MS);
    return code == 0 || fail_lock(table, code, err);
}

static bool lock(const struct lmdb_table *table, int type, struct err *err)
{
    return lock_file(table, descriptor(table), type, err);
}

static void unlock(const struct lmdb_table *table)
{
    struct flock whole = {.l_type = F_UNLCK, .l_whence = SEEK_SET};
    (void)fcntl(descriptor(table), F_OFD_SETLK, &whole);
}

/* ---- opening ---- */

static void close_env(struct lmdb_table *table)
{
    if (table->env != NULL)
        mdb_env_close(table->env);
    table->env = NULL;
}

/* Finds the one database of the file. */
static int find_database(struct lmdb_table *table)
{
    MDB_txn *txn;
    int code = mdb_txn_begin(table->env, NULL, MDB_RDONLY, &txn);
    if (code != 0)
        return code;
    code = mdb_dbi_open(txn, NULL, 0, &table->dbi);
    mdb_txn_abort(txn); /* the handle of the main database stays */
    return code;
}

static bool make_env(struct lmdb_table *table, struct err *err)
{
    unsigned flags = MDB_NOSUBDIR | MDB_NOLOCK | (table->use == LMDB_TABLE_READ ? MDB_RDONLY : 0u);
    int code = mdb_env_create(&table->env);
    if (code == 0)
        code = mdb_env_set_mapsize(table->env, FIRST_BYTES);
    if (code == 0)
        code = mdb_env_open(table->env, table->path, flags, MODE);
    if (code == 0)
        code = find_database(table);
    if (code == 0)
        return true;
    close_env(table);
    return fail(table, "open", code, err);
}

/* A new file appears under its name with its head in it and for everybody to read, whatever our
 * umask is: who opens it at that moment finds a table, if an empty one. */
static bool make_file(const struct lmdb_table *table, struct err *err)
{
    CLEANUP_BUF struct buf path = {0};
    buf_addf(&path, "%s.new-%ld", table->path, (long)getpid());
    (void)unlink(buf_str(&path)); /* of a process that had our number */
    struct lmdb_table new = {.path = path.ptr, .use = LMDB_TABLE_WRITE};
    bool good = make_env(&new, err);
    close_env(&new);
    if (good &&
        (chmod(path.ptr, MODE) != 0 || (link(path.ptr, table->path) != 0 && errno != EEXIST)))
        good = err_set_errno(err, errno, "%s: make", table->path);
    (void)unlink(path.ptr);
    return good;
}

/* The library reads the head of a file when it opens it, and writes that of an empty one: under a
 * lock, which needs a descriptor of its own. */
static bool open_env(struct lmdb_table *table, struct err *err)
{
    bool writes = table->use == LMDB_TABLE_WRITE;
    struct stat facts;
    if (writes && access(table->path, F_OK) != 0 && errno == ENOENT && !make_file(table, err))
        return false;
    int fd = open(table->path, (writes ? O_RDWR : O_RDONLY) | O_CLOEXEC);
    if (fd < 0)
        return err_set_errno(err, errno, "%s: open", table->path);
    bool good = lock_file(table, fd, writes ? F_WRLCK : F_RDLCK, err);
    if (good && writes && fstat(fd, &facts) == 0 && facts.st_size == 0)
        (void)fchmod(fd, MODE); /* Postfix reads it, whatever our umask is */
    good = good && make_env(table, err);
    close(fd);
    return good;
}

/* Is the file of that name another than the one that is open? */
static bool was_replaced(const struct lmdb_table *table)
{
    struct stat named, open;
    if (fstat(descriptor(table), &open) != 0)
        return true;
    return stat(table->path, &named) != 0 || named.st_ino != open.st_ino ||
           named.st_dev != open.st_dev;
}

static bool ensure_open(struct lmdb_table *table, struct err *err)
{
    if (table->env != NULL && was_replaced(table))
        close_env(table);
    return table->env != NULL || open_env(table, err);
}

struct lmdb_table *lmdb_table_open(const char *path, enum lmdb_table_use use, struct err *err)
{
    size_t len = strlen(path);
    struct lmdb_table *table = mem_new(1, sizeof(*table) + len + 1);
    table->path = memcpy(table + 1, path, len + 1);
    table->use = use;
    if (open_env(table, err))
        return table;
    mem_free(table);
    return NULL;
}

void lmdb_table_close(struct lmdb_table *table)
{
    if (table == NULL)
        return;
    close_env(table);
    mem_free(table);
}

/* ---- transactions ---- */

/* Another process may have made the file larger than our map of it. */
static int begin(struct lmdb_table *table, unsigned flags, MDB_txn **txn)
{
    int code = mdb_txn_begin(table->env, NULL, flags, txn);
    if (code != MDB_MAP_RESIZED)
        return code;
    code = mdb_env_set_mapsize(table->env, 0);
    return code == 0 ? mdb_txn_begin(table->env, NULL, flags, txn) : code;
}

static int read_rows(struct lmdb_table *table, struct row_set *to)
{
    MDB_txn *txn;
    MDB_cursor *cursor;
    MDB_val key, value;
    int code = begin(table, MDB_RDONLY, &txn);
    if (code != 0)
        return code;
    code = mdb_cursor_open(txn, table->dbi, &cursor);
    if (code == 0) {
        while ((code = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) == 0)
            row_set_add(to, slice_of(key.mv_data, key.mv_size),
                        slice_of(value.mv_data, value.mv_size));
        mdb_cursor_close(cursor);
    }
    mdb_txn_abort(txn);
    return code == MDB_NOTFOUND ? 0 : code;
}

bool lmdb_table_read(struct lmdb_table *table, struct row_set *to, struct err *err)
{
    if (!ensure_open(table, err) || !lock(table, F_RDLCK, err))
        return false;
    int code = read_rows(table, to);
    unlock(table);
    if (code == 0) {
        row_set_sort(to);
        return true;
    }
    row_set_done(to);
    return fail(table, "read", code, err);
}

/* ---- one value ---- */

static int find_value(const struct lmdb_table *table, MDB_txn *txn, struct slice key,
                      struct buf *value)
{
    MDB_val wanted = {key.len, (void *)(uintptr_t)key.ptr}, found;
    int code = mdb_get(txn, table->dbi, &wanted, &found);
    if (code != 0)
        return code;
    struct slice bytes = slice_of(found.mv_data, found.mv_size);
    if (bytes.len > 0 && bytes.ptr[bytes.len - 1] == '\0')
        bytes.len--;
    buf_add(value, bytes);
    return 0;
}

/* The key with its NUL first, as Postfix does. */
static int find_either(struct lmdb_table *table, struct slice key, struct buf *value)
{
    char with_nul[LMDB_TABLE_KEY_MAX + 1], *at = with_nul;
    MDB_txn *txn;
    int code = begin(table, MDB_RDONLY, &txn);
    if (code != 0)
        return code;
    slice_put(key, &at);
    *at = '\0';
    code = find_value(table, txn, slice_of(with_nul, key.len + 1), value);
    if (code == MDB_NOTFOUND)
        code = find_value(table, txn, key, value);
    mdb_txn_abort(txn);
    return code;
}

enum lmdb_table_found lmdb_table_find(struct lmdb_table *table, struct slice key, int64_t wait_ms,
                                      struct buf *value, struct err *err)
{
    if (key.len == 0 || key.len > LMDB_TABLE_KEY_MAX)
        return LMDB_TABLE_MISSING;
    if (!ensure_open(table, err))
        return LMDB_TABLE_FAILED;
    int code = try_lock(descriptor(table), F_RDLCK, wait_ms);
    if (code != 0) {
        (void)fail_lock(table, code, err);
        return is_held(code) ? LMDB_TABLE_LOCKED : LMDB_TABLE_FAILED;
    }
    code = find_either(table, key, value);
    unlock(table);
    if (code == 0)
        return LMDB_TABLE_FOUND;
    if (code == MDB_NOTFOUND)
        return LMDB_TABLE_MISSING;
    (void)fail(table, "read", code, err);
    return LMDB_TABLE_FAILED;
}

/* ---- writing ---- */

static int write_row(struct lmdb_table *table, MDB_txn *txn, const struct row *row)
{
    MDB_val key = {row->key.len, (void *)(uintptr_t)row->key.ptr};
    MDB_val value = {row->value.len, (void *)(uintptr_t)row->value.ptr};
    if (row->value.ptr != NULL)
        return mdb_put(txn, table->dbi, &key, &value, 0);
    int code = mdb_del(txn, table->dbi, &key, NULL);
    return code == MDB_NOTFOUND ? 0 : code;
}

static int write_rows(struct lmdb_table *table, const struct row *rows, size_t count)
{
    MDB_txn *txn;
    int code = begin(table, 0, &txn);
    if (code != 0)
        return code;
    for (size_t i = 0; code == 0 && i < count; i++)
        code = write_row(table, txn, &rows[i]);
    if (code == 0)
        return mdb_txn_commit(txn);
    mdb_txn_abort(txn);
    return code;
}

/* Twice the room; false: at its limit. */
static bool grow(struct lmdb_table *table)
{
    MDB_envinfo info;
    return mdb_env_info(table->env, &info) == 0 && info.me_mapsize < BYTES_MAX &&
           mdb_env_set_mapsize(table->env, info.me_mapsize * 2) == 0;
}

static bool check_keys(const struct lmdb_table *table, const struct row *rows, size_t count,
                       struct err *err)
{
    for (size_t i = 0; i < count; i++)
        if (rows[i].key.len == 0 || rows[i].key.len > LMDB_TABLE_KEY_MAX)
            return err_set(err, ERR_LIMIT, "%s: a key of %zu bytes; at most %d", table->path,
                           rows[i].key.len, LMDB_TABLE_KEY_MAX);
    return true;
}

bool lmdb_table_write(struct lmdb_table *table, const struct row *rows, size_t count,
                      struct err *err)
{
    ASSERT(table->use == LMDB_TABLE_WRITE);
    if (!check_keys(table, rows, count, err) || !ensure_open(table, err) ||
        !lock(table, F_WRLCK, err))
        return false;
    int code = write_rows(table, rows, count);
    while (code == MDB_MAP_FULL && grow(table))
        code = write_rows(table, rows, count);
    unlock(table);
    if (code == 0)
        return true;
    fail(table, "write", code, err);
    close_env(table); /* after a failed write the library may refuse all others */
    return false;
}
