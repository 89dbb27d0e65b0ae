/* SPDX-License-Identifier: Apache-2.0
 *
 * The journal followed: a journal file of eight entries, six of them of mail (how it was made:
 * tests/data/journal/README.md), read on from every place.
 */
#include "io/journal_follow.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "io/follow_fixture.h"
#include "io/journal_sample.h"
#include "io/sandbox.h"

enum { LINES = 6 };

/* Follows from the saved position until there is nothing left. */
static void follow_once(struct follow *follow, const char *where, int64_t since_us)
{
    struct log_position from = follow_saved(follow);
    struct log_sink sink = follow_sink(follow);
    struct log_source *source = journal_follow_new(where, since_us, &from, &sink);
    follow->count = 0;
    follow_run(source, 0);
    assert_int_equal(source->class->behind(source), -1);
    source->class->free(source);
}

static void goes_on(void **state)
{
    (void)state;
    struct follow follow = {0};
    journal_sample_unpack("mail.journal");
    follow_once(&follow, "mail.journal", 0);
    assert_int_equal(follow.count, LINES);
    assert_non_null(strstr(buf_str(&follow.lines), "status=sent (250 ok)|2026-03-02T08:01:04.123456"
                                                   "+00:00 relay1 out-a/qmgr[44]: first second"));
    follow_once(&follow, "mail.journal", 0);
    assert_int_equal(follow.count, 0);
    assert_string_equal(buf_str(&follow.events), "");
    follow_done(&follow);
}

/* A kill behind any line leaves the cursor that came with it. */
static void goes_on_behind_every_line(void **state)
{
    (void)state;
    struct follow follow = {.only_one = true};
    for (size_t i = 0; i < LINES; i++) {
        follow_once(&follow, "mail.journal", 0);
        assert_int_equal(follow.count, 1);
        buf_clear(&follow.lines);
        buf_clear(&follow.saved);
        buf_add(&follow.saved, buf_slice(&follow.after));
    }
    follow.only_one = false;
    follow_once(&follow, "mail.journal", 0);
    assert_int_equal(follow.count, 0);
    follow_done(&follow);
}

static void begins_where_asked(void **state)
{
    (void)state;
    struct follow follow = {0};
    follow_once(&follow, "mail.journal", 1772438464123456);
    assert_int_equal(follow.count, LINES - 1);
    buf_clear(&follow.saved);
    follow_once(&follow, "mail.journal", INT64_MAX);
    assert_int_equal(follow.count, 0);
    assert_true(slice_starts_with(buf_slice(&follow.saved), SLICE("journal s=")));
    follow_done(&follow);
}

/* The entry is gone: the nearest one behind it is next, and it is told. */
static void entry_is_gone(void **state)
{
    (void)state;
    struct follow follow = {0};
    buf_add_str(&follow.saved, "journal s=00000000000000000000000000000001;i=7;"
                               "b=00000000000000000000000000000002;m=5;t=64c04f3a3b4c0;x=1");
    follow_once(&follow, "mail.journal", 0);
    assert_string_equal(buf_str(&follow.events), "G");
    assert_non_null(strstr(buf_str(&follow.said), "journal:mail.journal: the entry that was read "
                                                  "last is gone (vacuumed?)"));
    assert_true(follow.count <= LINES);
    follow_done(&follow);
}

static void appears_later(void **state)
{
    (void)state;
    struct follow follow = {0};
    struct log_position none = {0};
    struct log_sink sink = follow_sink(&follow);
    struct log_source *source = journal_follow_new("later", 0, &none, &sink);
    assert_int_equal(mkdir("later", 0755), 0);
    follow_run(source, 0);
    assert_int_equal(source->class->descriptor(source), -1);
    follow_run(source, 0);
    follow_check(&follow, "", "B");
    assert_non_null(strstr(buf_str(&follow.said), "journal:later: no journal that may be read"));
    journal_sample_unpack("later/system.journal");
    follow_run(source, 0);
    assert_true(source->class->descriptor(source) >= 0);
    assert_int_equal(follow.count, LINES);
    assert_string_equal(buf_str(&follow.events), "O");
    source->class->free(source);
    follow_done(&follow);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(goes_on),
        cmocka_unit_test(goes_on_behind_every_line),
        cmocka_unit_test(begins_where_asked),
        cmocka_unit_test(entry_is_gone),
        cmocka_unit_test(appears_later),
    };
    return cmocka_run_group_tests(tests, sandbox_enter, sandbox_leave);
}
