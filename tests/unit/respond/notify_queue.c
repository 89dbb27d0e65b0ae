/* SPDX-License-Identifier: Apache-2.0
 *
 * The queue of a notifier, in virtual time: order, back-off, bounds, dead letters, state.
 */
#include "respond/notify_queue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#define S NOTIFY_SECOND_US
#define T0 INT64_C(1772438400000000)

static const struct notify_queue_settings usual = NOTIFY_QUEUE_SETTINGS;

static void push(struct notify_queue *queue, const char *page, enum notice_transition transition,
                 enum incident_severity severity, int64_t now_us)
{
    struct notice_item item = {.id = SLICE("aaaaaaaa"),
                               .page = SLICE("aaaaaaaa"),
                               .incident = {.closed_us = INCIDENT_OPEN}};
    struct notice notice = {.transition = transition,
                            .severity = severity,
                            .at_us = now_us,
                            .page = slice_from_str(page),
                            .serial = 1,
                            .total = 1,
                            .count = 1,
                            .items = &item};
    notify_queue_push(queue, &notice, now_us);
}

static void tell(struct notify_queue *queue, uint64_t number, int64_t now_us,
                 enum notify_outcome outcome, int64_t retry_after_us)
{
    struct notify_result result = {.outcome = outcome, .retry_after_us = retry_after_us};
    snprintf(result.reason, sizeof(result.reason), "%s", outcome == NOTIFY_SENT ? "" : "HTTP 500");
    notify_queue_tell_result(queue, number, now_us, &result, NULL);
}

/* The page that is tried at now, or "". It stays in flight. */
static const char *try(struct notify_queue *queue, int64_t now_us, uint64_t *number)
{
    static char page[INCIDENT_ID_LEN + 1];
    const struct notice *notice = notify_queue_take_due(queue, now_us, number);
    snprintf(page, sizeof(page), "%.*s", notice ? (int)notice->page.len : 0,
             notice ? notice->page.ptr : "");
    return page;
}

static struct notify_status status_of(const struct notify_queue *queue)
{
    struct notify_status status;
    notify_queue_status(queue, &status);
    return status;
}

static void sends_in_order(void **state)
{
    struct notify_queue *queue = notify_queue_new(&usual, 1);
    uint64_t number;
    (void)state;
    assert_int_equal(notify_queue_next_due(queue), INT64_MAX);
    push(queue, "p1", NOTICE_OPENED, INCIDENT_WARNING, T0);
    push(queue, "p1", NOTICE_CLOSED, INCIDENT_WARNING, T0);
    push(queue, "p2", NOTICE_OPENED, INCIDENT_CRITICAL, T0);
    assert_int_equal(notify_queue_next_due(queue), T0);
    assert_string_equal(try(queue, T0, &number), "p2"); /* critical first */
    assert_string_equal(try(queue, T0, &number), "");   /* one at a time */
    tell(queue, number, T0, NOTIFY_SENT, 0);
    assert_string_equal(try(queue, T0, &number), "p1");
    tell(queue, number, T0, NOTIFY_SENT, 0);
    const struct notice *last = notify_queue_take_due(queue, T0, &number);
    assert_int_equal(last->transition, NOTICE_CLOSED);
    tell(queue, number, T0, NOTIFY_SENT, 0);
    assert_int_equal(status_of(queue).sent, 3);
    assert_int_equal(status_of(queue).state, NOTIFY_STATE_OK);
    assert_int_equal(notify_queue_next_due(queue), INT64_MAX);
    notify_queue_free(queue);
}

static void a_critical_page_keeps_its_order(void **state)
{
    struct notify_queue *queue = notify_queue_new(&usual, 1);
    uint64_t number;
    (void)state;
    push(queue, "p1", NOTICE_ACKNOWLEDGED, INCIDENT_CRITICAL, T0);
    push(queue, "p1", NOTICE_REOPENED, INCIDENT_CRITICAL, T0); /* must not overtake */
    const struct notice *notice = notify_queue_take_due(queue, T0, &number);
    assert_int_equal(notice->transition, NOTICE_ACKNOWLEDGED);
    notify_queue_free(queue);
}

