/* SPDX-License-Identifier: Apache-2.0
 *
 * All further detectors at once, from log lines through the correlator: a quiet month, then each
 * fault, and nothing else than that is told.
 */
#include "watch/detector_set.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/memory.h"
#include "told.h"

#define LOG SLICE("/var/log/mail.log")

struct month {
    struct detector_set *set;
    struct correlator *correlator;
    struct log_parser *parser;
    struct told told;
    struct buf provider; /* of the record */
    int64_t now_us;
    uint64_t seed, mails;
    double deferred, bounced; /* shares of what goes to docomo */
};

static struct detector_names names_of(struct month *month, const struct message *message)
{
    return (struct detector_names){
        .relay = SLICE("relay1"),
        .source = SLICE("out-a"),
        .provider = buf_slice(&month->provider),
        .login = correlator_login(month->correlator, message->login),
        .group = SLICE("transactional"),
        .transactional = true,
    };
}

static struct attempt_mark take_attempt(void *data, const struct attempt *attempt)
{
    struct month *month = data;
    struct slice host = log_record_get(attempt->record, LOG_FIELD_RELAY_HOST);
    buf_clear(&month->provider);
    buf_add(&month->provider, slice_skip(host, sizeof("mx.") - 1));
    struct detector_names names = names_of(month, attempt->message);
    detector_set_take_attempt(month->set, attempt, &names);
    return (struct attempt_mark){.path = slice_eq(names.provider, SLICE("docomo")) ? 1 : 2};
}

static void take_reinjected(void *data, uint32_t path)
{
    (void)data;
    (void)path;
}

static void take_outcome(void *data, const struct outcome_event *event)
{
    struct month *month = data;
    buf_clear(&month->provider);
    if (event->recipient != NULL)
        buf_add_str(&month->provider, event->recipient->path == 1 ? "docomo" : "google");
    struct detector_names names = names_of(month, event->message);
    detector_set_take_outcome(month->set, event, &names);
}

static void take_accepted(void *data, const struct message *message, int64_t now_us)
{
    struct month *month = data;
    detector_set_take_accepted(month->set, message,
                               correlator_login(month->correlator, message->login), now_us);
}

static int begin(void **state)
{
    struct month *month = MEM_NEW(struct month);
    const struct correlator_limits limits = CORRELATOR_LIMITS;
    const struct correlator_sink sink = {.data = month,
                                         .attempt = take_attempt,
                                         .reinjected = take_reinjected,
                                         .outcome = take_outcome,
                                         .accepted = take_accepted};
    struct detector_rules rules = detector_rules_default;
    rules.volume.least_recipients = 150;
    rules.growth.least_recipients = 1500;
    rules.queue.old = 50;
    month->set = detector_set_new(&rules);
    month->correlator = correlator_new(&limits, &sink);
    month->parser = log_parser_new(2026, NULL, NULL);
    month->now_us = MONDAY;
    month->seed = 42;
    month->deferred = 0.02;
    month->bounced = 0.004;
    *state = month;
    return 0;
}

static int end(void **state)
{
    struct month *month = *state;
    detector_set_free(month->set);
    correlator_free(month->correlator);
    log_parser_free(month->parser);
    buf_done(&month->provider);
    mem_free(month);
    return 0;
}

static void say(struct month *month, const char *tag, const char *text)
{
    CLEANUP_BUF struct buf line = {0};
    char stamp[24];
    struct log_record record;
    civil_format_utc(month->now_us, stamp);
    buf_addf(&line, "%s relay1 %s[1]: %s", stamp, tag, text);
    log_record_parse(month->parser, buf_slice(&line), &record);
    detector_set_take_record(month->set, &record, LOG, month->now_us);
    correlator_take(month->correlator, &record, month->now_us);
}

static void say_id(struct month *month, const char *tag, uint64_t id, const char *text)
{
    CLEANUP_BUF struct buf line = {0};
    buf_addf(&line, "%012llX: %s", 0x4A0000000000ULL + (unsigned long long)id, text);
    say(month, tag, buf_str(&line));
}

static bool happens(struct month *month, double share)
{
    return told_random(&month->seed) < share * 4294967295.0;
}

