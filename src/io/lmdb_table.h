/* SPDX-License-Identifier: Apache-2.0
 *
 * A table of keys and values in an LMDB file that Postfix reads by itself (`lmdb:` in its maps).
 * What is committed is seen by its next look-up, without a reload; it is there after the death of
 * whoever wrote it; and a look-up sees all of a change or nothing.
 *
 * Peers: lmdb_table(5); Postfix src/util/slmdb.c, dict_lmdb.c: readers open the file as we do
 * (MDB_NOSUBDIR, MDB_NOLOCK) and hold a shared fcntl lock on the whole of it during a look-up. So
 * a write holds an exclusive one, for as long as its one transaction takes. Our locks are those of
 * the open file, not of the process (F_OFD_SETLK): Postfix' are kept away alike, and no other
 * descriptor of the file that is closed in this process lets go of them.
 *
 * The file is never replaced by rename: who has it open would go on reading the old one. If
 * somebody else does that, the next call here opens the new one.
 *
 * Limits: a key of 1 to 500 bytes, a file of 1 GiB. Deadline: a lock is waited for 2 s at most;
 * whoever asked says so and tries again later, the table stays as it was. One thread at a time.
 */
#ifndef TD_IO_LMDB_TABLE_H
#define TD_IO_LMDB_TABLE_H

#include "base/buf.h"
#include "base/err.h"
#include "base/row_set.h"

#define LMDB_TABLE_KEY_MAX 500
#define LMDB_TABLE_LOCK_MS 2000

struct lmdb_table;

enum lmdb_table_use {
    LMDB_TABLE_READ,  /* there must be one */
    LMDB_TABLE_WRITE, /* made empty when there is none, readable by everybody */
};

/* path: with the `.lmdb` that Postfix leaves out in its configuration. NULL and err: not there, not
 * to be opened so, or no LMDB file. */
struct lmdb_table *lmdb_table_open(const char *path, enum lmdb_table_use use, struct err *err);

/* NULL is fine. */
void lmdb_table_close(struct lmdb_table *table);

/* Adds all rows to the set, which is empty, and sorts it. False and err: set as it was. */
bool lmdb_table_read(struct lmdb_table *table, struct row_set *to, struct err *err);

enum lmdb_table_found {
    LMDB_TABLE_FOUND,
    LMDB_TABLE_MISSING,
    LMDB_TABLE_LOCKED,
    LMDB_TABLE_FAILED
};

/* Appends the value of a key, as Postfix finds it: also under the key with a NUL behind it, and
 * without the NUL at the end of the value. Waits for the lock for wait_ms; LOCKED and err: somebody
 * else had it all the time. FAILED and err: it cannot be read. */
enum lmdb_table_found lmdb_table_find(struct lmdb_table *table, struct slice key, int64_t wait_ms,
                                      struct buf *value, struct err *err);

/* Writes rows; one whose value.ptr is NULL is removed, if it is there. All of them or, with false
 * and err, none: disk full, file at its limit, not to be written, or the lock was not to be had. */
bool lmdb_table_write(struct lmdb_table *table, const struct row *rows, size_t count,
                      struct err *err);

#endif
