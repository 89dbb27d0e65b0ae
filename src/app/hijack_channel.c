/* SPDX-License-Identifier: Apache-2.0
 *
 * See hijack_channel.h.
 */
#include "app/hijack_channel.h"

#include <stdatomic.h>
#include <string.h>

#include "io/mailbox.h"

enum { FACT_TEXTS = 4 }; /* login, client, sender, recipient */

struct fact_head {
    int64_t at_us;
    uint64_t size;
    uint32_t recipients, message;
    uint16_t texts[FACT_TEXTS]; /* bytes of those behind it */
    bool vain;
};

struct fact_block {
    size_t used;
    int64_t since_us; /* of its first fact */
    char bytes[FACTS_BLOCK_BYTES];
};

struct hijack_channel {
    struct mailbox *facts, *orders, *pardons;
    struct fact_block *block;                      /* the policy thread's; NULL: nothing is in it */
    _Atomic(struct account_book *) fresh_accounts; /* put and not taken; or NULL */
    struct account_book *accounts;                 /* the feed's thread's; NULL: none came yet */
    atomic_size_t blocks, orders_waiting, pardons_waiting;
    atomic_uint_fast64_t dropped;
    atomic_bool wanted;
};

struct hijack_channel *hijack_channel_new(struct err *err)
{
    struct hijack_channel *channel = MEM_NEW(struct hijack_channel);
    channel->facts = mailbox_new(err);
    channel->orders = channel->facts ? mailbox_new(err) : NULL;
    channel->pardons = channel->orders ? mailbox_new(err) : NULL;
    if (channel->pardons != NULL)
        return channel;
    hijack_channel_free(channel);
    return NULL;
}

static void empty(struct mailbox *mailbox)
{
    for (void *item; mailbox != NULL && (item = mailbox_take(mailbox)) != NULL;)
        mem_free(item);
    mailbox_free(mailbox);
}

void hijack_channel_free(struct hijack_channel *channel)
{
    if (channel == NULL)
        return;
    empty(channel->facts);
    empty(channel->orders);
    empty(channel->pardons);
    mem_free(channel->block);
    account_book_unref(atomic_load(&channel->fresh_accounts));
    account_book_unref(channel->accounts);
    mem_free(channel);
}

static void drop(struct hijack_channel *channel)
{
    atomic_fetch_add_explicit(&channel->dropped, 1, memory_order_relaxed);
}

/* ---- facts ---- */

void hijack_channel_flush(struct hijack_channel *channel)
{
    if (channel->block == NULL)
        return;
    atomic_fetch_add(&channel->blocks, 1);
    mailbox_put(channel->facts, channel->block);
    channel->block = NULL;
}

static void put(struct fact_block *block, const void *from, size_t bytes)
{
    if (bytes > 0)
        memcpy(block->bytes + block->used, from, bytes);
    block->used += bytes;
}

void hijack_channel_tell_fact(struct hijack_channel *channel, const struct policy_fact *fact)
{
    const struct slice texts[FACT_TEXTS] = {fact->login, fact->client, fact->sender,
                                            fact->recipient};
    struct fact_head head = {.at_us = fact->at_us,
                             .size = fact->size,
                             .recipients = fact->recipients,
                             .message = fact->message,
                             .vain = fact->vain};
    size_t bytes = sizeof(head);
    for (size_t i = 0; i < FACT_TEXTS; i++) {
        head.texts[i] = (uint16_t)slice_first(texts[i], FACTS_TEXT_MAX).len;
        bytes += head.texts[i];
    }
    if (!atomic_load_explicit(&channel->wanted, memory_order_relaxed))
        return;
    if (channel->block != NULL && (channel->block->used + bytes > FACTS_BLOCK_BYTES ||
                                   fact->at_us - channel->block->since_us >= FACTS_AGE_US))
        hijack_channel_flush(channel);
    if (channel->block == NULL && atomic_load(&channel->blocks) >= FACTS_BLOCKS_MAX) {
        drop(channel);
        return;
    }
    if (channel->block == NULL) {
        channel->block = mem_new(1, sizeof(struct fact_block));
        channel->block->used = 0;
        channel->block->since_us = fact->at_us;
    }
    put(channel->block, &head, sizeof(head));
    for (size_t i = 0; i < FACT_TEXTS; i++)
        put(channel->block, texts[i].ptr, head.texts[i]);
}

