/* SPDX-License-Identifier: Apache-2.0
 *
 * The life of incidents, in virtual time: what is told, when, and what is not.
 */
#include "respond/incident_book.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "respond/life.h"

static void opens_and_closes_once(void **state)
{
    struct life *life = *state;
    struct incident block = life_block("out-a", "docomo", 0);
    life_say(life, block);
    life_expect(life, "opened");
    assert_int_equal(life_last(life)->severity, INCIDENT_CRITICAL);
    assert_int_equal(life_last(life)->total, 1);
    for (int i = 0; i < 100; i++) { /* each line again says the same */
        block.hits += i % 10 == 0;
        block.attempts++;
        life_say(life, block);
    }
    life_expect(life, "");
    life_at(life, 10 * MIN);
    life_close(life, block);
    life_close(life, block);
    life_expect(life, "closed");
    assert_int_equal(life_last(life)->state, INCIDENT_STATE_CLOSED);
    assert_int_equal(life_last(life)->severity, INCIDENT_CRITICAL);
    assert_int_equal(life_last(life)->serial, 2);
    life_at(life, 2 * DAY);
    life_expect(life, "");
    assert_int_equal(incident_book_next_due(life->book), INT64_MAX);
}

static void the_past_is_no_news(void **state)
{
    struct life *life = *state;
    life_close(life, life_block("out-a", "docomo", -DAY));
    life_expect(life, "");
    assert_int_equal(incident_book_count(life->book).closed, 0);
}

static void ids_are_the_same_in_every_run(void **state)
{
    struct life *life = *state, again;
    life_say(life, life_block("out-a", "docomo", 0));
    life_begin(&again);
    life_say(&again, life_block("out-a", "docomo", 0));
    assert_memory_equal(life_view(life).id.ptr, life_view(&again).id.ptr, INCIDENT_ID_LEN);
    life_end(&again);
    struct incident_view view;
    assert_true(incident_book_find(life->book, life_view(life).id, life->now_us, &view));
    assert_false(incident_book_find(life->book, SLICE("zzzzzzzz"), life->now_us, &view));
}

static void acknowledging_stops_escalation(void **state)
{
    struct life *life = *state;
    struct err err = {0};
    life_say(life, life_block("out-a", "docomo", 0));
    life_at(life, 16 * MIN);
    life_expect(life, "opened escalated");
    assert_int_equal(life_last(life)->escalation, 1);
    struct slice id = life_view(life).id;
    assert_true(incident_book_acknowledge(life->book, id, SLICE("kato"), SLICE("on it"),
                                          life->now_us, &err));
    life_expect(life, "acknowledged");
    assert_true(slice_eq(life_last(life)->by, SLICE("kato")));
    assert_true(slice_eq(life_last(life)->note, SLICE("on it")));
    assert_int_equal(life_view(life).state, INCIDENT_STATE_ACKNOWLEDGED);
    assert_false(
        incident_book_acknowledge(life->book, id, SLICE("sato"), SLICE(""), life->now_us, &err));
    life_at(life, DAY);
    life_expect(life, "");
    life_close(life, life_block("out-a", "docomo", 0));
    life_expect(life, "closed");
    assert_false(
        incident_book_acknowledge(life->book, id, SLICE("sato"), SLICE(""), life->now_us, &err));
    assert_false(incident_book_acknowledge(life->book, SLICE("nonesuch"), SLICE("sato"), SLICE(""),
                                           life->now_us, &err));
}

static void escalation_ends_and_is_for_the_critical(void **state)
{
    struct life *life = *state;
    struct incident warning = life_block("out-a", "docomo", 0);
    warning.kind = INCIDENT_SLOW_DOWN;
    life_say(life, warning);
    life_say(life, life_block("out-b", "google", 0));
    life_at(life, DAY);
    life_expect(life, "opened opened escalated escalated escalated");
    assert_int_equal(life_last(life)->escalation, 3);
}

static void a_pause_of_the_daemon_escalates_once(void **state)
{
    struct life *life = *state;
    life_say(life, life_block("out-a", "docomo", 0));
    life->now_us = T0 + 10 * HOUR;
    incident_book_advance(life->book, life->now_us);
    life_expect(life, "opened escalated");
}

