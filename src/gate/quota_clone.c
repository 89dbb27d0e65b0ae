/* SPDX-License-Identifier: Apache-2.0
 *
 * See quota_clone.h.
 */
#include "gate/quota_clone.h"

#include "base/buf.h"
#include "base/data.h"
#include "base/memory.h"

enum { KEYS = 2, ITEMS = 2 };

struct quota_clone {
    struct redis_client *client;
    struct buf prefix;
    struct quota_clone_counts counts;
    struct err fault; /* of what Redis said; its being away is the client's */
};

struct quota_clone *quota_clone_new(const struct quota_clone_options *options)
{
    struct quota_clone *clone = MEM_NEW(struct quota_clone);
    const struct redis_client_options of_client = {
        .address = options->address,
        .script = data_quota_clone(),
        .deadline_us = options->deadline_us,
    };
    buf_add(&clone->prefix, options->prefix);
    clone->client = redis_client_new(&of_client);
    return clone;
}

void quota_clone_free(struct quota_clone *clone)
{
    if (clone == NULL)
        return;
    redis_client_free(clone->client);
    buf_done(&clone->prefix);
    mem_free(clone);
}

void quota_clone_begin(struct quota_clone *clone, struct uv_loop_s *loop)
{
    redis_client_begin(clone->client, loop);
}

void quota_clone_end(struct quota_clone *clone)
{
    redis_client_end(clone->client);
}

/* ---- answers ---- */

/* What is used may be below 0 for a moment, when Dovecot counts anew. */
static bool read_number(const struct redis_item *item, uint64_t *out)
{
    *out = 0;
    return item->is_text &&
           (slice_starts_with(item->text, SLICE("-")) || slice_to_u64(item->text, INT64_MAX, out));
}

/* False: there is nothing, or nothing that can be read, which is counted. */
static bool read_usage(struct quota_clone *clone, const struct redis_answer *answer,
                       struct quota_usage *out)
{
    const struct redis_item *items = answer->items;
    if (answer->count != ITEMS || !items[0].is_text || !items[1].is_text) {
        clone->counts.refused++;
        return false;
    }
    if (items[0].text.len == 0) {
        clone->counts.unknown++;
        return false;
    }
    out->messages = 0;
    if (!read_number(&items[0], &out->bytes) ||
        (items[1].text.len > 0 && !read_number(&items[1], &out->messages))) {
        clone->counts.refused++;
        err_set(&clone->fault, ERR_INPUT, "Redis: what quota_clone wrote is no number");
        return false;
    }
    clone->counts.known++;
    return true;
}

static void on_answer(struct redis_question *question, const struct redis_answer *answer)
{
    struct quota_clone_ask *ask = (struct quota_clone_ask *)(void *)question;
    struct quota_clone *clone = ask->clone;
    struct quota_usage usage;
    bool known = answer->outcome == REDIS_ANSWERED && read_usage(clone, answer, &usage);
    if (answer->outcome == REDIS_REFUSED) {
        clone->counts.refused++;
        err_set(&clone->fault, ERR_IO, "Redis: %.*s", SLICE_ARG(slice_first(answer->error, 200)));
    } else if (answer->outcome != REDIS_ANSWERED) {
        clone->counts.late++;
    }
    ask->answered(ask, known ? &usage : NULL);
}

bool quota_clone_ask(struct quota_clone *clone, struct slice user, struct quota_clone_ask *ask)
{
    CLEANUP_BUF struct buf storage = {0}, messages = {0};
    if (clone->prefix.len + user.len > QUOTA_CLONE_USER_MAX)
        return false;
    buf_addf(&storage, "%.*s%.*s/quota/storage", SLICE_ARG(buf_slice(&clone->prefix)),
             SLICE_ARG(user));
    buf_addf(&messages, "%.*s%.*s/quota/messages", SLICE_ARG(buf_slice(&clone->prefix)),
             SLICE_ARG(user));
    const struct slice words[KEYS] = {buf_slice(&storage), buf_slice(&messages)};
    ask->clone = clone;
    ask->question.answered = on_answer;
    if (!redis_client_ask(clone->client, words, KEYS, KEYS, &ask->question))
        return false;
    clone->counts.asked++;
    return true;
}

/* ---- what is known ---- */

struct quota_clone_counts quota_clone_counts(const struct quota_clone *clone)
{
    struct quota_clone_counts counts = clone->counts;
    counts.up = redis_client_is_up(clone->client);
    return counts;
}

const struct err *quota_clone_fault(const struct quota_clone *clone)
{
    return redis_client_is_up(clone->client) ? &clone->fault : redis_client_fault(clone->client);
}
