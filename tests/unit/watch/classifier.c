/* SPDX-License-Identifier: Apache-2.0
 *
 * Selection among rules, what a verdict carries, the cache. The rules here are an operator's, with
 * words that no real server says; the built-in rules have watch/reply_rules.c.
 */
#include "watch/classifier.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "mail/stamp.h"

#define DAY INT64_C(86400000000)
#define DAY_2025_03_12 (INT64_C(20159) * DAY)

static const char rules_text[] =
    "rule order-first\nclass rate\ntier phrase\nmatch zqx order\n\n"
    "rule order-second\nclass policy\ntier phrase\nmatch zqx order\n\n"
    "rule tier-token\nclass block_ip\nscope ip\naction alert\ntier token\nmatch \\bZQX9\\b\n"
    "token \\[(zqx\\d)\\]\nurl https://rule.example/\n\n"
    "rule with-provider\nclass rate_rcpt\ntier phrase\nprovider google docomo\nmatch zqx order\n\n"
    "rule conditions\nclass auth\ntier phrase\nmatch zqx cond\ncode 55x\nstage rcpt mail\n\n"
    "rule one-condition\nclass tls\ntier phrase\nmatch zqx cond\ncode 5xx\n\n"
    "rule no-condition\nclass local\ntier phrase\nmatch zqx cond\n\n"
    "rule unless\nclass greylist\ntier phrase\nmatch zqx neg\nunless but not\n\n"
    "rule dsn-range\nclass dns_ptr\ntier dsn\ndsn 5.99.606-5.99.649\n\n"
    "rule dsn-zero\nclass protocol\ntier phrase\nmatch zqx zero\ndsn x.0.0\n\n"
    "rule stage-only\nclass network\ntier stage\nstage starttls\ncode 299\n\n"
    "rule old\nclass addr_inactive\ntier phrase\nuntil 2025-03-12\nmatch zqx date\n\n"
    "rule new\nclass addr_dead\ntier phrase\nsince 2025-03-13\nmatch zqx date\n\n"
    "rule listed\nclass block_ip\ntier list\nmatch zqx listed\nlist zqx-list\n\n"
    "rule listed-domain\nclass block_domain\ntier list\nmatch zqx domain\n\n"
    "rule japanese\nclass content_spam\ntier phrase\nmatch zqx (?:迷惑|拒[否絶])ー?です\n\n"
    "rule one-provider\nclass content_size\ntier token\nmatch zqx only docomo\ntoken only\n";

static char *write_rules(const char *text)
{
    static char path[64];
    snprintf(path, sizeof(path), "/tmp/todoku-rules-%d", (int)getpid());
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
    return path;
}

static int setup(void **state)
{
    struct err err = {0};
    char *path = write_rules(rules_text);
    *state = classifier_new(path, &err);
    unlink(path);
    if (*state == NULL)
        fail_msg("%s", err.text);
    return 0;
}

static int teardown(void **state)
{
    classifier_free(*state);
    return 0;
}

static struct verdict run(void **state, struct reply_facts facts)
{
    struct verdict verdict;
    classifier_run(*state, &facts, &verdict);
    return verdict;
}

static struct reply_facts facts_of(const char *text)
{
    return (struct reply_facts){.text = slice_from_str(text), .time_us = STAMP_NONE};
}

static const char *rule_of(void **state, const char *text, const char *relay)
{
    struct reply_facts facts = facts_of(text);
    facts.relay = slice_from_str(relay);
    return run(state, facts).rule;
}

static void assert_slice(struct slice got, const char *want)
{
    if (!slice_eq(got, slice_from_str(want)))
        fail_msg("'%.*s' instead of '%s'", SLICE_ARG(got), want);
}

