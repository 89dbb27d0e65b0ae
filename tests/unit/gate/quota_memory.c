/* SPDX-License-Identifier: Apache-2.0
 *
 * Recipients from RCPT to END-OF-MESSAGE: of ordinary messages, of clients that leave, of floods,
 * and of instances that come again.
 */
#include "gate/quota_memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define SECOND INT64_C(1000000)
#define NOW (1000 * SECOND)

static const struct quota_mailbox alice = {{"alice@example.com", 17}, {"mb1", 3}, QUOTA_FITS, 0};
static const struct quota_mailbox bob = {{"bob@example.com", 15}, {"mb2", 3}, QUOTA_TROUBLE, 0};

static struct quota_memory *memory_new(size_t messages, size_t mailboxes, size_t bytes)
{
    return quota_memory_new(&(struct quota_memory_options){
        .messages_max = messages, .mailboxes_max = mailboxes, .bytes_max = bytes, .key = {{3, 4}}});
}

static struct quota_message_id id_of(const char *instance, const char *queue_id)
{
    return (struct quota_message_id){SLICE("192.0.2.1"), slice_from_str(instance),
                                     SLICE("s@example.net"), slice_from_str(queue_id)};
}

static bool note(struct quota_memory *memory, const struct quota_message_id *id,
                 const struct quota_mailbox *mailbox)
{
    return quota_memory_note(memory, id, mailbox, mailbox != NULL, false, NOW);
}

static void from_first_to_last(void **state)
{
    (void)state;
    struct quota_memory *memory = memory_new(0, 0, 0);
    struct quota_message_id first = id_of("1a2b.c.0", ""), later = id_of("1a2b.c.0", "4XYZ");
    assert_true(note(memory, &first, &alice));
    struct quota_mailbox both[] = {bob, alice};
    assert_true(quota_memory_note(memory, &later, both, 2, false, NOW));
    assert_true(note(memory, &later, NULL)); /* leads elsewhere */
    struct quota_message *message = quota_memory_take(memory, &later, NOW);
    assert_non_null(message);
    assert_int_equal(quota_message_recipients(message), 3);
    assert_int_equal(quota_message_count(message), 3);
    assert_true(quota_message_has_all(message, 3));
    assert_false(quota_message_has_all(message, 4));
    struct quota_mailbox got = quota_message_mailbox(message, 1);
    assert_true(slice_eq(got.mailbox, bob.mailbox) && slice_eq(got.server, bob.server));
    assert_int_equal(got.kind, QUOTA_TROUBLE);
    assert_int_equal(got.recipient, 1);
    assert_int_equal(quota_message_mailbox(message, 2).recipient, 1);
    assert_int_equal(quota_message_mailbox(message, 0).recipient, 0);
    quota_message_free(message);
    assert_null(quota_memory_take(memory, &later, NOW));
    assert_int_equal(quota_memory_counts(memory).bytes, 0);
    quota_memory_free(memory);
}

static void relays_are_apart(void **state)
{
    (void)state;
    struct quota_memory *memory = memory_new(0, 0, 0);
    struct quota_message_id id = id_of("1.2.0", ""), other = id, shifted = id;
    other.relay = SLICE("192.0.2.2");
    shifted.relay = SLICE("192.0.2."); /* the same bytes, cut elsewhere */
    shifted.instance = SLICE("11.2.0");
    note(memory, &id, &alice);
    assert_null(quota_memory_take(memory, &other, NOW));
    assert_null(quota_memory_take(memory, &shifted, NOW));
    struct quota_message *message = quota_memory_take(memory, &id, NOW);
    assert_non_null(message);
    quota_message_free(message);
    quota_memory_free(memory);
}