static void backs_off_and_recovers(void **state)
{
    struct notify_queue *queue = notify_queue_new(&usual, 7);
    int64_t now_us = T0, waits[12];
    uint64_t number;
    (void)state;
    push(queue, "p1", NOTICE_OPENED, INCIDENT_CRITICAL, T0);
    for (int i = 0; i < 12; i++) {
        assert_string_equal(try(queue, now_us, &number), "p1");
        tell(queue, number, now_us, NOTIFY_RETRY, 0);
        int64_t due_us = notify_queue_next_due(queue);
        assert_string_equal(try(queue, due_us - 1, &number), "");
        waits[i] = due_us - now_us;
        now_us = due_us;
    }
    for (int i = 0; i < 12; i++) {
        int64_t whole = i < 9 ? 2 * S << i : 600 * S;
        whole = whole < 600 * S ? whole : 600 * S;
        assert_in_range(waits[i], whole / 2, whole);
    }
    assert_int_equal(status_of(queue).state, NOTIFY_STATE_DEAD);
    assert_int_equal(status_of(queue).retries, 12);
    assert_int_equal(status_of(queue).failing_since_us, T0);
    assert_string_equal(status_of(queue).last_reason, "HTTP 500");
    assert_string_equal(try(queue, now_us, &number), "p1"); /* dead is still tried */
    tell(queue, number, now_us, NOTIFY_SENT, 0);
    assert_int_equal(status_of(queue).state, NOTIFY_STATE_OK);
    assert_int_equal(status_of(queue).failing_since_us, 0);
    notify_queue_free(queue);
}

static void jitter_comes_from_the_seed(void **state)
{
    int64_t due_us[3];
    static const uint64_t seeds[] = {1, 1, 2};
    (void)state;
    for (int i = 0; i < 3; i++) {
        struct notify_queue *queue = notify_queue_new(&usual, seeds[i]);
        uint64_t number;
        push(queue, "p1", NOTICE_OPENED, INCIDENT_INFO, T0);
        try(queue, T0, &number);
        tell(queue, number, T0, NOTIFY_RETRY, 0);
        due_us[i] = notify_queue_next_due(queue);
        notify_queue_free(queue);
    }
    assert_int_equal(due_us[0], due_us[1]);
    assert_int_not_equal(due_us[0], due_us[2]);
}

static void the_receivers_wish_is_honoured(void **state)
{
    struct notify_queue *queue = notify_queue_new(&usual, 1);
    uint64_t number;
    (void)state;
    push(queue, "p1", NOTICE_OPENED, INCIDENT_CRITICAL, T0);
    try(queue, T0, &number);
    tell(queue, number, T0, NOTIFY_RETRY, 90 * S);
    push(queue, "p2", NOTICE_OPENED, INCIDENT_CRITICAL,
         T0); /* waits too: it is the same receiver */
    assert_int_equal(notify_queue_next_due(queue), T0 + 90 * S);
    assert_string_equal(try(queue, T0 + 89 * S, &number), "");
    assert_string_equal(try(queue, T0 + 90 * S, &number), "p1");
    notify_queue_free(queue);
}

static void one_bad_message_does_not_stop_the_others(void **state)
{
    struct notify_queue *queue = notify_queue_new(&usual, 1);
    uint64_t number;
    int64_t now_us = T0;
    unsigned sent = 0;
    (void)state;
    push(queue, "bad", NOTICE_OPENED, INCIDENT_CRITICAL, T0);
    push(queue, "bad", NOTICE_CLOSED, INCIDENT_CRITICAL, T0);
    for (int i = 0; i < 20; i++)
        push(queue, "good", NOTICE_UPDATED, INCIDENT_WARNING, T0);
    while (sent < 20 && now_us < T0 + 3600 * S) {
        bool bad = *try(queue, now_us, &number) == 'b';
        tell(queue, number, now_us, bad ? NOTIFY_RETRY : NOTIFY_SENT, 0);
        sent += !bad;
        now_us = notify_queue_next_due(queue);
    }
    assert_int_equal(sent, 20);
    assert_true(now_us < T0 + 60 * S);
    notify_queue_free(queue);
}

static void refused_for_good_is_a_dead_letter(void **state)
{
    struct notify_queue *queue = notify_queue_new(&usual, 1);
    uint64_t number;
    (void)state;
    for (int i = 0; i < 30; i++) {
        char page[9];
        snprintf(page, sizeof(page), "p%d", i);
        push(queue, page, NOTICE_OPENED, INCIDENT_WARNING, T0);
        try(queue, T0, &number);
        tell(queue, number, T0 + i, NOTIFY_REFUSED, 0);
    }
    struct notify_status status = status_of(queue);
    assert_int_equal(status.refused, 30);
    assert_int_equal(status.pending, 0);
    assert_int_equal(status.letter_count, NOTIFY_LETTERS_MAX);
    assert_string_equal(status.letters[NOTIFY_LETTERS_MAX - 1].key, "p29-1");
    assert_string_equal(status.letters[0].key, "p10-1");
    assert_string_equal(status.letters[0].reason, "HTTP 500");
    notify_queue_free(queue);
}

