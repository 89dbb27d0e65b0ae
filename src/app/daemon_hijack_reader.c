/* SPDX-License-Identifier: Apache-2.0
 *
 * See daemon_hijack_reader.h.
 */
#include "app/daemon_hijack_reader.h"

#include "app/settings_hijack.h"

static void order(void *data, const struct hijack_verdict *verdict)
{
    hijack_channel_order(data, verdict);
}

static struct slice whose(void *data, struct slice login)
{
    const struct account_book *book = hijack_channel_accounts(data);
    return book != NULL ? account_book_find(book, login).login : login;
}

void daemon_hijack_reader_attach(struct hijack_channel *channel, struct hijack *hijack)
{
    hijack_hear(hijack, order, channel);
    hijack_name(hijack, whose, channel);
}

void daemon_hijack_reader_want(struct hijack *hijack, const struct settings *settings)
{
    struct arena *arena = arena_new(1024);
    struct hijack_rule rule;
    settings_hijack_rule(settings, arena, &rule);
    hijack_configure(hijack, &rule);
    arena_free(arena);
}

static void take_fact(void *data, const struct policy_fact *fact)
{
    struct hijack *hijack = data;
    if (hijack == NULL)
        return;
    if (fact->vain) {
        struct hijack_vain vain = {fact->client, fact->sender, fact->recipient};
        hijack_take_vain(hijack, fact->login, &vain, fact->at_us);
        return;
    }
    if (fact->recipients == 0) {
        hijack_take_recipient(hijack, fact->login, fact->recipient, fact->at_us);
        return;
    }
    struct hijack_mail mail = {.origin = HIJACK_BY_POLICY,
                               .message = fact->message,
                               .sender = fact->sender,
                               .recipients = fact->recipients,
                               .size = fact->size};
    hijack_take_client(hijack, fact->login, fact->client, fact->message, fact->at_us);
    hijack_take_mail(hijack, fact->login, &mail, fact->at_us);
}

void daemon_hijack_reader_turn(struct hijack_channel *channel, struct hijack *hijack, bool live,
                               int64_t now_us)
{
    hijack_channel_facts(channel, take_fact, live ? hijack : NULL);
    for (struct hijack_pardon *pardon; (pardon = hijack_channel_take_pardon(channel)) != NULL;) {
        hijack_forgive(hijack, pardon->login, pardon->until_us, now_us);
        mem_free(pardon);
    }
}
