/* SPDX-License-Identifier: Apache-2.0
 *
 * See redis_client.h. Questions wait in the order in which they were asked, so the oldest alone
 * says when the next one is too late. hiredis answers in that order, too; of those that were given
 * up it answers into nothing.
 */
#include "io/redis_client_private.h"

#include <stdio.h>

#include "base/memory.h"
#include "io/clock.h"

static const int64_t AGAIN_US = 200000, /* between tries, and between PINGs */
    SILENCE_US = 1000000;               /* of a connection that is given up */

enum { TICK_MS = 100 };

/* On the loop; outlive the client's use of it until they are closed. */
struct redis_handles {
    uv_timer_t tick, deadline;
    uv_prepare_t flush;
    unsigned open;
};

struct redis_client *redis_client_new(const struct redis_client_options *options)
{
    struct redis_client *client = MEM_NEW(struct redis_client);
    client->address = *options->address;
    client->script = options->script;
    client->deadline_us = options->deadline_us;
    client->changed = options->changed;
    client->context = options->context;
    return client;
}

void redis_client_free(struct redis_client *client)
{
    if (client == NULL)
        return;
    ASSERT(client->loop == NULL && client->oldest == NULL);
    for (struct redis_pending *next; client->free != NULL; client->free = next) {
        next = client->free->free;
        mem_free(client->free);
    }
    buf_done(&client->command);
    mem_free(client);
}

bool redis_client_is_up(const struct redis_client *client)
{
    return client->state == REDIS_UP;
}

const struct err *redis_client_fault(const struct redis_client *client)
{
    return &client->fault;
}

/* ---- giving up ---- */

static void take_off(struct redis_client *client, struct redis_question *question)
{
    if (question->before != NULL)
        question->before->next = question->next;
    else
        client->oldest = question->next;
    if (question->next != NULL)
        question->next->before = question->before;
    else
        client->newest = question->before;
    question->next = question->before = NULL;
    question->sent->question = NULL;
    question->sent = NULL;
}

static void give_up_all(struct redis_client *client)
{
    static const struct redis_answer late = {.outcome = REDIS_LATE};
    while (client->oldest != NULL) {
        struct redis_question *question = client->oldest;
        take_off(client, question);
        question->answered(question, &late);
    }
}

void redis_client_enter(struct redis_client *client, enum redis_state state)
{
    bool was_up = client->state == REDIS_UP;
    client->state = state;
    client->since_us = client->heard_us = clock_steady_us();
    client->ping_us = 0;
    if (was_up == (state == REDIS_UP))
        return;
    if (client->changed != NULL)
        client->changed(client->context, !was_up);
    if (was_up)
        give_up_all(client);
}

/* The link goes last: what hiredis still has of it is answered with nothing. */
static void leave(struct redis_client *client)
{
    struct redis_link *link = client->link;
    client->link = NULL;
    redis_way_end(client);
    redis_client_enter(client, REDIS_DOWN);
    redis_link_end(link);
}

void redis_client_fail(struct redis_client *client, const char *what, struct slice why)
{
    err_set(&client->fault, ERR_IO, "%s: %.*s", what, SLICE_ARG(slice_first(why, 200)));
    leave(client);
}

void redis_client_lost(struct redis_client *client, const char *why)
{
    client->link = NULL;
    redis_client_fail(client, "Redis", slice_from_str(why));
}

/* ---- answers ---- */

static void read_item(const redisReply *reply, struct redis_item *out)
{
    bool is_text = reply->type == REDIS_REPLY_STRING || reply->type == REDIS_REPLY_STATUS;
    *out = (struct redis_item){.is_text = is_text};
    if (is_text)
        out->text = slice_of(reply->str, (size_t)reply->len);
    else if (reply->type == REDIS_REPLY_INTEGER)
        out->number = reply->integer;
}

static bool is_refusal(const struct redis_answer *answer, struct slice word)
{
    return answer->outcome == REDIS_REFUSED && slice_starts_with(answer->error, word);
}

