/* SPDX-License-Identifier: Apache-2.0
 *
 * What was done to queued mail, in words: of one message and of several.
 */
#include "app/queue_show.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const struct {
    struct queue_outcome outcome;
    const char *said;
} rows[] = {
    {{.wanted = 1, .done = 1, .whole = true}, "1 of 1 deleted\n"},
    {{.wanted = 4, .done = 1, .gone = 1, .put_back = 1},
     "1 of 4 deleted; 1 was gone by then; 1 turned out to be another's and goes on; 1 is left, "
     "perhaps on hold\n"},
    {{.wanted = 9, .done = 2, .gone = 2, .put_back = 2},
     "2 of 9 deleted; 2 were gone by then; 2 turned out to be another's and go on; 3 are left, "
     "some perhaps on hold\n"},
};

static void one_and_several(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CLEANUP_BUF struct buf said = {0};
        queue_show_outcome(QUEUE_DEED_PURGE, &rows[i].outcome, &said);
        assert_string_equal(buf_str(&said), rows[i].said);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_and_several),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
