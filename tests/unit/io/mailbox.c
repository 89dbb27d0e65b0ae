/* SPDX-License-Identifier: Apache-2.0
 *
 * Things come out in order, once, from any number of writers; the descriptor says whether some
 * wait.
 */
#include "io/mailbox.h"

#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

enum { WRITERS = 4, EACH = 5000 };

static struct mailbox *make(void)
{
    struct err err;
    struct mailbox *mailbox = mailbox_new(&err);
    assert_non_null(mailbox);
    return mailbox;
}

static bool is_readable(const struct mailbox *mailbox)
{
    struct pollfd fd = {.fd = mailbox_fd(mailbox), .events = POLLIN};
    return poll(&fd, 1, 0) == 1;
}

static void the_descriptor_says_whether_something_waits(void **state)
{
    (void)state;
    int items[2];
    struct mailbox *mailbox = make();
    assert_false(is_readable(mailbox));
    assert_null(mailbox_take(mailbox));
    assert_int_equal(mailbox_put(mailbox, &items[0]), 1);
    assert_int_equal(mailbox_put(mailbox, &items[1]), 2);
    assert_ptr_equal(mailbox_take(mailbox), &items[0]);
    assert_true(is_readable(mailbox));
    assert_ptr_equal(mailbox_take(mailbox), &items[1]);
    assert_false(is_readable(mailbox));
    assert_null(mailbox_take(mailbox));
    mailbox_free(mailbox);
    mailbox_free(NULL);
}

/* The ring grows at every place of its first item. */
static void order_holds_while_it_grows(void **state)
{
    (void)state;
    static char items[300];
    for (size_t before = 0; before < 40; before++) {
        struct mailbox *mailbox = make();
        for (size_t i = 0; i < before; i++) {
            mailbox_put(mailbox, &items[i]);
            assert_ptr_equal(mailbox_take(mailbox), &items[i]);
        }
        for (size_t i = 0; i < sizeof(items); i++)
            assert_int_equal(mailbox_put(mailbox, &items[i]), i + 1);
        for (size_t i = 0; i < sizeof(items); i++)
            assert_ptr_equal(mailbox_take(mailbox), &items[i]);
        assert_null(mailbox_take(mailbox));
        mailbox_free(mailbox);
    }
}

struct writer {
    pthread_t thread;
    struct mailbox *mailbox;
    char items[EACH];
    size_t taken;
};

static void *write_all(void *data)
{
    struct writer *writer = data;
    for (size_t i = 0; i < EACH; i++)
        mailbox_put(writer->mailbox, &writer->items[i]);
    return NULL;
}

static void take_of(struct writer *writers, const char *item)
{
    for (size_t i = 0; i < WRITERS; i++) {
        struct writer *writer = &writers[i];
        if (item < writer->items || item >= writer->items + EACH)
            continue;
        assert_ptr_equal(item, &writer->items[writer->taken++]);
        return;
    }
    fail();
}

static void each_writer_keeps_its_order(void **state)
{
    (void)state;
    static struct writer writers[WRITERS];
    struct mailbox *mailbox = make();
    for (size_t i = 0; i < WRITERS; i++) {
        writers[i].mailbox = mailbox;
        assert_int_equal(pthread_create(&writers[i].thread, NULL, write_all, &writers[i]), 0);
    }
    for (size_t taken = 0; taken < (size_t)WRITERS * EACH;) {
        struct pollfd fd = {.fd = mailbox_fd(mailbox), .events = POLLIN};
        assert_int_equal(poll(&fd, 1, 60000), 1); /* a wake-up that is lost ends here */
        for (const char *item; (item = mailbox_take(mailbox)) != NULL; taken++)
            take_of(writers, item);
    }
    for (size_t i = 0; i < WRITERS; i++)
        pthread_join(writers[i].thread, NULL);
    assert_false(is_readable(mailbox));
    mailbox_free(mailbox);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_descriptor_says_whether_something_waits),
        cmocka_unit_test(order_holds_while_it_grows),
        cmocka_unit_test(each_writer_keeps_its_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
