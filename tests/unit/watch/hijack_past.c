/* SPDX-License-Identifier: Apache-2.0
 *
 * What the verdict has learned, written and read: a restart makes nobody a newcomer, nothing is
 * counted twice, and bytes that are not whole change nothing.
 */
#include "watch/hijack_past.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/civil.h"
#include "base/country.h"

#define HOUR (3600 * US_PER_SECOND)
#define DAY (24 * HOUR)
#define BEGIN (INT64_C(20500) * DAY) /* a midnight */
#define ACCOUNTS 20
#define MARK_BYTES 16

static struct slice login_of(unsigned account, char text[24])
{
    snprintf(text, 24, "user%u@jp.test", account);
    return slice_from_str(text);
}

static void send(struct hijack *hijack, unsigned account, const char *client, unsigned recipient,
                 int64_t now_us)
{
    char login[24], to[48];
    struct slice name = login_of(account, login);
    struct hijack_mail mail = {HIJACK_BY_LOG, recipient + 1, name, 1, 1000 + recipient % 90};
    snprintf(to, sizeof(to), "friend%u@g%u.example", recipient, recipient % 50);
    hijack_take_client(hijack, name, slice_from_str(client), recipient + 1, now_us);
    hijack_take_mail(hijack, name, &mail, now_us);
    hijack_take_recipient(hijack, name, slice_from_str(to), now_us);
    hijack_take_result(hijack, name, recipient % 9 ? HIJACK_TAKEN : HIJACK_DEAD, now_us);
}

static uint16_t where(void *data, const struct ip_address *ip)
{
    (void)data;
    static const char *const of[] = {"VN", "BR", "NG"};
    const char *country = ip->bytes[0] == 192 ? "JP" : of[ip->bytes[1] % 3];
    return country_from_text(slice_from_str(country));
}

static struct hijack *begin(void)
{
    struct hijack *hijack = hijack_new(&hijack_rule_default);
    hijack_locate(hijack, where, NULL);
    return hijack;
}

static void ignore(void *data, const struct incident *incident)
{
    (void)data, (void)incident;
}

/* Everybody has hours and volume of their own. */
static void live(struct hijack *hijack, int64_t from_us, int64_t to_us)
{
    for (int64_t now_us = from_us; now_us < to_us; now_us += HOUR) {
        int64_t hour = now_us / HOUR % 24;
        for (unsigned account = 0; account < ACCOUNTS; account++)
            for (unsigned i = 0; hour >= 8 && hour < 10 + account % 6 && i < 1 + 2 * account; i++)
                send(hijack, account, "192.0.2.7", i, now_us + i);
        hijack_tell(hijack, now_us + US_PER_SECOND, ignore, NULL);
    }
}

/* Twice within the last day: more than it ever did, from elsewhere, to strangers. */
static void steal(struct hijack *hijack, int64_t now_us)
{
    for (unsigned i = 0; i < 150; i++) {
        char client[24];
        snprintf(client, sizeof(client), "45.%u.1.1", i % 50);
        send(hijack, 3, client, 1000 + i, now_us + i);
    }
}

static struct hijack *lived(int64_t to_us)
{
    struct hijack *hijack = begin();
    live(hijack, BEGIN, to_us);
    return hijack;
}

static struct hijack *copy(const struct hijack *hijack, int64_t now_us)
{
    CLEANUP_BUF struct buf bytes = {0};
    struct err err = {0};
    struct hijack *made = begin();
    hijack_past_write(hijack, &bytes);
    assert_true(hijack_past_read(buf_slice(&bytes), now_us, made, &err));
    return made;
}

static void assert_same(struct hijack *one, struct hijack *other, int64_t now_us)
{
    for (unsigned account = 0; account < ACCOUNTS; account++) {
        char text[24];
        struct slice login = login_of(account, text);
        struct hijack_facts left = {0}, right = {0};
        struct hijack_verdict a, b;
        assert_true(hijack_look(one, login, now_us, &left, &a));
        assert_true(hijack_look(other, login, now_us, &right, &b));
        assert_memory_equal(&left, &right, sizeof(left));
        assert_int_equal(a.step, b.step);
    }
}