/* An instance that comes with another message. */
static void begins_anew(void **state)
{
    (void)state;
    struct quota_memory *memory = memory_new(0, 0, 0);
    struct quota_message_id first = id_of("1.2.0", ""), queued = id_of("1.2.0", "A1"),
                            sender = queued, reused = id_of("1.2.0", "B2");
    sender.sender = SLICE("t@example.net");
    note(memory, &first, &alice);
    note(memory, &queued, &alice);
    note(memory, &first, &bob); /* without a queue id again: the first recipient of another one */
    struct quota_message *message = quota_memory_take(memory, &queued, NOW);
    assert_int_equal(quota_message_count(message), 1);
    assert_true(quota_message_has_all(message, 1));
    quota_message_free(message);
    note(memory, &queued, &alice);
    assert_null(quota_memory_take(memory, &sender, NOW));
    note(memory, &queued, &alice);
    assert_null(quota_memory_take(memory, &reused, NOW));
    note(memory, &first, &alice);
    message = quota_memory_take(memory, &first, NOW);
    quota_message_free(message);
    note(memory, &first, &bob); /* after the end */
    message = quota_memory_take(memory, &first, NOW);
    assert_int_equal(quota_message_count(message), 1);
    quota_message_free(message);
    assert_int_equal(quota_memory_counts(memory).begun_anew, 3);
    quota_memory_free(memory);
}

/* Who was let in before is not known: nothing may be refused for all. */
static void not_from_the_first(void **state)
{
    (void)state;
    struct quota_memory *memory = memory_new(0, 0, 0);
    struct quota_message_id later = id_of("1.2.0", "A1");
    note(memory, &later, &alice);
    struct quota_message *message = quota_memory_take(memory, &later, NOW);
    assert_false(quota_message_has_all(message, 1));
    quota_message_free(message);
    quota_memory_free(memory);
}

static void too_many_recipients(void **state)
{
    (void)state;
    struct quota_memory *memory = memory_new(0, 0, 0);
    struct quota_message_id id = id_of("1.2.0", "");
    for (int i = 0; i < QUOTA_MAILBOXES_MAX; i++)
        assert_true(note(memory, &id, &alice));
    struct quota_mailbox both[] = {bob, alice};
    assert_false(quota_memory_note(memory, &id, both, 2, false, NOW));
    struct quota_message *message = quota_memory_take(memory, &id, NOW);
    assert_int_equal(quota_message_count(message), QUOTA_MAILBOXES_MAX);
    assert_int_equal(quota_message_recipients(message), QUOTA_MAILBOXES_MAX + 1);
    assert_false(quota_message_has_all(message, 1));
    quota_message_free(message);
    assert_int_equal(quota_memory_counts(memory).cut, 1);
    quota_memory_free(memory);
}

static void cannot_be_remembered(void **state)
{
    (void)state;
    struct quota_memory *memory = memory_new(0, 0, 0);
    char text[QUOTA_MAILBOX_TEXT_MAX + 1];
    memset(text, 'x', sizeof(text));
    struct quota_message_id none = id_of("", ""), id = id_of("1.2.0", ""), endless = id;
    struct quota_mailbox mailbox = alice;
    endless.instance = slice_of(text, QUOTA_MESSAGE_KEY_MAX + 1);
    mailbox.mailbox = slice_of(text, sizeof(text));
    assert_false(note(memory, &none, &alice));
    assert_false(note(memory, &endless, &alice));
    assert_null(quota_memory_take(memory, &none, NOW));
    assert_false(note(memory, &id, &mailbox));
    struct quota_message *message = quota_memory_take(memory, &id, NOW);
    assert_int_equal(quota_message_count(message), 0);
    assert_false(quota_message_has_all(message, 1));
    quota_message_free(message);
    quota_memory_free(memory);
}

static void expires(void **state)
{
    (void)state;
    struct quota_memory *memory = memory_new(0, 0, 0);
    struct quota_message_id one = id_of("1.1.0", ""), two = id_of("1.2.0", "");
    quota_memory_note(memory, &one, &alice, 1, false, NOW);
    quota_memory_note(memory, &two, &alice, 1, false, NOW);
    quota_memory_note(memory, &one, &bob, 1, false, NOW + 300 * SECOND);
    quota_memory_tidy(memory, NOW + 600 * SECOND - 1);
    assert_int_equal(quota_memory_counts(memory).messages, 2);
    assert_null(quota_memory_take(memory, &two, NOW + 600 * SECOND));
    struct quota_message *message = quota_memory_take(memory, &one, NOW + 600 * SECOND);
    assert_int_equal(quota_message_count(message), 2);
    quota_message_free(message);
    assert_int_equal(quota_memory_counts(memory).expired, 1);
    quota_memory_free(memory);
}

