/* SPDX-License-Identifier: Apache-2.0
 *
 * What is found for whom and for how long; changes that come between a look-up and its result;
 * room.
 */
#include "gate/credential_cache.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#define SECOND INT64_C(1000000)
#define HOUR (3600 * SECOND)
#define NOW (INT64_C(1790000000) * SECOND)

static const unsigned char key[CREDENTIAL_KEY_BYTES] = {1, 2, 3};
static const struct credential_terms usual = {.ttl_us = HOUR, .recheck_us = SECOND};

static struct credential_claim claim_of(const char *login, const char *scope, const char *secret)
{
    return (struct credential_claim){slice_from_str(login), slice_from_str(scope),
                                     slice_from_str(secret)};
}

static bool put(struct credential_cache *cache, const char *login, const char *account,
                struct credential_moment moment, int64_t now_us)
{
    struct credential_claim claim = claim_of(login, "imap", "secret");
    struct credential credential = {.account = slice_from_str(account),
                                    .print = credential_print_of(SLICE("{PLAIN}secret")),
                                    .app = 3};
    return credential_cache_put(cache, &claim, &credential, moment, now_us);
}

static enum credential_finding find_with(struct credential_cache *cache,
                                         struct credential_claim claim, int64_t now_us,
                                         struct credential_ticket *ticket)
{
    struct credential found;
    return credential_cache_find(cache, &claim, now_us, &found, ticket);
}

static enum credential_finding find(struct credential_cache *cache, const char *login,
                                    int64_t now_us)
{
    struct credential_ticket ticket;
    return find_with(cache, claim_of(login, "imap", "secret"), now_us, &ticket);
}

static void whose_it_is(void **state)
{
    (void)state;
    struct credential_cache *cache = credential_cache_new(key, 10, &usual);
    struct credential_claim claim = claim_of("a@example.jp", "imap", "secret");
    struct credential_print print = credential_print_of(SLICE("{PLAIN}secret"));
    struct credential_print other = credential_print_of(SLICE("{PLAIN}secret2"));
    struct credential found;
    struct credential_ticket ticket;
    assert_int_equal(find(cache, "a@example.jp", NOW), CREDENTIAL_MISSING);
    assert_true(
        put(cache, "a@example.jp", "alice@example.jp", credential_cache_moment(cache), NOW));
    assert_int_equal(credential_cache_find(cache, &claim, NOW, &found, &ticket), CREDENTIAL_FRESH);
    assert_true(slice_eq(found.account, SLICE("alice@example.jp")));
    assert_memory_equal(&found.print, &print, sizeof(print));
    assert_memory_not_equal(&found.print, &other, sizeof(print));
    assert_int_equal(found.app, 3);
    assert_true(found.confirmed_us == NOW && found.expires_us == NOW + HOUR);
    credential_cache_free(cache);
}

/* Every part counts, and where one ends and the next begins. */
static void what_is_not_the_same(void **state)
{
    static const struct {
        const char *login, *scope, *secret;
    } rows[] = {
        {"alice@example.jq", "imap", "secret"}, {"alice@example.jp", "pop3", "secret"},
        {"alice@example.jp", "imap", "secreT"}, {"alice@example.jp", "imap", "secret "},
        {"alice@example.jp", "imap", ""},       {"alice@example.jp", "imaps", "ecret"},
        {"alice@example.jpi", "map", "secret"}, {"", "imap", "secret"},
    };
    (void)state;
    struct credential_cache *cache = credential_cache_new(key, 10, &usual);
    struct credential_ticket ticket;
    assert_true(
        put(cache, "alice@example.jp", "alice@example.jp", credential_cache_moment(cache), NOW));
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct credential_claim claim = claim_of(rows[i].login, rows[i].scope, rows[i].secret);
        if (find_with(cache, claim, NOW, &ticket) != CREDENTIAL_MISSING)
            fail_msg("row %zu", i);
    }
    assert_int_equal(find(cache, "alice@example.jp", NOW), CREDENTIAL_FRESH);
    credential_cache_free(cache);
}

