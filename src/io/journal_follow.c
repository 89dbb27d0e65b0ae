/* SPDX-License-Identifier: Apache-2.0
 *
 * See journal_follow.h; sd_journal_get_fd(3), sd_journal_seek_cursor(3).
 */
#include "io/journal_follow.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "io/journal_line.h"
#include "io/journal_private.h"
#include "io/log_input.h"

enum {
    TURN_ENTRIES = 2000, /* looked at in one turn */
    LINE_ROOM = LOG_INPUT_LINE_MAX + 1024,
};

struct journal_follow {
    struct log_source source;
    struct log_sink sink;
    struct buf where;
    int64_t since_us;
    struct log_position position;
    sd_journal *handle; /* NULL: not open */
    int descriptor;
    bool broken;  /* to be closed and opened again */
    bool pending; /* the current entry has not been looked at */
    bool troubled;
    uint64_t cut_lines;
    struct journal_fields fields;
    struct buf line;
};

static void tell(const struct journal_follow *follow, enum log_event event, struct err *text)
{
    err_at(text, "journal:%s", buf_str(&follow->where));
    follow->sink.tell(follow->sink.user, follow->source.number, event, text->text);
}

static void tell_trouble(struct journal_follow *follow, struct err *err)
{
    log_source_note(&follow->source, LOG_SOURCE_TROUBLED, err);
    if (!follow->troubled)
        tell(follow, LOG_TROUBLE, err);
    follow->troubled = true;
}

static void tell_recovered(struct journal_follow *follow)
{
    struct err text;
    log_source_note(&follow->source, LOG_SOURCE_READS, NULL);
    if (!follow->troubled)
        return;
    follow->troubled = false;
    err_set(&text, ERR_NONE, "can be read again");
    tell(follow, LOG_RECOVERED, &text);
}

/* The cursor of the current entry becomes the position. */
static bool note_cursor(struct journal_follow *follow)
{
    char *cursor = NULL;
    if (sd_journal_get_cursor(follow->handle, &cursor) < 0)
        return false;
    size_t len = strlen(cursor);
    bool fits = len <= LOG_CURSOR_MAX;
    if (fits)
        memcpy(follow->position.cursor, cursor, len + 1);
    free(cursor);
    return fits;
}

static void pause_sink(const struct journal_follow *follow)
{
    follow->sink.pause(follow->sink.user, follow->source.number, &follow->position);
}

static int seek_position(struct journal_follow *follow)
{
    int code = sd_journal_seek_cursor(follow->handle, follow->position.cursor);
    if (code >= 0)
        code = sd_journal_next(follow->handle);
    if (code < 0)
        return code;
    if (code > 0 && sd_journal_test_cursor(follow->handle, follow->position.cursor) > 0)
        return 0;
    follow->pending = code > 0;
    struct err text;
    err_set(&text, ERR_NONE,
            "the entry that was read last is gone (vacuumed?): what came between it and the oldest "
            "one left is lost (raise SystemMaxUse= in journald.conf)");
    tell(follow, LOG_GAP, &text);
    return 0;
}

/* Behind the last entry there is. */
static int seek_end(struct journal_follow *follow)
{
    int code = sd_journal_seek_tail(follow->handle);
    if (code >= 0)
        code = sd_journal_previous(follow->handle);
    if (code > 0 && note_cursor(follow))
        pause_sink(follow);
    return code == 0 ? sd_journal_seek_head(follow->handle) : code;
}

static int seek_begin(struct journal_follow *follow)
{
    if (follow->position.cursor[0] != '\0')
        return seek_position(follow);
    if (follow->since_us == INT64_MAX)
        return seek_end(follow);
    return follow->since_us > 0
               ? sd_journal_seek_realtime_usec(follow->handle, (uint64_t)follow->since_us)
               : sd_journal_seek_head(follow->handle);
}

static void close_handle(struct journal_follow *follow)
{
    if (follow->handle != NULL)
        sd_journal_close(follow->handle);
    follow->handle = NULL;
    follow->descriptor = -1;
    follow->broken = follow->pending = false;
}

static bool open_handle(struct journal_follow *follow)
{
    struct err err = {0};
    if (!journal_open_handle(buf_str(&follow->where), &follow->handle, &err)) {
        follow->handle = NULL;
        tell_trouble(follow, &err);
        return false;
    }
    sd_journal_set_data_threshold(follow->handle, LOG_INPUT_LINE_MAX);
    follow->descriptor = sd_journal_get_fd(follow->handle);
    if (follow->descriptor < 0) /* single files are not watched: once a second will do */
        follow->descriptor = -1;
    int code = seek_begin(follow);
    if (code >= 0)
        return true;
    journal_open_failed(-code, &err);
    tell_trouble(follow, &err);
    close_handle(follow);
    return false;
}

