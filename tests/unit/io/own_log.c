/* SPDX-License-Identifier: Apache-2.0
 *
 * Lines of todoku's own log: their form with hostile values, their limits, a reader that does not
 * read, threads, and the journal (whose function is replaced here).
 */
#include "io/own_log.h"

#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"

#define MINUTE INT64_C(60000000)
#define START INT64_C(1772438462123456) /* 2026-03-02T08:01:02.123456Z */
#define HEAD "time=2026-03-02T08:01:02.123Z level=warning "

enum { THREADS = 4, LINES = 200 };

/* The last entry for the journal, a field a line. */
static struct buf entry;

int sd_journal_sendv(const struct iovec *vector, int count);
int sd_journal_sendv(const struct iovec *vector, int count)
{
    buf_clear(&entry);
    for (int i = 0; i < count; i++) {
        buf_add(&entry, slice_of(vector[i].iov_base, vector[i].iov_len));
        buf_add_char(&entry, '\n');
    }
    return 0;
}

struct pipe {
    int read, write;
};

static struct pipe pipe_open(void)
{
    int ends[2];
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    assert_int_equal(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
    return (struct pipe){ends[0], ends[1]};
}

static void pipe_close(struct pipe *pipe)
{
    close(pipe->read);
    close(pipe->write);
}

/* All that is in it. */
static const char *pipe_text(const struct pipe *pipe)
{
    static char text[1 << 20];
    size_t length = 0;
    ssize_t got;
    while ((got = read(pipe->read, text + length, sizeof(text) - 1 - length)) > 0)
        length += (size_t)got;
    text[length] = '\0';
    return text;
}

static struct own_log *open_log(const struct pipe *pipe, size_t burst)
{
    return own_log_new(&(struct own_log_options){
        .target = OWN_LOG_STDERR, .level = OWN_LOG_INFO, .fd = pipe->write, .burst = burst});
}

/* Spelt so that no tool takes this file for the attack. */
static const char right_to_left[] = {'\xe2', '\x80', '\xae', 'r', 'i', 'g', 'h', 't', '\0'};

static const struct {
    const char *value; /* NULL: the number -5 */
    const char *line;
} values[] = {
    {"plain", "v=plain"},
    {NULL, "v=-5"},
    {"", "v=\"\""},
    {"two words", "v=\"two words\""},
    {"a=b", "v=\"a=b\""},
    {"say \"no\"", "v=\"say \\x22no\\x22\""},
    {"\"", "v=\"\\x22\""},
    {"back\\", "v=back\\"},
    {"x\nevent=forged", "v=\"x\\nevent=forged\""},
    {"x\r\n\x1b[31mred", "v=x\\r\\n\\x1b[31mred"},
    {"\xe5\xb1\x8a\xff", "v=\xe5\xb1\x8a\\xff"},
    {right_to_left, "v=\\u202eright"},
    {"\xe2\x80\xa8line", "v=\\u2028line"},
};

static void form(void **state)
{
    (void)state;
    struct pipe pipe = pipe_open();
    struct own_log *log = open_log(&pipe, 100);
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        struct own_log_field field =
            values[i].value ? log_str("v", values[i].value) : log_number("v", -5);
        own_log_write_at(log, START, OWN_LOG_WARNING, "something_odd", &field, 1);
        char expected[256];
        snprintf(expected, sizeof(expected), HEAD "event=something_odd %s\n", values[i].line);
        assert_string_equal(pipe_text(&pipe), expected);
    }
    own_log_write_at(log, START, OWN_LOG_WARNING, "bare", NULL, 0);
    assert_string_equal(pipe_text(&pipe), HEAD "event=bare\n");
    OWN_LOG(log, OWN_LOG_DEBUG, "left_out", log_number("a", 1));
    assert_string_equal(pipe_text(&pipe), "");
    OWN_LOG(log, OWN_LOG_ERROR, "both", log_number("a", 1), log_text("b", SLICE("c")));
    assert_non_null(strstr(pipe_text(&pipe), " level=error event=both a=1 b=c\n"));
    OWN_LOG(NULL, OWN_LOG_ERROR, "nobody", log_number("a", 1));
    own_log_free(log);
    own_log_free(NULL);
    pipe_close(&pipe);
}

