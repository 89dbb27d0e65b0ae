/* SPDX-License-Identifier: Apache-2.0
 *
 * The service while it listens nowhere: what is ordered does not wait for a listener.
 */
#include "app/policy_service.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const struct limit_rule rules[] = {{.name = {"hour", 4},
                                           .key = LIMIT_LOGIN,
                                           .count = 500,
                                           .within_us = INT64_C(3600000000),
                                           .action = LIMIT_DEFER}};

static struct policy_service *new_service(void)
{
    struct err err = {0};
    struct policy_plan *plan = MEM_NEW(struct policy_plan);
    plan->arena = arena_new(1024);
    plan->terms = (struct policy_terms){.limits = {rules, 1}, .keys = 100};
    struct policy_service *service = policy_service_new(plan, NULL, &err);
    assert_non_null(service);
    return service;
}

/* Who polls a daemon that has no listener any more fills no memory. */
static void ordered_without_a_listener(void **state)
{
    (void)state;
    struct policy_service *service = new_service();
    const struct limit_override one = {
        .login = SLICE("taro"), .rule = SLICE("hour"), .count = 7, .until_us = INT64_MAX};
    policy_service_order(service, policy_order_override(&one));
    policy_service_order(service, policy_order_forget(one.login, SLICE("")));
    for (uint64_t number = 1; number <= 3; number++) {
        policy_service_order(service, policy_order_report(one.login, number));
        struct policy_event *event = policy_service_take(service);
        assert_non_null(event);
        assert_non_null(event->report);
        assert_int_equal(event->report->number, number);
        assert_int_equal(event->report->count, 1);
        assert_int_equal(event->report->rows[0].most, 7);
        policy_event_free(event);
    }
    assert_null(policy_service_take(service));
    policy_service_free(service);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ordered_without_a_listener),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