static struct redis_answer answer_of(const redisReply *reply, struct redis_item *items)
{
    struct redis_answer answer = {.outcome = REDIS_LATE, .items = items};
    if (reply == NULL)
        return answer;
    answer.outcome = REDIS_REFUSED;
    if (reply->type == REDIS_REPLY_ERROR) {
        answer.error = slice_of(reply->str, (size_t)reply->len);
        if (is_refusal(&answer, SLICE("NOSCRIPT")))
            answer.outcome = REDIS_UNLOADED;
        return answer;
    }
    if (reply->type != REDIS_REPLY_ARRAY || reply->elements > REDIS_ITEMS_MAX) {
        answer.error = SLICE("an answer of another form");
        return answer;
    }
    answer.outcome = REDIS_ANSWERED;
    answer.count = reply->elements;
    for (size_t i = 0; i < reply->elements; i++)
        read_item(reply->element[i], &items[i]);
    return answer;
}

static void on_answer(redisAsyncContext *context, void *data, void *private_data)
{
    struct redis_pending *pending = private_data;
    struct redis_client *client = pending->client;
    struct redis_question *question = pending->question;
    struct redis_item items[REDIS_ITEMS_MAX];
    struct redis_answer answer = answer_of(data, items);
    bool ours = client->link != NULL && client->link->context == context;
    client->heard_us = clock_steady_us();
    if (question != NULL)
        take_off(client, question);
    pending->free = client->free;
    client->free = pending;
    client->pending--;
    if (ours && answer.outcome == REDIS_UNLOADED)
        redis_way_load(client);
    if (question != NULL)
        question->answered(question, &answer);
    if (ours && client->link != NULL &&
        (is_refusal(&answer, SLICE("READONLY")) || is_refusal(&answer, SLICE("NOAUTH"))))
        redis_client_fail(client, "Redis", answer.error);
}

/* ---- questions ---- */

static void on_deadline(uv_timer_t *timer);

static void watch_oldest(struct redis_client *client)
{
    struct redis_handles *handles = client->handles;
    if (client->oldest == NULL || uv_is_active((const uv_handle_t *)&handles->deadline))
        return;
    int64_t left_us = client->oldest->asked_us + client->deadline_us - clock_steady_us();
    uv_timer_start(&handles->deadline, on_deadline,
                   left_us > 0 ? (uint64_t)(left_us + 999) / 1000 : 0, 0);
}

static void on_deadline(uv_timer_t *timer)
{
    struct redis_client *client = timer->data;
    int64_t now_us = clock_steady_us();
    if (client->oldest != NULL && now_us - client->oldest->asked_us >= client->deadline_us) {
        err_set(&client->fault, ERR_IO, "Redis did not answer within %lld ms",
                (long long)client->deadline_us / 1000);
        redis_client_enter(client, REDIS_SLOW);
    }
    watch_oldest(client);
}

static struct redis_pending *take_pending(struct redis_client *client)
{
    struct redis_pending *pending = client->free;
    if (pending == NULL)
        pending = MEM_NEW(struct redis_pending);
    else
        client->free = pending->free;
    client->pending++;
    return pending;
}

static void append(struct redis_client *client, struct redis_question *question)
{
    question->next = NULL;
    question->before = client->newest;
    if (client->newest != NULL)
        client->newest->next = question;
    else
        client->oldest = question;
    client->newest = question;
    question->asked_us = clock_steady_us();
    watch_oldest(client);
}

/* `*3`, `$7`: by hand, as it is done two dozen times a question. */
static void add_length(struct buf *to, char mark, size_t length)
{
    char digits[24], *at = digits + sizeof(digits);
    do {
        *--at = (char)('0' + length % 10);
        length /= 10;
    } while (length > 0);
    *--at = mark;
    buf_add(to, slice_between(at, digits + sizeof(digits)));
    buf_add(to, SLICE("\r\n"));
}

static void add_word(struct buf *to, struct slice word)
{
    add_length(to, '$', word.len);
    buf_add(to, word);
    buf_add(to, SLICE("\r\n"));
}

