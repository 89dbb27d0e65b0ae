/* SPDX-License-Identifier: Apache-2.0
 *
 * Who may write where, by accounts that every machine has.
 */
#include "io/account.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "io/sandbox.h"

static bool may(const char *name, const char *path)
{
    bool answer = false;
    assert_true(account_may_write(name, path, &answer));
    return answer;
}

static void by_mode(void **state)
{
    (void)state;
    bool own = geteuid() == 0;
    sandbox_write("file", SLICE(""));
    assert_int_equal(chmod("file", 0666), 0);
    assert_true(may("nobody", "file"));
    assert_int_equal(chmod("file", 0660), 0);
    assert_false(may("nobody", "file"));
    assert_true(may("root", "file"));
    if (!own)
        return;                               /* nobody else may give files away */
    assert_int_equal(chown("file", 1, 2), 0); /* daemon:bin */
    assert_int_equal(chmod("file", 0060), 0);
    assert_false(may("daemon", "file"));
    assert_true(may("bin", "file"));
    assert_false(may("nobody", "file"));
    assert_int_equal(chmod("file", 0606), 0);
    assert_true(may("daemon", "file"));
    assert_false(may("bin", "file")); /* its group is looked at before the others */
    assert_true(may("nobody", "file"));
}

static void into_a_folder(void **state)
{
    (void)state;
    bool answer = false;
    assert_int_equal(mkdir("folder", 0700), 0);
    assert_int_equal(chmod("folder", 0710), 0);
    assert_true(account_may_enter("nobody", "folder", &answer));
    assert_false(answer);
    assert_int_equal(chmod("folder", 0701), 0);
    assert_true(account_may_enter("nobody", "folder", &answer));
    assert_true(answer);
    assert_false(account_may_enter("nobody", "absent", &answer));
}

static void whose_it_is(void **state)
{
    (void)state;
    CLEANUP_BUF struct buf name = {0};
    assert_true(account_owner("/", &name));
    assert_string_equal(buf_str(&name), "root");
    assert_false(account_owner("absent", &name));
}

static void what_is_not_there(void **state)
{
    (void)state;
    bool answer = true;
    assert_false(account_may_write("nobody", "absent", &answer));
    assert_false(account_may_write("todoku-no-such-account", "/", &answer));
    assert_false(account_may_write("", "/", &answer));
    assert_true(answer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_mode),
        cmocka_unit_test(into_a_folder),
        cmocka_unit_test(whose_it_is),
        cmocka_unit_test(what_is_not_there),
    };
    return cmocka_run_group_tests(tests, sandbox_enter, sandbox_leave);
}
