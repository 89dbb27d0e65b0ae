/* SPDX-License-Identifier: Apache-2.0
 *
 * What todoku wants of Postfix, beside what a Postfix says: nothing to find when it has all, and
 * each thing found that is taken away or dangerous. tests/e2e/test_routes_postfix.py asks a real
 * one.
 */
#include "app/postfix_check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "app/settings_fixture.h"
#include "app/settings_fleet.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* What postconf would print of a Postfix that has all of it. */
struct told {
    struct buf main, services, options;
};

/* `$todoku_routes` and the others by what they stand for. */
static void put_expanded(const struct postfix_wishes *wishes, const char *value, struct buf *to)
{
    struct slice rest = slice_from_str(value);
    while (rest.ptr != NULL) {
        struct slice word = slice_trim(slice_cut(&rest, ','));
        if (!slice_take_prefix(&word, SLICE("$")))
            buf_add(to, word);
        for (size_t i = 0; i < wishes->count; i++)
            if (wishes->rows[i].kind == POSTFIX_WISH_MAIN &&
                slice_eq(slice_from_str(wishes->rows[i].name), word))
                buf_addf(to, "%s, ", wishes->rows[i].value);
    }
}

static void tell(const struct postfix_wishes *wishes, struct told *out)
{
    for (size_t i = 0; i < wishes->count; i++) {
        const struct postfix_wish *wish = &wishes->rows[i];
        CLEANUP_BUF struct buf value = {0};
        if (strcmp(wish->name, "transport_maps") == 0)
            put_expanded(wishes, wish->value, &value);
        else
            buf_add_str(&value, wish->value);
        if (wish->kind == POSTFIX_WISH_MAIN)
            buf_addf(&out->main, "%s = %s\n", wish->name, buf_str(&value));
        else if (wish->kind == POSTFIX_WISH_SERVICE)
            buf_addf(&out->services, "%-10s %s -o x=y\n", wish->name, wish->value);
        else
            buf_addf(&out->options, "%s/unix/%s = %s\n", wish->service, wish->name,
                     buf_str(&value));
    }
    buf_add_str(&out->main, "mail_version = 3.7.11\ninet_protocols = all\nsoft_bounce = no\n"
                            "smtp_skip_5xx_greeting = yes\nmaximal_queue_lifetime = 5d\n"
                            "own_transport_maps =\n");
    buf_add_str(&out->services, "retry      unix - - n - - error -o x=y\n");
}

/* Every `from` of the text becomes `to`; true when there was one. */
static bool change(struct buf *text, const char *from, const char *to)
{
    CLEANUP_BUF struct buf changed = {0};
    struct slice rest = buf_slice(text);
    const char *found;
    while ((found = slice_find(rest, slice_from_str(from))) != NULL) {
        buf_add(&changed, slice_between(rest.ptr, found));
        buf_add_str(&changed, to);
        rest = slice_between(found + strlen(from), slice_end(rest));
    }
    bool some = rest.len < text->len;
    buf_add(&changed, rest);
    buf_clear(text);
    buf_add(text, buf_slice(&changed));
    return some;
}

static const char fleet_yaml[] =
    "fleet:\n"
    "  relay: relay1\n"
    "  sources:\n"
    "    - { name: out-a, address: 192.0.2.11, helo: a.example.jp }\n"
    "    - { name: out-b, address: 2001:db8::12 }\n"
    "    - { name: out-c }\n"
    "    - { name: out-x, relay: relay2, next_hop: '[relay2]:10026' }\n"
    "    - { name: out-y, relay: relay2, next_hop: '[relay2]:10027' }\n";

/* Findings as "where: what" lines. `from` NULL: nothing is changed. exact: the socket, or NULL. */
static void find_in(const char *exact, const char *yaml, const char *from, const char *to,
                    struct buf *found)
{
    struct settings *settings = settings_of(yaml);
    struct arena *arena = arena_new(16384);
    struct postfix_findings findings = {.arena = arena};
    struct postfix_wishes wishes;
    struct postfix_state state = {0};
    struct told told = {{0}, {0}, {0}};
    struct fleet fleet;
    settings_fleet_make(&settings->fleet, "here", arena, &fleet);
    postfix_wishes_make(&(struct postfix_needs){.fleet = &fleet,
                                                .folder = "/var/lib/todoku/postfix",
                                                .exact = exact},
                        arena, &wishes);
    tell(&wishes, &told);
    if (from != NULL) {
        bool some = change(&told.main, from, to);
        some = change(&told.services, from, to) || some;
        some = change(&told.options, from, to) || some;
        if (!some)
            fail_msg("there is no %s", from);
    }
    postfix_state_read(buf_slice(&told.main), buf_slice(&told.services), buf_slice(&told.options),
                       &state);
    postfix_check(&wishes, &state, &fleet, "/var/lib/todoku/postfix", &findings);
    for (size_t i = 0; i < findings.count; i++) {
        assert_true(*findings.rows[i].advice != '\0');
        buf_addf(found, "%s: %s\n", findings.rows[i].where, findings.rows[i].what);
    }
    mem_free(findings.rows);
    postfix_state_done(&state);
    buf_done(&told.main);
    buf_done(&told.services);
    buf_done(&told.options);
    arena_free(arena);
    settings_free(settings);
}

