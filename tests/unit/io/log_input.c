/* SPDX-License-Identifier: Apache-2.0
 *
 * Plain files, pipes, standard input, and what can go wrong with them.
 */
#include "io/log_input.h"

#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include <cmocka.h>

#include "io/sandbox.h"

static void check_refused(const char *path, enum err_code code, const char *text)
{
    struct err err = {0};
    assert_null(log_input_open(path, &err));
    assert_int_equal(err.code, code);
    assert_non_null(strstr(err.text, text));
}

/* The lines that are left, each with '|' behind it. */
static void read_rest(struct log_input *input, struct buf *to)
{
    struct slice line;
    struct err err = {0};
    enum log_input_status status;
    while ((status = log_input_next(input, &line, &err)) == LOG_INPUT_LINE) {
        assert_true(line.len <= LOG_INPUT_LINE_MAX);
        buf_add(to, line);
        buf_add_char(to, '|');
    }
    assert_int_equal(status, LOG_INPUT_END);
    assert_int_equal(log_input_next(input, &line, &err), LOG_INPUT_END);
    assert_null(log_input_warning(input));
}

static void check_content(const char *path, struct slice expected)
{
    struct buf CLEANUP_BUF got = {0};
    struct log_input *input = sandbox_open(path);
    read_rest(input, &got);
    log_input_close(input);
    assert_int_equal(got.len, expected.len);
    if (got.len > 0)
        assert_memory_equal(got.ptr, expected.ptr, got.len);
}

static void plain_files(void **state)
{
    (void)state;
    sandbox_write("a", SLICE("one\ntwo\r\n\nn\0l\nlast"));
    check_content("a", SLICE("one|two||n\0l|last|"));
    sandbox_write("empty", SLICE(""));
    check_content("empty", SLICE(""));
    sandbox_write("short", SLICE("x"));
    check_content("short", SLICE("x|"));
    check_content("/dev/null", SLICE(""));
}

static void facts(void **state)
{
    (void)state;
    sandbox_write("facts", SLICE("one\ntwo\n"));
    struct timespec times[2] = {{0, 0}, {1772409612, 5000}};
    assert_int_equal(utimensat(AT_FDCWD, "facts", times, 0), 0);
    struct log_input *input = sandbox_open("facts");
    const struct log_input_facts *known = log_input_facts(input);
    assert_string_equal(known->name, "facts");
    assert_int_equal(known->modified_us, 1772409612000005);
    assert_int_equal(known->size_bytes, 8);
    assert_true(known->regular);
    assert_false(known->compressed);
    struct buf CLEANUP_BUF got = {0};
    read_rest(input, &got);
    assert_int_equal(log_input_position(input), 8);
    log_input_close(input);
}

static void cannot_be_read(void **state)
{
    (void)state;
    check_refused("missing", ERR_IO, "missing: cannot open: No such file");
    assert_int_equal(mkdir("folder", 0755), 0);
    check_refused("folder", ERR_INPUT, "folder: is a directory");
    check_refused("", ERR_IO, "cannot open");
    check_refused("bad\x1b[2J", ERR_IO, "bad?[2J: cannot open");
    log_input_close(NULL);
    if (geteuid() == 0)
        return; /* may read everything */
    sandbox_write("secret", SLICE("x\n"));
    assert_int_equal(chmod("secret", 0), 0);
    check_refused("secret", ERR_IO, "secret: cannot open: Permission denied");
}

/* Reading a process's memory at address 0 is an I/O error on any Linux. */
static void read_error(void **state)
{
    (void)state;
    struct err err = {0};
    struct slice line;
    struct log_input *input = sandbox_open("/proc/self/mem");
    assert_int_equal(log_input_next(input, &line, &err), LOG_INPUT_FAILED);
    assert_string_equal(err.text, "/proc/self/mem: cannot read on at byte 0: Input/output error");
    err = (struct err){0};
    assert_int_equal(log_input_next(input, &line, &err), LOG_INPUT_FAILED);
    assert_string_equal(err.text, "/proc/self/mem: cannot read on at byte 0: Input/output error");
    log_input_close(input);
}