static void worse_is_told_not_each_line(void **state)
{
    struct life *life = *state;
    struct incident block = life_block("out-a", "docomo", 0);
    life->settings.escalate_after_us = 0;
    life_configure(life);
    life_say(life, block);
    life_expect(life, "opened");
    block.hits = 19; /* of 10 told */
    life_at(life, 20 * MIN);
    life_say(life, block);
    life_expect(life, "");
    block.hits = 20;
    life_say(life, block);
    life_expect(life, "updated");
    block.hits = 45; /* more than twice, but too soon */
    life_say(life, block);
    life_expect(life, "");
    life_at(life, 34 * MIN);
    life_expect(life, "");
    life_at(life, 35 * MIN);
    life_expect(life, "updated");
    block.scope = INCIDENT_SCOPE_RELAY; /* at once */
    life_say(life, block);
    life_expect(life, "updated");
    block.scope = INCIDENT_SCOPE_SOURCES; /* better is no news */
    life_say(life, block);
    life_expect(life, "");
}

static void severity_that_rises_is_told(void **state)
{
    struct life *life = *state;
    struct incident slow = life_block("out-a", "docomo", 0);
    slow.kind = INCIDENT_LATENCY;
    life_say(life, slow);
    assert_int_equal(life_last(life)->severity, INCIDENT_WARNING);
    slow.severity = INCIDENT_CRITICAL;
    life_say(life, slow);
    life_expect(life, "opened updated");
    assert_int_equal(life_last(life)->severity, INCIDENT_CRITICAL);
    slow.severity = INCIDENT_WARNING;
    life_say(life, slow);
    life_close(life, slow);
    life_expect(life, "closed");
    assert_int_equal(life_last(life)->severity, INCIDENT_CRITICAL); /* as it was told */
}

static void a_flapping_incident_is_told_when_it_stays(void **state)
{
    struct life *life = *state;
    life->settings.escalate_after_us = 0;
    life_configure(life);
    life_say(life, life_block("out-a", "docomo", 0));
    life_close(life, life_block("out-a", "docomo", 0));
    life_expect(life, "opened closed");
    struct incident_view first = life_view(life);
    char id[INCIDENT_ID_LEN];
    memcpy(id, first.id.ptr, sizeof(id));
    for (int i = 1; i <= 6; i++) { /* every two minutes on or off */
        life_at(life, i * 4 * MIN);
        life_say(life, life_block("out-a", "docomo", i * 4 * MIN));
        life_at(life, i * 4 * MIN + 2 * MIN);
        life_close(life, life_block("out-a", "docomo", i * 4 * MIN));
    }
    life_at(life, 40 * MIN);
    life_expect(life, ""); /* people were told that it is closed, and it is */
    life_say(life, life_block("out-a", "docomo", 40 * MIN));
    life_at(life, 44 * MIN);
    life_expect(life, "");
    life_at(life, 45 * MIN);
    life_expect(life, "reopened");
    assert_int_equal(life_last(life)->flaps, 7);
    assert_memory_equal(life_last(life)->page.ptr, id, sizeof(id));
    life_at(life, 80 * MIN); /* calm for longer than the flap time: closing is told at once */
    life_close(life, life_block("out-a", "docomo", 40 * MIN));
    life_expect(life, "closed");
    life_at(life, 120 * MIN);
    life_say(life, life_block("out-a", "docomo", 120 * MIN));
    life_expect(life, "opened"); /* too late to be the same */
    assert_memory_not_equal(life_last(life)->page.ptr, id, sizeof(id));
}

static void what_comes_back_calls_anew(void **state)
{
    struct life *life = *state;
    life_say(life, life_block("out-a", "docomo", 0));
    life_at(life, 2 * HOUR);
    life_close(life, life_block("out-a", "docomo", 0));
    life_expect(life, "opened escalated escalated escalated closed");
    life_at(life, 2 * HOUR + MIN);
    life_say(life, life_block("out-a", "docomo", 2 * HOUR + MIN));
    life_at(life, 2 * HOUR + 22 * MIN);
    life_expect(life, "reopened escalated");
    assert_int_equal(life_last(life)->escalation, 1);
}

