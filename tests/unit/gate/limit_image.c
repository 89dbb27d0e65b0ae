/* SPDX-License-Identifier: Apache-2.0
 *
 * Counts as bytes and back: changes and whole images, read twice, in pieces while counting goes on,
 * under other rules, and with any byte of them cut off or changed.
 */
#include "gate/limit_image.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/memory.h"

#define MINUTE_US (INT64_C(60) * 1000000)
#define HOUR_US (60 * MINUTE_US)
#define NOW_US (INT64_C(1790000000) * 1000000)
#define TEXT(text) ((struct slice){text, sizeof(text) - 1})

static const struct limit_rule minute = {.name = {"minute", 6},
                                         .key = LIMIT_LOGIN,
                                         .count = 100000,
                                         .within_us = MINUTE_US,
                                         .action = LIMIT_DEFER},
                               hour = {.name = {"hour", 4},
                                       .key = LIMIT_LOGIN,
                                       .count = 100000,
                                       .within_us = HOUR_US,
                                       .action = LIMIT_DEFER},
                               bucket = {.name = {"bucket", 6},
                                         .key = LIMIT_LOGIN | LIMIT_CLIENT,
                                         .unit = LIMIT_MESSAGES,
                                         .window = LIMIT_BUCKET,
                                         .count = 1000,
                                         .burst = 1000,
                                         .within_us = HOUR_US,
                                         .action = LIMIT_DEFER},
                               alone = {.name = {"alone", 5},
                                        .key = LIMIT_LOGIN,
                                        .count = 100000,
                                        .action = LIMIT_DEFER};

struct desk {
    struct limit_rule rules[4];
    struct limit_gate *gate;
    struct charge_book *book;
};

static struct desk *desk_new(struct limit_rule a, struct limit_rule b, struct limit_rule c)
{
    struct desk *desk = MEM_NEW(struct desk);
    desk->rules[0] = a;
    desk->rules[1] = b;
    desk->rules[2] = c;
    desk->gate = limit_gate_new(&(struct limit_rules){desk->rules, 3}, 100000);
    desk->book = charge_book_new(10000);
    return desk;
}

static void desk_free(struct desk *desk)
{
    limit_gate_free(desk->gate);
    charge_book_free(desk->book);
    mem_free(desk);
}

static struct limit_subject who_is(char *name, size_t size, int number)
{
    snprintf(name, size, "login%d@jp.test", number);
    return (struct limit_subject){.login = slice_from_str(name),
                                  .login_domain = TEXT("jp.test"),
                                  .client = {.bytes = {192, 0, 2, 7}, .len = 4},
                                  .relays = 3};
}

/* A message of so many recipients. */
static void count(struct desk *desk, int login, uint32_t recipients, int64_t now_us)
{
    char name[40], instance[40];
    struct limit_answer answer;
    struct limit_load load = {.messages = 1, .recipients = recipients, .bytes = 1};
    struct limit_subject who = who_is(name, sizeof(name), login);
    limit_gate_judge(desk->gate, &who, &load, true, now_us, &answer);
    assert_true(answer.passes);
    snprintf(instance, sizeof(instance), "%d.%u.%lld", login, recipients, (long long)now_us);
    struct charge charge = {.who = who,
                            .load = load,
                            .at_us = now_us,
                            .queue_id = slice_from_str(instance),
                            .stage = 3,
                            .answer = TEXT("DUNNO")};
    charge_book_put(desk->book, TEXT("192.0.2.1"), slice_from_str(instance), &charge);
}

static uint64_t used(struct desk *desk, int login, int rule, int64_t now_us)
{
    char name[40];
    struct limit_subject who = who_is(name, sizeof(name), login);
    return limit_gate_used(desk->gate, &who, &desk->rules[rule], now_us);
}

static bool put(struct desk *desk, struct slice block, struct limit_image_counts *counts)
{
    return limit_image_restore(desk->gate, desk->book, block, NOW_US, counts);
}