static void long_lines(void **state)
{
    (void)state;
    struct buf CLEANUP_BUF text = {0};
    size_t huge = 10 << 20;
    memset(buf_reserve(&text, huge), 'x', huge);
    text.len = huge;
    buf_add(&text, SLICE("\nnext\n"));
    sandbox_write("long", buf_slice(&text));
    struct log_input *input = sandbox_open("long");
    struct slice line;
    assert_int_equal(log_input_next(input, &line, NULL), LOG_INPUT_LINE);
    assert_int_equal(line.len, LOG_INPUT_LINE_MAX);
    assert_int_equal(line.ptr[line.len - 1], 'x');
    assert_int_equal(log_input_next(input, &line, NULL), LOG_INPUT_LINE);
    assert_true(slice_eq(line, SLICE("next")));
    assert_int_equal(log_input_next(input, &line, NULL), LOG_INPUT_END);
    assert_int_equal(log_input_cut_lines(input), 1);
    log_input_close(input);
}

/* Many blocks: every line comes whole and in order. */
static void big_file(void **state)
{
    (void)state;
    struct buf CLEANUP_BUF text = {0}, CLEANUP_BUF got = {0};
    make_lines(0, 20000, &text);
    sandbox_write("big", buf_slice(&text));
    struct log_input *input = sandbox_open("big");
    read_rest(input, &got);
    log_input_close(input);
    assert_int_equal(got.len, text.len);
    for (size_t i = 0; i < got.len; i++)
        if (got.ptr[i] == '|')
            got.ptr[i] = '\n';
    assert_memory_equal(got.ptr, text.ptr, text.len);
}

static void peeks(void **state)
{
    (void)state;
    struct buf CLEANUP_BUF text = {0}, CLEANUP_BUF got = {0};
    struct slice tail;
    sandbox_write("small", SLICE("one\ntwo\n"));
    struct log_input *input = sandbox_open("small");
    assert_true(slice_eq(log_input_peek(input, &tail), SLICE("one\ntwo\n")));
    assert_true(slice_eq(tail, SLICE("one\ntwo\n")));
    assert_true(slice_eq(log_input_peek(input, &tail), SLICE("one\ntwo\n")));
    read_rest(input, &got);
    assert_string_equal(buf_str(&got), "one|two|");
    log_input_close(input);

    make_lines(0, 5000, &text);
    sandbox_write("large", buf_slice(&text));
    input = sandbox_open("large");
    struct slice head = log_input_peek(input, &tail);
    assert_true(slice_eq(head, slice_first(buf_slice(&text), 65536)));
    assert_true(slice_eq(tail, slice_skip(buf_slice(&text), text.len - 65536)));
    log_input_close(input);

    input = sandbox_open("/dev/null");
    assert_int_equal(log_input_peek(input, &tail).len + tail.len, 0);
    log_input_close(input);
}

/* Somebody goes on writing, and somebody truncates. */
static void file_in_use(void **state)
{
    (void)state;
    struct buf CLEANUP_BUF text = {0}, CLEANUP_BUF got = {0};
    struct slice line;
    make_lines(0, 10000, &text);
    sandbox_write("live", buf_slice(&text));
    struct log_input *input = sandbox_open("live");
    assert_int_equal(log_input_next(input, &line, NULL), LOG_INPUT_LINE);
    FILE *writer = fopen("live", "a");
    fputs("appended\n", writer);
    fclose(writer);
    read_rest(input, &got);
    assert_true(slice_ends_with(buf_slice(&got), SLICE("|appended|")));
    log_input_close(input);

    input = sandbox_open("live");
    assert_int_equal(log_input_next(input, &line, NULL), LOG_INPUT_LINE);
    assert_int_equal(truncate("live", 3), 0);
    buf_clear(&got);
    read_rest(input, &got); /* what was read before is still good */
    assert_true(got.len > 0 && got.len < text.len);
    log_input_close(input);
}

struct writer {
    const char *path; /* a FIFO to open; NULL: fd */
    int fd;
};

/* Writes slowly, in pieces that end within lines. */
static void *write_slowly(void *data)
{
    struct writer *writer = data;
    int fd = writer->path ? open(writer->path, O_WRONLY) : writer->fd;
    static const char *const pieces[] = {"o", "ne\nt", "wo", "\nthree\nfo", "ur"};
    for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
        usleep(2000);
        if (write(fd, pieces[i], strlen(pieces[i])) < 0)
            break;
    }
    close(fd);
    return NULL;
}