static void closed_by_hand_stays_closed(void **state)
{
    struct life *life = *state;
    struct err err;
    life_say(life, life_block("out-a", "docomo", 0));
    assert_true(incident_book_close(life->book, life_view(life).id, SLICE("kato"),
                                    SLICE("false alarm"), life->now_us, &err));
    assert_false(incident_book_close(life->book, life_view(life).id, SLICE("kato"), SLICE(""),
                                     life->now_us, &err));
    life_expect(life, "opened closed");
    assert_true(slice_eq(life_last(life)->by, SLICE("kato")));
    assert_true(slice_eq(life_view(life).note, SLICE("false alarm")));
    life_at(life, 10 * MIN);
    life_say(life, life_block("out-a", "docomo", 0)); /* the detector still thinks so */
    life_at(life, HOUR);
    life_say(life, life_block("out-a", "docomo", 0));
    life_expect(life, "");
    life_say(life, life_block("out-a", "docomo", HOUR)); /* opened anew */
    life_expect(life, "opened");
}

static void what_people_say_is_kept_up_to_its_bound(void **state)
{
    struct life *life = *state;
    struct err err;
    CLEANUP_BUF struct buf note = {0};
    for (int i = 0; i < 90; i++)
        buf_add_str(&note, "確"); /* 3 bytes */
    life_say(life, life_block("out-a", "docomo", 0));
    assert_true(incident_book_close(life->book, life_view(life).id, SLICE("kato\xff"),
                                    buf_slice(&note), life->now_us, &err));
    assert_true(slice_eq(life_view(life).by, SLICE("kato\xef\xbf\xbd")));
    assert_true(slice_eq(life_view(life).note, slice_first(buf_slice(&note), 255)));
}

static void close_by_hand(struct life *life)
{
    struct err err;
    assert_true(incident_book_close(life->book, life_view(life).id, SLICE("kato"), SLICE("mended"),
                                    life->now_us, &err));
}

/* More hits than so far, the newest now. */
static void say_hits(struct life *life, struct incident incident, uint64_t hits)
{
    incident.hits = hits;
    incident.attempts = hits + 10;
    incident.last_hit_us = life->now_us;
    life_say(life, incident);
}

/* Who closed it was wrong: the same incident opens again, once as many refusals have come as make a
 * block, calls anew, and nobody has taken it. */
static void closed_by_hand_opens_when_it_goes_on(void **state)
{
    struct life *life = *state;
    struct incident block = life_block("out-a", "docomo", 0); /* 10 hits */
    struct err err;
    life_say(life, block);
    assert_true(incident_book_acknowledge(life->book, life_view(life).id, SLICE("kato"), SLICE(""),
                                          life->now_us, &err));
    char id[INCIDENT_ID_LEN];
    memcpy(id, life_view(life).id.ptr, sizeof(id));
    assert_int_equal(life_view(life).reopens_after, 0);
    close_by_hand(life);
    assert_true(life_view(life).by_hand);
    assert_int_equal(life_view(life).reopens_after, 3);
    life_expect(life, "opened acknowledged closed");
    life_at(life, HOUR);
    say_hits(life, block, 12);
    life_expect(life, "");
    assert_int_equal(life_view(life).state, INCIDENT_STATE_CLOSED);
    life_restart(life); /* the count goes on */
    say_hits(life, block, 13);
    life_expect(life, "reopened");
    assert_memory_equal(life_view(life).id.ptr, id, sizeof(id));
    assert_int_equal(life_view(life).state, INCIDENT_STATE_OPEN);
    assert_false(life_view(life).by_hand);
    assert_int_equal(life_view(life).by.len, 0);
    assert_int_equal(life_view(life).flaps, 1);
    life_at(life, HOUR + 16 * MIN);
    life_expect(life, "escalated");
    life_close(life, block);
    life_at(life, HOUR + 22 * MIN);
    life_expect(life, "closed");
}