static void changes_and_back(void **state)
{
    (void)state;
    struct desk *from = desk_new(minute, hour, bucket), *to = desk_new(minute, hour, bucket);
    struct limit_image *image = limit_image_new(from->gate, from->book);
    struct limit_image_counts counts = {0};
    assert_int_equal(limit_image_changes(image).len, 0);
    count(from, 1, 7, NOW_US - 2 * MINUTE_US);
    count(from, 1, 5, NOW_US);
    count(from, 2, 1, NOW_US);
    for (int i = 0; i < 2; i++) { /* twice is as good as once */
        assert_true(put(to, limit_image_changes(image), &counts));
        assert_int_equal(used(to, 1, 0, NOW_US), 5);
        assert_int_equal(used(to, 1, 1, NOW_US), 12);
        assert_int_equal(used(to, 1, 2, NOW_US), used(from, 1, 2, NOW_US));
        assert_int_equal(used(to, 2, 1, NOW_US), 1);
        assert_int_equal(charge_book_count(to->book), 3);
    }
    assert_int_equal(counts.rows, 12);
    assert_int_equal(counts.charges, 6);
    assert_int_equal(counts.foreign, 0);
    struct buf block = {0};
    limit_image_take(image, &block);
    assert_int_equal(limit_image_changes(image).len, 0);
    buf_done(&block);
    limit_image_free(image);
    desk_free(from);
    desk_free(to);
}

/* The message is found, and what was counted for it can be given back; that is in the next block.
 */
static void a_message_goes_along(void **state)
{
    (void)state;
    struct desk *from = desk_new(minute, hour, bucket), *to = desk_new(minute, hour, bucket);
    struct limit_image *image = limit_image_new(from->gate, from->book);
    struct limit_image_counts counts = {0};
    struct buf block = {0};
    count(from, 1, 7, NOW_US);
    limit_image_take(image, &block);
    assert_true(put(to, buf_slice(&block), &counts));
    struct slice name = TEXT("1.7.1790000000000000");
    const struct charge *charge = charge_book_find(to->book, TEXT("192.0.2.1"), name);
    assert_non_null(charge);
    assert_int_equal(charge->load.recipients, 7);
    assert_int_equal(charge->stage, 3);
    assert_true(charge->at_us == NOW_US);
    assert_true(slice_eq(charge->answer, TEXT("DUNNO")));
    assert_true(slice_eq(charge->who.login_domain, TEXT("jp.test")));
    assert_int_equal(charge->who.client.len, 4);
    assert_int_equal(charge->who.relays, 3);
    assert_ptr_equal(charge_book_find_queue_id(to->book, name, TEXT("login1@jp.test")), charge);

    charge = charge_book_find(from->book, TEXT("192.0.2.1"), name);
    limit_gate_give_back(from->gate, &charge->who, &charge->load, charge->at_us, NOW_US);
    charge_book_clear(from->book, charge);
    limit_image_take(image, &block);
    assert_true(put(to, buf_slice(&block), &counts));
    assert_int_equal(used(to, 1, 0, NOW_US), 0);
    charge = charge_book_find(to->book, TEXT("192.0.2.1"), name);
    assert_int_equal(charge->load.messages, 0);
    buf_done(&block);
    limit_image_free(image);
    desk_free(from);
    desk_free(to);
}

/* Its messages end before the number of relays. */
static void of_the_version_before(void **state)
{
    (void)state;
    struct desk *from = desk_new(minute, hour, bucket), *to = desk_new(minute, hour, bucket);
    struct limit_image *image = limit_image_new(from->gate, from->book);
    struct limit_image_counts counts = {0};
    struct buf block = {0};
    count(from, 1, 7, NOW_US);
    limit_image_take(image, &block);
    block.ptr[0] = 1;
    block.len--;
    assert_true(put(to, buf_slice(&block), &counts));
    assert_int_equal(used(to, 1, 0, NOW_US), 7);
    assert_int_equal(charge_book_count(to->book), 1);
    buf_done(&block);
    limit_image_free(image);
    desk_free(from);
    desk_free(to);
}