static void pipes(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    struct writer writer = {.fd = ends[1]};
    pthread_t thread;
    char path[32];
    snprintf(path, sizeof(path), "/dev/fd/%d", ends[0]);
    struct log_input *input = sandbox_open(path);
    assert_false(log_input_facts(input)->regular);
    assert_int_equal(log_input_facts(input)->size_bytes, -1);
    assert_true(log_input_facts(input)->modified_us > 1700000000000000);
    pthread_create(&thread, NULL, write_slowly, &writer);
    struct slice tail;
    assert_true(slice_starts_with(SLICE("one\ntwo\nthree\nfour\n"), log_input_peek(input, &tail)));
    assert_int_equal(tail.len, 0);
    struct buf CLEANUP_BUF got = {0};
    read_rest(input, &got);
    assert_string_equal(buf_str(&got), "one|two|three|four|");
    log_input_close(input);
    pthread_join(thread, NULL);
    close(ends[0]);
}

static void fifos(void **state)
{
    (void)state;
    assert_int_equal(mkfifo("fifo", 0600), 0);
    struct writer writer = {.path = "fifo"};
    pthread_t thread;
    pthread_create(&thread, NULL, write_slowly, &writer);
    check_content("fifo", SLICE("one|two|three|four|"));
    pthread_join(thread, NULL);
}

static void ignore_signal(int signal)
{
    (void)signal;
}

/* read is interrupted all the time, and the descriptor does not block. */
static void signals_and_nonblocking(void **state)
{
    (void)state;
    struct sigaction action = {.sa_handler = ignore_signal}, before;
    struct itimerval often = {{0, 500}, {0, 500}}, never = {{0, 0}, {0, 0}};
    sigaction(SIGALRM, &action, &before);
    setitimer(ITIMER_REAL, &often, NULL);
    pipes(state);
    setitimer(ITIMER_REAL, &never, NULL);
    sigaction(SIGALRM, &before, NULL);

    int ends[2], saved = dup(STDIN_FILENO);
    assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
    assert_int_equal(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
    struct writer writer = {.fd = ends[1]};
    pthread_t thread;
    pthread_create(&thread, NULL, write_slowly, &writer);
    check_content("-", SLICE("one|two|three|four|"));
    pthread_join(thread, NULL);
    close(ends[0]);
    dup2(saved, STDIN_FILENO);
    close(saved);
}

static void standard_input(void **state)
{
    (void)state;
    int saved = dup(STDIN_FILENO);
    sandbox_write("in", SLICE("one\ntwo\n"));
    int fd = open("in", O_RDONLY);
    assert_int_equal(lseek(fd, 4, SEEK_SET), 4); /* somebody has read a line before */
    dup2(fd, STDIN_FILENO);
    close(fd);
    struct log_input *input = sandbox_open("-");
    assert_string_equal(log_input_facts(input)->name, "standard input");
    struct buf CLEANUP_BUF got = {0};
    read_rest(input, &got);
    assert_string_equal(buf_str(&got), "two|");
    log_input_close(input);
    assert_int_not_equal(fcntl(STDIN_FILENO, F_GETFD), -1); /* not ours to close */

    close(STDIN_FILENO);
    input = sandbox_open("in"); /* must not become standard input */
    check_refused("-", ERR_IO, "standard input is closed");
    log_input_close(input);
    dup2(saved, STDIN_FILENO);
    close(saved);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_files),    cmocka_unit_test(facts),
        cmocka_unit_test(cannot_be_read), cmocka_unit_test(read_error),
        cmocka_unit_test(long_lines),     cmocka_unit_test(big_file),
        cmocka_unit_test(peeks),          cmocka_unit_test(file_in_use),
        cmocka_unit_test(pipes),          cmocka_unit_test(fifos),
        cmocka_unit_test(standard_input), cmocka_unit_test(signals_and_nonblocking),
    };
    return cmocka_run_group_tests(tests, sandbox_enter, sandbox_leave);
}