static void how_long(void **state)
{
    static const struct {
        int64_t later;
        enum credential_finding finding;
    } rows[] = {
        {SECOND - 1, CREDENTIAL_FRESH},  {SECOND, CREDENTIAL_KNOWN}, {HOUR - 1, CREDENTIAL_KNOWN},
        {HOUR, CREDENTIAL_MISSING},      {-1, CREDENTIAL_KNOWN},     {-HOUR, CREDENTIAL_KNOWN},
        {-HOUR - 1, CREDENTIAL_MISSING}, {-NOW, CREDENTIAL_MISSING},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct credential_cache *cache = credential_cache_new(key, 10, &usual);
        assert_true(put(cache, "alice", "alice", credential_cache_moment(cache), NOW));
        if (find(cache, "alice", NOW + rows[i].later) != rows[i].finding)
            fail_msg("row %zu", i);
        credential_cache_free(cache);
    }
}

static void terms_change(void **state)
{
    static const struct credential_terms until_changed = {HOUR, INT64_MAX},
                                         shorter = {60 * SECOND, INT64_MAX}, never = {0, 0};
    (void)state;
    struct credential_cache *cache = credential_cache_new(key, 10, &until_changed);
    assert_true(put(cache, "alice", "alice", credential_cache_moment(cache), NOW));
    assert_int_equal(find(cache, "alice", NOW + HOUR - 1), CREDENTIAL_FRESH);
    credential_cache_configure(cache, &shorter);
    assert_int_equal(find(cache, "alice", NOW + 59 * SECOND), CREDENTIAL_FRESH);
    assert_int_equal(find(cache, "alice", NOW + 60 * SECOND), CREDENTIAL_MISSING);
    credential_cache_configure(cache, &never);
    assert_false(put(cache, "alice", "alice", credential_cache_moment(cache), NOW));
    assert_int_equal(find(cache, "alice", NOW), CREDENTIAL_MISSING);
    credential_cache_free(cache);
}

static void confirmed_or_refused(void **state)
{
    (void)state;
    struct credential_cache *cache = credential_cache_new(key, 10, &usual);
    struct credential_claim claim = claim_of("alice", "imap", "secret");
    struct credential_ticket ticket, again;
    int64_t now = NOW + 10 * SECOND;
    assert_true(put(cache, "alice", "alice", credential_cache_moment(cache), NOW));
    assert_int_equal(find_with(cache, claim, now, &ticket), CREDENTIAL_KNOWN);
    assert_true(credential_cache_confirm(cache, &ticket, credential_cache_moment(cache), now));
    assert_int_equal(find_with(cache, claim, now, &again), CREDENTIAL_FRESH);
    assert_int_equal(find(cache, "alice", NOW + HOUR), CREDENTIAL_MISSING); /* no longer than put */
    assert_false(credential_cache_confirm(cache, &ticket, credential_cache_moment(cache), now));
    assert_true(put(cache, "alice", "alice", credential_cache_moment(cache), NOW));
    credential_cache_refuse(cache, &ticket); /* of the one before: nothing */
    assert_int_equal(find_with(cache, claim, NOW, &again), CREDENTIAL_FRESH);
    credential_cache_refuse(cache, &again);
    credential_cache_refuse(cache, &again);
    assert_int_equal(find(cache, "alice", NOW), CREDENTIAL_MISSING);
    assert_int_equal(credential_cache_counts(cache).entries, 0);
    credential_cache_free(cache);
}

/* A change between the look-up and its result. */
static void too_late(void **state)
{
    (void)state;
    struct credential_cache *cache = credential_cache_new(key, 10, &usual);
    struct credential_moment before = credential_cache_moment(cache);
    credential_cache_drop(cache, SLICE("alice"));
    assert_false(put(cache, "a", "alice", before, NOW));
    assert_true(put(cache, "b", "bob", before, NOW)); /* somebody else */
    assert_true(put(cache, "a", "alice", credential_cache_moment(cache), NOW));
    for (int i = 0; i < 5000; i++) /* more than are remembered */
        credential_cache_drop(cache, SLICE("carol"));
    assert_false(put(cache, "b2", "bob", before, NOW));
    before = credential_cache_moment(cache);
    assert_true(put(cache, "b2", "bob", before, NOW));
    credential_cache_drop_all(cache);
    assert_false(put(cache, "b2", "bob", before, NOW));
    assert_int_equal(credential_cache_counts(cache).late, 3);
    assert_int_equal(credential_cache_counts(cache).entries, 0);
    credential_cache_free(cache);
}