static void find(const char *yaml, const char *from, const char *to, struct buf *found)
{
    find_in(NULL, yaml, from, to, found);
}

static void nothing_to_find(void **state)
{
    (void)state;
    static const char *const fleets[] = {
        fleet_yaml, "fleet: {}\n", "fleet: { sources: [ { name: a } ] }\n",
        ("fleet: { sources: [ { name: a, pool: transactional }, { name: b, pool: orders } ],\n"
         "         pools: [ { name: orders, purpose: transactional } ] }\n")};
    for (size_t i = 0; i < COUNT(fleets); i++) {
        CLEANUP_BUF struct buf found = {0};
        find(fleets[i], NULL, NULL, &found);
        assert_string_equal(buf_str(&found), "");
    }
}

/* Other dividers, options of main.cf, further tables behind ours. */
static void what_is_fine_too(void **state)
{
    (void)state;
    static const char *const changes[][2] = {
        {"own_transport_maps =\n", "own_transport_maps = hash:/x\n"},
        {", pipemap:", "    pipemap:"},
        {"lmdb:/var/lib/todoku/postfix/routes, \n",
         "lmdb:/var/lib/todoku/postfix/routes hash:/x\n"},
        {"soft_bounce = no", "soft_bounce = no\ndefault_transport = out-b\n"
                             "defer_transports = out-bb\nsmtp_fallback_relay = "},
        {"- - n - - trivial", "- - y - - trivial"}, /* its tables are opened before */
        {"out-c/unix/smtp_delivery_status_filter", "out-c/unix/unused"},
    };
    for (size_t i = 0; i < COUNT(changes); i++) {
        CLEANUP_BUF struct buf found = {0};
        find(fleet_yaml, changes[i][0], changes[i][1], &found);
        if (i + 1 < COUNT(changes))
            assert_string_equal(buf_str(&found), "");
        else
            assert_non_null(strstr(buf_str(&found), "a block bounces mail"));
    }
}

static void what_is_found(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to, *found;
    } rows[] = {
        {"192.0.2.11", "192.0.2.99",
         "master.cf: out-a: smtp_bind_address is \"192.0.2.99\": mail leaves by another address "
         "than that of the source\n"},
        {"out-b/unix/smtp_bind_address6", "out-b/unix/x",
         "master.cf: out-b: smtp_bind_address6 is not set: mail leaves by another"},
        {"relay2    ", "relay3    ",
         "master.cf: there is no service relay2: no mail can leave by this relay\n"},
        {"- - trivial-rewrite", "- - smtp",
         "master.cf: service todoku-rewrite is no trivial-rewrite: mail that is to wait"},
        {"retry      unix", "later      unix", "master.cf: there is no service retry"},
        {"- - error", "- - discard", "master.cf: there is no service retry"},
        {"n - 1 smtp", "n - 12 smtp",
         "master.cf: out-a-slow1: service out-a-slow1 may have more than 1 process: its mail"},
        {"n - 1 smtp", "n - - smtp", "out-b-slow2: service out-b-slow2 may have more than 1"},
        {"qmgr/unix/rewrite_service_name", "qmgr/unix/x",
         "master.cf: qmgr: rewrite_service_name is not set"},
        {"out-a-slow2_transport_rate_delay = 6s", "out-a-slow2_transport_rate_delay = 0s",
         "main.cf: out-a-slow2_transport_rate_delay is \"0s\": mail that is to be slow is not\n"},
        {"transport_maps = pipemap", "transport_maps = hash:/x, pipemap",
         "main.cf: transport_maps: another table stands before the routes"},
        {"transport_maps = pipemap", "x = pipemap",
         "main.cf: transport_maps does not name the routes"},
        {"\ntransport_maps = ", "\ntransport_maps = lmdb:/var/lib/todoku/postfix/holds ",
         "main.cf: transport_maps: transport_maps names the holds"},
        {"\ntransport_maps = ", "\ntransport_maps = tcp:127.0.0.1:1 ",
         "main.cf: transport_maps: transport_maps asks a server"},
        {"randmap:{y,n}", "randmap:{y,y}", "another table stands before the routes"},
        {"soft_bounce = no", "default_transport = smtp:[x]:25\nsoft_bounce = no",
         "main.cf: default_transport is smtp, which is no source: what a provider refuses there"},
        {"soft_bounce = no", "defer_transports = smtp, out-b\nsoft_bounce = no",
         "main.cf: defer_transports names out-b: what is sent by this source waits"},
        {"soft_bounce = no", "smtp_fallback_relay = [x]\nsoft_bounce = no",
         "main.cf: smtp_fallback_relay takes what a provider puts off"},
        {"soft_bounce = no", "soft_bounce = yes", "main.cf: soft_bounce is on"},
        {"smtp_skip_5xx_greeting = yes", "smtp_skip_5xx_greeting = no",
         "main.cf: a provider that refuses at its greeting bounces"},
        {"maximal_queue_lifetime = 5d", "maximal_queue_lifetime = 23h",
         "main.cf: maximal_queue_lifetime is below a day"},
        {"mail_version = 3.7.11", "mail_version = 3.5.6",
         "mail_version: this Postfix does not know smtp_bind_address_enforce"},
        {"inet_protocols = all", "inet_protocols = ipv4",
         "main.cf: inet_protocols: source out-b has an address of a protocol"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        CLEANUP_BUF struct buf found = {0};
        find(fleet_yaml, rows[i].from, rows[i].to, &found);
        if (strstr(buf_str(&found), rows[i].found) == NULL)
            fail_msg("%s -> %s: found\n%snot\n%s", rows[i].from, rows[i].to, buf_str(&found),
                     rows[i].found);
    }
}