/* Closed and opened within minutes: told once it has stayed so. */
static void the_flap_guard_holds_after_a_close_by_hand(void **state)
{
    struct life *life = *state;
    struct incident block = life_block("out-a", "docomo", 0);
    life_say(life, block);
    life_at(life, MIN);
    close_by_hand(life);
    life_expect(life, "opened closed");
    life_at(life, 2 * MIN);
    say_hits(life, block, 40);
    assert_int_equal(life_view(life).state, INCIDENT_STATE_OPEN);
    life_at(life, 6 * MIN);
    life_expect(life, "");
    life_at(life, 8 * MIN);
    life_expect(life, "reopened");
    life_at(life, 9 * MIN); /* closed again, and it has really ended */
    close_by_hand(life);
    life_close(life, block);
    life_at(life, DAY);
    life_expect(life, "closed");
}

/* What came before the close proves nothing, also when a restarted daemon counts it anew and knows
 * a later beginning. */
static void old_hits_open_nothing_that_was_closed_by_hand(void **state)
{
    struct life *life = *state;
    struct incident block = life_block("out-a", "docomo", 0);
    life_say(life, block);
    life_at(life, HOUR);
    close_by_hand(life);
    life_expect(life, "opened escalated escalated escalated closed");
    life_restart(life);
    struct incident again = life_block("out-a", "docomo", 30 * MIN); /* learned from its end */
    for (uint64_t hits = 3; hits < 200; hits += 20) {                /* all of before the close */
        again.hits = hits;
        again.last_hit_us = T0 + 59 * MIN;
        life_say(life, again);
    }
    life_at(life, 3 * HOUR);
    say_hits(life, again, again.hits + 2);
    life_expect(life, "");
    say_hits(life, again, again.hits + 3);
    life_expect(life, "reopened");
}

/* Failures without a reply need more; hits that are no failures one by one open nothing. */
static void each_kind_opens_by_its_own_count(void **state)
{
    struct life *life = *state;
    struct incident outage = life_block("out-a", "docomo", 0), surge = outage;
    outage.kind = INCIDENT_OUTAGE;
    life_say(life, outage);
    close_by_hand(life);
    life_at(life, HOUR);
    say_hits(life, outage, 15);
    assert_int_equal(life_view(life).state, INCIDENT_STATE_CLOSED);
    say_hits(life, outage, 16);
    life_expect(life, "opened closed reopened");
    surge.kind = INCIDENT_SURGE;
    surge.opened_us = life->now_us;
    life_say(life, surge);
    close_by_hand(life);
    assert_int_equal(life_view(life).reopens_after, 0);
    life_at(life, 2 * HOUR);
    say_hits(life, surge, 100000);
    assert_int_equal(life_view(life).state, INCIDENT_STATE_CLOSED);
}

/* On a page that others keep open, it is told as one that joins. */
static void a_part_that_goes_on_is_told_again(void **state)
{
    struct life *life = *state;
    struct incident second = life_block("out-a", "google", 0);
    life_say(life, life_block("out-a", "docomo", 0));
    life_say(life, second);
    life_at(life, MIN);
    close_by_hand(life);
    life_expect(life, "opened updated");
    life_at(life, 2 * MIN);
    say_hits(life, second, 13);
    life_at(life, 3 * MIN);
    life_expect(life, "updated");
    assert_int_equal(life_view(life).state, INCIDENT_STATE_OPEN);
}

static void who_took_it_is_not_who_closed_a_part(void **state)
{
    struct life *life = *state;
    struct err err;
    life_say(life, life_block("out-a", "docomo", 0));
    life_say(life, life_block("out-a", "google", 0));
    struct slice second = life_view(life).id;
    assert_true(incident_book_acknowledge(life->book, second, SLICE("kato"), SLICE(""),
                                          life->now_us, &err));
    assert_true(incident_book_close(life->book, second, SLICE("sato"), SLICE("other cause"),
                                    life->now_us, &err));
    assert_true(slice_eq(life_view(life).by, SLICE("sato")));
    life_restart(life);
    assert_true(slice_eq(life_view(life).by, SLICE("sato")));
    life_say(life, life_block("out-a", "au", 0));
    life_at(life, MIN);
    life_expect(life, "opened acknowledged updated");
    assert_true(slice_eq(life_last(life)->by, SLICE("kato")));
}