static void what_is_too_old_is_given_up(void **state)
{
    struct notify_queue *queue = notify_queue_new(&usual, 1);
    uint64_t number;
    (void)state;
    push(queue, "p1", NOTICE_OPENED, INCIDENT_CRITICAL, T0);
    try(queue, T0, &number);
    tell(queue, number, T0, NOTIFY_RETRY, 0);
    assert_string_equal(try(queue, T0 + 86400 * S, &number), "");
    assert_int_equal(status_of(queue).expired, 1);
    assert_string_equal(status_of(queue).letters[0].reason, "too old");
    notify_queue_free(queue);
}

static void a_try_has_a_deadline(void **state)
{
    struct notify_queue *queue = notify_queue_new(&usual, 1);
    uint64_t late, number;
    (void)state;
    push(queue, "p1", NOTICE_OPENED, INCIDENT_CRITICAL, T0);
    try(queue, T0, &late);
    assert_int_equal(notify_queue_next_due(queue), T0 + 30 * S);
    assert_string_equal(try(queue, T0 + 30 * S, &number), ""); /* counted as failed: backs off */
    assert_int_equal(status_of(queue).retries, 1);
    tell(queue, late, T0 + 31 * S, NOTIFY_REFUSED, 0); /* too late to count */
    assert_int_equal(status_of(queue).refused, 0);
    assert_string_equal(try(queue, notify_queue_next_due(queue), &number), "p1");
    assert_int_not_equal(number, late);
    notify_queue_free(queue);
}

static void bounded_and_critical_openings_stay(void **state)
{
    struct notify_queue_settings settings = usual;
    settings.pending_max = 10;
    struct notify_queue *queue = notify_queue_new(&settings, 1);
    uint64_t number;
    char page[9];
    (void)state;
    for (int i = 0; i < 5; i++) {
        snprintf(page, sizeof(page), "i%d", i);
        push(queue, page, NOTICE_OPENED, INCIDENT_INFO, T0);
    }
    for (int i = 0; i < 5; i++) {
        snprintf(page, sizeof(page), "w%d", i);
        push(queue, page, NOTICE_OPENED, INCIDENT_WARNING, T0);
    }
    for (int i = 0; i < 60; i++) {
        snprintf(page, sizeof(page), "c%d", i);
        push(queue, page, NOTICE_OPENED, INCIDENT_CRITICAL, T0);
    }
    push(queue, "i9", NOTICE_OPENED, INCIDENT_INFO, T0); /* no room for so little */
    struct notify_status status = status_of(queue);
    assert_int_equal(status.pending, 40); /* four times the bound is the end of it */
    assert_int_equal(status.dropped, 10 + 20 + 1);
    for (int i = 0; i < 40; i++) {
        snprintf(page, sizeof(page), "c%d", i);
        assert_string_equal(try(queue, T0, &number), page);
        tell(queue, number, T0, NOTIFY_SENT, 0);
    }
    notify_queue_free(queue);
}

static void what_is_in_flight_is_not_dropped(void **state)
{
    struct notify_queue_settings settings = usual;
    settings.pending_max = 2;
    struct notify_queue *queue = notify_queue_new(&settings, 1);
    uint64_t number;
    (void)state;
    push(queue, "i1", NOTICE_OPENED, INCIDENT_INFO, T0);
    const struct notice *flying = notify_queue_take_due(queue, T0, &number);
    push(queue, "i2", NOTICE_OPENED, INCIDENT_INFO, T0);
    push(queue, "w1", NOTICE_OPENED, INCIDENT_WARNING, T0);
    push(queue, "w2", NOTICE_OPENED, INCIDENT_WARNING, T0);
    assert_memory_equal(flying->page.ptr, "i1", 2);
    tell(queue, number, T0, NOTIFY_SENT, 0);
    assert_string_equal(try(queue, T0, &number), "w2");
    assert_int_equal(status_of(queue).dropped, 2);
    notify_queue_free(queue);
}

static void repetitions_do_not_pile_up(void **state)
{
    struct notify_queue *queue = notify_queue_new(&usual, 1);
    (void)state;
    for (int i = 0; i < 50; i++) {
        push(queue, "p1", NOTICE_CURRENT, INCIDENT_CRITICAL, T0 + i);
        push(queue, "p2", NOTICE_CURRENT, INCIDENT_CRITICAL, T0 + i);
    }
    assert_int_equal(status_of(queue).pending, 2);
    assert_int_equal(status_of(queue).dropped, 0);
    uint64_t number;
    const struct notice *flying = notify_queue_take_due(queue, T0 + 50, &number);
    push(queue, "p1", NOTICE_CURRENT, INCIDENT_CRITICAL, T0 + 51);
    assert_true(slice_eq(flying->page, SLICE("p1"))); /* it is being sent: it stays */
    assert_int_equal(status_of(queue).pending, 3);
    notify_queue_free(queue);
}