/* Stopped at any of these times, also amid the theft: as one that never was. */
static void test_as_if_never_stopped(void **state)
{
    (void)state;
    static const int64_t stops[] = {DAY, 6 * DAY + 9 * HOUR, 9 * DAY + 12 * HOUR,
                                    30 * DAY + 13 * HOUR};
    for (size_t i = 0; i < sizeof(stops) / sizeof(stops[0]); i++) {
        int64_t stop_us = BEGIN + stops[i];
        struct hijack *whole = lived(stop_us);
        if (i % 2 == 1)
            steal(whole, stop_us);
        struct hijack *restarted = copy(whole, stop_us);
        live(restarted, stop_us - 2 * HOUR, stop_us); /* these lines come again */
        hijack_caught_up(restarted);
        assert_same(whole, restarted, stop_us + HOUR);
        steal(whole, stop_us + HOUR);
        steal(restarted, stop_us + HOUR);
        assert_same(whole, restarted, stop_us + 2 * HOUR);
        live(whole, stop_us + 2 * HOUR, stop_us + 4 * DAY);
        live(restarted, stop_us + 2 * HOUR, stop_us + 4 * DAY);
        assert_same(whole, restarted, stop_us + 4 * DAY);
        struct hijack_facts facts;
        struct hijack_verdict verdict;
        char text[24];
        assert_true(hijack_look(restarted, login_of(3, text), stop_us + 4 * DAY, &facts, &verdict));
        assert_true(facts.has_past && facts.recipients > 0 && facts.has_countries);
        assert_int_equal(facts.where.usual, country_from_text(SLICE("JP")));
        hijack_free(whole);
        hijack_free(restarted);
    }
}

static void test_forgiven_is_kept(void **state)
{
    (void)state;
    char text[24];
    struct hijack *before = lived(BEGIN + 3 * DAY);
    hijack_forgive(before, login_of(3, text), BEGIN + 5 * DAY, BEGIN + 3 * DAY);
    struct hijack *after = copy(before, BEGIN + 3 * DAY);
    int64_t forgiven_us = 0, most_us = 0;
    for (uint32_t i = 1; i <= hijack_count(after); i++) {
        (void)hijack_get(after, i, &forgiven_us);
        most_us = forgiven_us > most_us ? forgiven_us : most_us;
    }
    assert_int_equal(most_us, BEGIN + 5 * DAY);
    hijack_free(before);
    hijack_free(after);
}

static void test_only_what_is_known_is_left_out(void **state)
{
    (void)state;
    char text[24];
    struct hijack *before = hijack_new(&hijack_rule_default);
    send(before, 1, "192.0.2.7", 1, BEGIN);
    struct hijack *after = copy(before, BEGIN);
    struct hijack_facts facts;
    struct hijack_verdict verdict;
    send(after, 1, "192.0.2.7", 1, BEGIN);     /* comes again */
    send(after, 1, "192.0.2.7", 2, BEGIN + 1); /* it was killed after this had been read */
    assert_true(hijack_look(after, login_of(1, text), BEGIN + 2, &facts, &verdict));
    assert_int_equal(facts.hour, 2);
    hijack_caught_up(after);
    send(after, 1, "192.0.2.7", 3, BEGIN); /* a line that comes late */
    assert_true(hijack_look(after, login_of(1, text), BEGIN + 2, &facts, &verdict));
    assert_int_equal(facts.hour, 3);
    hijack_free(before);
    hijack_free(after);
}

static bool is_read(struct slice bytes, int64_t now_us, struct err *err)
{
    struct hijack *hijack = hijack_new(&hijack_rule_default);
    *err = (struct err){0};
    bool good = hijack_past_read(bytes, now_us, hijack, err);
    if (!good) {
        assert_int_equal(hijack_count(hijack), 0);
        assert_int_equal(hijack_newest(hijack), 0);
        assert_int_equal(hijack_fleet(hijack)->count, 0);
        assert_true(err->text[0] != '\0');
    }
    hijack_free(hijack);
    return good;
}

