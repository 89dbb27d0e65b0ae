/* SPDX-License-Identifier: Apache-2.0
 *
 * See quota_message.h. The texts of all mailboxes lie in one piece, so that a message is freed in
 * three steps, however many recipients it has.
 */
#include "gate/quota_message.h"

#include "base/memory.h"

enum { NOTED_LEAST = 4 };

struct quota_message *quota_message_new(struct slice relay, struct slice instance)
{
    struct quota_message *message = mem_new(1, sizeof(*message) + relay.len + 1 + instance.len);
    char *begin = (char *)(message + 1), *at = begin;
    (void)slice_put(relay, &at);
    (void)slice_put(slice_of("", 1), &at); /* a NUL, which neither has */
    (void)slice_put(instance, &at);
    message->key = slice_between(begin, at);
    message->is_whole = true;
    return message;
}

void quota_message_free(struct quota_message *message)
{
    if (message == NULL)
        return;
    mem_free(message->noted);
    buf_done(&message->texts);
    mem_free(message);
}

size_t quota_message_bytes(const struct quota_message *message)
{
    return sizeof(*message) + message->key.len + message->texts.cap +
           message->room * sizeof(*message->noted);
}

static void add_mailbox(struct quota_message *message, const struct quota_mailbox *mailbox)
{
    if (message->count == message->room) {
        message->room = message->room == 0 ? NOTED_LEAST : message->room * 2;
        message->noted = mem_resize(message->noted, message->room, sizeof(*message->noted));
    }
    message->noted[message->count++] = (struct quota_noted){
        .begin = (uint32_t)message->texts.len,
        .recipient = message->recipients,
        .mailbox_len = (uint16_t)mailbox->mailbox.len,
        .server_len = (uint16_t)mailbox->server.len,
        .kind = mailbox->kind,
    };
    buf_add(&message->texts, mailbox->mailbox);
    buf_add(&message->texts, mailbox->server);
}

bool quota_message_add(struct quota_message *message, const struct quota_mailbox *mailboxes,
                       size_t count, size_t mailboxes_max)
{
    bool whole = count <= mailboxes_max && message->count <= mailboxes_max - count;
    for (size_t i = 0; whole && i < count; i++)
        whole = mailboxes[i].mailbox.len <= QUOTA_MAILBOX_TEXT_MAX &&
                mailboxes[i].server.len <= QUOTA_MAILBOX_TEXT_MAX;
    for (size_t i = 0; whole && i < count; i++)
        add_mailbox(message, &mailboxes[i]);
    message->recipients++;
    message->is_whole = message->is_whole && whole;
    return whole;
}

bool quota_message_has_all(const struct quota_message *message, uint32_t recipient_count)
{
    return message->is_whole && message->recipients >= recipient_count;
}

size_t quota_message_recipients(const struct quota_message *message)
{
    return message->recipients;
}

size_t quota_message_count(const struct quota_message *message)
{
    return message->count;
}

struct quota_mailbox quota_message_mailbox(const struct quota_message *message, size_t i)
{
    ASSERT(i < message->count);
    const struct quota_noted *noted = &message->noted[i];
    const char *at = message->texts.ptr + noted->begin;
    return (struct quota_mailbox){
        .mailbox = slice_of(at, noted->mailbox_len),
        .server = slice_of(at + noted->mailbox_len, noted->server_len),
        .kind = noted->kind,
        .recipient = noted->recipient,
    };
}
