/* SPDX-License-Identifier: Apache-2.0
 *
 * Which rules spoke for moving mail: counted by path and rule, with samples, and beside an
 * operator's rule what the built-in ones say of the same replies.
 */
#include "watch/rule_hits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/civil.h"
#include "io/sandbox.h"
#include "mail/log_record.h"

#define BEGIN INT64_C(1772402400000000) /* 2026-03-01T22:00:00Z */
#define LISTED \
    "550 5.7.1 Service unavailable; client host [192.0.2.11] blocked using zen.spamhaus.org"
#define DEAD "550 5.1.1 <nobody@docomo.ne.jp>: User unknown"

/* Too wide, and of the name of a built-in rule. */
#define OWN_RULES \
    "rule our-first\nclass content_spam\ntier phrase\nmatch lottery\nexample 550 lottery\n\n" \
    "rule any-user-unknown\nclass block_ip\ntier token\nmatch user unknown\n" \
    "example 550 5.1.1 user unknown\n"

struct bench {
    struct classifier *classifier, *built_in;
    struct log_parser *parser;
    struct tally *tally;
    struct rule_hits *hits;
    unsigned number;
};

static void take_attempt(void *data, const struct tally_attempt *told)
{
    rule_hits_take(((struct bench *)data)->hits, told);
}

static struct bench begin(const char *own_rules)
{
    struct bench bench = {.parser = log_parser_new(2026, NULL, NULL)};
    struct err err;
    if (own_rules != NULL)
        sandbox_write("own.rules", slice_from_str(own_rules));
    bench.classifier = classifier_new(own_rules != NULL ? "own.rules" : NULL, &err);
    if (bench.classifier == NULL)
        fail_msg("%s", err.text);
    bench.built_in = own_rules != NULL ? classifier_new(NULL, &err) : NULL;
    bench.tally = tally_new(NULL, bench.classifier);
    bench.hits = rule_hits_new(bench.classifier, bench.built_in);
    return bench;
}

static void end(struct bench *bench)
{
    rule_hits_free(bench->hits);
    tally_free(bench->tally);
    classifier_free(bench->built_in);
    classifier_free(bench->classifier);
    log_parser_free(bench->parser);
}

static void observe(struct bench *bench)
{
    tally_observe(bench->tally, &(struct tally_observer){.data = bench, .attempt = take_attempt});
}

/* One message to one recipient, by the source at the host. */
static void attempt(struct bench *bench, const char *source, const char *host, const char *status,
                    const char *reason)
{
    char stamp[24], whole[900];
    int64_t time_us = BEGIN + (int64_t)bench->number * US_PER_SECOND;
    struct log_record record;
    civil_format_utc(time_us, stamp);
    snprintf(whole, sizeof(whole),
             "%s relay1 postfix/%s/smtp[1]: %08XA: to=<u%u@d.example>, relay=%s[192.0.2.9]:25, "
             "delay=1, delays=0/0/0/0, dsn=5.0.0, status=%s (%s)",
             stamp, source, 0x10000u + bench->number, bench->number, host, status, reason);
    bench->number++;
    log_record_parse(bench->parser, slice_from_str(whole), &record);
    tally_take(bench->tally, &record, time_us);
}

static void refuse(struct bench *bench, const char *source, const char *host, const char *reply)
{
    char reason[600];
    snprintf(reason, sizeof(reason), "host %s[192.0.2.9] said: %s (in reply to RCPT TO command)",
             host, reply);
    attempt(bench, source, host, reply[0] == '5' ? "bounced" : "deferred", reason);
}

#define DOCOMO "mfsmax.docomo.ne.jp"

