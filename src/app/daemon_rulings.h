/* SPDX-License-Identifier: Apache-2.0
 *
 * What is decided of accounts on one relay, on all of them: the flags and numbers of
 * daemon_accounts.h as rulings (gate/ruling.h), by a Redis (ruling_share.h).
 *
 *      set, cleared here ──note──▶ ┌ rulings ┐ ──▶ Redis ──▶ other relays
 *      tables, file, trail ◀─────── └─────────┘ ◀── Redis ◀── other relays
 *
 * What another relay has decided is put into the tables and the file as if it had been decided
 * here, and acts at once; the file names that relay. Each relay's file is what holds: it is read at
 * the start, and what Redis has not is put there. Without Redis in the settings rulings have stamps
 * all the same, so that they can be shared later.
 *
 * Part of daemon_accounts.c; of the main thread.
 */
#ifndef TD_APP_DAEMON_RULINGS_H
#define TD_APP_DAEMON_RULINGS_H

#include "app/ruling_share.h"
#include "app/settings.h"
#include "base/buf.h"

struct daemon_accounts;

struct daemon_rulings {
    struct buf relay;  /* the name of this one */
    struct buf wanted; /* all that the share depends on */
    int64_t stamp;     /* the newest that was seen */
    struct ruling_ends *ends;
    struct ruling_share *share; /* NULL: nothing is shared */
    int64_t expire_us;          /* when ends are forgotten next */
    bool told, was_up;
    uint64_t taken, left_out;         /* from other relays, ever */
    struct ruling_share_counts shown; /* as of the last turn */
    uint64_t taken_shown, left_out_shown;
};

/* store NULL: nothing is shared. */
void daemon_rulings_begin(struct daemon_accounts *accounts, const struct settings_store *store);
/* These settings hold from now on; another Redis, or another way to it, is gone to anew. */
void daemon_rulings_want(struct daemon_accounts *accounts, const struct settings_store *store);
void daemon_rulings_end(struct daemon_accounts *accounts);

/* The file: reads what is over; writes all of it, or (between begin and commit) what has become of
 * one that changed. */
bool daemon_rulings_read(struct daemon_accounts *accounts, int64_t *left_out, struct err *err);
void daemon_rulings_write(struct daemon_accounts *accounts);
void daemon_rulings_write_one(struct daemon_accounts *accounts, const struct ruling *ruling);

/* For one that is made now. */
int64_t daemon_rulings_stamp(struct daemon_accounts *accounts, int64_t now_us);

/* It is in the tables, or has been taken out. is_news: it was decided here, others do not know. */
void daemon_rulings_note(struct daemon_accounts *accounts, const struct ruling *ruling,
                         bool is_news);

/* Texts of rulings that others have made, RULING_PAGE at most; hostile. Those that are newer than
 * what is known act at once, and are written together. */
void daemon_rulings_take(struct daemon_accounts *accounts, const struct slice *texts, size_t count,
                         int64_t now_us);

/* Waits until Redis has what is news, or the deadline is over. */
void daemon_rulings_flush(struct daemon_accounts *accounts);

/* Appends why others do not hear of what is set here now; nothing: they do, or there are none. */
void daemon_rulings_doubt(const struct daemon_accounts *accounts, struct buf *to);

void daemon_rulings_turn(struct daemon_accounts *accounts, int64_t now_us);

#endif
