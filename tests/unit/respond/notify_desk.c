/* SPDX-License-Identifier: Apache-2.0
 *
 * All notifiers together: they do not hold each other up, survive reloads and restarts, and the
 * dead ones are incidents.
 */
#include "respond/notify_desk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "respond/notifier_fixture.h"

static const struct notify_queue_settings usual = NOTIFY_QUEUE_SETTINGS;

static const struct notifier_answer fine = {.reached = true, .status = 200, .retry_after_s = -1};
static const struct notifier_answer down = {.reached = false};

/* A desk with a Slack bot, a webhook and PagerDuty. */
static struct notify_desk *new_desk(void)
{
    struct notify_desk *desk = notify_desk_new(&usual, 1);
    struct notifier_settings all[3] = {fixture_settings(NOTIFIER_SLACK),
                                       fixture_settings(NOTIFIER_WEBHOOK),
                                       fixture_settings(NOTIFIER_PAGERDUTY)};
    all[0].name = SLICE("chat");
    all[0].token = SLICE("xoxb-1");
    all[0].channel = SLICE("C1");
    all[1].name = SLICE("hook");
    all[2].name = SLICE("duty");
    notify_desk_configure(desk, all, 3);
    return desk;
}

static void push(struct notify_desk *desk, enum notice_transition transition, int64_t now_us)
{
    struct notice_item item;
    struct incident block = fixture_block();
    struct notice notice = fixture_notice(transition, &block, &item, 1);
    notify_desk_push(desk, &notice, now_us);
}

static struct notify_status status_of(const struct notify_desk *desk, size_t index)
{
    struct notify_status status;
    notify_desk_status(desk, index, &status);
    return status;
}

/* Sends what is due with one answer; returns how many messages. */
static size_t send_all(struct notify_desk *desk, int64_t now_us,
                       const struct notifier_answer *answer)
{
    struct notify_try try;
    struct outgoing *outgoing;
    size_t count = 0;
    while ((outgoing = notify_desk_take_due(desk, now_us, &try)) != NULL) {
        outgoing_free(outgoing);
        notify_desk_tell_answer(desk, &try, now_us, answer);
        count++;
    }
    return count;
}

static void everyone_is_told(void **state)
{
    struct notify_desk *desk = new_desk();
    struct notify_try tries[3], none;
    struct outgoing *first, *second, *third;
    (void)state;
    assert_int_equal(notify_desk_next_due(desk), INT64_MAX);
    push(desk, NOTICE_OPENED, T0);
    assert_int_equal(notify_desk_next_due(desk), T0);
    first = notify_desk_take_due(desk, T0, &tries[0]);
    second = notify_desk_take_due(desk, T0, &tries[1]);
    third = notify_desk_take_due(desk, T0, &tries[2]);
    assert_null(notify_desk_take_due(desk, T0, &none)); /* three at once, one each */
    assert_string_equal(first->url, "https://hooks.example/T1/chat.postMessage");
    assert_string_equal(second->url, "https://hooks.example/T1/");
    assert_string_equal(third->url, "https://hooks.example/T1/v2/enqueue");
    struct notifier_answer threaded = fine;
    threaded.body = SLICE("{\"ok\":true,\"ts\":\"17.5\"}");
    notify_desk_tell_answer(desk, &tries[0], T0, &threaded);
    notify_desk_tell_answer(desk, &tries[1], T0, &down); /* the others go on */
    notify_desk_tell_answer(desk, &tries[2], T0, &fine);
    outgoing_free(first);
    outgoing_free(second);
    outgoing_free(third);
    push(desk, NOTICE_CLOSED, T0);
    first = notify_desk_take_due(desk, T0, &tries[0]);
    json_t *message = fixture_body(first);
    assert_string_equal(fixture_text(message, "thread_ts"), "17.5");
    json_decref(message);
    outgoing_free(first);
    assert_int_equal(status_of(desk, 1).state, NOTIFY_STATE_FAILING);
    assert_int_equal(status_of(desk, 1).pending, 2);
    notify_desk_free(desk);
}

