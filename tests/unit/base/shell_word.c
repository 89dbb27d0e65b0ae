/* SPDX-License-Identifier: Apache-2.0
 *
 * Words for a shell, as they come back from one.
 */
#include "base/shell_word.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void test_words(void **state)
{
    (void)state;
    static const struct {
        const char *word, *wanted;
    } rows[] = {
        {"taro+x@jp-1.test", "taro+x@jp-1.test"},
        {"", "''"},
        {"a b", "'a b'"},
        {"x;reboot", "'x;reboot'"},
        {"$(id)", "'$(id)'"},
        {"o'neil", "'o'\\''neil'"},
        {"'", "''\\'''"},
        {"a\nb", "'a\nb'"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CLEANUP_BUF struct buf text = {0};
        shell_word_add(slice_from_str(rows[i].word), &text);
        assert_string_equal(buf_str(&text), rows[i].wanted);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