static struct slice get(const char **at, size_t bytes)
{
    struct slice text = {*at, bytes};
    *at += bytes;
    return text;
}

static void read_block(const struct fact_block *block, hijack_channel_take take, void *data)
{
    for (const char *at = block->bytes; at < block->bytes + block->used;) {
        struct fact_head head;
        memcpy(&head, at, sizeof(head));
        at += sizeof(head);
        struct policy_fact fact = {.at_us = head.at_us,
                                   .size = head.size,
                                   .recipients = head.recipients,
                                   .message = head.message,
                                   .vain = head.vain};
        fact.login = get(&at, head.texts[0]);
        fact.client = get(&at, head.texts[1]);
        fact.sender = get(&at, head.texts[2]);
        fact.recipient = get(&at, head.texts[3]);
        take(data, &fact);
    }
}

void hijack_channel_facts(struct hijack_channel *channel, hijack_channel_take take, void *data)
{
    for (struct fact_block *block; (block = mailbox_take(channel->facts)) != NULL;) {
        atomic_fetch_sub(&channel->blocks, 1);
        read_block(block, take, data);
        mem_free(block);
    }
}

/* ---- orders and pardons ---- */

static bool has_room(struct hijack_channel *channel, atomic_size_t *waiting)
{
    if (atomic_fetch_add(waiting, 1) < HIJACK_ORDERS_MAX)
        return true;
    atomic_fetch_sub(waiting, 1);
    drop(channel);
    return false;
}

void hijack_channel_order(struct hijack_channel *channel, const struct hijack_verdict *verdict)
{
    if (!has_room(channel, &channel->orders_waiting))
        return;
    struct hijack_order *order = mem_new(1, sizeof(*order) + verdict->login.len + 1);
    order->verdict = *verdict;
    memcpy(order->login, verdict->login.ptr, verdict->login.len);
    order->verdict.login.ptr = order->login;
    mailbox_put(channel->orders, order);
}

struct hijack_order *hijack_channel_take_order(struct hijack_channel *channel)
{
    struct hijack_order *order = mailbox_take(channel->orders);
    if (order != NULL)
        atomic_fetch_sub(&channel->orders_waiting, 1);
    return order;
}

void hijack_channel_pardon(struct hijack_channel *channel, struct slice login, int64_t until_us)
{
    if (login.len == 0 || !has_room(channel, &channel->pardons_waiting))
        return;
    struct hijack_pardon *pardon = mem_new(1, sizeof(*pardon) + login.len + 1);
    memcpy(pardon->text, login.ptr, login.len);
    pardon->login = slice_of(pardon->text, login.len);
    pardon->until_us = until_us;
    mailbox_put(channel->pardons, pardon);
}

struct hijack_pardon *hijack_channel_take_pardon(struct hijack_channel *channel)
{
    struct hijack_pardon *pardon = mailbox_take(channel->pardons);
    if (pardon != NULL)
        atomic_fetch_sub(&channel->pardons_waiting, 1);
    return pardon;
}

/* ---- accounts ---- */

void hijack_channel_put_accounts(struct hijack_channel *channel, struct account_book *accounts)
{
    account_book_unref(atomic_exchange(&channel->fresh_accounts, accounts));
}

const struct account_book *hijack_channel_accounts(struct hijack_channel *channel)
{
    if (atomic_load_explicit(&channel->fresh_accounts, memory_order_relaxed) != NULL) {
        account_book_unref(channel->accounts);
        channel->accounts = atomic_exchange(&channel->fresh_accounts, NULL);
    }
    return channel->accounts;
}

/* ---- */

int hijack_channel_fd(const struct hijack_channel *channel)
{
    return mailbox_fd(channel->orders);
}

void hijack_channel_want(struct hijack_channel *channel, bool wanted)
{
    atomic_store(&channel->wanted, wanted);
}

uint64_t hijack_channel_dropped(const struct hijack_channel *channel)
{
    return atomic_load(&channel->dropped);
}
