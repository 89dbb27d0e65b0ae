/* SPDX-License-Identifier: Apache-2.0
 *
 * What takes time of a login, done by threads: looking an account up, and computing its secret.
 * Accounts are looked up by a few threads, each with a connection of its own to where they stand;
 * secrets by as many as there are processors, which step back when somebody else wants to run. Who
 * is known to be good goes first.
 *
 *      desk ── FIND ──▶ [readers]  ──┐
 *           ── CHECK ─▶ [counters] ──┴──▶ done, on the desk's thread
 *
 * Bounded: AUTH_FIND_MAX and AUTH_CHECK_MAX that wait; memory for computing (a secret that needs
 * more than all of it is bad, others wait for their turn). What waited until its deadline is not
 * done any more: who asked has gone.
 *
 * Made, asked and freed by the thread of the loop.
 */
#ifndef TD_APP_AUTH_WORKERS_H
#define TD_APP_AUTH_WORKERS_H

#include "app/settings_accounts.h"
#include "gate/auth_desk.h"
#include "io/secret_check.h"
#include "io/secret_make.h"

struct uv_loop_s;

enum { AUTH_FIND_MAX = 2000, AUTH_CHECK_MAX = 500 };

/* The first member of a login that is given to workers. */
struct auth_task {
    struct auth_attempt attempt;
    int64_t deadline_us; /* steady clock */

    /* What came of it. */
    bool late;                   /* it was not done any more */
    enum account_found found;    /* FIND */
    enum secret_verdict verdict; /* CHECK, with the number of the secret */
    int number;
    struct err err; /* TROUBLE, SECRET_BAD */
};

struct auth_workers_options {
    struct uv_loop_s *loop;
    const struct account_terms *accounts; /* driver NULL: nobody is known. Borrowed, as is all */
    uint32_t readers, counters;           /* threads; at least 1 each */
    uint64_t memory_bytes;
    const struct secret_rules *rules;
    const struct secret_terms *secrets; /* in which form one is computed for nobody */
    bool renew;                         /* keep a secret in that form if it is in a weaker one */
    void (*done)(void *context, struct auth_task *task, enum auth_step step);
    void (*changed)(void *context); /* something of accounts was, or nobody can tell */
    void *context;
};

struct auth_workers;

/* NULL: no thread to be had. */
struct auth_workers *auth_workers_new(const struct auth_workers_options *options);

/* Waits for what runs; what has not begun comes back as late. Before the loop ends. NULL is fine.
 */
void auth_workers_free(struct auth_workers *workers);

/* Has the step done, FIND or CHECK; the task is the workers' until `done`. False: too much waits,
 * or there are none (NULL). */
bool auth_workers_do(struct auth_workers *workers, struct auth_task *task, enum auth_step step);

/* Looks whether something of accounts was changed, unless it is looking; where that can be told. A
 * few times a second. NULL is fine. */
void auth_workers_watch(struct auth_workers *workers);

#endif
