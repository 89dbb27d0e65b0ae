/* SPDX-License-Identifier: Apache-2.0
 *
 * Where several logs go on after a start: each by its own name, a lost position costs only its own
 * log, a history that cannot be read is an error. With a feed they are tested by the daemon itself
 * (tests/e2e/test_daemon*.py).
 */
#include "app/daemon_sources.h"

#include <fcntl.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "io/sandbox.h"
#include "store/history_fixture.h"

#define SECOND INT64_C(1000000)
#define PLACE "files 1.2.3.4.5.6"

static struct settings_log logs[] = {
    {.kind = SETTINGS_LOG_FILE, .file = "a.log"},
    {.kind = SETTINGS_LOG_FILE, .file = "b.log"},
    {.kind = SETTINGS_LOG_JOURNALD},
};
static const struct settings three = {.logs = logs, .log_count = 3};

static struct clock_zone *zone;
static struct daemon_sources *sources;

static int enter(void **state)
{
    sandbox_enter(state);
    zone = clock_zone_new();
    sources = daemon_sources_new(&three, zone);
    return 0;
}

static int leave(void **state)
{
    daemon_sources_free(sources);
    clock_zone_free(zone);
    sandbox_leave(state);
    return 0;
}

static void add_sum(struct buf *position)
{
    uint64_t sum = log_head_hash(buf_slice(position));
    buf_addf(position, "\n%016" PRIx64, sum);
}

/* name NULL: nothing. */
static void keep(const char *name, const char *position)
{
    struct history_settings settings = fixture_settings();
    struct history *history = fixture_open(&settings);
    if (name != NULL) {
        struct history_batch *batch = history_batch_new();
        CLEANUP_BUF struct buf text = {0};
        buf_add_str(&text, position);
        add_sum(&text);
        history_batch_position(batch, slice_from_str(name), buf_slice(&text));
        assert_true(history_commit(history, batch));
    }
    history_close(history);
}

/* What was logged is appended. */
static bool resume(struct buf *said, struct err *err)
{
    int fd = open("own.log", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    struct daemon_sources_kept kept = {
        .reader = history_reader_open("h", NULL),
        .log = own_log_new(&(struct own_log_options){.target = OWN_LOG_STDERR, .fd = fd})};
    bool good = daemon_sources_resume(sources, &kept, err);
    history_reader_free(kept.reader);
    own_log_free(kept.log);
    close(fd);
    sandbox_read("own.log", said);
    return good;
}

static enum source_stage stage_of(const char *name)
{
    const struct daemon_source *source = daemon_sources_find(sources, slice_from_str(name));
    assert_non_null(source);
    return source->stage;
}

static void found_by_name(void **state)
{
    (void)state;
    assert_ptr_equal(daemon_sources_find(sources, SLICE("file:b.log")), &sources->list[1]);
    assert_ptr_equal(daemon_sources_find(sources, SLICE("journald")), &sources->list[2]);
    assert_null(daemon_sources_find(sources, SLICE("file:b.log2")));
    assert_null(daemon_sources_find(sources, SLICE("")));
}

static const struct {
    const char *name, *position;
    enum source_stage a, b;
    const char *said; /* NULL: nothing */
} starts[] = {
    {NULL, NULL, SOURCE_EXACT, SOURCE_EXACT, NULL},
    {"file:b.log", "7 30 2 0 " PLACE "\n" PLACE, SOURCE_EXACT, SOURCE_WARM, NULL},
    {"file:b.log", "0 30 0 0 " PLACE "\n" PLACE, SOURCE_EXACT, SOURCE_HELD, NULL},
    {"file:a.log", "7 30 2 0 " PLACE "\n" PLACE, SOURCE_WARM, SOURCE_EXACT, NULL},
    {"file:gone.log", "7 30 2 0 " PLACE "\n" PLACE, SOURCE_EXACT, SOURCE_EXACT, NULL},
    {"file:b.log", "of another form", SOURCE_EXACT, SOURCE_EXACT,
     "event=position_lost log=file:b.log"},
};

static void each_goes_on_where_it_was(void **state)
{
    for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
        CLEANUP_BUF struct buf said = {0};
        struct err err;
        keep(starts[i].name, starts[i].position);
        assert_true(resume(&said, &err));
        assert_int_equal(stage_of("file:a.log"), starts[i].a);
        assert_int_equal(stage_of("file:b.log"), starts[i].b);
        assert_int_equal(stage_of("journald"), SOURCE_EXACT);
        assert_int_equal(sources->warming,
                         starts[i].a != SOURCE_EXACT || starts[i].b != SOURCE_EXACT);
        if (starts[i].said == NULL)
            assert_string_equal(buf_str(&said), "");
        else
            assert_non_null(strstr(buf_str(&said), starts[i].said));
        leave(state);
        enter(state);
    }
}