/* In pieces, while counting and sweeping go on: what comes out is how things are at the end. */
static void a_whole_image_in_pieces(void **state)
{
    (void)state;
    enum { LOGINS = 3000 };
    struct desk *from = desk_new(minute, hour, bucket), *to = desk_new(minute, hour, bucket);
    for (int i = 0; i < LOGINS; i++)
        count(from, i, 3, NOW_US - 2 * HOUR_US + (i % 2) * 2 * HOUR_US);
    struct limit_image *image = limit_image_new(from->gate, from->book);
    struct limit_image_place place = {0};
    struct limit_image_counts counts = {0};
    struct buf block = {0};
    int pieces = 0;
    for (bool more = true; more; pieces++) {
        count(from, pieces * 37 % LOGINS, 2, NOW_US);
        count(from, LOGINS + pieces, 1, NOW_US);
        if (pieces % 3 == 0)
            limit_gate_sweep(from->gate, NOW_US);
        more = limit_image_add(image, &place, 4000);
        limit_image_take(image, &block);
        assert_true(put(to, buf_slice(&block), &counts));
    }
    assert_in_range(pieces, 20, 200);
    for (int i = 0; i < LOGINS + pieces; i++)
        for (int rule = 0; rule < 3; rule++)
            assert_int_equal(used(to, i, rule, NOW_US), used(from, i, rule, NOW_US));
    assert_int_equal(charge_book_count(to->book), charge_book_count(from->book));
    buf_done(&block);
    limit_image_free(image);
    desk_free(from);
    desk_free(to);
}

static bool is_known(const struct desk *desk, int number)
{
    char instance[40];
    snprintf(instance, sizeof(instance), "%d.1.%lld", number, (long long)NOW_US);
    return charge_book_find(desk->book, TEXT("192.0.2.1"), slice_from_str(instance)) != NULL;
}

/* A book that is full and has gone round: what makes room after the restart is the oldest still. */
static void the_oldest_message_stays_the_oldest(void **state)
{
    (void)state;
    enum { MOST = 10000, MORE = 2500 };
    struct desk *from = desk_new(minute, hour, bucket), *to = desk_new(minute, hour, bucket);
    struct limit_image_counts counts = {0};
    struct buf block = {0};
    for (int i = 0; i < MOST + MORE; i++)
        count(from, i, 1, NOW_US);
    struct limit_image *image = limit_image_new(from->gate, from->book);
    struct limit_image_place place = {0};
    assert_false(limit_image_add(image, &place, SIZE_MAX));
    limit_image_take(image, &block);
    assert_true(put(to, buf_slice(&block), &counts));
    assert_int_equal(counts.charges, MOST);
    for (int i = 0; i < MORE; i++)
        count(to, MOST + MORE + i, 1, NOW_US);
    for (int i = 0; i < MOST + 2 * MORE; i++)
        assert_int_equal(is_known(to, i), i >= 2 * MORE);
    buf_done(&block);
    limit_image_free(image);
    desk_free(from);
    desk_free(to);
}

/* Another name, number or order is the same rule; another time, unit or kind is not. */
static void other_rules(void **state)
{
    (void)state;
    struct limit_rule renamed = hour, longer = hour, bytes = hour, of_all = hour, as_bucket = hour;
    renamed.name = TEXT("other");
    renamed.count = 5;
    longer.within_us = 2 * HOUR_US;
    bytes.unit = LIMIT_KIBIBYTES;
    of_all.key = 0;
    as_bucket.window = LIMIT_BUCKET;
    as_bucket.burst = 10;
    const struct {
        struct limit_rule rules[3];
        uint64_t used[3];
        uint64_t foreign; /* of two rows */
    } rows[] = {
        {{bucket, renamed, minute}, {1, 7, 7}, 0},
        {{longer, minute, alone}, {0, 7, 0}, 1},
        {{bytes, of_all, as_bucket}, {0, 0, 0}, 2},
        {{alone, hour, longer}, {0, 7, 0}, 1},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct desk *from = desk_new(minute, hour, bucket);
        struct desk *to = desk_new(rows[i].rules[0], rows[i].rules[1], rows[i].rules[2]);
        struct limit_image *image = limit_image_new(from->gate, from->book);
        struct limit_image_counts counts = {0};
        count(from, 1, 7, NOW_US);
        assert_true(put(to, limit_image_changes(image), &counts));
        for (int rule = 0; rule < 3; rule++)
            assert_int_equal(used(to, 1, rule, NOW_US), rows[i].used[rule]);
        assert_int_equal(counts.foreign, rows[i].foreign);
        limit_image_free(image);
        desk_free(from);
        desk_free(to);
    }
}

