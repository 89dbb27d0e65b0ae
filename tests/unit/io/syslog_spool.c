/* SPDX-License-Identifier: Apache-2.0
 *
 * The spool: whole lines, a bound, files that go when they are kept elsewhere.
 */
#include "io/syslog_spool.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "io/follow_fixture.h"
#include "io/log_tail.h"
#include "io/sandbox.h"

enum { MAX = 1 << 20 };

static struct syslog_spool *open_spool(const char *folder)
{
    struct err err = {0};
    struct syslog_spool *spool = syslog_spool_open(folder, "tcp.514", MAX, &err);
    assert_string_equal(err.text, "");
    assert_non_null(spool);
    return spool;
}

static void flush(struct syslog_spool *spool)
{
    struct err err = {0};
    assert_true(syslog_spool_flush(spool, &err));
}

static size_t count_files(const char *folder)
{
    size_t count = 0;
    struct dirent *entry;
    DIR *dir = opendir(folder);
    while ((entry = readdir(dir)) != NULL)
        count += entry->d_name[0] != '.';
    closedir(dir);
    return count;
}

static void writes_lines(void **state)
{
    (void)state;
    struct buf CLEANUP_BUF text = {0};
    struct syslog_spool *spool = open_spool("lines");
    assert_string_equal(syslog_spool_path(spool), "lines/tcp.514.spool");
    syslog_spool_add(spool, "192.0.2.1", SLICE("<22>a\nb\r\nc"));
    syslog_spool_add(spool, "-", SLICE("<22>\0\x1b"));
    sandbox_read("lines/tcp.514.spool", &text);
    assert_int_equal(text.len, 0);
    flush(spool);
    sandbox_read("lines/tcp.514.spool", &text);
    struct slice expected = SLICE("192.0.2.1 <22>a b  c\n- <22>\0\x1b\n");
    struct slice rest = buf_slice(&text);
    assert_true(slice_starts_with(slice_cut(&rest, '\n'), SLICE("spool ")));
    assert_int_equal(rest.len, expected.len);
    assert_memory_equal(rest.ptr, expected.ptr, expected.len);
    syslog_spool_add(spool, "::1", SLICE("<22>at the end"));
    syslog_spool_free(spool);
    buf_clear(&text);
    sandbox_read("lines/tcp.514.spool", &text);
    assert_true(slice_ends_with(buf_slice(&text), SLICE("\n::1 <22>at the end\n")));
}

static void drops_a_torn_line(void **state)
{
    (void)state;
    static const struct {
        const char *before, *after;
    } cases[] = {
        {"- whole\n- to", "- whole\n"}, {"- whole\n", "- whole\n"}, {"- torn", ""}, {"", ""}};
    assert_int_equal(mkdir("torn", 0755), 0);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct buf CLEANUP_BUF text = {0};
        sandbox_write("torn/tcp.514.spool", slice_from_str(cases[i].before));
        syslog_spool_free(open_spool("torn"));
        sandbox_read("torn/tcp.514.spool", &text);
        assert_string_equal(buf_str(&text), cases[i].after);
    }
}

/* Adds messages until it is full; their number. */
static size_t fill(struct syslog_spool *spool, size_t number)
{
    size_t added = 0;
    char text[600];
    while (syslog_spool_has_room(spool)) {
        memset(text, 'x', sizeof(text));
        snprintf(text, sizeof(text), "<22>message %zu ", number + added++);
        text[strlen(text)] = ' ';
        syslog_spool_add(spool, "-", slice_of(text, sizeof(text)));
        if (added % 7 == 0)
            flush(spool);
    }
    flush(spool);
    return added;
}

/* Lines that were followed, without the headers of files. */
static size_t count_messages(const struct follow *follow)
{
    size_t count = 0;
    struct slice rest = buf_slice(&follow->lines);
    while (rest.len > 0)
        count += slice_starts_with(slice_cut(&rest, '|'), SLICE("- "));
    return count;
}

