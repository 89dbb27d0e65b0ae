/* SPDX-License-Identifier: Apache-2.0
 *
 * See account_file.h.
 */
#include "store/account_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/account_driver.h"

#define APPLICATION_ID 0x74646163 /* tdac */
#define VERSION 2

/* A name of version 2 is the same in other letters; of two of those the first was the account for
 * version 1 already. Text only is found: what was stored as bytes becomes that. */
#define TO_VERSION_2 \
    "ALTER TABLE account RENAME TO account_1; ALTER TABLE alias RENAME TO alias_1;" \
    "CREATE TABLE account(login TEXT NOT NULL COLLATE NOCASE PRIMARY KEY, class TEXT, server " \
    "TEXT, secret TEXT, protocols TEXT, networks TEXT, valid_until, flags TEXT) WITHOUT ROWID;" \
    "CREATE TABLE alias(alias TEXT NOT NULL COLLATE NOCASE PRIMARY KEY, login TEXT NOT NULL " \
    "COLLATE NOCASE) WITHOUT ROWID;" \
    "CREATE TABLE app_password(login TEXT NOT NULL COLLATE NOCASE, name TEXT NOT NULL, secret " \
    "TEXT NOT NULL, protocols TEXT, networks TEXT, created INTEGER, last_used INTEGER, " \
    "valid_until, PRIMARY KEY(login, name)) WITHOUT ROWID;" \
    "CREATE INDEX alias_login ON alias(login);" \
    "INSERT OR IGNORE INTO account(login, class) SELECT CAST(login AS TEXT), class FROM " \
    "account_1 ORDER BY login;" \
    "INSERT OR IGNORE INTO alias(alias, login) SELECT CAST(alias AS TEXT), CAST(login AS TEXT) " \
    "FROM alias_1 ORDER BY alias;" \
    "DROP TABLE account_1; DROP TABLE alias_1;" \
    "CREATE TABLE changes(names INTEGER NOT NULL, rows INTEGER NOT NULL);" \
    "INSERT INTO changes VALUES(1, 1);"

#define NAMES "BEGIN UPDATE changes SET names = names + 1, rows = rows + 1; END;"
#define ROWS "BEGIN UPDATE changes SET rows = rows + 1; END;"

/* When a password was last used is no change: it happens all day. */
#define TRIGGERS_2 \
    "CREATE TRIGGER account_added AFTER INSERT ON account " NAMES \
    "CREATE TRIGGER account_removed AFTER DELETE ON account " NAMES \
    "CREATE TRIGGER account_named AFTER UPDATE OF login, class, flags ON account " NAMES \
    "CREATE TRIGGER account_changed AFTER UPDATE OF server, secret, protocols, networks, " \
    "valid_until ON account " ROWS "CREATE TRIGGER alias_added AFTER INSERT ON alias " NAMES \
    "CREATE TRIGGER alias_removed AFTER DELETE ON alias " NAMES \
    "CREATE TRIGGER alias_changed AFTER UPDATE ON alias " NAMES \
    "CREATE TRIGGER app_password_added AFTER INSERT ON app_password " ROWS \
    "CREATE TRIGGER app_password_removed AFTER DELETE ON app_password " ROWS \
    "CREATE TRIGGER app_password_changed AFTER UPDATE OF login, name, secret, protocols, " \
    "networks, valid_until ON app_password " ROWS

/* From nothing to version 1, from that to 2 ... A step that has been released is never changed. */
static const char *const steps[VERSION] = {
    "CREATE TABLE account(login TEXT NOT NULL PRIMARY KEY, class TEXT) WITHOUT ROWID;"
    "CREATE TABLE alias(alias TEXT NOT NULL PRIMARY KEY, login TEXT NOT NULL) WITHOUT ROWID;",
    TO_VERSION_2 TRIGGERS_2,
};

bool account_file_is_there(const struct account_file *file)
{
    struct stat st;
    return file->sql.db != NULL && stat(buf_str(&file->path), &st) == 0 &&
           st.st_dev == file->device && st.st_ino == file->inode;
}

bool account_file_fail(struct account_file *file, struct err *err)
{
    (void)sql_err(&file->sql, err, buf_str(&file->path));
    sql_close(&file->sql);
    sql_clear(&file->sql);
    return false;
}

