/* SPDX-License-Identifier: Apache-2.0
 *
 * The text for a delisting form: all that is known, nothing that is not, no customer's address, no
 * stranger's control bytes.
 */
#include "respond/delist.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define T0 INT64_C(1772438400000000) /* 2026-03-02T08:00:00Z */
#define HOUR INT64_C(3600000000)

#define LINE(reply) \
    "Mar  2 08:00:00 r postfix/out-a/smtp[1]: A: to=<x@y>, status=deferred (" reply ")"

static const struct provider docomo = {.name = {"docomo", 6},
                                       .title = {"NTT DOCOMO", 10},
                                       .postmaster = {"https://postmaster.example/", 27},
                                       .delist = {"https://delist.example/", 23}};

static struct incident block(void)
{
    return (struct incident){
        .kind = INCIDENT_BLOCK,
        .source = SLICE("out-a"),
        .provider = SLICE("docomo"),
        .opened_us = T0,
        .closed_us = INCIDENT_OPEN,
        .last_hit_us = T0 + 3 * HOUR,
        .attempts = 3720,
        .hits = 3604,
        .list = SLICE("spamhaus"),
        .url = SLICE("https://check.example/?ip=192.0.2.11"),
        .evidence_count = 2,
        .evidence = {SLICE(LINE("host mx[198.51.100.7] said: 550 5.7.1 <kato+x@docomo.ne.jp>: "
                                "blocked using zen.spamhaus.org (in reply to RCPT TO command)")),
                     SLICE(LINE("host mx[198.51.100.7] said: 550 5.7.1 Blocked"))}};
}

static struct fleet_source source(void)
{
    struct fleet_source source = {.name = SLICE("out-a"), .helo = SLICE("a.mx.example.jp")};
    assert_true(ip_address_parse(SLICE("192.0.2.11"), &source.address));
    return source;
}

static void all_that_is_known_is_in_it(void **state)
{
    const struct incident incident = block();
    const struct fleet_source out_a = source();
    const struct slice mended[] = {SLICE("The account that sent it was closed at 07:50.")};
    const struct delist_facts facts = {.incident = &incident,
                                       .provider = &docomo,
                                       .source = &out_a,
                                       .ptr = SLICE("a.mx.example.jp"),
                                       .contact = SLICE("postmaster@example.jp"),
                                       .volume = {.usual_day = 14400.4, .last_day = 15000},
                                       .moved_us = T0 + HOUR,
                                       .mended = mended,
                                       .mended_count = 1};
    struct delist_text text = {0};
    (void)state;
    delist_text_make(&facts, LANGUAGE_EN, &text);
    assert_string_equal(buf_str(&text.subject), "Request to lift the block of 192.0.2.11");
    assert_string_equal(
        buf_str(&text.body),
        "To the postmaster team of NTT DOCOMO:\n\n"
        "Our mail server cannot deliver mail to your users. Please look at the block of the "
        "address below and lift it, if you agree that its cause is gone.\n\n"
        "Sending address: 192.0.2.11\n"
        "Reverse name (PTR): a.mx.example.jp\n"
        "HELO name: a.mx.example.jp\n"
        "Blocklist named: spamhaus\n"
        "First refused: 2026-03-02T08:00:00Z (UTC)\n"
        "First reply: host mx[198.51.100.7] said: 550 5.7.1 <***@docomo.ne.jp>: blocked using "
        "zen.spamhaus.org (in reply to RCPT TO command)\n"
        "Last refused: 2026-03-02T11:00:00Z (UTC)\n"
        "Last reply: host mx[198.51.100.7] said: 550 5.7.1 Blocked\n"
        "Refused since then: 3,604 delivery attempts\n"
        "Of so many attempts: 3,720\n"
        "Our usual volume to you from this address: about 14,400 recipients a day\n"
        "In the last 24 hours: 15,000 recipients\n\n"
        "What was found and mended:\n"
        "- The account that sent it was closed at 07:50.\n"
        "- Since 2026-03-02T09:00:00Z (UTC) we send nothing to you from this address but single "
        "messages to see whether it is accepted again.\n\n"
        "Contact: postmaster@example.jp\n");
    delist_text_done(&text);
}

static void what_is_not_known_is_left_out(void **state)
{
    const struct incident incident = {.source = SLICE("out-a"), .provider = SLICE("small.example")};
    const struct delist_facts facts = {.incident = &incident};
    (void)state;
    for (int i = 0; i < LANGUAGE_COUNT; i++) {
        struct delist_text text = {0};
        delist_text_make(&facts, (enum language)i, &text);
        assert_non_null(slice_find(buf_slice(&text.subject), SLICE("out-a")));
        assert_null(slice_find(buf_slice(&text.body), SLICE("{}")));
        assert_null(slice_find(buf_slice(&text.body), SLICE("PTR")));
        assert_non_null(slice_find(buf_slice(&text.body), SLICE("- [")));
        assert_int_equal(text.place_count, 0);
        delist_text_done(&text);
    }
}

static void places_are_in_order_and_once(void **state)
{
    struct incident incident = block();
    struct delist_facts facts = {
        .incident = &incident, .provider = &docomo, .list_page = SLICE("https://list.example/")};
    struct delist_text text = {0};
    (void)state;
    delist_text_make(&facts, LANGUAGE_JA, &text);
    assert_int_equal(text.place_count, 4);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(text.places[i].kind, i);
    delist_text_done(&text);
    incident.url = docomo.delist;
    facts.list_page = SLICE("javascript:alert(1)");
    delist_text_make(&facts, LANGUAGE_EN, &text);
    assert_int_equal(text.place_count, 2);
    assert_int_equal(text.places[0].kind, DELIST_PROVIDER);
    assert_int_equal(text.places[1].kind, DELIST_POSTMASTER);
    delist_text_done(&text);
}

static void hostile_replies_stay_on_their_line(void **state)
{
    struct incident incident = block();
    struct delist_facts facts = {.incident = &incident};
    struct delist_text text = {0};
    char reply[5000];
    (void)state;
    memset(reply, 'a', sizeof(reply));
    memcpy(reply, " status=bounced (", 17);
    incident.evidence[0] = slice_of(reply, sizeof(reply));
    incident.evidence[1] =
        SLICE(" status=deferred (550 \x1b[31m\r\nContact: \xff you @@@ <a@b> \"c d\"@e)");
    delist_text_make(&facts, LANGUAGE_EN, &text);
    assert_true(text.body.len < 3000);
    assert_null(slice_find_char(buf_slice(&text.body), '\x1b'));
    assert_null(slice_find_char(buf_slice(&text.body), '\r'));
    assert_null(slice_find(buf_slice(&text.body), SLICE("\nContact")));
    assert_non_null(slice_find(buf_slice(&text.body), SLICE("<***@b>")));
    delist_text_done(&text);
}

static void titles_are_there(void **state)
{
    (void)state;
    for (int kind = 0; kind < DELIST_PLACES_MAX; kind++)
        for (int i = 0; i < LANGUAGE_COUNT; i++)
            assert_true(strlen(delist_place_title((enum delist_place_kind)kind, (enum language)i)) >
                        0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_that_is_known_is_in_it),
        cmocka_unit_test(what_is_not_known_is_left_out),
        cmocka_unit_test(places_are_in_order_and_once),
        cmocka_unit_test(hostile_replies_stay_on_their_line),
        cmocka_unit_test(titles_are_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