static void try(struct month *month, uint64_t id, const char *provider, unsigned delay_s,
                const char *status)
{
    CLEANUP_BUF struct buf text = {0};
    buf_addf(&text,
             "to=<u%llu@%s.example>, relay=mx.%s[198.51.100.1]:25, delay=%u, delays=0/0/0/0, "
             "dsn=2.0.0, status=%s",
             (unsigned long long)id, provider, provider, delay_s, status);
    say_id(month, "postfix/out-a/smtp", id, buf_str(&text));
}

/* One message of a shop to one recipient. */
static void mail(struct month *month, const char *provider, const char *login)
{
    CLEANUP_BUF struct buf client = {0}, from = {0};
    uint64_t id = ++month->mails;
    bool docomo = strcmp(provider, "docomo") == 0;
    buf_addf(&client, "client=c[192.0.2.%u], sasl_method=PLAIN, sasl_username=%s@shop.example",
             (unsigned)id % 8, login);
    buf_addf(&from, "from=<%s@%s.shop.example>, size=900, nrcpt=1 (queue active)", login, login);
    say_id(month, "postfix/smtpd", id, buf_str(&client));
    say_id(month, "postfix/qmgr", id, buf_str(&from));
    if (docomo && happens(month, month->deferred)) {
        try(month, id, provider, 2, "deferred (450 4.2.0 later)");
        return; /* until retry */
    }
    bool bounces = docomo && happens(month, month->bounced);
    try(month, id, provider, 2, bounces ? "bounced (550 5.7.1 no)" : "sent (250 ok)");
    say_id(month, "postfix/qmgr", id, "removed");
}

static double rhythm(int64_t now_us)
{
    int64_t hour = now_us / HOUR % 24, day = (now_us - MONDAY) / DAY % 7;
    return (hour < 7 || hour >= 21 ? 0.1 : 1) * (day >= 5 ? 0.3 : 1);
}

/* Until then, minute by minute; `more` times the usual mail to docomo. */
static void run(struct month *month, int64_t to_us, double more)
{
    static const char *const logins[] = {"anna", "ben", "cora", "dan"};
    for (; month->now_us < to_us; month->now_us += MINUTE) {
        double a_minute = 0.8 * rhythm(month->now_us);
        for (uint32_t n = told_poisson(&month->seed, a_minute); n > 0; n--)
            mail(month, "google", logins[told_random(&month->seed) % 4]);
        for (uint32_t n = told_poisson(&month->seed, more * a_minute); n > 0; n--)
            mail(month, "docomo", logins[told_random(&month->seed) % 4]);
        if (happens(month, 0.05))
            say(month, "dovecot",
                "imap-login: Disconnected (auth failed, 1 attempts in 2 secs): user=<anna>, "
                "method=PLAIN, rip=192.0.2.9, lip=192.0.2.1, session=<a>");
        detector_set_tell(month->set, month->now_us, told_take, &month->told);
    }
}

static void expect_only(const struct month *month, enum incident_kind kind, size_t at_most)
{
    assert_in_range(told_count(&month->told, kind), 1, at_most);
    assert_int_equal(month->told.count, told_count(&month->told, kind));
}

static void test_quiet_month(void **state)
{
    struct month *month = *state;
    run(month, MONDAY + 30 * DAY, 1);
    assert_int_equal(month->told.count, 0);
}

static void test_bounces(void **state)
{
    struct month *month = *state;
    run(month, MONDAY + 4 * DAY + 9 * HOUR, 1);
    month->bounced = 0.9;
    run(month, MONDAY + 4 * DAY + 15 * HOUR, 1);
    expect_only(month, INCIDENT_REACHABILITY, 4);
    const struct incident *told =
        told_find(&month->told, INCIDENT_REACHABILITY, INCIDENT_SCOPE_PROVIDER);
    assert_true(slice_eq(told->provider, SLICE("docomo")));
    assert_non_null(slice_find(told->evidence[0], SLICE("status=bounced (550 5.7.1 no)")));
}

static void test_outage(void **state)
{
    struct month *month = *state;
    run(month, MONDAY + 4 * DAY + 9 * HOUR, 1);
    month->deferred = 1;
    run(month, MONDAY + 4 * DAY + 13 * HOUR, 1);
    assert_non_null(told_find(&month->told, INCIDENT_LATENCY, INCIDENT_SCOPE_PROVIDER));
    assert_int_equal(told_count(&month->told, INCIDENT_QUEUE_AGE), 1);
    assert_int_equal(told_count(&month->told, INCIDENT_REACHABILITY), 0);
}