/* Rules that change while a block is filled: each row is read by those it was written under. */
static void rules_change_within_a_block(void **state)
{
    (void)state;
    struct desk *from = desk_new(minute, hour, bucket), *to = desk_new(hour, minute, bucket);
    struct limit_image *image = limit_image_new(from->gate, from->book);
    struct limit_image_counts counts = {0};
    count(from, 1, 7, NOW_US);
    struct limit_rule swapped[] = {bucket, hour, minute};
    limit_gate_configure(from->gate, &(struct limit_rules){swapped, 3}, 100000);
    count(from, 2, 3, NOW_US);
    assert_true(put(to, limit_image_changes(image), &counts));
    assert_int_equal(used(to, 1, 0, NOW_US), 7);
    assert_int_equal(used(to, 1, 1, NOW_US), 7);
    assert_int_equal(used(to, 2, 0, NOW_US), 3);
    assert_int_equal(used(to, 2, 2, NOW_US), 1);
    limit_gate_configure(from->gate, &(struct limit_rules){from->rules, 3}, 100000);
    limit_image_free(image);
    desk_free(from);
    desk_free(to);
}

static void see_row(void *context, size_t group, struct slice key, const union meter *meters)
{
    (void)group, (void)key;
    *(union meter **)context = (union meter *)(uintptr_t)meters;
}

/* As a bucket was written once, from which more had been taken than was in it. */
static void a_time_before_all_time(void **state)
{
    (void)state;
    struct limit_image_counts counts = {0};
    struct desk *from = desk_new(minute, hour, bucket), *to = desk_new(minute, hour, bucket);
    union meter *row = NULL;
    limit_gate_watch(from->gate, see_row, &row);
    count(from, 1, 7, NOW_US);
    limit_gate_watch(from->gate, NULL, NULL);
    assert_non_null(row);
    row->bucket.full_us = -1;
    count(from, 2, 5, NOW_US);
    struct limit_image *image = limit_image_new(from->gate, from->book);
    struct limit_image_place place = {0};
    assert_false(limit_image_add(image, &place, SIZE_MAX));
    assert_true(put(to, limit_image_changes(image), &counts));
    assert_int_equal(used(to, 1, 2, NOW_US), 0);
    assert_int_equal(used(to, 2, 2, NOW_US), 1);
    assert_int_equal(charge_book_count(to->book), 2);
    limit_image_free(image);
    desk_free(from);
    desk_free(to);
}

/* A journal has checksums; what comes through all the same harms nothing. */
static void damaged(void **state)
{
    (void)state;
    struct desk *from = desk_new(minute, hour, bucket);
    struct limit_image *image = limit_image_new(from->gate, from->book);
    struct buf block = {0}, bad = {0};
    count(from, 1, 7, NOW_US);
    count(from, 2, 300, NOW_US - 3 * MINUTE_US);
    limit_image_take(image, &block);
    for (size_t at = 0; at < block.len; at++) {
        struct desk *to = desk_new(minute, hour, bucket);
        struct limit_image_counts counts = {0};
        (void)put(to, slice_first(buf_slice(&block), at), &counts);
        for (int flip = 1; flip < 256; flip *= 2) {
            buf_clear(&bad);
            buf_add(&bad, buf_slice(&block));
            bad.ptr[at] = (char)(bad.ptr[at] ^ flip);
            (void)put(to, buf_slice(&bad), &counts);
        }
        count(to, 1, 1, NOW_US);
        desk_free(to);
    }
    struct desk *to = desk_new(minute, hour, bucket);
    struct limit_image_counts counts = {0};
    assert_false(put(to, SLICE(""), &counts));
    assert_false(put(to, SLICE("\3"), &counts)); /* of another version */
    assert_false(put(to, SLICE("\1R"), &counts));
    assert_false(put(to, SLICE("\1?"), &counts));
    assert_true(put(to, SLICE("\1"), &counts));
    assert_int_equal(counts.rows + counts.charges, 0);
    desk_free(to);
    buf_done(&block);
    buf_done(&bad);
    limit_image_free(image);
    desk_free(from);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(changes_and_back),
        cmocka_unit_test(a_message_goes_along),
        cmocka_unit_test(of_the_version_before),
        cmocka_unit_test(a_whole_image_in_pieces),
        cmocka_unit_test(the_oldest_message_stays_the_oldest),
        cmocka_unit_test(other_rules),
        cmocka_unit_test(rules_change_within_a_block),
        cmocka_unit_test(a_time_before_all_time),
        cmocka_unit_test(damaged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
