/* SPDX-License-Identifier: Apache-2.0
 *
 * See quota_memory.h. A hash table of chains that doubles as it fills, and a list by the last note,
 * of which the end is what expires and what makes room. Of sender and queue id a hash is kept:
 * they are only compared.
 */
#include "gate/quota_memory.h"

#include "base/memory.h"
#include "gate/quota_message.h"

enum { BUCKETS_LEAST = 64 };

struct quota_memory {
    struct quota_memory_options options;
    struct quota_message **buckets;
    struct quota_message *newest, *oldest;
    size_t mask;
    struct quota_memory_counts counts;
};

/* ---- the table ---- */

/* Of a text that may be absent: never 0 when it is there. */
static uint64_t mark_of(const struct quota_memory *memory, struct slice text)
{
    return text.len == 0 ? 0 : keyed_hash(&memory->options.key, text) | 1;
}

static bool has_key(const struct quota_message *message, const struct quota_message_id *id)
{
    struct slice key = message->key, relay = slice_first(key, id->relay.len);
    return key.len == id->relay.len + 1 + id->instance.len && slice_eq(relay, id->relay) &&
           slice_eq(slice_skip(key, id->relay.len + 1), id->instance);
}

static uint64_t hash_of(const struct quota_memory *memory, const struct quota_message_id *id)
{
    uint64_t relay = keyed_hash(&memory->options.key, id->relay);
    return keyed_hash(&memory->options.key, id->instance) ^ (relay << 1 | relay >> 63);
}

/* Where the message hangs, or would. */
static struct quota_message **place_of(const struct quota_memory *memory, uint64_t hash,
                                       const struct quota_message_id *id)
{
    struct quota_message **place = &memory->buckets[hash & memory->mask];
    while (*place != NULL && ((*place)->hash != hash || !has_key(*place, id)))
        place = &(*place)->next;
    return place;
}

static void unlink_use(struct quota_memory *memory, struct quota_message *message)
{
    *(message->newer != NULL ? &message->newer->older : &memory->newest) = message->older;
    *(message->older != NULL ? &message->older->newer : &memory->oldest) = message->newer;
}

static void link_newest(struct quota_memory *memory, struct quota_message *message)
{
    message->newer = NULL;
    message->older = memory->newest;
    *(memory->newest != NULL ? &memory->newest->newer : &memory->oldest) = message;
    memory->newest = message;
}

/* Out of the table; the caller's from here on. */
static void take_out(struct quota_memory *memory, struct quota_message *message)
{
    struct quota_message **place = &memory->buckets[message->hash & memory->mask];
    while (*place != message)
        place = &(*place)->next;
    *place = message->next;
    unlink_use(memory, message);
    memory->counts.messages--;
    memory->counts.bytes -= quota_message_bytes(message);
}

static void forget(struct quota_memory *memory, struct quota_message *message, uint64_t *counter)
{
    take_out(memory, message);
    quota_message_free(message);
    ++*counter;
}

/* The newest always stays: it is bounded by itself. */
static void make_room(struct quota_memory *memory)
{
    while (memory->oldest != memory->newest &&
           (memory->counts.messages > memory->options.messages_max ||
            memory->counts.bytes > memory->options.bytes_max))
        forget(memory, memory->oldest, &memory->counts.gone);
}

static void grow(struct quota_memory *memory)
{
    size_t mask = memory->mask * 2 + 1;
    struct quota_message **buckets = MEM_NEW_ARRAY(struct quota_message *, mask + 1);
    for (struct quota_message *one = memory->newest; one != NULL; one = one->older) {
        struct quota_message **to = &buckets[one->hash & mask];
        one->next = *to;
        *to = one;
    }
    mem_free(memory->buckets);
    memory->buckets = buckets;
    memory->mask = mask;
}

/* ---- life ---- */

static size_t or_usual(size_t given, size_t usual)
{
    return given > 0 ? given : usual;
}

void quota_memory_set(struct quota_memory *memory, const struct quota_memory_options *options)
{
    memory->options = (struct quota_memory_options){
        .messages_max = or_usual(options->messages_max, QUOTA_MESSAGES_MAX),
        .mailboxes_max = or_usual(options->mailboxes_max, QUOTA_MAILBOXES_MAX),
        .bytes_max = or_usual(options->bytes_max, QUOTA_MEMORY_BYTES),
        .keep_us = options->keep_us > 0 ? options->keep_us : INT64_C(600000000),
        .key = memory->options.key,
    };
    make_room(memory);
}

