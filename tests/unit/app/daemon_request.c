/* SPDX-License-Identifier: Apache-2.0
 *
 * An answer reaches who waits, whoever is first; a request lives until both sides have let go.
 */
#include "app/daemon_request.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define LONG_US INT64_C(60000000)

static void an_answer_before_the_wait(void **state)
{
    (void)state;
    struct daemon_request *request = daemon_request_new(DAEMON_REQUEST_CLOSE);
    assert_int_equal(request->kind, DAEMON_REQUEST_CLOSE);
    request->good = true;
    buf_add_str(&request->answer, "{}");
    daemon_request_answer(request);
    daemon_request_unref(request);
    assert_true(daemon_request_wait(request, 0));
    assert_true(request->good);
    daemon_request_unref(request);
}

/* The asker has gone; the desk still writes into it. */
static void nobody_answers_in_time(void **state)
{
    (void)state;
    struct daemon_request *request = daemon_request_new(DAEMON_REQUEST_ACKNOWLEDGE);
    buf_add_str(&request->id, "x");
    assert_false(daemon_request_wait(request, 0));
    assert_false(daemon_request_wait(request, 2000));
    daemon_request_unref(request);
    buf_add_str(&request->answer, "late");
    daemon_request_answer(request);
    daemon_request_unref(request);
}

static void *answer(void *data)
{
    struct daemon_request *request = data;
    buf_add(&request->answer, buf_slice(&request->id));
    daemon_request_answer(request);
    daemon_request_unref(request);
    return NULL;
}

static void another_thread_answers(void **state)
{
    (void)state;
    for (int i = 0; i < 200; i++) {
        struct daemon_request *request = daemon_request_new(DAEMON_REQUEST_ACKNOWLEDGE);
        buf_addf(&request->id, "%d", i);
        pthread_t thread;
        assert_int_equal(pthread_create(&thread, NULL, answer, request), 0);
        if (i % 2 == 0) {
            assert_true(daemon_request_wait(request, LONG_US));
            assert_true(slice_eq(buf_slice(&request->answer), buf_slice(&request->id)));
        }
        daemon_request_unref(request);
        pthread_join(thread, NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_before_the_wait),
        cmocka_unit_test(nobody_answers_in_time),
        cmocka_unit_test(another_thread_answers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