static void exact_mode(void **state)
{
    (void)state;
    static const char maps[] = "todoku-rewrite/unix/transport_maps = ";
    static const struct {
        const char *exact, *from, *to, *found;
    } rows[] = {
        {"/run/x", NULL, NULL, ""},
        {"/run/x",
         "todoku-rewrite/unix/transport_maps = pipemap:{lmdb:/var/lib/todoku/postfix/exact",
         "todoku-rewrite/unix/transport_maps = pipemap:{lmdb:/elsewhere/exact",
         "master.cf: todoku-rewrite: its transport_maps do not begin with the table exact"},
        {"/run/x", "socketmap:unix:/run/x:transport}", "socketmap:unix:/run/y:transport}",
         "do not begin with the table exact"},
        {"/run/x", maps, "todoku-rewrite/unix/transport_maps = socketmap:unix:/run/x:transport, ",
         "do not begin with the table exact"},
        {"/run/x", "- - n - - trivial", "- - y - - trivial",
         "master.cf: todoku-rewrite: it runs in a chroot"},
        {"/run/x", "routes, \n", "routes, socketmap:inet:127.0.0.1:1:x\n",
         "master.cf: todoku-rewrite: its transport_maps ask a server about every mail"},
        {NULL, "routes, \n", "routes, tcp:127.0.0.1:1\n",
         "master.cf: todoku-rewrite: its transport_maps ask a server about every mail"},
        {NULL, maps, "todoku-rewrite/unix/transport_maps = socketmap:unix:/run/x:transport, ",
         "do not begin with shares, holds and routes"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        CLEANUP_BUF struct buf found = {0};
        find_in(rows[i].exact, fleet_yaml, rows[i].from, rows[i].to, &found);
        if (rows[i].from == NULL ? found.len > 0 : strstr(buf_str(&found), rows[i].found) == NULL)
            fail_msg("row %zu: found\n%s", i, buf_str(&found));
    }
}

static void pools_that_share_a_postfix(void **state)
{
    (void)state;
    CLEANUP_BUF struct buf found = {0};
    find("fleet: { sources: [ { name: a, pool: transactional }, { name: b, pool: news } ],\n"
         "         pools: [ { name: news, purpose: marketing } ] }\n",
         NULL, NULL, &found);
    assert_true(slice_starts_with(buf_slice(&found), SLICE("fleet.pools: pools ")));
    assert_non_null(strstr(buf_str(&found), "may not stand in for each other"));
}

/* Whatever postconf says, it is read. */
static void odd_lines(void **state)
{
    (void)state;
    struct postfix_state read = {0};
    postfix_state_read(SLICE("a\n= b\nc =\nd = e = f\n\n\0 = x\n"),
                       SLICE("one\n\n   \nout-a unix\nout-b\tunix\t-  - n - - smtp\n"),
                       SLICE("out-b/unix/x = y"), &read);
    assert_true(slice_eq(postfix_state_main(&read, "d"), SLICE("e = f")));
    assert_int_equal(postfix_state_main(&read, "c").len, 0);
    assert_null(postfix_state_main(&read, "a").ptr);
    assert_non_null(postfix_state_service(&read, "out-b").ptr);
    assert_null(postfix_state_service(&read, "out-c").ptr);
    assert_true(slice_eq(postfix_state_option(&read, "out-b", "x"), SLICE("y")));
    assert_null(postfix_state_option(&read, "out-a", "x").ptr);
    postfix_state_done(&read);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_to_find),
        cmocka_unit_test(what_is_fine_too),
        cmocka_unit_test(what_is_found),
        cmocka_unit_test(exact_mode),
        cmocka_unit_test(pools_that_share_a_postfix),
        cmocka_unit_test(odd_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