static void restart(struct notify_queue **queue, int64_t now_us)
{
    struct err err;
    json_t *saved = notify_queue_json(*queue);
    notify_queue_free(*queue);
    *queue = notify_queue_new(&usual, 1);
    assert_true(notify_queue_read(*queue, saved, now_us, &err));
    json_t *again = notify_queue_json(*queue);
    assert_true(json_equal(again, saved));
    json_decref(saved);
    json_decref(again);
}

static void survives_a_restart(void **state)
{
    struct notify_queue *queue = notify_queue_new(&usual, 1);
    struct notify_result sent = {.outcome = NOTIFY_SENT};
    uint64_t number;
    (void)state;
    push(queue, "p0", NOTICE_OPENED, INCIDENT_CRITICAL, T0);
    push(queue, "p1", NOTICE_OPENED, INCIDENT_WARNING, T0);
    push(queue, "p2", NOTICE_DIGEST, INCIDENT_WARNING, T0);
    try(queue, T0, &number);
    notify_queue_tell_result(queue, number, T0, &sent, "1772438400.000100");
    try(queue, T0, &number);
    tell(queue, number, T0, NOTIFY_REFUSED, 0);
    try(queue, T0, &number); /* in flight when the daemon dies */
    restart(&queue, T0 + S);
    assert_string_equal(try(queue, T0 + S, &number), "p2");
    assert_true(slice_eq(notify_queue_thread(queue, SLICE("p0")), SLICE("1772438400.000100")));
    assert_int_equal(notify_queue_thread(queue, SLICE("p1")).len, 0);
    assert_int_equal(status_of(queue).sent, 1);
    assert_int_equal(status_of(queue).refused, 1);
    assert_int_equal(status_of(queue).letter_count, 1);
    assert_int_equal(status_of(queue).state, NOTIFY_STATE_FAILING);
    notify_queue_free(queue);
}

static void threads_are_a_ring(void **state)
{
    struct notify_queue *queue = notify_queue_new(&usual, 1);
    struct notify_result sent = {.outcome = NOTIFY_SENT};
    uint64_t number;
    char page[9], thread[32];
    (void)state;
    for (int i = 0; i < 300; i++) {
        snprintf(page, sizeof(page), "p%d", i);
        snprintf(thread, sizeof(thread), "t%d", i);
        push(queue, page, NOTICE_OPENED, INCIDENT_WARNING, T0);
        try(queue, T0, &number);
        notify_queue_tell_result(queue, number, T0, &sent, thread);
    }
    restart(&queue, T0);
    assert_int_equal(notify_queue_thread(queue, SLICE("p43")).len, 0);
    assert_true(slice_eq(notify_queue_thread(queue, SLICE("p44")), SLICE("t44")));
    assert_true(slice_eq(notify_queue_thread(queue, SLICE("p299")), SLICE("t299")));
    notify_queue_free(queue);
}

static void foreign_states_are_refused(void **state)
{
    static const char *const texts[] = {
        "",
        "[]",
        "{}",
        "{\"version\":1,\"sent\":-1}",
        "{\"version\":1,\"pending\":[{}]}",
        "{\"version\":1,\"pending\":[{\"notice\":{\"transition\":\"opened\"}}]}",
        "{\"version\":1,\"threads\":[{\"page\":\"far too long\",\"thread\":\"x\"}]}",
        "{\"version\":1,\"letters\":[1]}",
    };
    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct notify_queue *queue = notify_queue_new(&usual, 1);
        struct err err = {0};
        json_t *object = json_field_parse(slice_from_str(texts[i]), 1000);
        assert_false(notify_queue_read(queue, object, T0, &err));
        json_decref(object);
        assert_int_equal(err.code, ERR_INPUT);
        assert_int_equal(status_of(queue).pending, 0);
        notify_queue_free(queue);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sends_in_order),
        cmocka_unit_test(a_critical_page_keeps_its_order),
        cmocka_unit_test(backs_off_and_recovers),
        cmocka_unit_test(jitter_comes_from_the_seed),
        cmocka_unit_test(the_receivers_wish_is_honoured),
        cmocka_unit_test(one_bad_message_does_not_stop_the_others),
        cmocka_unit_test(refused_for_good_is_a_dead_letter),
        cmocka_unit_test(what_is_too_old_is_given_up),
        cmocka_unit_test(a_try_has_a_deadline),
        cmocka_unit_test(bounded_and_critical_openings_stay),
        cmocka_unit_test(what_is_in_flight_is_not_dropped),
        cmocka_unit_test(repetitions_do_not_pile_up),
        cmocka_unit_test(survives_a_restart),
        cmocka_unit_test(threads_are_a_ring),
        cmocka_unit_test(foreign_states_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