static void a_clock_that_steps_back_delays_no_opening(void **state)
{
    struct life *life = *state;
    life_say(life, life_block("out-a", "docomo", 0));
    life->now_us = T0 - HOUR;
    incident_book_advance(life->book, life->now_us);
    life_say(life, life_block("out-b", "google", -HOUR));
    life_expect(life, "opened opened");
    life_at(life, -45 * MIN);
    life_expect(life, "escalated"); /* of the second; the first waits for its own hour */
    life_close(life, life_block("out-a", "docomo", 0));
    life_close(life, life_block("out-b", "google", -HOUR));
    life_expect(life, "closed closed");
    life_at(life, HOUR);
    life_expect(life, "");
}

static void refuses_more_than_its_bound(void **state)
{
    struct life *life = *state;
    char name[16];
    life->settings.open_max = 300;
    life->settings.closed_max = 10;
    life_configure(life);
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 300; i++) {
            snprintf(name, sizeof(name), "p%d", i);
            life_say(life, life_block("out-a", name, round * DAY));
        }
        struct incident more = life_block("out-a", "one-more", round * DAY);
        assert_false(incident_book_take(life->book, &more, life->now_us));
        for (int i = 0; i < 300; i++) {
            snprintf(name, sizeof(name), "p%d", i);
            life_close(life, life_block("out-a", name, round * DAY));
        }
        life_at(life, (round + 1) * DAY);
        assert_true(incident_book_count(life->book).closed <= 300);
    }
    assert_int_equal(incident_book_count(life->book).refused, 3);
    life_say(life, life_block("out-b", "x", 3 * DAY));
    life_close(life, life_block("out-b", "x", 3 * DAY));
    assert_true(incident_book_count(life->book).closed <= 10);
}

static void count_current(void *data, const struct notice *notice)
{
    assert_int_equal(notice->transition, NOTICE_CURRENT);
    ++*(int *)data;
}

static void repeats_what_is_open_and_told(void **state)
{
    struct life *life = *state;
    int count = 0;
    life_say(life, life_block("out-a", "docomo", 0));
    life_say(life, life_block("out-b", "google", 0));
    life_close(life, life_block("out-b", "google", 0));
    incident_book_repeat(life->book, life->now_us, count_current, &count);
    assert_int_equal(count, 1);
}

/* On the page that people know of; it changes nothing else, not even who is called when. */
static void what_is_decided_about_its_mail_is_told(void **state)
{
    struct life *life = *state;
    struct incident block = life_block("out-a", "docomo", 0);
    life_say(life, block);
    life_expect(life, "opened");
    char id[INCIDENT_ID_LEN];
    memcpy(id, life_view(life).id.ptr, sizeof(id)); /* the book is another one after the restart */
    struct audit_entry entry = {.action = AUDIT_PROPOSE,
                                .relay = SLICE("relay1"),
                                .provider = SLICE("docomo"),
                                .override_id = SLICE("o1"),
                                .incidents = {SLICE("00000000"), slice_of(id, sizeof(id))}};
    assert_true(incident_book_route(life->book, &entry, life->now_us));
    life_expect(life, "route");
    assert_int_equal(life_last(life)->serial, 2);
    assert_int_equal(life_last(life)->severity, INCIDENT_CRITICAL);
    assert_true(slice_eq(life_last(life)->route->override_id, SLICE("o1")));
    life_at(life, 15 * MIN);
    life_expect(life, "escalated");
    life_restart(life);
    assert_true(incident_book_route(life->book, &entry, life->now_us));
    assert_int_equal(life_last(life)->serial, 4);
    life_expect(life, "route");
    life_close(life, block);
    life_expect(life, "closed");
    assert_true(incident_book_route(life->book, &entry, life->now_us)); /* given back afterwards */
    assert_int_equal(life_last(life)->state, INCIDENT_STATE_CLOSED);
    assert_int_equal(life_last(life)->severity, INCIDENT_CRITICAL);
    life_expect(life, "route");
    entry.incidents[1] = SLICE("11111111");
    assert_false(incident_book_route(life->book, &entry, life->now_us));
    life_expect(life, "");
}

