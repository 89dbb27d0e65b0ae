/* SPDX-License-Identifier: Apache-2.0
 *
 * See redis_asker.h.
 */
#include "app/redis_asker.h"

#include "base/memory.h"
#include "io/clock.h"
#include "io/poll_loop.h"

enum { WORDS_MAX = 200 };

static const int64_t REST_US = 1000000;

struct redis_asker {
    struct redis_asker_options options; /* but for what is copied */
    struct buf keys[REDIS_ASKER_KEYS];
    struct poll_loop *loop;
    struct redis_client *client;
    struct redis_question question;
    bool asking;
    int64_t again_us; /* steady clock */
};

static void on_change(void *context, bool up)
{
    struct redis_asker *asker = context;
    asker->again_us = 0;
    asker->options.changed(asker->options.context, up);
}

static void on_answer(struct redis_question *question, const struct redis_answer *answer)
{
    struct redis_asker *asker =
        (struct redis_asker *)(void *)((char *)question - offsetof(struct redis_asker, question));
    asker->asking = false;
    asker->options.answered(asker->options.context, answer);
}

struct redis_asker *redis_asker_new(const struct redis_asker_options *options, struct err *err)
{
    struct poll_loop *loop = poll_loop_new(err);
    if (loop == NULL)
        return NULL;
    struct redis_asker *asker = MEM_NEW(struct redis_asker);
    const struct redis_client_options client = {.address = options->address,
                                                .script = options->script,
                                                .deadline_us = options->deadline_us,
                                                .changed = on_change,
                                                .context = asker};
    asker->options = *options;
    asker->loop = loop;
    for (size_t i = 0; i < REDIS_ASKER_KEYS; i++)
        buf_addf(&asker->keys[i], "%.*s%s", SLICE_ARG(options->prefix), options->names[i]);
    asker->client = redis_client_new(&client);
    redis_client_begin(asker->client, poll_loop_uv(loop));
    return asker;
}

void redis_asker_free(struct redis_asker *asker)
{
    if (asker == NULL)
        return;
    redis_client_end(asker->client);
    poll_loop_free(asker->loop);
    redis_client_free(asker->client);
    for (size_t i = 0; i < REDIS_ASKER_KEYS; i++)
        buf_done(&asker->keys[i]);
    mem_free(asker);
}

int redis_asker_fd(const struct redis_asker *asker)
{
    return poll_loop_fd(asker->loop);
}

int redis_asker_wait_ms(const struct redis_asker *asker)
{
    return poll_loop_wait_ms(asker->loop);
}

void redis_asker_turn(struct redis_asker *asker)
{
    poll_loop_turn(asker->loop);
}

void redis_asker_await(struct redis_asker *asker)
{
    poll_loop_await(asker->loop);
}

bool redis_asker_is_up(const struct redis_asker *asker)
{
    return redis_client_is_up(asker->client);
}

bool redis_asker_is_free(const struct redis_asker *asker)
{
    return !asker->asking && redis_client_is_up(asker->client) && !redis_asker_rests(asker);
}

bool redis_asker_ask(struct redis_asker *asker, const struct slice *words, size_t count)
{
    struct slice all[REDIS_ASKER_KEYS + WORDS_MAX];
    ASSERT(count <= WORDS_MAX);
    if (!redis_asker_is_free(asker))
        return false;
    for (size_t i = 0; i < REDIS_ASKER_KEYS; i++)
        all[i] = buf_slice(&asker->keys[i]);
    for (size_t i = 0; i < count; i++)
        all[REDIS_ASKER_KEYS + i] = words[i];
    asker->question.answered = on_answer;
    asker->asking = redis_client_ask(asker->client, all, REDIS_ASKER_KEYS + count, REDIS_ASKER_KEYS,
                                     &asker->question);
    return asker->asking;
}

void redis_asker_rest(struct redis_asker *asker)
{
    asker->again_us = clock_steady_us() + REST_US;
}

bool redis_asker_rests(const struct redis_asker *asker)
{
    return clock_steady_us() < asker->again_us;
}

void redis_asker_fault(const struct redis_asker *asker, struct slice error, struct err *out)
{
    if (error.len > 0)
        err_set(out, ERR_IO, "Redis: %.*s", SLICE_ARG(slice_first(error, 200)));
    else
        *out = *redis_client_fault(asker->client);
}
