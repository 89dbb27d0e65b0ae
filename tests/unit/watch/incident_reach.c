/* SPDX-License-Identifier: Apache-2.0
 *
 * Scopes by who else suffers.
 */
#include "watch/incident_reach.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void test_scopes(void **state)
{
    (void)state;
    static const struct {
        struct incident_reach reach; /* {suffering, used} of all, relay, pool */
        enum incident_scope scope;
    } rows[] = {
        {{{1, 1}, {1, 1}, {0, 0}}, INCIDENT_SCOPE_SOURCE}, /* the only one there is */
        {{{1, 8}, {1, 1}, {1, 1}}, INCIDENT_SCOPE_SOURCE},
        {{{2, 8}, {1, 1}, {0, 0}}, INCIDENT_SCOPE_SOURCES}, /* a relay of one source says nothing */
        {{{2, 8}, {1, 2}, {1, 1}}, INCIDENT_SCOPE_SOURCES}, /* nor does a pool of one */
        {{{2, 8}, {2, 2}, {0, 0}}, INCIDENT_SCOPE_RELAY},
        {{{2, 8}, {2, 3}, {2, 2}}, INCIDENT_SCOPE_POOL},
        {{{3, 8}, {2, 2}, {2, 2}}, INCIDENT_SCOPE_RELAY}, /* the wider one */
        {{{3, 8}, {2, 3}, {2, 4}}, INCIDENT_SCOPE_SOURCES},
        {{{8, 8}, {2, 2}, {2, 2}}, INCIDENT_SCOPE_EVERYONE},
        {{{8, 7}, {2, 2}, {2, 2}}, INCIDENT_SCOPE_EVERYONE}, /* one was not used lately */
        {{{0, 0}, {0, 0}, {0, 0}}, INCIDENT_SCOPE_SOURCE},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(incident_reach_scope(&rows[i].reach), rows[i].scope);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scopes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