static void doubt(void **state)
{
    static const struct credential_terms terms = {HOUR, INT64_MAX};
    (void)state;
    struct credential_cache *cache = credential_cache_new(key, 10, &terms);
    struct credential_claim claim = claim_of("alice", "imap", "secret");
    struct credential_ticket ticket;
    struct credential_moment before = credential_cache_moment(cache);
    assert_true(put(cache, "alice", "alice", before, NOW));
    credential_cache_doubt(cache);
    assert_int_equal(find_with(cache, claim, NOW, &ticket), CREDENTIAL_KNOWN);
    assert_true(credential_cache_confirm(cache, &ticket, before, NOW)); /* it may be the old one */
    assert_int_equal(find(cache, "alice", NOW), CREDENTIAL_KNOWN);
    assert_true(credential_cache_confirm(cache, &ticket, credential_cache_moment(cache), NOW));
    assert_int_equal(find(cache, "alice", NOW), CREDENTIAL_FRESH);
    assert_true(put(cache, "alice", "alice", before, NOW));
    assert_int_equal(find(cache, "alice", NOW), CREDENTIAL_KNOWN);
    credential_cache_free(cache);
}

/* All of an account go, by whatever name they came; long names too. */
static void an_account_goes(void **state)
{
    char longer[CREDENTIAL_LOGIN_MAX + 2];
    (void)state;
    struct credential_cache *cache = credential_cache_new(key, 100, &usual);
    memset(longer, 'x', sizeof(longer));
    longer[CREDENTIAL_LOGIN_MAX] = '\0';
    for (int i = 0; i < 20; i++) {
        char name[16];
        snprintf(name, sizeof(name), "alias%d", i);
        assert_true(
            put(cache, name, i % 2 ? longer : "alice", credential_cache_moment(cache), NOW));
    }
    credential_cache_drop(cache, slice_from_str(longer));
    for (int i = 0; i < 20; i++) {
        char name[16];
        snprintf(name, sizeof(name), "alias%d", i);
        assert_int_equal(find(cache, name, NOW), i % 2 ? CREDENTIAL_MISSING : CREDENTIAL_FRESH);
    }
    assert_int_equal(credential_cache_counts(cache).dropped, 10);
    assert_int_equal(credential_cache_counts(cache).entries, 10);
    longer[CREDENTIAL_LOGIN_MAX] = 'x';
    longer[CREDENTIAL_LOGIN_MAX + 1] = '\0';
    assert_false(put(cache, longer, "alice", credential_cache_moment(cache), NOW));
    assert_false(put(cache, "alice", longer, credential_cache_moment(cache), NOW));
    assert_int_equal(find(cache, longer, NOW), CREDENTIAL_MISSING);
    credential_cache_free(cache);
}

/* Who is there often stays; so many and no more. */
static void room(void **state)
{
    enum { ROOM = 1000, OTHERS = 20000 };
    (void)state;
    struct credential_cache *cache = credential_cache_new(key, ROOM, &usual);
    assert_true(put(cache, "often", "often", credential_cache_moment(cache), NOW));
    for (int i = 0; i < OTHERS; i++) {
        char name[80];
        snprintf(name, sizeof(name), "user%d%s", i,
                 i % 3 ? "" : "@a-name-that-is-too-long-to-be-kept-within-an-entry.example");
        assert_true(put(cache, name, name, credential_cache_moment(cache), NOW));
        assert_int_equal(find(cache, "often", NOW), CREDENTIAL_FRESH);
    }
    struct credential_counts counts = credential_cache_counts(cache);
    assert_int_equal(counts.entries, ROOM);
    assert_int_equal(counts.crowded_out, OTHERS + 1 - ROOM);
    credential_cache_free(cache);
}

/* One of one entry, over and over. */
static void the_smallest(void **state)
{
    (void)state;
    struct credential_cache *cache = credential_cache_new(key, 1, &usual);
    for (int i = 0; i < 10; i++) {
        assert_true(put(cache, i % 2 ? "a" : "b", "alice", credential_cache_moment(cache), NOW));
        assert_int_equal(find(cache, i % 2 ? "a" : "b", NOW), CREDENTIAL_FRESH);
        if (i == 5)
            credential_cache_drop_all(cache);
    }
    assert_int_equal(credential_cache_counts(cache).entries, 1);
    credential_cache_free(cache);
    credential_cache_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whose_it_is),
        cmocka_unit_test(what_is_not_the_same),
        cmocka_unit_test(how_long),
        cmocka_unit_test(terms_change),
        cmocka_unit_test(confirmed_or_refused),
        cmocka_unit_test(too_late),
        cmocka_unit_test(doubt),
        cmocka_unit_test(an_account_goes),
        cmocka_unit_test(room),
        cmocka_unit_test(the_smallest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
