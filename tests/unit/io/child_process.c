/* SPDX-License-Identifier: Apache-2.0
 *
 * External commands, the good and the bad ones: sh plays them all.
 */
#include "io/child_process.h"

#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

enum { BIG_INPUT = 4 << 20, THREADS = 4 };

static const struct {
    const char *script, *input;
    const char *output, *errors;
    int status, signal;
    bool input_left;
} cases[] = {
    {"exit 0", "", "", "", 0, 0, false},
    {"cat", "hello\n", "hello\n", "", 0, 0, false},
    {"echo out; echo err >&2; exit 7", "", "out\n", "err\n", 7, 0, false},
    {"exit 255", "", "", "", 255, 0, false},
    {"kill -9 $$", "", "", "", -1, SIGKILL, false},
    {"kill -TERM $$", "", "", "", -1, SIGTERM, false},
    {"read line; echo got $line", "one\ntwo\n", "got one\n", "", 0, 0, false},
    {"pwd", "", "/\n", "", 0, 0, false},
    {"echo $HOME$SECRET$LC_ALL", "", "C.UTF-8\n", "", 0, 0, false},
    {"ls /proc/self/fd | wc -l", "", "4\n", "", 0, 0, false}, /* 0 1 2 and ls' own */
    {"trap", "", "", "", 0, 0, false},
};

static bool run_script(const char *script, struct child_command command,
                       struct child_outcome *outcome)
{
    struct err err = {0};
    const char *argv[] = {"sh", "-c", script, NULL};
    command.argv = argv;
    bool ok = child_process_run(&command, outcome, &err);
    if (!ok)
        print_error("%s\n", err.text);
    return ok;
}

static void endings(void **state)
{
    (void)state;
    setenv("SECRET", "s3cret", 1);
    int leaked = open("/dev/null", O_RDONLY); /* not close-on-exec on purpose */
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct child_outcome outcome;
        assert_true(run_script(cases[i].script,
                               (struct child_command){.input = slice_from_str(cases[i].input)},
                               &outcome));
        assert_string_equal(buf_str(&outcome.output), cases[i].output);
        assert_string_equal(buf_str(&outcome.errors), cases[i].errors);
        assert_int_equal(outcome.status, cases[i].status);
        assert_int_equal(outcome.signal, cases[i].signal);
        assert_int_equal(outcome.input_left, cases[i].input_left);
        assert_false(outcome.timed_out);
        assert_false(outcome.cut);
        child_outcome_done(&outcome);
    }
    close(leaked);
    unsetenv("SECRET");
}

/* Whatever this process ignores or blocks, as the daemon and its workers do. */
static void signals_are_the_standard_ones(void **state)
{
    (void)state;
    struct sigaction ignore = {.sa_handler = SIG_IGN}, before;
    sigset_t all, mask;
    sigfillset(&all);
    assert_int_equal(sigaction(SIGPIPE, &ignore, &before), 0);
    pthread_sigmask(SIG_SETMASK, &all, &mask);
    struct child_outcome outcome;
    assert_true(run_script("exec grep -E 'Sig(Blk|Ign)' /proc/self/status",
                           (struct child_command){0}, &outcome));
    pthread_sigmask(SIG_SETMASK, &mask, NULL);
    sigaction(SIGPIPE, &before, NULL);
    unsigned long long blocked = 1, ignored = 1;
    assert_int_equal(
        sscanf(buf_str(&outcome.output), "SigBlk:\t%llx SigIgn:\t%llx", &blocked, &ignored), 2);
    assert_int_equal(blocked, 0);
    assert_int_equal(ignored & 0x7fffffff, 0); /* 32 and 33 are libc's own */
    child_outcome_done(&outcome);
}

static void missing_programs(void **state)
{
    (void)state;
    static const char *const names[] = {"/nowhere/at/all", "no-such-program-anywhere",
                                        "/etc/passwd", "/"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const char *argv[] = {names[i], NULL};
        struct child_outcome outcome;
        struct err err = {0};
        assert_false(child_process_run(&(struct child_command){.argv = argv}, &outcome, &err));
        assert_int_equal(err.code, ERR_IO);
        assert_non_null(strstr(err.text, names[i]));
    }
    const char *argv[] = {"sh", "-c", "exit 0", NULL};
    struct child_outcome outcome;
    struct err err = {0};
    assert_false(child_process_run(
        &(struct child_command){.argv = argv, .folder = "/nowhere/at/all"}, &outcome, &err));
}

static void environment_and_folder(void **state)
{
    (void)state;
    static const char *const more[] = {"TODOKU_KIND=block", "EMPTY=", NULL};
    struct child_outcome outcome;
    assert_true(run_script("echo $TODOKU_KIND; pwd",
                           (struct child_command){.environment = more, .folder = "/usr"},
                           &outcome));
    assert_string_equal(buf_str(&outcome.output), "block\n/usr\n");
    child_outcome_done(&outcome);
}

static struct slice big_input(void)
{
    char *bytes = malloc(BIG_INPUT);
    assert_non_null(bytes);
    memset(bytes, 'x', BIG_INPUT);
    return slice_of(bytes, BIG_INPUT);
}

static void big_input_and_output_at_once(void **state)
{
    (void)state;
    struct slice input = big_input();
    struct child_outcome outcome;
    assert_true(run_script(
        "cat", (struct child_command){.input = input, .output_bytes_max = 8 << 20}, &outcome));
    assert_true(slice_eq(buf_slice(&outcome.output), input));
    assert_false(outcome.input_left);
    child_outcome_done(&outcome);
    free((void *)(uintptr_t)input.ptr);
}

