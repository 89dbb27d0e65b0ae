/* SPDX-License-Identifier: Apache-2.0
 *
 * Files that are written whole or not at all, and a standard output that is full, gone or fine. The
 * latter in child processes, since it closes stdout.
 */
#include "io/output.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "io/sandbox.h"

static void check_written(const char *path, struct slice bytes)
{
    struct err err = {0};
    struct buf CLEANUP_BUF got = {0};
    assert_true(output_file_write(path, bytes, &err));
    assert_string_equal(err.text, "");
    sandbox_read(path, &got);
    assert_true(slice_eq(buf_slice(&got), bytes));
}

static mode_t mode_of(const char *path)
{
    struct stat st;
    assert_int_equal(lstat(path, &st), 0);
    return st.st_mode;
}

/* Entries of the folder we are in, "." and ".." too. */
static int entries(void)
{
    int count = 0;
    DIR *dir = opendir(".");
    while (readdir(dir) != NULL)
        count++;
    closedir(dir);
    return count;
}

static void files(void **state)
{
    (void)state;
    mode_t before = umask(022);
    check_written("new", SLICE("one\n"));
    assert_int_equal(mode_of("new") & 0777, 0644);
    assert_int_equal(chmod("new", 0600), 0);
    check_written("new", SLICE(""));
    assert_int_equal(mode_of("new") & 0777, 0600);
    umask(077);
    check_written("private", SLICE("x"));
    assert_int_equal(mode_of("private") & 0777, 0600);
    umask(before);
}

static void links_and_specials(void **state)
{
    (void)state;
    struct err err = {0};
    check_written("target", SLICE("one\n"));
    assert_int_equal(symlink("target", "link"), 0);
    check_written("link", SLICE("two\n"));
    assert_true(S_ISLNK(mode_of("link")));
    assert_true(output_file_write("/dev/null", SLICE("gone"), &err));
    assert_true(S_ISCHR(mode_of("/dev/null")));
    assert_false(output_file_write("/dev/full", SLICE("x"), &err));
    assert_string_equal(err.text, "/dev/full: cannot write: No space left on device");
}

static void refused(void **state)
{
    (void)state;
    struct err err = {0};
    assert_false(output_file_write("no/such/folder", SLICE("x"), &err));
    assert_string_equal(
        err.text, "no/such/folder: cannot create a file beside it: No such file or directory");
    assert_false(output_file_write(".", SLICE("x"), &err));
    assert_string_equal(err.text, ".: is a directory: name a file");
}

/* A limit stands for a full disk: the old content stays, nothing is left behind. */
static void disk_full(void **state)
{
    (void)state;
    struct err err = {0};
    struct buf CLEANUP_BUF big = {0}, CLEANUP_BUF got = {0};
    struct rlimit before, small;
    make_lines(0, 1000, &big);
    check_written("kept", SLICE("old\n"));
    int count = entries();
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before);
    small = (struct rlimit){.rlim_cur = 4096, .rlim_max = before.rlim_max};
    setrlimit(RLIMIT_FSIZE, &small);
    assert_false(output_file_write("kept", buf_slice(&big), &err));
    setrlimit(RLIMIT_FSIZE, &before);
    assert_string_equal(err.text,
                        "kept: cannot write (what was there is unchanged): File too large");
    sandbox_read("kept", &got);
    assert_string_equal(buf_str(&got), "old\n");
    assert_int_equal(entries(), count);
}

/* Exit status of a child that prints `bytes` bytes to fd as its stdout and finishes: 0 done, 1 the
 * pipe was closed, 2 failed with the right words, 3 failed with others. fd -1: stdout is closed. */
static int child_prints(int fd, size_t bytes, bool flush)
{
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        struct err err = {0};
        output_ignore_sigpipe();
        if (fd < 0)
            close(STDOUT_FILENO);
        else
            dup2(fd, STDOUT_FILENO);
        for (size_t i = 0; i < bytes; i++)
            putchar('x');
        if (flush)
            fflush(stdout);
        enum output_end end = output_finish_stdout(&err);
        bool right =
            strcmp(err.text, "cannot write to standard output: No space left on device") == 0;
        _exit(end == OUTPUT_DONE ? 0 : end == OUTPUT_PIPE_CLOSED ? 1 : right ? 2 : 3);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void stdout_full(void **state)
{
    (void)state;
    int full = open("/dev/full", O_WRONLY);
    assert_int_equal(child_prints(full, 10, false), 2);
    assert_int_equal(child_prints(full, 10, true), 2); /* stdio has forgotten why */
    assert_int_equal(child_prints(full, 100000, false), 2);
    assert_int_equal(child_prints(full, 0, false), 0);
    close(full);
}

static void stdout_fine_or_closed(void **state)
{
    (void)state;
    int null = open("/dev/null", O_WRONLY);
    assert_int_equal(child_prints(null, 100000, false), 0);
    close(null);
    assert_int_equal(child_prints(-1, 0, false), 0);
    assert_int_equal(child_prints(-1, 10, false), 3); /* Bad file descriptor */
}

static void stdout_pipe(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    close(ends[0]);
    assert_int_equal(child_prints(ends[1], 10, false), 1);
    assert_int_equal(child_prints(ends[1], 10, true), 1);
    close(ends[1]);
}

static void ends_as_a_filter(void **state)
{
    (void)state;
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        output_ignore_sigpipe();
        output_exit_by_pipe();
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGPIPE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files),       cmocka_unit_test(links_and_specials),
        cmocka_unit_test(refused),     cmocka_unit_test(disk_full),
        cmocka_unit_test(stdout_full), cmocka_unit_test(stdout_fine_or_closed),
        cmocka_unit_test(stdout_pipe), cmocka_unit_test(ends_as_a_filter),
    };
    return cmocka_run_group_tests(tests, sandbox_enter, sandbox_leave);
}