/* Few accounts, of every shape. */
static void make_bytes(struct buf *to)
{
    struct hijack *hijack = hijack_new(&hijack_rule_default);
    for (int64_t day = 0; day < 4; day++)
        for (unsigned i = 0; i < 30; i++)
            send(hijack, i % 20 ? 1 : 2, "192.0.2.7", i, BEGIN + day * DAY + i);
    hijack_past_write(hijack, to);
    hijack_free(hijack);
}

static void test_cut_anywhere(void **state)
{
    (void)state;
    CLEANUP_BUF struct buf bytes = {0};
    struct err err;
    make_bytes(&bytes);
    assert_true(is_read(buf_slice(&bytes), BEGIN + 4 * DAY, &err));
    for (size_t len = 0; len < bytes.len; len += len < 150 ? 1 : 37)
        assert_false(is_read(slice_first(buf_slice(&bytes), len), BEGIN + 4 * DAY, &err));
    assert_false(is_read(slice_first(buf_slice(&bytes), bytes.len - 1), BEGIN + 4 * DAY, &err));
    buf_add_char(&bytes, '\0');
    assert_false(is_read(buf_slice(&bytes), BEGIN + 4 * DAY, &err));
}

static void test_of_another_version_or_time(void **state)
{
    (void)state;
    CLEANUP_BUF struct buf bytes = {0};
    struct err err;
    make_bytes(&bytes);
    assert_true(is_read(buf_slice(&bytes), BEGIN + 3 * DAY, &err));
    assert_false(is_read(buf_slice(&bytes), BEGIN + DAY, &err));
    assert_string_equal(err.text, "it is from the future");
    bytes.ptr[MARK_BYTES] = 7;
    assert_false(is_read(buf_slice(&bytes), BEGIN + 4 * DAY, &err));
    assert_string_equal(err.text, "it is of version 7, not 1");
    assert_false(is_read(SLICE("todoku logins\n"), BEGIN, &err));
}

static void test_the_same_account_twice(void **state)
{
    (void)state;
    CLEANUP_BUF struct buf bytes = {0};
    struct err err;
    make_bytes(&bytes);
    size_t changed = 0;
    for (size_t i = 0; i + 5 < bytes.len; i++)
        if (memcmp(bytes.ptr + i, "user2", 5) == 0) {
            bytes.ptr[i + 4] = '1';
            changed++;
        }
    assert_int_equal(changed, 1);
    assert_false(is_read(buf_slice(&bytes), BEGIN + 4 * DAY, &err));
}

static void test_the_latest_are_kept(void **state)
{
    (void)state;
    enum { MORE = 100 };
    struct hijack *hijack = hijack_new(&hijack_rule_default);
    for (unsigned i = 0; i < HIJACK_PAST_ACCOUNTS + MORE; i++)
        send(hijack, i, "192.0.2.7", 1, BEGIN + (i < MORE ? 0 : 2 * HOUR));
    struct hijack *kept = copy(hijack, BEGIN + DAY);
    struct hijack_facts facts;
    struct hijack_verdict verdict;
    char text[24];
    assert_int_equal(hijack_count(kept), HIJACK_PAST_ACCOUNTS);
    assert_false(hijack_look(kept, login_of(MORE - 1, text), BEGIN + DAY, &facts, &verdict));
    assert_true(hijack_look(kept, login_of(MORE, text), BEGIN + DAY, &facts, &verdict));
    hijack_free(hijack);
    hijack_free(kept);
}

static void test_nothing_to_keep(void **state)
{
    (void)state;
    CLEANUP_BUF struct buf bytes = {0};
    struct hijack *hijack = hijack_new(&hijack_rule_default);
    hijack_past_write(hijack, &bytes);
    assert_int_equal(bytes.len, 0);
    hijack_free(hijack);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_as_if_never_stopped),
        cmocka_unit_test(test_forgiven_is_kept),
        cmocka_unit_test(test_only_what_is_known_is_left_out),
        cmocka_unit_test(test_cut_anywhere),
        cmocka_unit_test(test_of_another_version_or_time),
        cmocka_unit_test(test_the_same_account_twice),
        cmocka_unit_test(test_the_latest_are_kept),
        cmocka_unit_test(test_nothing_to_keep),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
