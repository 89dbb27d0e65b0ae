/* SPDX-License-Identifier: Apache-2.0
 *
 * See account_trial.h.
 */
#include "app/account_trial.h"

#include <string.h>

#include "app/auth_plan.h"
#include "app/auth_steps.h"
#include "base/civil.h"
#include "io/secret_memory.h"
#include "io/secret_random.h"

static const int64_t DAY_US = 86400 * US_PER_SECOND;

struct account_trial {
    struct auth_plan *plan;
    struct auth_desk *desk;
    struct account_source *source;
    struct arena *arena; /* of one ask */
    struct auth_attempt attempt;
    bool was_right; /* what was computed last */
};

static bool make_desk(struct account_trial *trial, struct err *err)
{
    static const struct guess_room room = {1, 1, 1, 1};
    const struct credential_terms cache = {.ttl_us = DAY_US, .recheck_us = INT64_MAX};
    const struct guess_terms *guesses = &guess_terms_default;
    unsigned char key[CREDENTIAL_KEY_BYTES];
    struct auth_desk_parts parts = {0};
    if (!secret_random(key, sizeof(key), err) || !secret_random(&parts.key, sizeof(parts.key), err))
        return false;
    parts.guard = guess_guard_new(guesses, &room, 0);
    parts.cache = credential_cache_new(key, 1, &cache);
    parts.backends = backend_book_new(&trial->plan->backends);
    explicit_bzero(key, sizeof(key));
    trial->desk = auth_desk_new(&trial->plan->terms, &parts);
    return true;
}

struct account_trial *account_trial_new(const struct account_access *access, struct err *err)
{
    struct account_trial *trial = MEM_NEW(struct account_trial);
    struct err why = {0};
    trial->arena = arena_new_from(8000, &secret_arena);
    trial->plan = auth_plan_new(access->settings, &why);
    trial->plan->terms.key = SLICE(""); /* of nginx, which this is not */
    trial->plan->backends.health = false;
    trial->source = access->terms->driver->make(&access->terms->place);
    if (why.code == ERR_NONE && make_desk(trial, &why))
        return trial;
    *err = why;
    account_trial_free(trial);
    return NULL;
}

void account_trial_free(struct account_trial *trial)
{
    if (trial == NULL)
        return;
    auth_attempt_done(&trial->attempt);
    if (trial->desk != NULL)
        auth_desk_free(trial->desk);
    trial->plan->accounts->driver->free(trial->source);
    auth_plan_free(trial->plan);
    arena_free(trial->arena);
    mem_free(trial);
}

struct account_flags *account_trial_flags(struct account_trial *trial)
{
    return auth_desk_flags(trial->desk);
}

/* An auth_steps_comparing. */
static enum secret_verdict compare(void *context, const struct auth_attempt *attempt,
                                   struct slice stored, struct err *err)
{
    const struct account_trial *trial = context;
    return auth_steps_compare(&trial->plan->rules, attempt, stored, err);
}

static enum auth_step find(struct account_trial *trial, int64_t now_us, struct err *err)
{
    struct auth_attempt *attempt = &trial->attempt;
    enum account_found found =
        auth_steps_find(trial->plan->accounts->driver, trial->source, attempt, err);
    return auth_desk_found(trial->desk, attempt, found, now_us);
}

/* Of nobody nothing is computed: there is no time to hide. */
static enum auth_step check(struct account_trial *trial, int64_t now_us, struct err *err)
{
    struct auth_attempt *attempt = &trial->attempt;
    enum secret_verdict verdict = SECRET_WRONG;
    int number = 0;
    if (attempt->exists)
        verdict = auth_steps_check(attempt, compare, trial, &number, err);
    trial->was_right = verdict == SECRET_RIGHT;
    return auth_desk_checked(trial->desk, attempt, verdict, number, now_us);
}

/* What was asked last is kept for the texts of its end. */
static void begin(struct account_trial *trial, const struct auth_request *request)
{
    auth_attempt_done(&trial->attempt);
    trial->was_right = false;
    arena_wipe(trial->arena);
    trial->attempt = (struct auth_attempt){.arena = trial->arena, .request = *request};
}

void account_trial_ask(struct account_trial *trial, const struct auth_request *request,
                       int64_t now_us, struct account_trial_end *out)
{
    static const struct auth_caller here = {.is_unix = true};
    struct auth_attempt *attempt = &trial->attempt;
    struct err err = {0};
    begin(trial, request);
    enum auth_step step = auth_desk_begin(trial->desk, &here, attempt, now_us);
    if (step == AUTH_STEP_FIND)
        step = find(trial, now_us, &err);
    if (step == AUTH_STEP_CHECK)
        (void)check(trial, now_us, &err);
    const struct auth_app *app = attempt->account != NULL
                                     ? auth_account_app(attempt->account, attempt->secret_number)
                                     : NULL;
    *out = (struct account_trial_end){
        .result = attempt->result,
        .detail = attempt->detail,
        .account = attempt->account != NULL ? attempt->account->login : SLICE(""),
        .app = app != NULL ? app->name : SLICE(""),
        .is_right = trial->was_right || attempt->cached,
        .server = attempt->server_name,
        .ip = attempt->server,
        .port = attempt->port,
    };
    if (out->detail.len == 0 && err.code != ERR_NONE)
        out->detail =
            slice_of(arena_copy(trial->arena, err.text, strlen(err.text)), strlen(err.text));
}