/* The same entries as add_matches of journal.c lets through. */
static bool is_mail(sd_journal *handle)
{
    return journal_line_is_mail_tag(journal_get_field(handle, "SYSLOG_IDENTIFIER")) ||
           slice_eq(journal_get_field(handle, "SYSLOG_FACILITY"), SLICE("2"));
}

/* Puts the line of the current entry at `to` and gives it. Returns its length. */
static size_t give_entry(struct journal_follow *follow, char *to)
{
    if (!note_cursor(follow))
        return 0;
    journal_format_entry(follow->handle, &follow->fields, &follow->line);
    size_t len = follow->line.len - 1; /* newline */
    if (len > LOG_INPUT_LINE_MAX) {
        len = LOG_INPUT_LINE_MAX;
        follow->cut_lines++;
    }
    memcpy(to, follow->line.ptr, len);
    struct log_item item = {
        .source = follow->source.number, .line = slice_of(to, len), .after = &follow->position};
    follow->source.lines++;
    follow->sink.line(follow->sink.user, &item);
    return len;
}

static bool next_entry(struct journal_follow *follow)
{
    if (follow->pending) {
        follow->pending = false;
        return true;
    }
    int code = sd_journal_next(follow->handle);
    if (code >= 0) {
        tell_recovered(follow);
        return code > 0;
    }
    struct err err;
    err_set_errno(&err, -code, "cannot read on (`journalctl --verify` tells more)");
    tell_trouble(follow, &err);
    follow->broken = true;
    return false;
}

static enum log_turn journal_follow_turn(struct log_source *source, int64_t now_us,
                                         struct block *block)
{
    (void)now_us;
    struct journal_follow *follow = (struct journal_follow *)source;
    if (follow->broken)
        close_handle(follow);
    if (follow->handle == NULL && !open_handle(follow))
        return LOG_TURN_IDLE;
    (void)sd_journal_process(follow->handle);
    size_t used = 0, looked = 0;
    bool more = true, passed_over = false;
    while (looked < TURN_ENTRIES && used + LINE_ROOM <= LOG_SOURCE_BLOCK_BYTES) {
        more = next_entry(follow);
        if (!more)
            break;
        looked++;
        passed_over = !is_mail(follow->handle);
        if (!passed_over)
            used += give_entry(follow, block->bytes + used);
    }
    if (passed_over)
        note_cursor(follow);
    if (looked > 0)
        pause_sink(follow);
    return more ? LOG_TURN_MORE : LOG_TURN_IDLE;
}

static bool journal_follow_watch(struct log_source *source, struct log_watch *watch, size_t owner)
{
    (void)source;
    (void)watch;
    (void)owner;
    return false;
}

static int journal_follow_descriptor(const struct log_source *source)
{
    const struct journal_follow *follow = (const struct journal_follow *)source;
    return follow->broken ? -1 : follow->descriptor;
}

static int64_t journal_follow_behind(const struct log_source *source)
{
    (void)source;
    return -1;
}

static uint64_t journal_follow_cut_lines(const struct log_source *source)
{
    return ((const struct journal_follow *)source)->cut_lines;
}

static void journal_follow_free(struct log_source *source)
{
    struct journal_follow *follow = (struct journal_follow *)source;
    close_handle(follow);
    journal_fields_done(&follow->fields);
    buf_done(&follow->line);
    buf_done(&follow->where);
    mem_free(follow);
}

static const struct log_source_class journal_follow_class = {
    .turn = journal_follow_turn,
    .watch = journal_follow_watch,
    .descriptor = journal_follow_descriptor,
    .behind = journal_follow_behind,
    .cut_lines = journal_follow_cut_lines,
    .free = journal_follow_free,
};

struct log_source *journal_follow_new(const char *where, int64_t since_us,
                                      const struct log_position *position,
                                      const struct log_sink *sink)
{
    struct journal_follow *follow = MEM_NEW(struct journal_follow);
    follow->source.class = &journal_follow_class;
    follow->sink = *sink;
    follow->since_us = since_us;
    follow->position = *position;
    follow->descriptor = -1;
    buf_add_str(&follow->where, where);
    return &follow->source;
}
