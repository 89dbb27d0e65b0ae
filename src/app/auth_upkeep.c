/* SPDX-License-Identifier: Apache-2.0
 *
 * See auth_upkeep.h.
 */
#include "app/auth_upkeep.h"

#include <poll.h>

#include "base/civil.h"
#include "base/memory.h"
#include "io/job_pool.h"
#include "io/secret_make.h"
#include "io/secret_memory.h"
#include "store/account_writer.h"

enum {
    USES_MAX = 10000, /* that wait; beyond that they are not noted */
    WAIT_MS = 2000,
};

/* ---- a newer form ---- */

void auth_upkeep_renew(const struct account_terms *accounts, const struct secret_terms *terms,
                       const struct auth_attempt *attempt)
{
    CLEANUP_SECRET_BUF struct buf secret = {0};
    struct slice login = attempt->account->login;
    if (!secret_make(terms, login, attempt->request.secret, &secret, NULL))
        return;
    struct account_writer *writer = account_writer_open(accounts->driver, &accounts->place, NULL);
    if (writer == NULL)
        return;
    (void)account_writer_renew(writer, login, attempt->secret, buf_slice(&secret), NULL);
    account_writer_close(writer);
}

/* ---- when app passwords were used ---- */

/* Some that are being written, or wait for it. */
struct writing {
    struct job job;
    const struct account_terms *accounts;
    struct arena *arena;
    struct account_use list[USES_MAX];
    size_t count;
    bool good;
    struct err err;
};

struct auth_uses {
    struct own_log *log;
    struct job_pool *pool;          /* NULL: nothing was written yet */
    struct account_terms *accounts; /* NULL: nothing is written */
    struct writing *next;           /* that fills; NULL: none has begun */
    int64_t begun_us;               /* steady: the last writing */
    bool runs, trouble;
};

struct auth_uses *auth_uses_new(struct own_log *log)
{
    struct auth_uses *uses = MEM_NEW(struct auth_uses);
    uses->log = log;
    return uses;
}

static void writing_free(struct writing *writing)
{
    if (writing == NULL)
        return;
    arena_free(writing->arena);
    mem_free(writing);
}

static void run(struct job *job)
{
    struct writing *writing = (struct writing *)(void *)job;
    struct account_writer *writer =
        account_writer_open(writing->accounts->driver, &writing->accounts->place, &writing->err);
    if (writer == NULL)
        return;
    writing->good = account_writer_touch(writer, writing->list, writing->count, &writing->err);
    account_writer_close(writer);
}

static void take_back(struct auth_uses *uses)
{
    struct writing *writing = (struct writing *)(void *)job_pool_take(uses->pool);
    if (writing == NULL)
        return;
    if (!writing->good && !uses->trouble)
        OWN_LOG(uses->log, OWN_LOG_WARNING, "last_use_not_written",
                log_str("reason", writing->err.text));
    uses->trouble = !writing->good;
    uses->runs = false;
    writing_free(writing);
}

static void begin(struct auth_uses *uses)
{
    struct err err = {0};
    if (uses->pool == NULL)
        uses->pool = job_pool_start(1, 1, &err);
    if (uses->pool == NULL)
        return;
    uses->next->accounts = uses->accounts;
    uses->next->job.run = run;
    uses->runs = job_pool_submit(uses->pool, &uses->next->job);
    if (uses->runs)
        uses->next = NULL;
}

static void wait_for(struct auth_uses *uses)
{
    struct pollfd done = {.fd = job_pool_fd(uses->pool), .events = POLLIN};
    if (!uses->runs)
        return;
    (void)poll(&done, 1, WAIT_MS);
    take_back(uses);
}

/* All of it, as far as the disk is quick; nobody shall wait for long when it is not. */
static void finish(struct auth_uses *uses)
{
    if (uses->pool != NULL)
        wait_for(uses);
    if (uses->next != NULL && !uses->runs)
        begin(uses);
    if (uses->pool == NULL)
        return;
    wait_for(uses);
    job_pool_stop(uses->pool);
    take_back(uses);
    job_pool_free(uses->pool);
    uses->pool = NULL;
}

void auth_uses_free(struct auth_uses *uses)
{
    if (uses == NULL)
        return;
    finish(uses);
    writing_free(uses->next);
    account_terms_free(uses->accounts);
    mem_free(uses);
}

void auth_uses_want(struct auth_uses *uses, const struct settings *settings)
{
    struct account_terms *accounts = settings_accounts_make(settings);
    finish(uses);
    account_terms_free(uses->accounts);
    uses->accounts = accounts->driver == &account_driver_sqlite ? accounts : NULL;
    if (uses->accounts == NULL)
        account_terms_free(accounts);
}

static struct slice keep(struct arena *arena, struct slice text)
{
    return slice_of(arena_copy(arena, text.ptr, text.len), text.len);
}

void auth_uses_take(struct auth_uses *uses, const struct auth_event *event)
{
    if (uses->accounts == NULL || event->app.len == 0)
        return;
    if (uses->next == NULL) {
        uses->next = MEM_NEW(struct writing);
        uses->next->arena = arena_new(16384);
    }
    struct writing *next = uses->next;
    if (next->count < USES_MAX)
        next->list[next->count++] = (struct account_use){
            keep(next->arena, event->login), keep(next->arena, event->app), event->at_us};
}

void auth_uses_turn(struct auth_uses *uses, int64_t steady_us)
{
    if (uses->runs)
        take_back(uses);
    if (uses->next == NULL || uses->runs ||
        steady_us - uses->begun_us < (int64_t)AUTH_USES_S * US_PER_SECOND)
        return;
    uses->begun_us = steady_us;
    begin(uses);
}