static void what_is_hidden_or_quiet_stays_so(void **state)
{
    struct life *life = *state;
    struct incident block = life_block("out-a", "docomo", 0);
    const struct silence silence = {
        .provider = SLICE("docomo"), .from_us = T0, .until_us = T0 + HOUR};
    struct err err;
    block.severity = INCIDENT_WARNING;
    life_say(life, block);
    life_expect(life, "opened");
    char id[INCIDENT_ID_LEN]; /* outlives the book */
    memcpy(id, life_view(life).id.ptr, sizeof(id));
    struct audit_entry entry = {.action = AUDIT_DETOUR, .incidents = {slice_of(id, sizeof(id))}};
    assert_non_null(incident_book_silence(life->book, &silence, life->now_us, &err));
    assert_false(incident_book_route(life->book, &entry, life->now_us));
    life_at(life, 2 * HOUR);
    life->settings.quiet.count = 1; /* all day */
    life->settings.quiet.windows[0] =
        (struct quiet_window){.from_minute = 0, .to_minute = 1440, .days = 0x7f};
    life_configure(life);
    assert_false(incident_book_route(life->book, &entry, life->now_us));
    life_expect(life, "");
}

static void hostile_names_are_bounded(void **state)
{
    struct life *life = *state;
    static char junk[100000];
    memset(junk, 0xff, sizeof(junk));
    memcpy(junk, "a\0\n\r<!here>", 11);
    struct incident incident = life_block("out-a", "docomo", 0);
    incident.login = incident.url = incident.evidence[0] = incident.evidence[1] =
        slice_of(junk, sizeof(junk));
    incident.evidence_count = 2;
    life_say(life, incident);
    life_say(life, incident);
    life_expect(life, "opened");
    const struct incident *kept = life_view(life).incident;
    assert_true(kept->login.len <= INCIDENT_NAME_MAX && kept->url.len <= INCIDENT_URL_MAX);
    assert_true(kept->evidence[1].len <= INCIDENT_LINE_MAX);
    life_restart(life);
    life_say(life, incident); /* still the same */
    life_expect(life, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LIFE_TEST(opens_and_closes_once),
        LIFE_TEST(the_past_is_no_news),
        LIFE_TEST(ids_are_the_same_in_every_run),
        LIFE_TEST(acknowledging_stops_escalation),
        LIFE_TEST(escalation_ends_and_is_for_the_critical),
        LIFE_TEST(a_pause_of_the_daemon_escalates_once),
        LIFE_TEST(worse_is_told_not_each_line),
        LIFE_TEST(severity_that_rises_is_told),
        LIFE_TEST(a_flapping_incident_is_told_when_it_stays),
        LIFE_TEST(what_comes_back_calls_anew),
        LIFE_TEST(closed_by_hand_stays_closed),
        LIFE_TEST(what_people_say_is_kept_up_to_its_bound),
        LIFE_TEST(closed_by_hand_opens_when_it_goes_on),
        LIFE_TEST(the_flap_guard_holds_after_a_close_by_hand),
        LIFE_TEST(old_hits_open_nothing_that_was_closed_by_hand),
        LIFE_TEST(each_kind_opens_by_its_own_count),
        LIFE_TEST(a_part_that_goes_on_is_told_again),
        LIFE_TEST(who_took_it_is_not_who_closed_a_part),
        LIFE_TEST(a_clock_that_steps_back_delays_no_opening),
        LIFE_TEST(refuses_more_than_its_bound),
        LIFE_TEST(repeats_what_is_open_and_told),
        LIFE_TEST(what_is_decided_about_its_mail_is_told),
        LIFE_TEST(what_is_hidden_or_quiet_stays_so),
        LIFE_TEST(hostile_names_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
