/* SPDX-License-Identifier: Apache-2.0
 *
 * See follow_fixture.h.
 */
#include "io/follow_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "io/log_tail.h"

static void take_line(void *user, const struct log_item *item)
{
    struct follow *follow = user;
    if (follow->only_one && follow->lines.len > 0)
        return;
    buf_add(&follow->lines, item->line);
    buf_add_char(&follow->lines, '|');
    buf_clear(&follow->after);
    log_position_format(item->after, &follow->after);
    buf_clear(&follow->peer);
    buf_add(&follow->peer, item->peer);
    follow->count++;
}

static void take_pause(void *user, size_t source, const struct log_position *at)
{
    (void)source;
    struct follow *follow = user;
    buf_clear(&follow->saved);
    log_position_format(at, &follow->saved);
}

static void take_event(void *user, size_t source, enum log_event event, const char *text)
{
    (void)source;
    struct follow *follow = user;
    buf_add_char(&follow->events, "WRTGBOF"[event]);
    buf_clear(&follow->said);
    buf_add_str(&follow->said, text);
}

struct log_sink follow_sink(struct follow *follow)
{
    return (struct log_sink){
        .user = follow, .line = take_line, .pause = take_pause, .tell = take_event};
}

void follow_done(struct follow *follow)
{
    buf_done(&follow->lines);
    buf_done(&follow->events);
    buf_done(&follow->saved);
    buf_done(&follow->after);
    buf_done(&follow->said);
    buf_done(&follow->peer);
}

void follow_run(struct log_source *source, int64_t now_us)
{
    struct block block;
    block_init(&block, LOG_SOURCE_BLOCK_BYTES);
    for (int turns = 0; source->class->turn(source, now_us, &block) == LOG_TURN_MORE; turns++)
        assert_true(turns < 10000);
    block_done(&block);
}

void follow_check(struct follow *follow, const char *lines, const char *events)
{
    assert_string_equal(buf_str(&follow->lines), lines);
    assert_string_equal(buf_str(&follow->events), events);
    buf_clear(&follow->lines);
    buf_clear(&follow->events);
    buf_add_str(&follow->lines, "");
    buf_add_str(&follow->events, "");
}

struct log_position follow_saved(const struct follow *follow)
{
    struct log_position position = {0};
    struct err err = {0};
    assert_true(log_position_parse(buf_slice(&follow->saved), &position, &err));
    return position;
}

void sandbox_append(const char *name, const char *text)
{
    FILE *file = fopen(name, "ab");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}