static void a_reload_keeps_queues_by_name(void **state)
{
    struct notify_desk *desk = new_desk();
    struct notifier_settings next[2] = {fixture_settings(NOTIFIER_COMMAND),
                                        fixture_settings(NOTIFIER_WEBHOOK)};
    struct notify_try gone, kept, fresh;
    (void)state;
    push(desk, NOTICE_OPENED, T0);
    outgoing_free(notify_desk_take_due(desk, T0, &gone)); /* chat */
    outgoing_free(notify_desk_take_due(desk, T0, &kept)); /* hook */
    next[0].name = SLICE("script");
    next[1].name = SLICE("hook");
    notify_desk_configure(desk, next, 2);
    assert_int_equal(notify_desk_count(desk), 2);
    assert_int_equal(status_of(desk, 0).pending, 0);
    assert_int_equal(status_of(desk, 1).pending, 1);
    notify_desk_tell_answer(desk, &gone, T0, &fine);
    notify_desk_tell_answer(desk, &kept, T0, &fine); /* it has moved, and is found */
    assert_int_equal(status_of(desk, 1).sent, 1);
    push(desk, NOTICE_CLOSED, T0);
    struct outgoing *outgoing = notify_desk_take_due(desk, T0, &fresh);
    assert_string_equal(outgoing->args[0], "/usr/bin/tell");
    outgoing_free(outgoing);
    assert_true(slice_eq(notify_desk_settings(desk, 0)->name, SLICE("script")));
    notify_desk_free(desk);
}

static void a_restart_sends_what_was_not_confirmed(void **state)
{
    struct notify_desk *desk = new_desk();
    struct notify_try try;
    struct err err;
    CLEANUP_BUF struct buf saved = {0};
    (void)state;
    push(desk, NOTICE_OPENED, T0);
    outgoing_free(notify_desk_take_due(desk, T0, &try));
    notify_desk_tell_answer(desk, &try, T0, &fine); /* Slack's answer is empty: not understood */
    outgoing_free(notify_desk_take_due(desk, T0, &try));
    notify_desk_tell_answer(desk, &try, T0, &fine);
    outgoing_free(notify_desk_take_due(desk, T0, &try)); /* in flight at the crash */
    notify_desk_save(desk, &saved);
    notify_desk_free(desk);
    desk = new_desk();
    assert_true(notify_desk_load(desk, buf_slice(&saved), T0, &err));
    assert_int_equal(status_of(desk, 0).pending, 1);
    assert_int_equal(status_of(desk, 1).pending, 0);
    assert_int_equal(status_of(desk, 2).pending, 1);
    assert_int_equal(send_all(desk, T0, &fine), 2);
    /* the same name twice: the second does not add to the first */
    CLEANUP_BUF struct buf twice = {0}, letters = {0};
    for (int i = 0; i < NOTIFY_LETTERS_MAX; i++)
        buf_addf(&letters, "%s{\"key\":\"k\",\"reason\":\"r\"}", i > 0 ? "," : "");
    buf_add_str(&twice, "{\"version\":1,\"notifiers\":[");
    for (int i = 0; i < 2; i++)
        buf_addf(&twice, "%s{\"name\":\"hook\",\"queue\":{\"version\":1,\"letters\":[%s]}}",
                 i > 0 ? "," : "", buf_str(&letters));
    buf_add_str(&twice, "]}");
    assert_true(notify_desk_load(desk, buf_slice(&twice), T0, &err));
    assert_int_equal(status_of(desk, 1).letter_count, NOTIFY_LETTERS_MAX);
    assert_false(notify_desk_load(desk, SLICE("{\"version\":3}"), T0, &err));
    assert_false(notify_desk_load(desk, SLICE("nonsense"), T0, &err));
    notify_desk_free(desk);
}

static void keep_incident(void *data, const struct incident *incident)
{
    *(struct incident *)data = *incident;
}

static void the_dead_are_incidents(void **state)
{
    struct notify_desk *desk = new_desk();
    struct incident incident = {0};
    int64_t now_us = T0;
    (void)state;
    push(desk, NOTICE_OPENED, T0);
    for (int i = 0; i < 7; i++, now_us = notify_desk_next_due(desk))
        send_all(desk, now_us, &down);
    while (status_of(desk, 1).state != NOTIFY_STATE_DEAD) {
        send_all(desk, now_us, &down);
        now_us = notify_desk_next_due(desk);
        assert_true(now_us < T0 + 86400 * SECOND);
    }
    notify_desk_incidents(desk, now_us, keep_incident, &incident);
    assert_int_equal(incident.kind, INCIDENT_NOTIFIER);
    assert_int_equal(incident.opened_us, T0);
    assert_true(incident_is_open(&incident));
    for (int i = 0; i < 20; i++, now_us += 600 * SECOND) {
        struct notifier_answer answer = fine;
        answer.body = SLICE("{\"ok\":true}");
        send_all(desk, now_us, &answer);
    }
    incident = (struct incident){0};
    notify_desk_incidents(desk, now_us, keep_incident, &incident);
    assert_int_equal(incident.closed_us, now_us);
    incident = (struct incident){0};
    notify_desk_incidents(desk, now_us, keep_incident, &incident);
    assert_int_equal(incident.opened_us, 0); /* told once */
    notify_desk_free(desk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everyone_is_told),
        cmocka_unit_test(a_reload_keeps_queues_by_name),
        cmocka_unit_test(a_restart_sends_what_was_not_confirmed),
        cmocka_unit_test(the_dead_are_incidents),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
