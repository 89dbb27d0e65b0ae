/* SPDX-License-Identifier: Apache-2.0
 *
 * Small files, and what may stand in the place of one of ours: nothing is waited for.
 */
#include "io/file_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "io/output.h"
#include "io/sandbox.h"

static void reads_the_whole_up_to_its_bound(void **state)
{
    (void)state;
    struct err err = {0};
    CLEANUP_BUF struct buf big = {0}, got = {0};
    for (int i = 0; i < 200000; i++)
        buf_addf(&big, "%d,", i % 10);
    sandbox_write("state", buf_slice(&big));
    buf_add_str(&got, "before:");
    assert_true(file_text_read_state("state", big.len, &got, &err));
    assert_int_equal(got.len, big.len + 7);
    assert_memory_equal(got.ptr + 7, big.ptr, big.len);
    assert_false(file_text_read_state("state", big.len - 1, &got, &err));
    assert_int_equal(err.code, ERR_LIMIT);
    assert_non_null(strstr(err.text, "state: expected at most"));
    buf_clear(&got);
    sandbox_write("empty", SLICE(""));
    assert_true(file_text_read_state("empty", 10, &got, &err));
    assert_int_equal(got.len, 0);
}

static void make_socket(const char *name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strncpy(address.sun_path, name, sizeof(address.sun_path) - 1);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    close(fd);
}

static void what_is_no_file_is_said_and_not_waited_for(void **state)
{
    (void)state;
    static const struct {
        const char *name, *says;
    } cases[] = {{"fifo", "is a FIFO, not a file"},
                 {"folder", "is a directory, not a file"},
                 {"/dev/zero", "is a device"},
                 {"socket", "is a socket or a device"},
                 {"link", "is a FIFO, not a file"},
                 {"none", "cannot open"},
                 {"loop", "cannot open"}};
    assert_int_equal(mkfifo("fifo", 0600), 0);
    assert_int_equal(mkdir("folder", 0700), 0);
    make_socket("socket");
    assert_int_equal(symlink("fifo", "link"), 0);
    assert_int_equal(symlink("loop", "loop"), 0);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct err err = {0};
        CLEANUP_BUF struct buf got = {0};
        assert_false(file_text_read_state(cases[i].name, 1000, &got, &err));
        if (strstr(err.text, cases[i].says) == NULL || strstr(err.text, cases[i].name) == NULL)
            fail_msg("%s: %s", cases[i].name, err.text);
        assert_int_equal(got.len, 0);
    }
}

/* Written by name, whatever was there; but no folder goes. */
static void what_is_no_file_is_replaced(void **state)
{
    (void)state;
    static const char *const names[] = {"fifo2", "null", "new", "new"};
    struct err err = {0};
    assert_int_equal(mkfifo("fifo2", 0600), 0);
    assert_int_equal(symlink("/dev/null", "null"), 0);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        CLEANUP_BUF struct buf got = {0};
        assert_true(output_state_write(names[i], SLICE("ours"), &err));
        assert_true(file_text_read_state(names[i], 1000, &got, &err));
        assert_string_equal(buf_str(&got), "ours");
    }
    assert_int_equal(mkdir("folder2", 0700), 0);
    assert_false(output_state_write("folder2", SLICE("ours"), &err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_the_whole_up_to_its_bound),
        cmocka_unit_test(what_is_no_file_is_said_and_not_waited_for),
        cmocka_unit_test(what_is_no_file_is_replaced),
    };
    return cmocka_run_group_tests(tests, sandbox_enter, sandbox_leave);
}