static void is_bounded_and_followed(void **state)
{
    (void)state;
    struct follow follow = {0};
    struct syslog_spool *spool = open_spool("full");
    size_t added = fill(spool, 0);
    assert_in_range(added, MAX / 610, MAX / 600);
    assert_in_range(count_files("full"), 16, 18);
    assert_false(syslog_spool_has_room(spool));
    syslog_spool_free(spool);
    spool = open_spool("full"); /* knows its files again */
    assert_false(syslog_spool_has_room(spool));
    struct log_position position = {0};
    syslog_spool_keep(spool, &position); /* nothing is kept elsewhere yet */
    assert_false(syslog_spool_has_room(spool));

    struct log_tail_options options = {.path = syslog_spool_path(spool)};
    struct log_sink sink = follow_sink(&follow);
    struct log_source *tail = log_tail_new(&options, &position, &sink);
    follow_run(tail, 0);
    assert_int_equal(count_messages(&follow), added);
    position = follow_saved(&follow);
    syslog_spool_keep(spool, &position);
    assert_in_range(count_files("full"), 1, 2);
    assert_true(syslog_spool_has_room(spool));
    size_t more = fill(spool, added);
    follow_run(tail, 0);
    assert_int_equal(count_messages(&follow), added + more);

    size_t at = 0; /* in order, over all files */
    const char *line = buf_str(&follow.lines);
    while ((line = strstr(line, "message ")) != NULL)
        assert_int_equal(strtoul(line += strlen("message "), NULL, 10), at++);
    assert_int_equal(at, added + more);
    tail->class->free(tail);
    syslog_spool_free(spool);
    follow_done(&follow);
}

/* One write may fill it: then a file that was read lies before an empty one, and must go. */
static void is_full_of_one_file(void **state)
{
    (void)state;
    struct follow follow = {0};
    struct syslog_spool *spool = open_spool("one");
    for (int i = 0; i < 20; i++) {
        char text[60000];
        memset(text, 'x', sizeof(text));
        syslog_spool_add(spool, "-", slice_of(text, sizeof(text)));
    }
    flush(spool);
    assert_false(syslog_spool_has_room(spool));
    struct log_tail_options options = {.path = syslog_spool_path(spool)};
    struct log_position position = {0};
    struct log_sink sink = follow_sink(&follow);
    struct log_source *tail = log_tail_new(&options, &position, &sink);
    follow_run(tail, 0);
    assert_int_equal(count_messages(&follow), 20);
    position = follow_saved(&follow);
    syslog_spool_keep(spool, &position);
    assert_true(syslog_spool_has_room(spool));
    tail->class->free(tail);
    buf_clear(&follow.events);
    syslog_spool_add(spool, "-", SLICE("next"));
    flush(spool);
    tail = log_tail_new(&options, &position, &sink); /* the first place is gone, and not missed */
    follow_run(tail, 0);
    assert_int_equal(count_messages(&follow), 21);
    assert_int_equal(follow.events.len, 0);
    tail->class->free(tail);
    syslog_spool_free(spool);
    follow_done(&follow);
}

static void cannot_be_written(void **state)
{
    (void)state;
    struct err err = {0};
    sandbox_write("file", SLICE(""));
    assert_null(syslog_spool_open("file", "x", MAX, &err));
    assert_non_null(strstr(err.text, "file/x.spool: cannot open the spool: Not a directory"));
    assert_null(syslog_spool_open("no/such", "x", MAX, &err));
    assert_non_null(strstr(err.text, "no/such: cannot make the folder: No such file"));
    assert_int_equal(mkdir("link", 0755), 0);
    assert_int_equal(symlink("/etc/passwd", "link/x.spool"), 0);
    assert_null(syslog_spool_open("link", "x", MAX, &err)); /* somebody's trap */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_lines),
        cmocka_unit_test(drops_a_torn_line),
        cmocka_unit_test(is_bounded_and_followed),
        cmocka_unit_test(is_full_of_one_file),
        cmocka_unit_test(cannot_be_written),
    };
    return cmocka_run_group_tests(tests, sandbox_enter, sandbox_leave);
}
