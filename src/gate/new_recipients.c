/* SPDX-License-Identifier: Apache-2.0
 *
 * See new_recipients.h.
 */
#include "gate/new_recipients.h"

#include "base/memory.h"
#include "gate/recipient_book.h"
#include "gate/recipient_lists.h"

struct new_recipients {
    uint32_t messages, pairs;
    int64_t within_us; /* 0: no limit is about it, and the two below are NULL */
    struct recipient_book *known;
    struct recipient_lists *under_way;
    struct hash_key key;
    struct buf text;             /* of the hash that is made */
    uint64_t crowded_out_before; /* of books that were given up */
};

struct new_recipients *new_recipients_new(uint32_t messages)
{
    struct new_recipients *recipients = MEM_NEW(struct new_recipients);
    recipients->messages = messages;
    return recipients;
}

static void forget(struct new_recipients *recipients)
{
    recipients->crowded_out_before = new_recipients_crowded_out(recipients);
    recipient_book_free(recipients->known);
    recipient_lists_free(recipients->under_way);
    recipients->known = NULL;
    recipients->under_way = NULL;
}

void new_recipients_free(struct new_recipients *recipients)
{
    if (recipients == NULL)
        return;
    forget(recipients);
    buf_done(&recipients->text);
    mem_free(recipients);
}

void new_recipients_hash_by(struct new_recipients *recipients, const struct hash_key *key)
{
    recipients->key = *key;
}

static int64_t longest_of(const struct limit_rules *rules)
{
    int64_t within_us = 0;
    for (size_t i = 0; i < rules->count; i++) {
        const struct limit_rule *rule = &rules->rules[i];
        if (rule->unit == LIMIT_NEW_RECIPIENTS && rule->within_us > within_us)
            within_us = rule->within_us;
    }
    return within_us;
}

void new_recipients_configure(struct new_recipients *recipients, const struct limit_rules *rules,
                              uint32_t pairs)
{
    uint32_t before = recipients->pairs;
    recipients->pairs = pairs > 0 ? pairs : NEW_RECIPIENTS_KNOWN;
    recipients->within_us = longest_of(rules);
    if (recipients->within_us == 0 || recipients->pairs != before)
        forget(recipients);
    if (recipients->within_us == 0 || recipients->known != NULL)
        return;
    recipients->known = recipient_book_new(recipients->pairs);
    recipients->under_way = recipient_lists_new(recipients->messages);
}

/* ---- numbers ---- */

static uint64_t message_of(struct new_recipients *recipients,
                           const struct new_recipients_message *message)
{
    struct buf *text = &recipients->text;
    buf_clear(text);
    buf_add(text, message->relay);
    buf_add_char(text, '\n');
    buf_add(text, message->request->instance);
    return keyed_hash(&recipients->key, buf_slice(text));
}

static uint64_t pair_of(struct new_recipients *recipients,
                        const struct new_recipients_message *message)
{
    struct buf *text = &recipients->text;
    struct slice recipient = message->request->recipient;
    buf_clear(text);
    buf_add(text, message->who->login);
    buf_add_char(text, '\n');
    if (message->who->login.len == 0)
        ip_address_format(&message->who->client, text);
    buf_add_char(text, '\n');
    buf_add(text, recipient);
    slice_copy_lower(recipient, text->ptr + text->len - recipient.len);
    return keyed_hash(&recipients->key, buf_slice(text));
}

/* ---- a message ---- */

static bool is_about(const struct new_recipients *recipients,
                     const struct new_recipients_message *message)
{
    return recipients->within_us > 0 && message->request->instance.len > 0;
}

uint32_t new_recipients_look(struct new_recipients *recipients,
                             const struct new_recipients_message *message, int64_t now_us)
{
    if (!is_about(recipients, message) || message->request->recipient.len == 0)
        return 0;
    return !recipient_book_has(recipients->known, pair_of(recipients, message),
                               recipients->within_us, now_us);
}

void new_recipients_note(struct new_recipients *recipients,
                         const struct new_recipients_message *message)
{
    if (!is_about(recipients, message) || message->request->recipient.len == 0)
        return;
    uint64_t pair = pair_of(recipients, message);
    recipient_lists_add(recipients->under_way, message_of(recipients, message), pair);
}

uint32_t new_recipients_count(struct new_recipients *recipients,
                              const struct new_recipients_message *message, int64_t now_us)
{
    struct recipient_list list;
    if (!is_about(recipients, message))
        return 0;
    if (message->request->recipient.len > 0)
        new_recipients_note(recipients, message);
    (void)recipient_lists_find(recipients->under_way, message_of(recipients, message), &list);
    uint64_t fresh = list.more;
    for (uint32_t i = 0; i < list.count; i++)
        fresh += !recipient_book_has(recipients->known, list.recipients[i], recipients->within_us,
                                     now_us);
    uint32_t most = message->request->recipient_count;
    return fresh < most ? (uint32_t)fresh : most;
}

void new_recipients_learn(struct new_recipients *recipients,
                          const struct new_recipients_message *message, uint32_t counted,
                          int64_t now_us)
{
    struct recipient_list list;
    if (!is_about(recipients, message))
        return;
    (void)recipient_lists_find(recipients->under_way, message_of(recipients, message), &list);
    for (uint32_t i = 0; i < list.count; i++) {
        bool known = recipient_book_has(recipients->known, list.recipients[i],
                                        recipients->within_us, now_us);
        if (!known && counted == 0)
            continue;
        counted -= !known;
        recipient_book_put(recipients->known, list.recipients[i], recipients->within_us, now_us);
    }
}

uint64_t new_recipients_crowded_out(const struct new_recipients *recipients)
{
    uint64_t now = recipients->known ? recipient_book_crowded_out(recipients->known) : 0;
    return recipients->crowded_out_before + now;
}