static void without_a_history_all_are_new(void **state)
{
    (void)state;
    CLEANUP_BUF struct buf said = {0};
    struct err err;
    assert_true(resume(&said, &err));
    assert_false(sources->warming);
    assert_int_equal(stage_of("file:a.log"), SOURCE_EXACT);
}

static void a_history_that_cannot_be_read_is_an_error(void **state)
{
    (void)state;
    struct err err = {0};
    keep("file:b.log", "7 30 2 0 " PLACE "\n" PLACE);
    struct daemon_sources_kept kept = {.reader = history_reader_open("h", NULL)};
    assert_non_null(kept.reader);
    sandbox_write("h/history.db", SLICE("no database any more"));
    assert_int_equal(truncate("h/history.db-wal", 0), 0);
    assert_false(daemon_sources_resume(sources, &kept, &err));
    assert_int_not_equal(err.code, ERR_NONE);
    history_reader_free(kept.reader);
}

static void as_long_as_the_oldest_mark_of_any(void **state)
{
    (void)state;
    static const char *const kept[] = {"7 30 2 0 " PLACE "\n" PLACE, "7 90 2 0 " PLACE "\n" PLACE};
    assert_int_equal(daemon_sources_warm_us(sources, 1000 * SECOND), 0);
    for (size_t i = 0; i < 2; i++) {
        CLEANUP_BUF struct buf text = {0};
        buf_add_str(&text, kept[i]);
        add_sum(&text);
        assert_true(daemon_source_resume(&sources->list[i], buf_slice(&text), 1000 * SECOND, NULL));
    }
    assert_int_equal(daemon_sources_warm_us(sources, 1000 * SECOND), 90 * SECOND);
}

/* Lines of two logs with the same number are not the same line. */
static void ends_are_known_by_log_and_line(void **state)
{
    (void)state;
    sources->list[0].lines = sources->list[1].lines = 5;
    sources->list[1].past.settled = 5;
    struct message a = {.line = daemon_sources_line(sources, 0)};
    struct message b = {.line = daemon_sources_line(sources, 1)};
    struct message of_none = {.line = 5};
    assert_int_not_equal(a.line, b.line);
    assert_false(daemon_sources_has_told(sources, &a, LEAVE_SETTLED));
    assert_true(daemon_sources_has_told(sources, &b, LEAVE_SETTLED));
    assert_false(daemon_sources_has_told(sources, &of_none, LEAVE_SETTLED));
    daemon_sources_tell(sources, &of_none, LEAVE_SETTLED);
    daemon_sources_tell(sources, &a, LEAVE_SETTLED);
    assert_int_equal(sources->list[0].ends.settled, 5);
    assert_int_equal(sources->list[1].ends.settled, 0);
}

/* A quiet log whose messages settle has a new position, once; one whose place is not known has
 * none. */
static void ends_are_kept_with_their_log(void **state)
{
    (void)state;
    CLEANUP_BUF struct buf said = {0};
    struct err err;
    keep("file:a.log", "7 30 2 0 " PLACE "\n" PLACE);
    assert_true(resume(&said, &err));
    struct history_batch *batch = history_batch_new();
    struct message ended = {.line = daemon_sources_line(sources, 0) + 3};
    daemon_sources_tell(sources, &ended, LEAVE_SETTLED);
    daemon_sources_keep_ends(sources, batch, 0);
    daemon_sources_commit(sources);
    assert_null(strstr(buf_str(&sources->list[0].committed), "0 0 3 0 "));
    sources->list[0].stage = SOURCE_EXACT;
    daemon_sources_keep_ends(sources, batch, 0);
    daemon_sources_commit(sources);
    assert_non_null(strstr(buf_str(&sources->list[0].committed), " 3 0 files "));
    assert_false(sources->list[0].ends_told);
    history_batch_free(batch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(found_by_name, enter, leave),
        cmocka_unit_test_setup_teardown(each_goes_on_where_it_was, enter, leave),
        cmocka_unit_test_setup_teardown(without_a_history_all_are_new, enter, leave),
        cmocka_unit_test_setup_teardown(a_history_that_cannot_be_read_is_an_error, enter, leave),
        cmocka_unit_test_setup_teardown(as_long_as_the_oldest_mark_of_any, enter, leave),
        cmocka_unit_test_setup_teardown(ends_are_known_by_log_and_line, enter, leave),
        cmocka_unit_test_setup_teardown(ends_are_kept_with_their_log, enter, leave),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