struct quota_memory *quota_memory_new(const struct quota_memory_options *options)
{
    struct quota_memory *memory = MEM_NEW(struct quota_memory);
    memory->options.key = options->key;
    memory->mask = BUCKETS_LEAST - 1;
    memory->buckets = MEM_NEW_ARRAY(struct quota_message *, BUCKETS_LEAST);
    quota_memory_set(memory, options);
    return memory;
}

void quota_memory_free(struct quota_memory *memory)
{
    if (memory == NULL)
        return;
    while (memory->oldest != NULL)
        forget(memory, memory->oldest, &memory->counts.gone);
    mem_free(memory->buckets);
    mem_free(memory);
}

/* ---- messages ---- */

void quota_memory_tidy(struct quota_memory *memory, int64_t now_us)
{
    while (memory->oldest != NULL && now_us - memory->oldest->noted_us >= memory->options.keep_us)
        forget(memory, memory->oldest, &memory->counts.expired);
}

/* The message of that instance, if it is still the same one; another one is forgotten. */
static struct quota_message *find(struct quota_memory *memory, const struct quota_message_id *id,
                                  int64_t now_us)
{
    quota_memory_tidy(memory, now_us);
    struct quota_message *message = *place_of(memory, hash_of(memory, id), id);
    if (message == NULL)
        return NULL;
    bool another = message->sender != mark_of(memory, id->sender) ||
                   (message->queue_id != 0 && message->queue_id != mark_of(memory, id->queue_id));
    if (!another)
        return message;
    forget(memory, message, &memory->counts.begun_anew);
    return NULL;
}

static struct quota_message *begin(struct quota_memory *memory, const struct quota_message_id *id)
{
    if (memory->counts.messages > memory->mask)
        grow(memory);
    struct quota_message *message = quota_message_new(id->relay, id->instance);
    message->hash = hash_of(memory, id);
    message->sender = mark_of(memory, id->sender);
    message->is_whole = id->queue_id.len == 0; /* else there were others before */
    struct quota_message **place = &memory->buckets[message->hash & memory->mask];
    message->next = *place;
    *place = message;
    link_newest(memory, message);
    memory->counts.messages++;
    memory->counts.bytes += quota_message_bytes(message);
    return message;
}

bool quota_memory_note(struct quota_memory *memory, const struct quota_message_id *id,
                       const struct quota_mailbox *mailboxes, size_t count, bool alone,
                       int64_t now_us)
{
    if (id->instance.len == 0 || id->instance.len + id->relay.len > QUOTA_MESSAGE_KEY_MAX) {
        memory->counts.cut++;
        return false;
    }
    struct quota_message *message = find(memory, id, now_us);
    if (message == NULL)
        message = begin(memory, id);
    memory->counts.bytes -= quota_message_bytes(message);
    bool whole = quota_message_add(message, mailboxes, count, memory->options.mailboxes_max);
    memory->counts.bytes += quota_message_bytes(message);
    memory->counts.cut += !whole;
    message->alone = message->alone || alone;
    message->queue_id = mark_of(memory, id->queue_id);
    message->noted_us = now_us;
    unlink_use(memory, message);
    link_newest(memory, message);
    make_room(memory);
    return whole;
}

bool quota_memory_is_apart(struct quota_memory *memory, const struct quota_message_id *id,
                           bool near_full, int64_t now_us)
{
    const struct quota_message *message = find(memory, id, now_us);
    if (message == NULL)
        return near_full && id->queue_id.len > 0; /* there were others, who are not known */
    return message->alone || near_full;
}

struct quota_message *quota_memory_take(struct quota_memory *memory,
                                        const struct quota_message_id *id, int64_t now_us)
{
    struct quota_message *message = find(memory, id, now_us);
    if (message == NULL)
        return NULL;
    take_out(memory, message);
    memory->counts.taken++;
    return message;
}

struct quota_memory_counts quota_memory_counts(const struct quota_memory *memory)
{
    return memory->counts;
}
