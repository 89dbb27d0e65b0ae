/* SPDX-License-Identifier: Apache-2.0
 *
 * See session_kicker.h.
 */
#include "app/session_kicker.h"

#include "base/memory.h"
#include "base/word_list.h"
#include "io/child_process.h"
#include "io/job_pool.h"

enum { DEADLINE_MS = 10000, WORDS_MAX = 16, REASON_BYTES = 300 };

#define GAP SLICE("{login}")

struct kick {
    struct job job;
    struct session_kicker *kicker;
    struct arena *arena;
    const char *argv[WORDS_MAX + 1];
    struct slice login;
    struct child_outcome outcome;
    struct err err;
    bool ran;
};

struct session_kicker {
    struct own_log *log;
    struct job_pool *pool; /* NULL: not needed yet, or not to be had */
    struct word_list words;
    atomic_bool ends;
};

struct session_kicker *session_kicker_new(struct own_log *log)
{
    struct session_kicker *kicker = MEM_NEW(struct session_kicker);
    kicker->log = log;
    return kicker;
}

void session_kicker_want(struct session_kicker *kicker, const struct settings_auth *settings)
{
    word_list_clear(&kicker->words);
    for (size_t i = 0; i < settings->kick_count; i++)
        word_list_add(&kicker->words, slice_from_str(settings->kick[i]));
}

/* ---- one command ---- */

static void run(struct job *job)
{
    struct kick *kick = (struct kick *)(void *)job;
    const struct child_command command = {
        .argv = kick->argv, .deadline_ms = DEADLINE_MS, .abort = &kick->kicker->ends};
    kick->ran = child_process_run(&command, &kick->outcome, &kick->err);
}

/* The word with the login in its gaps: a word of its own, whatever is in it. */
static const char *fill(struct arena *arena, struct slice word, struct slice login)
{
    CLEANUP_BUF struct buf text = {0};
    while (word.len > 0) {
        const char *gap = slice_find(word, GAP);
        struct slice before = gap != NULL ? slice_between(word.ptr, gap) : word;
        buf_add(&text, before);
        word = slice_skip(word, before.len);
        if (slice_take_prefix(&word, GAP))
            buf_add(&text, login);
    }
    return arena_copy(arena, text.ptr, text.len);
}

static struct kick *kick_new(struct session_kicker *kicker, struct slice login)
{
    struct kick *kick = MEM_NEW(struct kick);
    kick->job.run = run;
    kick->kicker = kicker;
    kick->arena = arena_new(1024);
    kick->login = slice_of(arena_copy(kick->arena, login.ptr, login.len), login.len);
    for (size_t i = 0; i < kicker->words.count && i < WORDS_MAX; i++)
        kick->argv[i] = fill(kick->arena, word_list_at(&kicker->words, i), login);
    return kick;
}

static void kick_free(struct kick *kick)
{
    child_outcome_done(&kick->outcome);
    arena_free(kick->arena);
    mem_free(kick);
}

/* ---- all of them ---- */

void session_kicker_free(struct session_kicker *kicker)
{
    if (kicker == NULL)
        return;
    atomic_store(&kicker->ends, true);
    if (kicker->pool != NULL) {
        job_pool_stop(kicker->pool);
        for (struct job *job; (job = job_pool_take(kicker->pool)) != NULL;)
            kick_free((struct kick *)(void *)job);
        job_pool_free(kicker->pool);
    }
    word_list_done(&kicker->words);
    mem_free(kicker);
}

static void tell_failure(const struct session_kicker *kicker, struct slice login,
                         struct slice reason)
{
    OWN_LOG(kicker->log, OWN_LOG_ERROR, "kick_failed", log_text("login", login),
            log_text("reason", slice_first(reason, REASON_BYTES)));
}

void session_kicker_kick(struct session_kicker *kicker, struct slice login)
{
    struct err err = {0};
    if (kicker->words.count == 0)
        return;
    if (kicker->pool == NULL)
        kicker->pool = job_pool_start(1, SESSION_KICKS_MAX, &err);
    struct kick *kick = kick_new(kicker, login);
    if (kicker->pool != NULL && job_pool_submit(kicker->pool, &kick->job))
        return;
    tell_failure(kicker, login, SLICE("too many wait; end the open sessions by hand"));
    kick_free(kick);
}

static bool is_done(const struct kick *kick)
{
    return kick->ran && !kick->outcome.timed_out && kick->outcome.status == 0;
}

static void tell(struct session_kicker *kicker, const struct kick *kick)
{
    CLEANUP_BUF struct buf reason = {0};
    if (is_done(kick)) {
        OWN_LOG(kicker->log, OWN_LOG_INFO, "sessions_ended", log_text("login", kick->login));
        return;
    }
    if (!kick->ran)
        buf_add_str(&reason, kick->err.text);
    else if (kick->outcome.timed_out)
        buf_addf(&reason, "did not end within %d s", DEADLINE_MS / 1000);
    else
        buf_addf(&reason, "exit status %d: %.*s", kick->outcome.status,
                 SLICE_ARG(slice_trim(buf_slice(&kick->outcome.errors))));
    tell_failure(kicker, kick->login, buf_slice(&reason));
}

void session_kicker_turn(struct session_kicker *kicker, struct daemon_metrics *metrics)
{
    if (kicker->pool == NULL)
        return;
    for (struct job *job; (job = job_pool_take(kicker->pool)) != NULL;) {
        struct kick *kick = (struct kick *)(void *)job;
        const struct slice result = is_done(kick) ? SLICE("done") : SLICE("failed");
        tell(kicker, kick);
        daemon_metrics_add(metrics, DAEMON_METRIC_KICKS, &result, 1);
        kick_free(kick);
    }
}