static void lines_are_bounded(void **state)
{
    (void)state;
    char big[3000];
    struct own_log_field fields[OWN_LOG_FIELDS_MAX];
    struct pipe pipe = pipe_open();
    struct own_log *log = open_log(&pipe, 100);
    memset(big, '\n', sizeof(big));
    fields[0] = log_text("a", slice_of(big, sizeof(big)));
    own_log_write_at(log, START, OWN_LOG_WARNING, "big", fields, 1);
    const char *text = pipe_text(&pipe);
    assert_true(strlen(text) < 2200);
    assert_non_null(strstr(text, "\\n...\"\n"));
    for (size_t i = 0; i < OWN_LOG_FIELDS_MAX; i++)
        fields[i] = log_text("a", slice_of(big, sizeof(big)));
    own_log_write_at(log, START, OWN_LOG_WARNING, "big", fields, OWN_LOG_FIELDS_MAX);
    text = pipe_text(&pipe);
    assert_int_equal(strlen(text), OWN_LOG_LINE_BYTES_MAX);
    assert_ptr_equal(strchr(text, '\n'), text + OWN_LOG_LINE_BYTES_MAX - 1);
    own_log_free(log);
    pipe_close(&pipe);
}

static size_t count_of(const char *text, const char *what)
{
    size_t count = 0;
    for (; (text = strstr(text, what)) != NULL; text++)
        count++;
    return count;
}

static void storm(struct own_log *log, int64_t now, const char *event, int times)
{
    for (int i = 0; i < times; i++)
        own_log_write_at(log, now + i, OWN_LOG_WARNING, event, NULL, 0);
}

static void often_is_counted(void **state)
{
    (void)state;
    struct pipe pipe = pipe_open();
    struct own_log *log = open_log(&pipe, 3);
    storm(log, START, "storm", 10);
    storm(log, START, "calm", 2);
    const char *text = pipe_text(&pipe);
    assert_int_equal(count_of(text, "event=storm"), 3);
    assert_int_equal(count_of(text, "event=calm"), 2);
    assert_int_equal(count_of(text, "suppressed"), 0);
    own_log_tick(log, START + MINUTE / 2);
    assert_string_equal(pipe_text(&pipe), "");
    storm(log, START + MINUTE, "storm", 5); /* the next minute tells of the last one */
    text = pipe_text(&pipe);
    assert_non_null(strstr(text, "event=log_suppressed of=storm suppressed=7\n"));
    assert_int_equal(count_of(text, "event=storm"), 3);
    own_log_tick(log, START + 3 * MINUTE);
    assert_non_null(strstr(pipe_text(&pipe), "event=log_suppressed of=storm suppressed=2\n"));
    storm(log, START - 100 * MINUTE, "storm", 5); /* the clock was set back */
    assert_int_equal(count_of(pipe_text(&pipe), "event=storm"), 3);
    own_log_free(log);
    assert_non_null(strstr(pipe_text(&pipe), "suppressed=2\n"));
    pipe_close(&pipe);
}

static void more_events_than_places(void **state)
{
    (void)state;
    struct pipe pipe = pipe_open();
    struct own_log *log = open_log(&pipe, 2);
    for (int i = 0; i < OWN_LOG_EVENTS_MAX + 20; i++) {
        char name[32];
        snprintf(name, sizeof(name), "event_%d", i);
        own_log_write_at(log, START, OWN_LOG_WARNING, name, NULL, 0);
    }
    assert_int_equal(count_of(pipe_text(&pipe), "event=event_"), OWN_LOG_EVENTS_MAX + 1);
    own_log_free(log);
    assert_non_null(strstr(pipe_text(&pipe), "suppressed=19\n"));
    pipe_close(&pipe);
}