/* RCPT after RCPT and never an end: of messages, ... */
static void flood_of_messages(void **state)
{
    (void)state;
    enum { MESSAGES = 5000, MAX = 100 };
    struct quota_memory *memory = memory_new(MAX, 0, 0);
    struct quota_message_id id;
    char instance[32];
    for (int i = 0; i < MESSAGES; i++) {
        (void)snprintf(instance, sizeof(instance), "%x.1.0", i);
        id = id_of(instance, "");
        note(memory, &id, &alice);
    }
    struct quota_memory_counts counts = quota_memory_counts(memory);
    assert_int_equal(counts.messages, MAX);
    assert_int_equal(counts.gone, MESSAGES - MAX);
    assert_true(counts.bytes < (size_t)MAX * 600);
    struct quota_message *message = quota_memory_take(memory, &id, NOW);
    assert_non_null(message);
    quota_message_free(message);
    id = id_of("0.1.0", "");
    assert_null(quota_memory_take(memory, &id, NOW));
    quota_memory_free(memory);
}

/* ... and of bytes, by few messages of many recipients. */
static void flood_of_recipients(void **state)
{
    (void)state;
    enum { BYTES = 1 << 20 };
    struct quota_memory *memory = memory_new(0, 0, BYTES);
    char instance[32], name[600];
    size_t most = 0;
    memset(name, 'x', sizeof(name));
    struct quota_mailbox mailbox = alice;
    mailbox.mailbox = slice_of(name, sizeof(name));
    for (int i = 0; i < 20; i++) {
        (void)snprintf(instance, sizeof(instance), "%d.1.0", i);
        struct quota_message_id id = id_of(instance, "");
        for (int j = 0; j < 500; j++) {
            note(memory, &id, &mailbox);
            size_t bytes = quota_memory_counts(memory).bytes;
            most = bytes > most ? bytes : most;
        }
    }
    assert_in_range(most, BYTES / 4, BYTES);
    assert_true(quota_memory_counts(memory).gone > 10);
    quota_memory_set(memory, &(struct quota_memory_options){.messages_max = 1});
    assert_int_equal(quota_memory_counts(memory).messages, 1);
    quota_memory_free(memory);
}

static void split_mode(void **state)
{
    (void)state;
    struct quota_memory *memory = memory_new(0, 0, 0);
    struct quota_message_id first = id_of("1.1.0", ""), later = id_of("1.1.0", "A1"),
                            lost = id_of("1.2.0", "B2"), other = id_of("1.3.0", "");
    assert_false(quota_memory_is_apart(memory, &first, true, NOW));
    quota_memory_note(memory, &first, &alice, 1, true, NOW);
    assert_true(quota_memory_is_apart(memory, &later, false, NOW));
    assert_true(quota_memory_is_apart(memory, &later, true, NOW));
    struct quota_message *message = quota_memory_take(memory, &later, NOW);
    assert_true(quota_message_has_all(message, 1));
    quota_message_free(message);
    assert_false(quota_memory_is_apart(memory, &first, false, NOW)); /* the next message */
    assert_true(quota_memory_is_apart(memory, &lost, true, NOW));
    assert_false(quota_memory_is_apart(memory, &lost, false, NOW));
    note(memory, &other, &bob);
    assert_true(quota_memory_is_apart(memory, &other, true, NOW)); /* after one with room */
    assert_false(quota_memory_is_apart(memory, &other, false, NOW));
    quota_memory_free(memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(from_first_to_last),
        cmocka_unit_test(relays_are_apart),
        cmocka_unit_test(begins_anew),
        cmocka_unit_test(not_from_the_first),
        cmocka_unit_test(too_many_recipients),
        cmocka_unit_test(cannot_be_remembered),
        cmocka_unit_test(expires),
        cmocka_unit_test(flood_of_messages),
        cmocka_unit_test(flood_of_recipients),
        cmocka_unit_test(split_mode),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
