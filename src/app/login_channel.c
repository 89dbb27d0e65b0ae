/* SPDX-License-Identifier: Apache-2.0
 *
 * See login_channel.h.
 */
#include "app/login_channel.h"

#include <stdatomic.h>

#include "base/memory.h"
#include "io/mailbox.h"

struct fact {
    struct guessing_login login; /* texts behind it */
    int64_t at_us;
};

struct login_channel {
    struct mailbox *facts;
    atomic_size_t waiting;
    atomic_uint_fast64_t dropped;
};

struct login_channel *login_channel_new(struct err *err)
{
    struct mailbox *facts = mailbox_new(err);
    if (facts == NULL)
        return NULL;
    struct login_channel *channel = MEM_NEW(struct login_channel);
    channel->facts = facts;
    return channel;
}

void login_channel_free(struct login_channel *channel)
{
    if (channel == NULL)
        return;
    for (struct fact *fact; (fact = mailbox_take(channel->facts)) != NULL;)
        mem_free(fact);
    mailbox_free(channel->facts);
    mem_free(channel);
}

void login_channel_put(struct login_channel *channel, const struct guessing_login *login,
                       int64_t at_us)
{
    if (atomic_load(&channel->waiting) >= LOGIN_FACTS_MAX) {
        atomic_fetch_add(&channel->dropped, 1);
        return;
    }
    size_t bytes = login->client.len + login->login.len + login->relay.len + login->line.len;
    struct fact *fact = mem_new(1, sizeof(*fact) + bytes + 1);
    char *at = (char *)(fact + 1);
    fact->login = *login;
    fact->at_us = at_us;
    struct slice *texts[] = {&fact->login.client, &fact->login.login, &fact->login.relay,
                             &fact->login.line};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        *texts[i] = slice_put(*texts[i], &at);
    atomic_fetch_add(&channel->waiting, 1);
    mailbox_put(channel->facts, fact);
}

void login_channel_each(struct login_channel *channel, login_channel_take take, void *data)
{
    for (struct fact *fact; (fact = mailbox_take(channel->facts)) != NULL;) {
        atomic_fetch_sub(&channel->waiting, 1);
        take(data, &fact->login, fact->at_us);
        mem_free(fact);
    }
}

uint64_t login_channel_dropped(const struct login_channel *channel)
{
    return atomic_load(&channel->dropped);
}
