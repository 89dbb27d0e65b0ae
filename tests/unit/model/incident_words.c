/* SPDX-License-Identifier: Apache-2.0
 *
 * The tables about incidents have no holes, and every word finds its way back.
 */
#include "model/incident_words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void every_kind_has_its_words(void **state)
{
    (void)state;
    for (int i = 0; i < INCIDENT_KIND_COUNT; i++) {
        enum incident_kind kind = (enum incident_kind)i, back;
        struct incident incident = {.kind = kind};
        assert_true(incident_kind_from_word(slice_from_str(incident_kind_word(kind)), &back));
        assert_int_equal(back, kind);
        assert_in_range(incident_severity(&incident), INCIDENT_INFO, INCIDENT_CRITICAL);
        for (int k = 0; k < LANGUAGE_COUNT; k++) {
            enum language language = (enum language)k;
            assert_true(*incident_title(kind, language));
            assert_true(*incident_advice(&incident, language));
            assert_non_null(incident_count_pattern(kind, language));
            for (int other = 0; other < i; other++)
                assert_string_not_equal(incident_title(kind, language),
                                        incident_title((enum incident_kind)other, language));
        }
        bool counted = *incident_count_pattern(kind, LANGUAGE_EN) != '\0';
        assert_int_equal(counted, *incident_count_pattern(kind, LANGUAGE_JA) != '\0');
    }
    enum incident_kind none;
    assert_false(incident_kind_from_word(SLICE("bloc"), &none));
    assert_false(incident_kind_from_word(SLICE(""), &none));
}

static void scopes_and_severities(void **state)
{
    (void)state;
    for (int i = 0; i < INCIDENT_SCOPE_COUNT; i++) {
        enum incident_scope scope = (enum incident_scope)i, back;
        assert_true(incident_scope_from_word(slice_from_str(incident_scope_word(scope)), &back));
        assert_int_equal(back, scope);
        assert_true(incident_scope_rank(scope) > 0);
        assert_true(*incident_scope_title(scope, LANGUAGE_JA));
    }
    for (int i = 0; i < INCIDENT_SEVERITY_COUNT; i++) {
        enum incident_severity severity = (enum incident_severity)i, back;
        assert_true(
            incident_severity_from_word(slice_from_str(incident_severity_word(severity)), &back));
        assert_int_equal(back, severity);
        assert_true(*incident_severity_title(severity, LANGUAGE_JA));
    }
    assert_true(incident_scope_rank(INCIDENT_SCOPE_EVERYONE) >
                incident_scope_rank(INCIDENT_SCOPE_RELAY));
    struct incident incident = {.kind = INCIDENT_OUTAGE, .severity = INCIDENT_CRITICAL};
    assert_int_equal(incident_severity(&incident), INCIDENT_CRITICAL);
}

static void subjects_by_what_is_known(void **state)
{
    const struct {
        struct incident incident;
        const char *en, *ja;
    } subjects[] = {
        {{.relay = SLICE("relay1"), .source = SLICE("out-a"), .provider = SLICE("docomo")},
         "relay1/out-a -> docomo",
         "relay1/out-a -> docomo"},
        {{.source = SLICE("out-a"), .provider = SLICE("docomo")},
         "out-a -> docomo",
         "out-a -> docomo"},
        {{.relay = SLICE("relay1"), .provider = SLICE("au")},
         "every source of relay1 -> au",
         "relay1 の全送信元 -> au"},
        {{.scope = INCIDENT_SCOPE_EVERYONE, .provider = SLICE("au")},
         "every source -> au",
         "全送信元 -> au"},
        {{.kind = INCIDENT_SURGE, .login = SLICE("a@example.jp")},
         "login a@example.jp",
         "ログイン a@example.jp"},
        {{.domain = SLICE("example.jp"), .provider = SLICE("au")},
         "domain example.jp -> au",
         "ドメイン example.jp -> au"},
        {{.scope = INCIDENT_SCOPE_PROVIDER, .provider = SLICE("au")},
         "all mail to au",
         "au 宛の全メール"},
        {{.kind = INCIDENT_REACHABILITY,
          .scope = INCIDENT_SCOPE_POOL,
          .name = SLICE("transactional")},
         "pool transactional",
         "プール transactional"},
        {{.domain = SLICE("example.jp")}, "domain example.jp", "ドメイン example.jp"},
        {{.kind = INCIDENT_LOG_SILENT,
          .relay = SLICE("relay1"),
          .name = SLICE("/var/log/mail.log")},
         "/var/log/mail.log on relay1",
         "relay1 の /var/log/mail.log"},
        {{.kind = INCIDENT_NOTIFIER, .name = SLICE("{relay}")}, "{relay}", "{relay}"},
        {{.kind = INCIDENT_BACKLOG, .scope = INCIDENT_SCOPE_FLEET}, "the whole fleet", "全体"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(subjects) / sizeof(subjects[0]); i++) {
        CLEANUP_BUF struct buf en = {0}, ja = {0};
        incident_subject(&subjects[i].incident, LANGUAGE_EN, "->", &en);
        incident_subject(&subjects[i].incident, LANGUAGE_JA, "->", &ja);
        assert_string_equal(buf_str(&en), subjects[i].en);
        assert_string_equal(buf_str(&ja), subjects[i].ja);
    }
}

static void a_listed_domain_needs_other_advice(void **state)
{
    struct incident incident = {.kind = INCIDENT_BLOCK, .class = REPLY_CLASS_BLOCK_DOMAIN};
    (void)state;
    const char *domain = incident_advice(&incident, LANGUAGE_EN);
    incident.class = REPLY_CLASS_BLOCK_IP;
    assert_string_not_equal(domain, incident_advice(&incident, LANGUAGE_EN));
}

static void languages(void **state)
{
    enum language language;
    (void)state;
    assert_true(language_from_word(SLICE("ja"), &language));
    assert_int_equal(language, LANGUAGE_JA);
    assert_string_equal(language_word(language), "ja");
    assert_false(language_from_word(SLICE("JA"), &language));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_has_its_words),
        cmocka_unit_test(scopes_and_severities),
        cmocka_unit_test(subjects_by_what_is_known),
        cmocka_unit_test(a_listed_domain_needs_other_advice),
        cmocka_unit_test(languages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
