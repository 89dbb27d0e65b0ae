/* SPDX-License-Identifier: Apache-2.0
 *
 * Messages: complete and clean in both languages.
 */
#include "respond/message.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/escape.h"
#include "model/incident_words.h"
#include "respond/message_words.h"
#include "respond/notifier_fixture.h"

static void text_of(const struct notice *notice, enum language language, struct buf *to)
{
    struct notifier_settings settings = fixture_settings(NOTIFIER_MAIL);
    settings.message.language = language;
    struct notice_message *message = message_new(notice, &settings.message);
    message_text(message, to);
    message_free(message);
}

static void english(void **state)
{
    struct notice_item item;
    struct incident block = fixture_block();
    struct notice notice = fixture_notice(NOTICE_ESCALATED, &block, &item, 1);
    CLEANUP_BUF struct buf text = {0};
    (void)state;
    text_of(&notice, LANGUAGE_EN, &text);
    assert_string_equal(
        buf_str(&text),
        "[critical, not acknowledged yet, call 1] Blocked: relay1/out-a → docomo\n\n"
        "Status: not acknowledged yet, call 1\n"
        "Where: relay1/out-a → docomo\n"
        "Scope: one source\n"
        "Since: 2026-03-02 16:01 +09:00\n"
        "How much: 3,604 of 3,720 attempts refused (96.88 %)\n"
        "Affected: 3,100 recipients, 3,201 messages, 1 login\n"
        "Reply class: the provider refuses our sending address\n"
        "Listed by: zen.spamhaus.org\n"
        "Came back: 2 times\n"
        "By: kato\n"
        "\n"
        "Sample reply: host x[192.0.2.1] said: 550 5.7.1 blocked using <zen.spamhaus.org> & more\n"
        "What to do: Send this provider's mail by another source, stop what caused it, then ask "
        "for delisting.\n"
        "Link in the reply: https://check.spamhaus.org/?q=192.0.2.11&x=1\n"
        "Runbook: https://todoku.example/runbooks/block\n"
        "Take it: todoku incident ack 3k9d0q2m\n");
}

