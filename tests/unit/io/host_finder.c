/* SPDX-License-Identifier: Apache-2.0
 *
 * What needs no name server: a name that the system itself has, and one that is never asked for.
 * The rest is in tests/e2e/test_policy_shared.py.
 */
#include "io/host_finder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct host_finder *begin(const char *name)
{
    struct err err;
    struct host_finder *finder = host_finder_new(name, &err);
    if (finder == NULL)
        fail_msg("%s", err.text);
    return finder;
}

static void own_names_are_found_at_once(void **state)
{
    struct err err;
    struct host_finder *finder = begin("localhost");
    (void)state;
    assert_int_equal(host_finder_advance(finder, &err), HOST_FINDER_HAS);
    for (size_t turn = 0; turn < 5; turn++) {
        struct ip_address ip = host_finder_get(finder, turn);
        assert_true(ip.len == 4 || ip.len == 16);
        assert_int_equal(ip.bytes[ip.len - 1], 1);
    }
    host_finder_free(finder);
}

static void what_is_not_found_says_why(void **state)
{
    struct err err = {0};
    struct host_finder *finder = begin("no.name.onion"); /* RFC 7686: is never asked for */
    (void)state;
    assert_int_equal(host_finder_advance(finder, &err), HOST_FINDER_FAILED);
    assert_int_equal(err.code, ERR_IO);
    assert_true(err.text[0] != '\0');
    host_finder_free(finder);
    host_finder_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(own_names_are_found_at_once),
        cmocka_unit_test(what_is_not_found_says_why),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
