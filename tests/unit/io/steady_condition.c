/* SPDX-License-Identifier: Apache-2.0
 *
 * A wait ends by its condition or by its time.
 */
#include "io/steady_condition.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "io/clock.h"

struct gate {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool open;
};

static void begin(struct gate *gate)
{
    *gate = (struct gate){.open = false};
    pthread_mutex_init(&gate->lock, NULL);
    steady_condition_init(&gate->changed);
}

static void end(struct gate *gate)
{
    pthread_cond_destroy(&gate->changed);
    pthread_mutex_destroy(&gate->lock);
}

static void *open_it(void *data)
{
    struct gate *gate = data;
    pthread_mutex_lock(&gate->lock);
    gate->open = true;
    pthread_cond_signal(&gate->changed);
    pthread_mutex_unlock(&gate->lock);
    return NULL;
}

static void test_signal(void **state)
{
    (void)state;
    struct gate gate;
    pthread_t thread;
    begin(&gate);
    int64_t until_us = clock_steady_us() + INT64_C(600000000);
    bool in_time = true;
    pthread_mutex_lock(&gate.lock);
    assert_int_equal(pthread_create(&thread, NULL, open_it, &gate), 0);
    while (!gate.open && in_time)
        in_time = steady_condition_wait(&gate.changed, &gate.lock, until_us);
    pthread_mutex_unlock(&gate.lock);
    assert_true(gate.open && in_time);
    pthread_join(thread, NULL);
    end(&gate);
}

static void test_time(void **state)
{
    (void)state;
    struct gate gate;
    begin(&gate);
    const int64_t waits_us[] = {-5000000, 0, 20000};
    pthread_mutex_lock(&gate.lock);
    for (size_t i = 0; i < sizeof(waits_us) / sizeof(waits_us[0]); i++) {
        int64_t until_us = clock_steady_us() + waits_us[i];
        while (steady_condition_wait(&gate.changed, &gate.lock, until_us))
            ; /* for nothing */
        assert_true(clock_steady_us() >= until_us);
    }
    pthread_mutex_unlock(&gate.lock);
    end(&gate);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_signal),
        cmocka_unit_test(test_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