/* Who sees titles alone is told openings from what follows them. */
static void titles(void **state)
{
    (void)state;
    static const struct {
        enum notice_transition transition;
        enum language language;
        const char *title;
    } rows[] = {
        {NOTICE_OPENED, LANGUAGE_EN, "[critical] Blocked: relay1/out-a → docomo"},
        {NOTICE_UPDATED, LANGUAGE_EN, "[critical, worse] Blocked: relay1/out-a → docomo"},
        {NOTICE_REOPENED, LANGUAGE_EN, "[critical, came back] Blocked: relay1/out-a → docomo"},
        {NOTICE_CURRENT, LANGUAGE_EN, "[critical, still open] Blocked: relay1/out-a → docomo"},
        {NOTICE_UPDATED, LANGUAGE_JA, "[重大・悪化] ブロック: relay1/out-a → docomo"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct notice_item item;
        struct incident block = fixture_block();
        struct notice notice = fixture_notice(rows[i].transition, &block, &item, 1);
        struct notifier_settings settings = fixture_settings(NOTIFIER_MAIL);
        settings.message.language = rows[i].language;
        struct notice_message *message = message_new(&notice, &settings.message);
        if (!slice_eq(message->title, slice_from_str(rows[i].title)))
            fail_msg("%zu: %.*s", i, SLICE_ARG(message->title));
        message_free(message);
    }
}

static void japanese(void **state)
{
    struct notice_item items[2];
    struct incident block = fixture_block();
    struct notice notice = fixture_notice(NOTICE_CLOSED, &block, items, 2);
    CLEANUP_BUF struct buf text = {0};
    (void)state;
    text_of(&notice, LANGUAGE_JA, &text);
    assert_string_equal(buf_str(&text), "[終了] ブロック: relay1/out-a (2 件)\n\n"
                                        "状態: 終了\n"
                                        "対象: relay1/out-a (2 件)\n"
                                        "範囲: 1 つの送信元\n"
                                        "発生日時: 2026-03-02 16:01 +09:00\n"
                                        "終了日時: 2026-03-02 17:00 +09:00\n"
                                        "規模: 送信試行 7,440 回のうち 7,208 回が拒否 (96.88 %)\n"
                                        "影響: 宛先 6,200 件\n"
                                        "応答分類: プロバイダーが送信元アドレスを拒否\n"
                                        "掲載リスト: zen.spamhaus.org\n"
                                        "再発: 2 回\n"
                                        "担当: kato\n"
                                        "\n"
                                        "インシデント一覧:\n"
                                        "  3k9d0q2m [終了] ブロック: relay1/out-a → docomo\n"
                                        "  3k9d0q2m [終了] ブロック: relay1/out-a → docomo\n"
                                        "\n"
                                        "応答の例: host x[192.0.2.1] said: 550 5.7.1 blocked using "
                                        "<zen.spamhaus.org> & more\n"
                                        "手順書: https://todoku.example/runbooks/block.ja\n");
}

/* What a fleet, a provider and a source share is counted once. */
static void counts_shared_mail_once(void **state)
{
    struct notice_item items[3];
    struct incident fleet = fixture_block();
    CLEANUP_BUF struct buf text = {0};
    (void)state;
    struct notice notice = fixture_notice(NOTICE_OPENED, &fleet, items, 3);
    for (size_t i = 0; i < 3; i++) {
        items[i].incident.kind = INCIDENT_REACHABILITY;
        items[i].incident.attempts = i == 0 ? 120 : 100;
        items[i].incident.hits = 20;
        items[i].incident.relay = (struct slice){NULL, 0};
    }
    items[0].incident.source = items[0].incident.provider = (struct slice){NULL, 0};
    items[1].incident.source = (struct slice){NULL, 0};
    items[2].incident.provider = (struct slice){NULL, 0};
    text_of(&notice, LANGUAGE_EN, &text);
    if (strstr(buf_str(&text), "How much: 20 of 120 attempts") == NULL)
        fail_msg("%s", buf_str(&text));
}

static void expect_line(const struct notice *notice, enum language language, const char *line)
{
    CLEANUP_BUF struct buf text = {0};
    text_of(notice, language, &text);
    if (strstr(buf_str(&text), line) == NULL)
        fail_msg("no %s in %s", line, buf_str(&text));
}

/* A page led by a login reaches as far as that login, whatever else is seen of its trouble. */
static void scope_is_of_what_the_title_names(void **state)
{
    struct notice_item items[3];
    struct incident surge = fixture_surge();
    (void)state;
    surge.scope = INCIDENT_SCOPE_LOGIN;
    surge.login = SLICE("shop10");
    struct notice notice = fixture_notice(NOTICE_UPDATED, &surge, items, 3);
    notice.axis = NOTICE_AXIS_NONE;
    items[1].incident.kind = INCIDENT_REACHABILITY;
    items[1].incident.scope = INCIDENT_SCOPE_FLEET;
    items[2].incident.scope = INCIDENT_SCOPE_SENDER_DOMAIN;
    expect_line(&notice, LANGUAGE_EN, "Scope: one login\n");
    notice.axis = NOTICE_AXIS_KIND; /* the title is about all surges, not about budgets */
    expect_line(&notice, LANGUAGE_EN, "Scope: one sender domain\n");
}

/* "worse" says what is. */
static void news_are_named(void **state)
{
    struct notice_item items[4];
    struct incident block = fixture_block();
    (void)state;
    struct notice notice = fixture_notice(NOTICE_UPDATED, &block, items, 4);
    notice.axis = NOTICE_AXIS_NONE;
    items[1].incident = (struct incident){.kind = INCIDENT_LATENCY,
                                          .scope = INCIDENT_SCOPE_PROVIDER,
                                          .provider = SLICE("docomo"),
                                          .closed_us = INCIDENT_OPEN};
    items[1].fresh = true;
    expect_line(&notice, LANGUAGE_EN,
                "Status: worse\nNew: Mail is slow: all mail to docomo\nWhere: ");
    items[2].fresh = items[3].fresh = true;
    expect_line(&notice, LANGUAGE_EN, "New: Mail is slow: all mail to docomo, and 2 more\n");
    expect_line(&notice, LANGUAGE_JA, "新規: 配送の遅延: docomo 宛の全メール、ほか 2 件\n");
}

/* Who may be behind a surge, and why: in each language, and not once it is over. */
static void suspects(void **state)
{
    static const char *const says[LANGUAGE_COUNT] = {
        "\nSuspects:\n"
        "  hijacked@shop10.example: 1,010 recipients within two hours, usually 40 an hour; 77 % to "
        "new domains; 26 % bounced; 12 new client networks; 14 failed logins\n"
        "  new@shop10.example: 60 recipients within two hours, none before\n\n",
        "\n疑わしいログイン:\n"
        "  hijacked@shop10.example: 2 時間以内に宛先 1,010 件 (通常は 1 時間に 40 "
        "件)、新規ドメイン宛 "
        "77 %、バウンス 26 %、新しい接続元ネットワーク 12 件、ログイン失敗 14 回\n"
        "  new@shop10.example: 2 時間以内に宛先 60 件 (以前はなし)\n\n"};
    struct incident surge = fixture_surge();
    struct notice_item items[2];
    (void)state;
    for (int language = 0; language < LANGUAGE_COUNT; language++) {
        struct notice notice = fixture_notice(NOTICE_OPENED, &surge, items, 2); /* named twice */
        CLEANUP_BUF struct buf text = {0}, closed = {0};
        text_of(&notice, (enum language)language, &text);
        if (strstr(buf_str(&text), says[language]) == NULL)
            fail_msg("%s", buf_str(&text));
        notice = fixture_notice(NOTICE_CLOSED, &surge, items, 1);
        text_of(&notice, (enum language)language, &closed);
        assert_null(strstr(buf_str(&closed), "hijacked"));
    }
}

static void digests_list_what_was_held(void **state)
{
    struct notice_item items[NOTICE_ITEMS_MAX];
    struct incident block = fixture_block();
    struct notice notice = fixture_notice(NOTICE_DIGEST, &block, items, NOTICE_ITEMS_MAX);
    CLEANUP_BUF struct buf text = {0};
    (void)state;
    notice.total = 1234;
    text_of(&notice, LANGUAGE_EN, &text);
    assert_int_equal(
        strncmp(buf_str(&text), "[critical] Held back during quiet hours: 1,234\n", 47), 0);
    assert_non_null(strstr(buf_str(&text), "  and 1,214 more\n"));
    assert_null(strstr(buf_str(&text), "incident ack"));
}

/* A message of any kind in any language: no gap left open, no control, no half character. */
static void check_clean(const struct buf *text)
{
    CLEANUP_BUF struct buf again = {0};
    for (struct slice rest = buf_slice(text); rest.ptr;) {
        buf_clear(&again);
        struct slice line = slice_cut(&rest, '\n');
        escape_terminal(line, &again);
        assert_true(slice_eq(line, buf_slice(&again))); /* nothing is left to escape */
    }
}

static void every_kind_speaks_both_languages(void **state)
{
    (void)state;
    for (int kind = 0; kind < INCIDENT_KIND_COUNT; kind++) {
        for (int language = 0; language < LANGUAGE_COUNT; language++) {
            for (int transition = NOTICE_OPENED; transition <= NOTICE_CURRENT; transition++) {
                struct notice_item item;
                struct incident incident = fixture_block();
                CLEANUP_BUF struct buf text = {0};
                incident.kind = (enum incident_kind)kind;
                struct notice notice =
                    fixture_notice((enum notice_transition)transition, &incident, &item, 1);
                text_of(&notice, (enum language)language, &text);
                check_clean(&text);
                assert_null(strchr(buf_str(&text), '{'));
                const char *title = incident_title(incident.kind, (enum language)language);
                if (transition == NOTICE_ROUTE)
                    title = message_action(AUDIT_PROPOSE, (enum language)language);
                assert_non_null(
                    strstr(buf_str(&text), transition == NOTICE_DIGEST ? "3k9d0q2m" : title));
            }
        }
    }
}

/* What a person needs to say yes or no, by whatever way it is told. */
static void a_route_that_waits_says_how(void **state)
{
    struct notice_item item;
    struct incident block = fixture_block();
    struct notice notice = fixture_notice(NOTICE_ROUTE, &block, &item, 1);
    CLEANUP_BUF struct buf text = {0};
    (void)state;
    text_of(&notice, LANGUAGE_EN, &text);
    assert_non_null(strstr(buf_str(&text), "[critical] Waits for a yes: relay1/out-a → docomo\n\n"
                                           "Status: Waits for a yes\nWhere: relay1/out-a → docomo\n"
                                           "Route: default → out-b:\nWhy: "));
    assert_non_null(strstr(buf_str(&text), "Say yes: todoku route approve o12\n"
                                           "Say no: todoku route deny o12\n"));
    assert_null(strstr(buf_str(&text), "By: "));
    buf_clear(&text);
    notice.route = fixture_route(&block, AUDIT_QUARANTINE); /* probed again, or left alone */
    text_of(&notice, LANGUAGE_JA, &text);
    assert_non_null(strstr(buf_str(&text), "承認する: todoku route approve o12\n"));
    assert_null(strstr(buf_str(&text), "deny"));
    struct audit_entry done = *fixture_route(&block, AUDIT_DENY);
    done.actor = SLICE("sato <x>\n");
    done.after = done.before;
    notice.route = &done;
    buf_clear(&text);
    text_of(&notice, LANGUAGE_EN, &text);
    assert_non_null(strstr(buf_str(&text), "Route: default\n"));
    assert_non_null(strstr(buf_str(&text), "By: sato <x>\\n\n"));
    assert_null(strstr(buf_str(&text), "todoku route"));
}

static void hostile_texts_are_clean(void **state)
{
    struct notice_item items[2];
    struct incident hostile = fixture_hostile();
    struct notice notice = fixture_notice(NOTICE_UPDATED, &hostile, items, 2);
    CLEANUP_BUF struct buf text = {0};
    (void)state;
    notice.by = notice.note = hostile.relay;
    text_of(&notice, LANGUAGE_JA, &text);
    check_clean(&text);
    assert_null(strstr(buf_str(&text), "\nBcc:"));
    assert_true(text.len < 65536);
}

/* Gaps of a sentence; the same in each language, or a translation has lost one. */
static void tables_are_whole(void **state)
{
    (void)state;
    for (int i = 0; i < MESSAGE_WORD_COUNT; i++) {
        const char *en = message_word((enum message_word)i, LANGUAGE_EN);
        const char *ja = message_word((enum message_word)i, LANGUAGE_JA);
        assert_true(*en && *ja);
        for (const char *gap = strchr(en, '{'); gap; gap = strchr(gap + 1, '{')) {
            char name[32] = {0};
            memcpy(name, gap, (size_t)(strchr(gap, '}') - gap) + 1);
            assert_non_null(strstr(ja, name));
        }
    }
    for (int i = 0; i < REPLY_CLASS_COUNT; i++)
        for (int language = 0; language < LANGUAGE_COUNT; language++)
            assert_true(*message_class((enum reply_class)i, (enum language)language));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(english),
        cmocka_unit_test(titles),
        cmocka_unit_test(japanese),
        cmocka_unit_test(counts_shared_mail_once),
        cmocka_unit_test(scope_is_of_what_the_title_names),
        cmocka_unit_test(news_are_named),
        cmocka_unit_test(suspects),
        cmocka_unit_test(digests_list_what_was_held),
        cmocka_unit_test(every_kind_speaks_both_languages),
        cmocka_unit_test(a_route_that_waits_says_how),
        cmocka_unit_test(hostile_texts_are_clean),
        cmocka_unit_test(tables_are_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