bool redis_client_ask(struct redis_client *client, const struct slice *words, size_t count,
                      size_t keys, struct redis_question *question)
{
    char number[24];
    struct buf *to = &client->command;
    if (client->state != REDIS_UP || client->pending >= REDIS_WAITING_MAX)
        return false;
    int digits = snprintf(number, sizeof(number), "%zu", keys);
    buf_clear(to);
    add_length(to, '*', count + 3);
    add_word(to, SLICE("EVALSHA"));
    add_word(to, slice_from_str(client->sha));
    add_word(to, slice_of(number, (size_t)digits));
    for (size_t i = 0; i < count; i++)
        add_word(to, words[i]);
    struct redis_pending *pending = take_pending(client);
    *pending = (struct redis_pending){.client = client, .question = question};
    question->sent = pending;
    append(client, question);
    if (redisAsyncFormattedCommand(client->link->context, on_answer, pending, to->ptr, to->len) ==
        REDIS_OK)
        return true;
    take_off(client, question);
    pending->free = client->free;
    client->free = pending;
    client->pending--;
    return false;
}

/* ---- turns ---- */

static void on_ping(redisAsyncContext *context, void *data, void *private_data)
{
    struct redis_client *client = private_data;
    int64_t now_us = clock_steady_us();
    if (data == NULL || client->link == NULL || client->link->context != context)
        return;
    bool in_time = now_us - client->ping_us <= client->deadline_us;
    client->ping_us = 0;
    client->heard_us = now_us;
    if (client->state == REDIS_SLOW && in_time)
        redis_client_enter(client, REDIS_UP);
}

static void on_tick(uv_timer_t *timer)
{
    struct redis_client *client = timer->data;
    int64_t now_us = clock_steady_us();
    if (client->state == REDIS_RESOLVING)
        redis_way_look(client);
    if (client->state == REDIS_DOWN) {
        if (now_us - client->since_us >= AGAIN_US)
            redis_way_begin(client);
    } else if (client->state != REDIS_UP && now_us - client->heard_us > SILENCE_US) {
        redis_client_fail(client, "Redis", SLICE("nothing is heard of it"));
    } else if (client->state == REDIS_SLOW && client->ping_us == 0) {
        client->ping_us = now_us;
        if (redisAsyncCommand(client->link->context, on_ping, client, "PING") != REDIS_OK)
            redis_client_fail(client, "Redis", SLICE("it takes no questions"));
    }
}

static void on_flush(uv_prepare_t *prepare)
{
    struct redis_client *client = prepare->data;
    redis_link_flush(client->link);
}

/* ---- life ---- */

static void on_handle_closed(uv_handle_t *handle)
{
    struct redis_handles *handles = (void *)handle->data;
    if (--handles->open == 0)
        mem_free(handles);
}

void redis_client_begin(struct redis_client *client, struct uv_loop_s *loop)
{
    struct redis_handles *handles = MEM_NEW(struct redis_handles);
    ASSERT(client->loop == NULL);
    client->loop = loop;
    client->handles = handles;
    uv_timer_init(loop, &handles->tick);
    uv_timer_init(loop, &handles->deadline);
    uv_prepare_init(loop, &handles->flush);
    handles->tick.data = handles->deadline.data = handles->flush.data = client;
    uv_timer_start(&handles->tick, on_tick, TICK_MS, TICK_MS);
    uv_prepare_start(&handles->flush, on_flush);
    redis_way_begin(client);
}

void redis_client_end(struct redis_client *client)
{
    struct redis_handles *handles = client->handles;
    if (client->loop == NULL)
        return;
    redis_client_fail(client, "Redis", SLICE("nobody asks any more"));
    uv_handle_t *all[] = {(uv_handle_t *)&handles->tick, (uv_handle_t *)&handles->deadline,
                          (uv_handle_t *)&handles->flush};
    handles->open = sizeof(all) / sizeof(all[0]);
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        all[i]->data = handles;
        uv_close(all[i], on_handle_closed);
    }
    client->loop = NULL;
    client->handles = NULL;
}
