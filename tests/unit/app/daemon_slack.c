/* SPDX-License-Identifier: Apache-2.0
 *
 * Who may have what done by a button in Slack.
 */
#include "app/daemon_slack.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const char *const approvers[] = {"U012ABCDEF", "W0SATO"};

static bool may(size_t count, enum slack_action action, const char *user)
{
    struct settings settings = {.respond = {.approvers = approvers, .approver_count = count}};
    const struct slack_click click = {.action = action, .user_id = slice_from_str(user)};
    return daemon_slack_may(&settings, &click);
}

static void everybody_may_where_nobody_is_named(void **state)
{
    (void)state;
    for (int action = SLACK_ACTION_ACKNOWLEDGE; action <= SLACK_ACTION_DENY; action++)
        assert_true(may(0, (enum slack_action)action, "U1"));
}

static void routes_are_for_those_who_are_named(void **state)
{
    static const char *const others[] = {"U1", "U012ABCDE", "U012ABCDEF0", "W0SAT", ""};
    (void)state;
    for (int action = SLACK_ACTION_APPROVE; action <= SLACK_ACTION_DENY; action++) {
        for (size_t i = 0; i < sizeof(approvers) / sizeof(approvers[0]); i++)
            assert_true(may(2, (enum slack_action)action, approvers[i]));
        for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
            assert_false(may(2, (enum slack_action)action, others[i]));
    }
}

static void pages_are_for_everybody(void **state)
{
    (void)state;
    assert_true(may(2, SLACK_ACTION_ACKNOWLEDGE, "U1"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everybody_may_where_nobody_is_named),
        cmocka_unit_test(routes_are_for_those_who_are_named),
        cmocka_unit_test(pages_are_for_everybody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