/* After a night, a campaign of which every seventh is greylisted. */
static void test_burst_of_deferrals(void **state)
{
    struct month *month = *state;
    run(month, MONDAY + 4 * DAY + 5 * HOUR, 1);
    for (int second = 0; second < 100; second++, month->now_us += SECOND) {
        for (int i = 0; i < 14; i++) {
            month->deferred = i % 7 == 0;
            mail(month, "docomo", "cora");
        }
        detector_set_tell(month->set, month->now_us, told_take, &month->told);
    }
    month->deferred = 0.02;
    run(month, MONDAY + 4 * DAY + 7 * HOUR, 1);
    assert_int_equal(told_count(&month->told, INCIDENT_LATENCY), 0);
}

static void test_growth_and_surge(void **state)
{
    struct month *month = *state;
    run(month, MONDAY + 9 * DAY, 1);
    run(month, MONDAY + 10 * DAY, 6);
    assert_int_equal(told_count(&month->told, INCIDENT_GROWTH), 1);
    assert_non_null(told_find(&month->told, INCIDENT_SURGE, INCIDENT_SCOPE_SOURCE));
    assert_non_null(told_find(&month->told, INCIDENT_SURGE, INCIDENT_SCOPE_FLEET));
    run(month, MONDAY + 11 * DAY, 1);
    assert_int_equal(told_open(&month->told), 0);
}

static void test_hijacked(void **state)
{
    struct month *month = *state;
    run(month, MONDAY + 9 * DAY + 12 * HOUR, 1);
    for (int i = 0; i < 600; i++)
        mail(month, "google", "ben");
    run(month, MONDAY + 9 * DAY + 13 * HOUR, 1);
    const struct incident *told =
        told_find(&month->told, INCIDENT_SURGE, INCIDENT_SCOPE_SENDER_DOMAIN);
    assert_non_null(told);
    assert_true(slice_eq(told->domain, SLICE("ben.shop.example")));
}

static void test_silent(void **state)
{
    struct month *month = *state;
    run(month, MONDAY + 9 * DAY + 12 * HOUR, 1);
    for (int minute = 0; minute < 60; minute++, month->now_us += MINUTE)
        detector_set_tell(month->set, month->now_us, told_take, &month->told);
    expect_only(month, INCIDENT_LOG_SILENT, 1);
    run(month, MONDAY + 9 * DAY + 14 * HOUR, 1);
    assert_int_equal(told_open(&month->told), 0);
}

static void test_unread(void **state)
{
    struct month *month = *state;
    run(month, MONDAY + 9 * DAY + 12 * HOUR, 1);
    for (int i = 0; i < 150; i++) {
        say(month, "postfix/smtp", "a sentence that no version of it ever wrote");
        say(month, "cron", "a sentence that no version of it ever wrote");
    }
    run(month, MONDAY + 9 * DAY + 12 * HOUR + MINUTE, 1);
    expect_only(month, INCIDENT_LOG_UNREAD, 1);
    assert_true(slice_eq(told_of(&month->told, INCIDENT_LOG_UNREAD)->name, SLICE("smtp")));
}

static void test_guessing(void **state)
{
    struct month *month = *state;
    run(month, MONDAY + 2 * DAY, 1);
    for (unsigned i = 0; i < 60; i++, month->now_us += SECOND) {
        CLEANUP_BUF struct buf text = {0};
        buf_addf(&text,
                 "imap-login: Disconnected (auth failed, 1 attempts in 2 secs): user=<u%u>, "
                 "method=PLAIN, rip=203.0.113.%u, lip=192.0.2.1, session=<b>",
                 i, i % 5);
        say(month, "dovecot", buf_str(&text));
    }
    run(month, MONDAY + 2 * DAY + 5 * MINUTE, 1);
    expect_only(month, INCIDENT_BRUTE_FORCE, 1);
    const struct incident *told = told_of(&month->told, INCIDENT_BRUTE_FORCE);
    assert_true(slice_eq(told->name, SLICE("203.0.113.0/24")));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(test_quiet_month),      TEST(test_bounces),
        TEST(test_outage),           TEST(test_burst_of_deferrals),
        TEST(test_growth_and_surge), TEST(test_hijacked),
        TEST(test_silent),           TEST(test_unread),
        TEST(test_guessing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
