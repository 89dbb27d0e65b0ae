/* SPDX-License-Identifier: Apache-2.0
 *
 * Messages are found by both names, under their own relay and login only; the oldest makes room and
 * takes nothing of the others with it.
 */
#include "gate/charge_book.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

static void put(struct charge_book *book, const char *relay, const char *instance,
                const char *queue_id, uint32_t recipients)
{
    char login[16] = "taro@jp.test"; /* gone after the call */
    const struct charge charge = {
        .who = {.login = slice_from_str(login), .login_domain = slice_from_str(login + 5)},
        .load = {.messages = 1, .recipients = recipients},
        .at_us = 77,
        .queue_id = slice_from_str(queue_id),
        .stage = 3,
        .answer = SLICE("DUNNO"),
    };
    charge_book_put(book, slice_from_str(relay), slice_from_str(instance), &charge);
    memset(login, 'x', sizeof(login));
}

/* Recipients, or 0. */
static uint32_t by_instance(const struct charge_book *book, const char *relay, const char *name)
{
    const struct charge *charge =
        charge_book_find(book, slice_from_str(relay), slice_from_str(name));
    return charge != NULL ? charge->load.recipients : 0;
}

static uint32_t by_queue_id(const struct charge_book *book, const char *name)
{
    const struct charge *charge =
        charge_book_find_queue_id(book, slice_from_str(name), SLICE("taro@jp.test"));
    return charge != NULL ? charge->load.recipients : 0;
}

static void both_names(void **state)
{
    (void)state;
    struct charge_book *book = charge_book_new(10);
    put(book, "relay1", "a.1", "Q1", 1);
    put(book, "relay2", "a.1", "Q1", 2);
    put(book, "relay1", "a.2", "", 3);
    assert_int_equal(by_instance(book, "relay1", "a.1"), 1);
    assert_int_equal(by_instance(book, "relay2", "a.1"), 2);
    assert_int_equal(by_queue_id(book, "Q1"), 2); /* of two relays the newer one */
    assert_null(charge_book_find_queue_id(book, SLICE("Q1"), SLICE("jiro@jp.test")));
    assert_int_equal(by_instance(book, "relay1", "a.2"), 3);
    assert_int_equal(by_instance(book, "relay3", "a.1"), 0);
    assert_int_equal(by_queue_id(book, ""), 0);
    assert_int_equal(by_instance(book, "relay1", "Q1"), 0);
    const struct charge *charge = charge_book_find(book, SLICE("relay1"), SLICE("a.1"));
    assert_true(slice_eq(charge->who.login, SLICE("taro@jp.test")));
    assert_true(slice_eq(charge->who.login_domain, SLICE("jp.test")));
    assert_true(slice_eq(charge->answer, SLICE("DUNNO")));
    assert_int_equal(charge->at_us, 77);
    assert_int_equal(charge->stage, 3);
    charge_book_free(book);
}

/* The queue id comes with the second recipient, and the count grows. */
static void more_is_known(void **state)
{
    (void)state;
    struct charge_book *book = charge_book_new(10);
    put(book, "", "a.1", "", 1);
    put(book, "", "a.1", "Q1", 5);
    assert_int_equal(charge_book_count(book), 1);
    assert_int_equal(by_queue_id(book, "Q1"), 5);
    put(book, "", "a.1", "Q2", 6);
    assert_int_equal(by_queue_id(book, "Q1"), 0);
    assert_int_equal(by_queue_id(book, "Q2"), 6);
    struct charge charge = *charge_book_find(book, SLICE(""), SLICE("a.1")); /* its own texts */
    charge.load.recipients = 9;
    charge_book_put(book, SLICE(""), SLICE("a.1"), &charge);
    assert_int_equal(by_queue_id(book, "Q2"), 9);
    assert_true(slice_eq(charge_book_find(book, SLICE(""), SLICE("a.1"))->who.login,
                         SLICE("taro@jp.test")));
    charge_book_free(book);
}

static void what_is_not_kept(void **state)
{
    (void)state;
    char name[CHARGE_NAME_MAX + 2];
    memset(name, 'x', sizeof(name));
    name[sizeof(name) - 1] = '\0';
    struct charge_book *book = charge_book_new(10);
    put(book, "", "", "Q1", 1);
    put(book, "", name, "Q2", 1);
    put(book, name, "a", "Q3", 1);
    assert_int_equal(charge_book_count(book), 0);
    put(book, "", "a", name, 4);
    assert_int_equal(by_instance(book, "", "a"), 4);
    assert_int_equal(by_queue_id(book, name), 0);
    charge_book_free(book);
}

static void the_oldest_makes_room(void **state)
{
    (void)state;
    enum { MAX = 100, ALL = 1000 };
    struct charge_book *book = charge_book_new(MAX);
    char instance[16], queue_id[16];
    for (uint32_t i = 1; i <= ALL; i++) {
        snprintf(instance, sizeof(instance), "i%u", i);
        snprintf(queue_id, sizeof(queue_id), "%s%u", i % 3 == 0 ? "" : "q", i % 3 == 0 ? 0 : i);
        put(book, "", instance, i % 3 == 0 ? "" : queue_id, i);
        put(book, "", instance, i % 3 == 0 ? "" : queue_id, i); /* stays where it is */
    }
    assert_int_equal(charge_book_count(book), MAX);
    for (uint32_t i = 1; i <= ALL; i++) {
        bool there = i > ALL - MAX;
        snprintf(instance, sizeof(instance), "i%u", i);
        snprintf(queue_id, sizeof(queue_id), "q%u", i);
        assert_int_equal(by_instance(book, "", instance), there ? i : 0);
        assert_int_equal(by_queue_id(book, queue_id), there && i % 3 != 0 ? i : 0);
    }
    charge_book_free(book);
}

/* Two messages may get the same queue id, one long after the other: the newer one is meant. */
static void a_queue_id_again(void **state)
{
    (void)state;
    struct charge_book *book = charge_book_new(2);
    put(book, "", "a", "Q", 1);
    put(book, "", "b", "Q", 2);
    assert_int_equal(by_queue_id(book, "Q"), 2);
    put(book, "", "c", "", 3);
    assert_int_equal(by_queue_id(book, "Q"), 2);
    put(book, "", "d", "", 4);
    assert_int_equal(by_queue_id(book, "Q"), 0);
    charge_book_free(book);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_names),       cmocka_unit_test(more_is_known),
        cmocka_unit_test(what_is_not_kept), cmocka_unit_test(the_oldest_makes_room),
        cmocka_unit_test(a_queue_id_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