static void selection(void **state)
{
    static const char *const cases[][3] = {
        {"550 zqx order", "", "order-first"},
        {"550 ZQX  Order", "aspmx.l.google.com[192.0.2.1]:25", "with-provider"},
        {"550 zqx order", "mx.example.jp", "order-first"},
        {"host mfsmax.docomo.ne.jp[192.0.2.1] said: 550 zqx order", "", "with-provider"},
        {"550 zqx order [zqx9]", "aspmx.l.google.com", "tier-token"},
        {"550 zqx cond (in reply to RCPT TO command)", "", "conditions"},
        {"550 zqx cond (in reply to DATA command)", "", "one-condition"},
        {"510 zqx cond (in reply to RCPT TO command)", "", "one-condition"},
        {"450 zqx cond (in reply to RCPT TO command)", "", "no-condition"},
        {"450-zqx\n450 cond", "", "no-condition"},
        {"450-4.7.1 zqx 450 4.7.1 cond", "", "no-condition"},
        {"550 zqx neg", "", "unless"},
        {"550 zqx neg but not", "", ""},
        {"550 5.99.606 z", "", "dsn-range"},
        {"550 5.99.649 z", "", "dsn-range"},
        {"299 zqx (in reply to STARTTLS command)", "", "stage-only"},
        {"550 5.0.0 zqx zero", "", "dsn-zero"},
        {"550 zqx zero", "", ""},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_string_equal(rule_of(state, cases[i][0], cases[i][1]), cases[i][2]);
}

/* Whom Postfix could not speak to says nothing of why: a server named like a blocklist is a server.
 */
static void names_in_own_words(void **state)
{
    static const char *const cases[][2] = {
        {"connect to mx1.spamcop.net[192.0.2.7]:25: Connection timed out", "network"},
        {"connect to mx1.firm.example[2001:db8::7]:25: Connection timed out", "network"},
        {"lost connection with zen.spamhaus.org[192.0.2.7] while sending RCPT TO", "network"},
        {"Host or domain name not found. Name service error for name=uribl.com type=MX: Host not "
         "found, try again",
         "network"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        enum reply_class class = run(state, facts_of(cases[i][0])).class;
        assert_string_equal(reply_class_word(class), cases[i][1]);
    }
}

static void given_facts(void **state)
{
    struct reply_facts facts = facts_of("zqx cond");
    assert_string_equal(run(state, facts).rule, "no-condition");
    facts.code = 550;
    assert_string_equal(run(state, facts).rule, "one-condition");
    facts.stage = REPLY_STAGE_MAIL;
    assert_string_equal(run(state, facts).rule, "conditions");
    facts = facts_of("zqx zero");
    facts.dsn = SLICE("5.0.0"); /* Postfix made it up: not evidence */
    assert_string_equal(run(state, facts).rule, "");
    assert_int_equal(run(state, facts).permanence, REPLY_PERMANENT);
    facts = facts_of("zqx");
    facts.dsn = SLICE("5.99.620");
    assert_string_equal(run(state, facts).rule, "dsn-range");
}

static void dates(void **state)
{
    struct reply_facts facts = facts_of("550 zqx date");
    assert_string_equal(run(state, facts).rule, "new");
    facts.time_us = DAY_2025_03_12;
    assert_string_equal(run(state, facts).rule, "old");
    facts.time_us = DAY_2025_03_12 + DAY - 1;
    assert_string_equal(run(state, facts).rule, "old");
    facts.time_us = DAY_2025_03_12 + DAY;
    assert_string_equal(run(state, facts).rule, "new");
    facts.time_us = DAY_2025_03_12;
    assert_string_equal(run(state, facts).rule, "old"); /* also out of the cache */
    facts.time_us = INT64_MAX;
    assert_string_equal(run(state, facts).rule, "new");
    facts.time_us = STAMP_NONE + 1;
    assert_string_equal(run(state, facts).rule, "old");
}

static void permanence(void **state)
{
    static const struct {
        const char *text, *dsn;
        enum reply_permanence permanence;
    } cases[] = {
        {"450 4.1.1 zqx", "", REPLY_TEMPORARY},
        {"550 zqx", "", REPLY_PERMANENT},
        {"450 5.1.1 zqx", "", REPLY_TEMPORARY},
        {"host m[192.0.2.1] said: 550 5.7.1 zqx", "4.7.1", REPLY_PERMANENT},
        {"250 2.0.0 zqx", "", REPLY_PERMANENCE_NONE},
        {"zqx", "", REPLY_PERMANENCE_NONE},
        {"zqx", "4.3.0", REPLY_TEMPORARY},
        {"zqx", "5.0.0", REPLY_PERMANENT},
        {"5.1.1 zqx", "", REPLY_PERMANENT},
        {"421-zqx 550 zqx 550 5.1.1 zqx", "", REPLY_PERMANENT},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct reply_facts facts = facts_of(cases[i].text);
        facts.dsn = slice_from_str(cases[i].dsn);
        assert_int_equal(run(state, facts).permanence, cases[i].permanence);
    }
}

static void evidence(void **state)
{
    struct verdict verdict = run(state, facts_of("550 5.7.1 x [ZQX9] y"));
    assert_int_equal(verdict.class, REPLY_CLASS_BLOCK_IP);
    assert_int_equal(verdict.scope, REPLY_SCOPE_IP);
    assert_string_equal(verdict.action, "alert");
    assert_string_equal(verdict.provider, "");
    assert_slice(verdict.token, "ZQX9");
    assert_slice(verdict.url, "https://rule.example/");
    assert_int_equal(verdict.list.len, 0);

    verdict = run(state, facts_of("550 [ZQX9] see http://x.jp/y?z. and zen.spamhaus.org"));
    assert_slice(verdict.url, "http://x.jp/y?z");
    assert_slice(verdict.list, "spamhaus-zen");

    verdict = run(state, facts_of("550 zqx only docomo"));
    assert_string_equal(verdict.rule, "one-provider");
    assert_slice(verdict.token, "only");

    struct reply_facts facts = facts_of("550 zqx zzz");
    facts.relay = SLICE("ASPMX.l.google.com.[192.0.2.1]:25");
    verdict = run(state, facts);
    assert_int_equal(verdict.class, REPLY_CLASS_UNKNOWN);
    assert_string_equal(verdict.action, "none");
    assert_string_equal(verdict.rule, "");
    assert_string_equal(verdict.provider, "google");
}

static void lists(void **state)
{
    static const char *const cases[][3] = {
        {"554 zqx listed at bl.spamcop.net", "spamcop", "https://www.spamcop.net/bl.shtml"},
        {"554 zqx listed", "zqx-list", ""},
        {"554 zqx listed: dbl.spamhaus.org and x.b.barracudacentral.org", "barracuda",
         "https://www.barracudacentral.org/rbl/removal-request"},
        {"554 zqx listed by dbl.spamhaus.org", "zqx-list", ""},
        {"554 zqx domain zen.spamhaus.org, dbl.spamhaus.org", "spamhaus-dbl",
         "https://check.spamhaus.org/"},
        {"554 zqx domain http://www.spamhaus.org/query/domain/x.jp", "spamhaus",
         "http://www.spamhaus.org/query/domain/x.jp"},
        {"554 zqx domain blocked using rbl.zqx.example; x", "rbl.zqx.example", ""},
        {"554 zqx domain blocked using <", "", ""},
        {"554 zqx domain notspamhaus.org spamhaus.org.zqx", "", ""},
        {"554 zqx domain X.RBL.JP and rbl.zqx.jp", "rbl-jp", ""},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct verdict verdict = run(state, facts_of(cases[i][0]));
        assert_slice(verdict.list, cases[i][1]);
        assert_slice(verdict.url, cases[i][2]);
    }
}

/* The same reply at another address: equal answers, and slices into the text that was given now. */
static void cached(void **state)
{
    for (int round = 0; round < 3; round++) {
        char *text = strdup("host m[192.0.2.1] said: 550 [ZQX9] see http://x.jp/y (in reply to "
                            "RCPT TO command)");
        struct reply_facts facts = facts_of(text);
        struct verdict verdict = run(state, facts);
        assert_string_equal(verdict.rule, "tier-token");
        assert_slice(verdict.token, "ZQX9");
        assert_slice(verdict.url, "http://x.jp/y");
        assert_true(verdict.token.ptr > text && verdict.token.ptr < text + strlen(text));
        assert_true(verdict.url.ptr > text && verdict.url.ptr < text + strlen(text));
        free(text);
    }
    char text[64];
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 20000; i++) {
            snprintf(text, sizeof(text), "%d zqx cond %d", i % 2 ? 450 : 550, i);
            assert_string_equal(run(state, facts_of(text)).rule,
                                i % 2 ? "no-condition" : "one-condition");
        }
    }
}

