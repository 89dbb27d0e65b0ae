/* SPDX-License-Identifier: Apache-2.0
 *
 * The line for the service manager: every part that can be there, in numbers one and many.
 */
#include "app/daemon_brief.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const struct {
    struct daemon_brief brief;
    const char *text;
} rows[] = {
    {{.reading = true, .logs = 1}, "Following 1 log, nothing is wrong"},
    {{.reading = true, .logs = 20, .open = 1}, "Following 20 logs, 1 incident is open"},
    {{.reading = true, .logs = 2, .open = 2, .acknowledged = 1},
     "Following 2 logs, 3 incidents are open (1 acknowledged)"},
    {{.reading = true, .logs = 2, .acknowledged = 1},
     "Following 2 logs, 1 incident is open (1 acknowledged)"},
    {{.reading = true, .logs = 1, .open = 1, .trouble = HISTORY_TROUBLE_FULL},
     "Following 1 log, 1 incident is open; the history is not written: disk full"},
    {{.trouble = HISTORY_TROUBLE_LOCKED, .logs = 3},
     "Waiting for the history, nothing is wrong; the history is not written: locked by another "
     "program"},
};

static void every_part(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CLEANUP_BUF struct buf text = {0};
        daemon_brief_format(&rows[i].brief, &text);
        assert_string_equal(buf_str(&text), rows[i].text);
    }
}

/* It is cut by nobody: the longest there can be fits. */
static void the_longest(void **state)
{
    (void)state;
    CLEANUP_BUF struct buf text = {0};
    daemon_brief_format(&(struct daemon_brief){.reading = true,
                                               .logs = 1024,
                                               .open = UINT64_MAX / 2,
                                               .acknowledged = UINT64_MAX / 2,
                                               .trouble = HISTORY_TROUBLE_LOCKED},
                        &text);
    assert_in_range(text.len, 1, 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_part),
        cmocka_unit_test(the_longest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
