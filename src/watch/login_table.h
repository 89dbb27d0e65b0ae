/* SPDX-License-Identifier: Apache-2.0
 *
 * What each login sent, and its surges. Rows are numbered as the correlator numbers logins; at most
 * as many as the correlator keeps apart. 80 bytes each, and 256 more for a login that sent to
 * SURGE_SMALL recipients within an hour. Counters stop at 2^32 - 1.
 */
#ifndef TD_WATCH_LOGIN_TABLE_H
#define TD_WATCH_LOGIN_TABLE_H

#include "model/summary.h"
#include "watch/correlator.h"
#include "watch/surge_detector.h"

struct login_outcomes {
    uint32_t sent, bounced, expired, open, discarded, lost; /* as in summary_outcomes */
};

struct login {
    uint32_t messages, recipients, blocked, auth_failures;
    struct login_outcomes outcomes;
    uint64_t client_bits; /* one bit a client address, by hash: linear counting */
    struct surge_login surge;
};

struct login_table;

struct login_table *login_table_new(const struct surge_rule *rule);
void login_table_free(struct login_table *table);

/* A message of a login was accepted; number 0 (no login) is ignored. */
void login_table_accept(struct login_table *table, const struct message *message, int64_t now_us);

/* `count` recipients of its mail ended in this way; number 0 is ignored, here and below. */
void login_table_end(struct login_table *table, uint32_t number, enum outcome outcome,
                     uint64_t count);

/* An attempt with its mail was refused as a block. */
void login_table_block(struct login_table *table, uint32_t number);

/* Logging in under this name failed. */
void login_table_refuse(struct login_table *table, uint32_t number, uint64_t times);

/* The row of a number below the count. Valid as long as the table. */
const struct login *login_table_get(const struct login_table *table, uint32_t number);

/* Rows are 1 to count - 1. */
uint32_t login_table_count(const struct login_table *table);

/* ---- for login_past.h, which keeps over a restart what is learned here ---- */

/* Of all logins; valid as long as the table. */
const struct surge_fleet *login_table_fleet(const struct login_table *table);

/* Time of the newest message that was taken; 0: none yet. */
int64_t login_table_newest(const struct login_table *table);

/* Makes the row of a login that has none; takes surge->volume. */
void login_table_restore(struct login_table *table, uint32_t number, uint64_t client_bits,
                         const struct surge_login *surge);

/* The fleet of the rows restored, which know all messages up to newest_us. Messages up to then are
 * not counted again, nor what comes between them, until login_table_caught_up. */
void login_table_restore_fleet(struct login_table *table, const struct surge_fleet *fleet,
                               int64_t newest_us);

/* What is told from now on has not been told before, whatever its time. */
void login_table_caught_up(struct login_table *table);

/* Distinct clients that `bits` stand for, estimated; at most about 260. */
uint64_t login_clients(uint64_t bits);

typedef void (*surge_visit)(void *data, uint32_t login, struct incident *incident);

/* Tells each surge that opened, grew or ended since the last call as an incident of kind SURGE;
 * `login` is the number, the caller fills the name. Login and opened_us stay the same while it is
 * open. Ends those without a message for an hour before now_us; ended ones are forgotten by this.
 * Not to be mixed with login_table_visit_surges. Cost: by the surges that are open. */
void login_table_tell_surges(struct login_table *table, int64_t now_us, surge_visit visit,
                             void *data);

/* Surges as incidents of kind SURGE, in order of their end, open ones last; `login` is the number,
 * the caller fills the name. */
void login_table_visit_surges(struct login_table *table, int64_t now_us, surge_visit visit,
                              void *data);

#endif