/* True: it is ours, or has nothing in it yet (*version is 0). */
static bool is_ours(struct account_file *file, int64_t *version, struct err *err)
{
    struct sql *sql = &file->sql;
    const char *path = buf_str(&file->path);
    int64_t id = sql_number(sql, "PRAGMA application_id", 0);
    *version = sql_number(sql, "PRAGMA user_version", 0);
    int64_t tables = sql_number(sql, "SELECT count(*) FROM sqlite_schema", 0);
    bool is_empty = id == 0 && *version == 0 && tables == 0;
    if (!sql_ok(sql))
        return sql_err(sql, err, path);
    if (id != APPLICATION_ID && !is_empty)
        return err_set(err, ERR_INPUT, "%s: a database, but not one of accounts of todoku", path);
    if (*version > VERSION)
        return err_set(err, ERR_INPUT,
                       "%s: made by a newer todoku (form %lld, known is %d): update todoku", path,
                       (long long)*version, VERSION);
    return true;
}

/* Several may open it at the same time: the version is asked for again once nobody else can. */
static void bring_up(struct sql *sql, int64_t version)
{
    char mark[96];
    if (version == 0)
        sql_exec(sql, "PRAGMA journal_mode=WAL");
    if (!sql_exec(sql, "BEGIN IMMEDIATE"))
        return;
    version = sql_number(sql, "PRAGMA user_version", 0);
    while (version < VERSION && sql_exec(sql, steps[version]))
        version++;
    snprintf(mark, sizeof(mark), "PRAGMA application_id=%d; PRAGMA user_version=%d; COMMIT",
             APPLICATION_ID, VERSION);
    sql_exec(sql, mark);
}

/* What is made by root is for whom the folder belongs to; it holds secrets. */
static bool make_file(const char *path, struct err *err)
{
    CLEANUP_BUF struct buf folder = {0};
    struct stat st;
    const char *slash = strrchr(path, '/');
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
    if (fd < 0)
        return errno == EEXIST || err_set_errno(err, errno, "%s: cannot be made", path);
    buf_add(&folder, slash != NULL ? slice_between(path, slash + 1) : SLICE("."));
    bool good = geteuid() != 0 || stat(buf_str(&folder), &st) != 0 ||
                fchown(fd, st.st_uid, st.st_gid) == 0 ||
                err_set_errno(err, errno, "%s: cannot be given to the owner of its folder", path);
    close(fd);
    return good;
}

/* Now that there may be secrets in it, it is not for everybody. */
static void close_to_others(const char *path, const struct stat *st)
{
    if ((st->st_mode & S_IRWXO) != 0 && geteuid() == st->st_uid)
        (void)chmod(path, st->st_mode & (S_IRWXU | S_IRWXG));
}

static bool open_anew(struct account_file *file, struct err *err)
{
    struct sql *sql = &file->sql;
    const char *path = buf_str(&file->path);
    struct stat st;
    int64_t version = 0;
    bool is_there = stat(path, &st) == 0;
    if (is_there && !S_ISREG(st.st_mode))
        return err_set(err, ERR_INPUT, "%s: is not a file", path);
    if (!is_there && !file->is_made && !make_file(path, err))
        return false;
    if (!sql_open(sql, path, SQLITE_OPEN_READWRITE, ACCOUNT_BUSY_MS))
        return sql_err(sql, err, path);
    if (!is_ours(file, &version, err))
        return false;
    if (version == 0 && file->is_made)
        return err_set(err, ERR_INPUT, "%s: has become empty", path);
    if (version < VERSION)
        bring_up(sql, version);
    if (version < VERSION && is_there)
        close_to_others(path, &st);
    if (!sql_ok(sql))
        return sql_err(sql, err, path);
    if (stat(path, &st) != 0)
        return err_set(err, ERR_IO, "%s: was taken away while it was opened", path);
    file->device = st.st_dev;
    file->inode = st.st_ino;
    return true;
}

bool account_file_open(struct account_file *file, struct err *err)
{
    if (account_file_is_there(file))
        return true;
    sql_close(&file->sql);
    sql_clear(&file->sql);
    bool good = open_anew(file, err);
    file->is_made = file->is_made || good;
    if (!good) {
        sql_close(&file->sql);
        sql_clear(&file->sql);
    }
    return good;
}

void account_file_done(struct account_file *file)
{
    sql_close(&file->sql);
    buf_done(&file->path);
}