/* What the caller took apart is used, and gives what the classifier would have found by itself. */
static void parsed_by_caller(void **state)
{
    static char late[6000];
    memset(late, 'x', sizeof(late));
    memcpy(late, "host m[192.0.2.1] said: 550-zqx 550 cond", 40);
    memcpy(late + sizeof(late) - 32, " 450 z (in reply to RCPT TO command)", 32);
    const struct slice texts[] = {
        SLICE("host m[192.0.2.1] said: 550 zqx cond (in reply to RCPT TO command)"),
        SLICE("550 5.7.1 x [ZQX9] y"),
        SLICE("zqx cond"),
        SLICE(""),
        slice_of(late, sizeof(late)),
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct reply_facts facts = {.text = texts[i], .time_us = STAMP_NONE, .relay = SLICE("a.x")};
        struct verdict alone = run(state, facts), given;
        struct reply reply;
        facts.relay = SLICE("b.x"); /* of another name: not out of the cache */
        reply_parse(facts.text, &reply);
        classifier_run_parsed(*state, &facts, &reply, &given);
        assert_string_equal(given.rule, alone.rule);
        assert_int_equal(given.permanence, alone.permanence);
        assert_true(slice_eq(given.token, alone.token));
    }
}

/* More rules than go into one database, the strong ones last; half of them have an exception. */
static void rules_in_waves(void **state)
{
    (void)state;
    CLEANUP_BUF struct buf text = {0};
    for (int i = 0; i < 700; i++) {
        const char *tier = i < 600 ? "phrase" : "token";
        buf_addf(&text, "rule wave-%d\nclass rate\ntier %s\nmatch \\bw%dw\\b\n", i, tier, i);
        buf_addf(&text, i % 2 ? "unless \\bu%du\\b\n\n" : "\n", i);
    }
    struct err err = {0};
    char *path = write_rules(buf_str(&text));
    struct classifier *classifier = classifier_new(path, &err);
    unlink(path);
    assert_non_null(classifier);
    static const char *const cases[][2] = {
        {"550 w5w", "wave-5"},
        {"550 w599w w301w w300w", "wave-300"},
        {"550 w301w w599w u301u", "wave-599"},
        {"550 w301w w599w u301u u599u", ""},
        {"550 w0w w699w", "wave-699"},
        {"550 w0w w699w w601w u699u u601u", "wave-0"},
        {"550 w698w u699u u601u w1w", "wave-698"},
        {"550 nothing of these", ""},
    };
    for (size_t round = 0; round < 2; round++) {
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
            struct reply_facts facts = facts_of(cases[i][0]);
            struct verdict verdict;
            classifier_run(classifier, &facts, &verdict);
            assert_string_equal(verdict.rule, cases[i][1]);
        }
    }
    classifier_free(classifier);
}

