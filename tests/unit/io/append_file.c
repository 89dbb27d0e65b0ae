/* SPDX-License-Identifier: Apache-2.0
 *
 * Files that only grow: lines stay whole, also behind one that was torn, and what is not ours is
 * left alone.
 */
#include "io/append_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "io/sandbox.h"

static void check(const char *name, const char *want)
{
    CLEANUP_BUF struct buf got = {0};
    sandbox_read(name, &got);
    assert_string_equal(buf_str(&got), want);
}

static void append(const char *name, struct slice line)
{
    struct err err;
    if (!append_file_line(".", name, line, &err))
        fail_msg("%s", err.text);
}

static void lines_follow_each_other(void **state)
{
    (void)state;
    append("new", SLICE("one"));
    append("new", SLICE("two"));
    check("new", "one\ntwo\n");
    sandbox_write("empty", SLICE(""));
    append("empty", SLICE("one"));
    check("empty", "one\n");
}

static void a_torn_line_costs_no_other(void **state)
{
    (void)state;
    sandbox_write("torn", SLICE("one\n{\"to"));
    append("torn", SLICE("two"));
    append("torn", SLICE("three"));
    check("torn", "one\n{\"to\ntwo\nthree\n");
    sandbox_write("short", SLICE("x"));
    append("short", SLICE("one"));
    check("short", "x\none\n");
}

static void refuses(const char *name)
{
    struct err err = {0};
    assert_false(append_file_line(".", name, SLICE("line"), &err));
    assert_int_equal(err.code, ERR_IO);
}

static void what_is_no_file_of_ours_is_refused(void **state)
{
    (void)state;
    sandbox_write("other", SLICE("before\n"));
    assert_int_equal(symlink("other", "symbolic"), 0);
    assert_int_equal(mkfifo("fifo", 0600), 0);
    assert_int_equal(link("other", "hard"), 0);
    refuses("symbolic");
    refuses("hard");
    refuses("fifo");
    refuses("nowhere/name");
    check("other", "before\n");
}

static void check_owner(const char *name, uid_t want)
{
    struct stat file;
    assert_int_equal(stat(name, &file), 0);
    assert_int_equal(file.st_uid, want);
}

/* Only root may give files away. */
static void only_a_new_file_is_given_away(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip();
    assert_int_equal(mkdir("folder", 0700), 0);
    sandbox_write("folder/old", SLICE("one\n"));
    assert_int_equal(chown("folder", 4242, 4242), 0);
    struct err err;
    assert_true(append_file_line("folder", "new", SLICE("line"), &err));
    assert_true(append_file_line("folder", "old", SLICE("two"), &err));
    check_owner("folder/new", 4242);
    check_owner("folder/old", 0);
    check("folder/old", "one\ntwo\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_follow_each_other),
        cmocka_unit_test(a_torn_line_costs_no_other),
        cmocka_unit_test(what_is_no_file_of_ours_is_refused),
        cmocka_unit_test(only_a_new_file_is_given_away),
    };
    return cmocka_run_group_tests(tests, sandbox_enter, sandbox_leave);
}