static void replies_are_counted_by_path_and_rule(void **state)
{
    (void)state;
    struct bench bench = begin(NULL);
    observe(&bench);
    refuse(&bench, "out-a", DOCOMO, LISTED);
    refuse(&bench, "out-a", DOCOMO, LISTED "; see https://www.spamhaus.org/query/ip/192.0.2.11");
    refuse(&bench, "out-a", DOCOMO, "450 4.7.1 blocked using zen.spamhaus.org");
    refuse(&bench, "out-b", DOCOMO, LISTED);
    refuse(&bench, "out-a", "mx.au.com", LISTED);
    assert_int_equal(rule_hits_count(bench.hits), 3);
    const struct rule_hit *hit = rule_hits_at(bench.hits, 0);
    assert_true(slice_eq(hit->source, SLICE("out-a")));
    assert_true(slice_eq(hit->provider, SLICE("docomo")));
    assert_int_equal(hit->class, REPLY_CLASS_BLOCK_IP);
    assert_true(hit->rule.len > 0);
    assert_false(hit->own);
    assert_int_equal(hit->line, 0);
    assert_int_equal(hit->replies, 3);
    assert_int_equal(hit->bounced, 2);
    assert_int_equal(hit->first_us, BEGIN);
    assert_int_equal(hit->last_us, BEGIN + 2 * US_PER_SECOND);
    assert_true(slice_starts_with(hit->samples[0], SLICE("550 5.7.1 Service")));
    assert_true(hit->samples[1].len > hit->samples[0].len); /* of another form */
    assert_int_equal(rule_hits_at(bench.hits, 1)->replies, 1);
    assert_int_equal(rule_hits_left_out(bench.hits), 0);
    end(&bench);
}

static void what_moves_nothing_is_ignored(void **state)
{
    (void)state;
    struct bench bench = begin(NULL);
    observe(&bench);
    refuse(&bench, "out-a", DOCOMO, DEAD);
    refuse(&bench, "out-a", DOCOMO, "452 4.2.2 mailbox full");
    attempt(&bench, "out-a", DOCOMO, "sent", "250 2.0.0 Ok");
    attempt(&bench, "out-a", DOCOMO, "deferred",
            "connect to " DOCOMO "[192.0.2.9]:25: "
            "Connection timed out");
    attempt(&bench, "out-a", DOCOMO, "deferred",
            "delivery temporarily suspended: host " DOCOMO "[192.0.2.9] said: " LISTED
            " (in reply to RCPT TO command)");
    refuse(&bench, "out-a", DOCOMO, "550 5.7.1 no text that any rule knows by its words");
    for (size_t i = 0; i < rule_hits_count(bench.hits); i++)
        fail_msg("%.*s", SLICE_ARG(rule_hits_at(bench.hits, i)->rule));
    end(&bench);
}

static void an_own_rule_is_held_against_the_built_in_ones(void **state)
{
    (void)state;
    struct bench bench = begin(OWN_RULES);
    observe(&bench);
    refuse(&bench, "out-a", DOCOMO, DEAD);
    refuse(&bench, "out-a", DOCOMO, DEAD);
    refuse(&bench, "out-a", DOCOMO, LISTED);
    assert_int_equal(rule_hits_count(bench.hits), 2);
    const struct rule_hit *own = rule_hits_at(bench.hits, 0), *ours = rule_hits_at(bench.hits, 1);
    assert_true(own->own);
    assert_int_equal(own->line, 7);
    assert_int_equal(own->class, REPLY_CLASS_BLOCK_IP);
    assert_int_equal(own->otherwise[REPLY_CLASS_ADDR_DEAD], 2);
    assert_int_equal(own->otherwise[REPLY_CLASS_BLOCK_IP], 0);
    assert_true(own->instead.len > 0);
    assert_false(ours->own);
    for (size_t i = 0; i < REPLY_CLASS_COUNT; i++)
        assert_int_equal(ours->otherwise[i], 0);
    end(&bench);
}

static void paths_beyond_the_bound_are_counted(void **state)
{
    (void)state;
    struct bench bench = begin(NULL);
    observe(&bench);
    char host[64];
    for (unsigned i = 0; i < RULE_HITS_MAX + 7; i++) {
        snprintf(host, sizeof(host), "mx.d%u.example", i);
        refuse(&bench, "out-a", host, LISTED);
    }
    refuse(&bench, "out-a", "mx.d0.example", LISTED); /* one that is there goes on */
    assert_int_equal(rule_hits_count(bench.hits), RULE_HITS_MAX);
    assert_int_equal(rule_hits_left_out(bench.hits), 7);
    assert_int_equal(rule_hits_at(bench.hits, 0)->replies, 2);
    end(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(replies_are_counted_by_path_and_rule),
        cmocka_unit_test(what_moves_nothing_is_ignored),
        cmocka_unit_test(an_own_rule_is_held_against_the_built_in_ones),
        cmocka_unit_test(paths_beyond_the_bound_are_counted),
    };
    return cmocka_run_group_tests(tests, sandbox_enter, sandbox_leave);
}