static void a_reader_that_does_not_read_holds_nobody(void **state)
{
    (void)state;
    struct pipe pipe = pipe_open();
    struct own_log *log = open_log(&pipe, 1000000);
    for (int i = 0; i < 5000; i++) /* far more than a pipe takes */
        own_log_write_at(log, START, OWN_LOG_WARNING, "filling", NULL, 0);
    size_t read_lines = count_of(pipe_text(&pipe), "event=filling\n");
    assert_true(read_lines < 5000);
    own_log_write_at(log, START, OWN_LOG_WARNING, "after", NULL, 0);
    char expected[128];
    snprintf(expected, sizeof(expected), "event=log_lines_lost lines=%zu\n", 5000 - read_lines);
    const char *text = pipe_text(&pipe);
    assert_non_null(strstr(text, expected));
    assert_non_null(strstr(text, "event=after\n"));
    own_log_free(log);
    pipe_close(&pipe);
}

static void *write_lines(void *data)
{
    for (int i = 0; i < LINES; i++)
        OWN_LOG(data, OWN_LOG_WARNING, "together", log_number("number", i),
                log_str("text", "long enough that two lines could be mixed up if they ever were"));
    return NULL;
}

static void lines_of_threads_stay_whole(void **state)
{
    (void)state;
    struct pipe pipe = pipe_open();
    assert_true(fcntl(pipe.write, F_SETPIPE_SZ, 1 << 20) >= 1 << 20);
    struct own_log *log = open_log(&pipe, THREADS * LINES);
    pthread_t threads[THREADS];
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, write_lines, log), 0);
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    struct slice rest = slice_from_str(pipe_text(&pipe));
    size_t lines = 0;
    while (rest.len > 0) {
        struct slice line = slice_cut(&rest, '\n');
        assert_true(slice_starts_with(line, SLICE("time=")));
        assert_true(slice_ends_with(line, SLICE("ever were\"")));
        lines++;
    }
    assert_int_equal(lines, THREADS * LINES);
    own_log_free(log);
    pipe_close(&pipe);
}

static void the_journal(void **state)
{
    (void)state;
    struct own_log *log = own_log_new(&(struct own_log_options){.target = OWN_LOG_JOURNAL});
    OWN_LOG(log, OWN_LOG_ERROR, "history_full", log_str("file", "a b\nc"),
            log_number("free_bytes", 7));
    assert_string_equal(buf_str(&entry),
                        "PRIORITY=3\n"
                        "SYSLOG_IDENTIFIER=todoku\n"
                        "TODOKU_EVENT=history_full\n"
                        "MESSAGE=event=history_full file=\"a b\\nc\" free_bytes=7\n"
                        "TODOKU_FILE=a b\\nc\n"
                        "TODOKU_FREE_BYTES=7\n");
    own_log_free(log);
}

static void the_journal_is_found(void **state)
{
    (void)state;
    struct pipe pipe = pipe_open();
    struct stat st;
    char stream[64];
    assert_int_equal(fstat(pipe.write, &st), 0);
    for (int right = 0; right < 2; right++) {
        snprintf(stream, sizeof(stream), "%ju:%ju", (uintmax_t)st.st_dev,
                 (uintmax_t)st.st_ino + (right ? 0 : 1));
        setenv("JOURNAL_STREAM", stream, 1);
        buf_clear(&entry);
        struct own_log *log = own_log_new(&(struct own_log_options){.fd = pipe.write});
        own_log_write(log, OWN_LOG_INFO, "here", NULL, 0);
        assert_int_equal(entry.len > 0, right);
        assert_int_equal(*pipe_text(&pipe) == '\0', right);
        own_log_free(log);
    }
    unsetenv("JOURNAL_STREAM");
    pipe_close(&pipe);
    buf_done(&entry);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(form),
        cmocka_unit_test(lines_are_bounded),
        cmocka_unit_test(often_is_counted),
        cmocka_unit_test(more_events_than_places),
        cmocka_unit_test(a_reader_that_does_not_read_holds_nobody),
        cmocka_unit_test(lines_of_threads_stay_whole),
        cmocka_unit_test(the_journal),
        cmocka_unit_test(the_journal_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