/* A closed pipe is no signal for us, whatever is set for SIGPIPE here: its standard way is to end
 * the process. */
static void stdin_closed_early(void **state)
{
    (void)state;
    struct slice input = big_input();
    static const char *const scripts[] = {"exec <&-; sleep 0.1; echo done", "exit 3", "head -c 1"};
    for (size_t i = 0; i < 3; i++) {
        struct child_outcome outcome;
        assert_true(run_script(scripts[i], (struct child_command){.input = input}, &outcome));
        assert_true(outcome.input_left);
        assert_int_equal(outcome.signal, 0);
        child_outcome_done(&outcome);
    }
    sigset_t waiting;
    sigpending(&waiting);
    assert_int_equal(sigismember(&waiting, SIGPIPE), 0);
    free((void *)(uintptr_t)input.ptr);
}

static void endless_output_is_bounded(void **state)
{
    (void)state;
    struct child_outcome outcome;
    assert_true(run_script("head -c 1073741824 /dev/zero; echo end >&2",
                           (struct child_command){.output_bytes_max = 1000, .deadline_ms = 120000},
                           &outcome));
    assert_int_equal(outcome.output.len, 1000);
    assert_true(outcome.cut);
    assert_false(outcome.timed_out);
    assert_string_equal(buf_str(&outcome.errors), "end\n");
    child_outcome_done(&outcome);
    int ms = 25;
    do { /* a busy machine needs longer to write so much */
        ms *= 2;
        assert_true(run_script("exec yes", (struct child_command){.deadline_ms = ms}, &outcome));
        assert_true(outcome.timed_out);
        assert_int_equal(outcome.signal, SIGTERM);
        child_outcome_done(&outcome);
    } while (!outcome.cut);
}

static void hanging_children_are_ended(void **state)
{
    (void)state;
    static const struct {
        const char *script;
        int signal;
    } hanging[] = {
        {"exec sleep 1000", SIGTERM},
        {"sleep 1000; echo never", SIGTERM},
        {"trap '' TERM; while :; do sleep 1; done", SIGKILL},
        {"exec >&- 2>&- <&-; exec sleep 1000", SIGTERM},
        {"kill -STOP $$; echo never", SIGKILL},
    };
    for (size_t i = 0; i < sizeof(hanging) / sizeof(hanging[0]); i++) {
        struct child_outcome outcome;
        assert_true(
            run_script(hanging[i].script, (struct child_command){.deadline_ms = 100}, &outcome));
        assert_true(outcome.timed_out);
        assert_int_equal(outcome.signal, hanging[i].signal);
        assert_int_equal(outcome.status, -1);
        assert_int_equal(outcome.output.len, 0);
        child_outcome_done(&outcome);
    }
}

/* What stays behind keeps our pipe open: it is ended, not waited for. */
static void grandchildren_go_too(void **state)
{
    (void)state;
    struct child_outcome outcome;
    assert_true(run_script("sleep 1000 & echo $!", (struct child_command){0}, &outcome));
    assert_int_equal(outcome.status, 0);
    pid_t left = (pid_t)strtol(buf_str(&outcome.output), NULL, 10);
    assert_true(left > 1);
    /* Ended, though its new parent may not have collected it yet. */
    char path[64], text[512] = "";
    snprintf(path, sizeof(path), "/proc/%ld/stat", (long)left);
    for (int i = 0; i < 6000; i++) {
        int fd = open(path, O_RDONLY);
        ssize_t got = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);
        if (fd >= 0)
            close(fd);
        if (got <= 0 || strstr(text, ") Z ") != NULL)
            break;
        assert_true(i < 5999);
        usleep(10000);
    }
    child_outcome_done(&outcome);
}

static void *abort_soon(void *data)
{
    usleep(50000);
    atomic_store((atomic_bool *)data, true);
    return NULL;
}

static void an_abort_ends_it(void **state)
{
    (void)state;
    atomic_bool abort = false;
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, abort_soon, &abort), 0);
    struct child_outcome outcome;
    assert_true(run_script("exec sleep 1000",
                           (struct child_command){.abort = &abort, .deadline_ms = 900000},
                           &outcome));
    assert_true(outcome.timed_out);
    pthread_join(thread, NULL);
    child_outcome_done(&outcome);
}

/* Returns NULL when all is right. */
static void *run_many(void *data)
{
    for (int i = 0; i < 20; i++) {
        struct child_outcome outcome;
        if (!run_script("cat; echo e >&2", (struct child_command){.input = SLICE("text")},
                        &outcome))
            return data;
        bool right = strcmp(buf_str(&outcome.output), "text") == 0 &&
                     strcmp(buf_str(&outcome.errors), "e\n") == 0;
        child_outcome_done(&outcome);
        if (!right)
            return data;
    }
    return NULL;
}

/* A pipe's end that leaked into another child would keep it from seeing the end of its input. */
static void several_threads(void **state)
{
    (void)state;
    pthread_t threads[THREADS];
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, run_many, threads), 0);
    for (size_t i = 0; i < THREADS; i++) {
        void *fault;
        pthread_join(threads[i], &fault);
        assert_null(fault);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(endings),
        cmocka_unit_test(signals_are_the_standard_ones),
        cmocka_unit_test(missing_programs),
        cmocka_unit_test(environment_and_folder),
        cmocka_unit_test(big_input_and_output_at_once),
        cmocka_unit_test(stdin_closed_early),
        cmocka_unit_test(endless_output_is_bounded),
        cmocka_unit_test(hanging_children_are_ended),
        cmocka_unit_test(grandchildren_go_too),
        cmocka_unit_test(an_abort_ends_it),
        cmocka_unit_test(several_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