static void foreign_bytes(void **state)
{
    assert_string_equal(rule_of(state, "550 zqx 迷惑です", ""), "japanese");
    assert_string_equal(rule_of(state, "550 zqx 拒絶ーです", ""), "japanese");
    assert_string_equal(rule_of(state, "550 \xff\xfe zqx 拒否です \xe3\x81", ""), "japanese");
    assert_string_equal(rule_of(state, "550 zqx \xe6\x8b\x92\xe5\x90です", ""), "");
    struct reply_facts facts = facts_of("");
    assert_string_equal(run(state, facts).rule, "");
    facts.text = SLICE("550 a\0b zqx order");
    assert_string_equal(run(state, facts).rule, "order-first");
    size_t size = 1000000;
    char *big = malloc(size);
    memset(big, 0xe3, size);
    memcpy(big, "550 zqx order ", 14);
    facts.text = slice_of(big, size);
    assert_string_equal(run(state, facts).rule, "order-first");
    memset(big, 'x', size);
    memcpy(big + size - 10, " zqx order", 10);
    assert_string_equal(run(state, facts).rule, "");
    free(big);
}

static void refused_files(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"rule a\nclass zqx\ntier code\ncode 5xx\n", ": line 2: expected a class"},
        {"rule a\nclass rate\nscope zqx\ntier code\ncode 5xx\n", ": line 3: expected a scope"},
        {"rule a\nclass rate\ntier phrase\nmatch (\n",
         ": line 4: expected a regular expression, found '('"},
        {"rule a\nclass rate\ntier phrase\nmatch x*\n", ": line 4: expected a regular expression"},
        {"rule a\nclass rate\ntier phrase\nmatch x\nunless \\1\n", ": line 5: expected a regular"},
        {"rule a\nclass rate\ntier phrase\nmatch x\ntoken [\n", ": line 5: expected a regular"},
        {"rule a\nclass rate\ntier phrase\nmatch x\nprovider zqx\n",
         ": line 5: expected the name of a provider, found 'zqx'"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct err err = {0};
        char *path = write_rules(cases[i][0]);
        assert_null(classifier_new(path, &err));
        unlink(path);
        if (strncmp(err.text, path, strlen(path)) != 0 || strstr(err.text, cases[i][1]) == NULL)
            fail_msg("'%s' without '%s'", err.text, cases[i][1]);
    }
    struct err err = {0};
    assert_null(classifier_new("/nonexistent/rules", &err));
    assert_int_equal(err.code, ERR_IO);
    assert_null(classifier_new("/", NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(selection),
        cmocka_unit_test(names_in_own_words),
        cmocka_unit_test(given_facts),
        cmocka_unit_test(dates),
        cmocka_unit_test(permanence),
        cmocka_unit_test(evidence),
        cmocka_unit_test(lists),
        cmocka_unit_test(cached),
        cmocka_unit_test(parsed_by_caller),
        cmocka_unit_test(rules_in_waves),
        cmocka_unit_test(foreign_bytes),
        cmocka_unit_test(refused_files),
    };
    return cmocka_run_group_tests_name("watch/classifier", tests, setup, teardown);
}
