/* SPDX-License-Identifier: Apache-2.0
 *
 * See log_tail.h; logrotate(8). What is held open is a chain without gaps, oldest first; all but
 * the last are rotated and at their end, as far as is known. The position has a place for each, so
 * that a restart also hears the late lines; hence only the oldest may be dropped, and none before
 * the next is known by its first bytes.
 *
 * Whenever what is held turns out to be something else (truncated, stale file handle), all is
 * closed and found again from the position, exactly as after a restart.
 */
#include "io/log_tail_private.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/memory.h"
#include "io/log_name.h"

static const int64_t SHRUNK_US = 2000000;   /* old sizes of NFS are younger than that */
static const int64_t HOLE_US = 2000000;     /* so are pages that it writes in another order */
static const int64_t EMPTY_US = 1000000;    /* a copy that is being made is empty for a moment */
static const int64_t PARTIAL_US = 10000000; /* a line without newline in a rotated file */
static const int64_t MISSING_US = 60000000; /* between two rotations the name may be missing */

void log_tail_tell(const struct log_tail *tail, enum log_event event, const struct err *text)
{
    tail->sink.tell(tail->sink.user, tail->source.number, event, text->text);
}

void log_tail_tell_trouble(struct log_tail *tail, const struct err *err)
{
    log_source_note(&tail->source, LOG_SOURCE_TROUBLED, err);
    if (!tail->troubled)
        log_tail_tell(tail, LOG_TROUBLE, err);
    tail->troubled = true;
}

static void tell_recovered(struct log_tail *tail)
{
    struct err text;
    log_source_note(&tail->source, LOG_SOURCE_READS, NULL);
    tail->waiting_told = false;
    tail->missing_since_us = LOG_TAIL_NEVER;
    if (!tail->troubled)
        return;
    tail->troubled = false;
    err_set(&text, ERR_NONE, "%s: can be read again", buf_str(&tail->path));
    log_tail_tell(tail, LOG_RECOVERED, &text);
}

void log_tail_tell_waiting(struct log_tail *tail)
{
    struct err text;
    err_set(&text, ERR_NONE, "%s: is not there; waiting for it", buf_str(&tail->path));
    log_source_note(&tail->source, LOG_SOURCE_MISSING, &text);
    if (tail->waiting_told)
        return;
    tail->waiting_told = true;
    log_tail_tell(tail, LOG_WAITING, &text);
}

static void note_position(struct log_tail *tail)
{
    tail->position.count = tail->count;
    for (size_t i = 0; i < tail->count; i++)
        tail->position.places[i] = *tail_file_place(tail->held[i].file);
}

void log_tail_pause(const struct log_tail *tail)
{
    tail->sink.pause(tail->sink.user, tail->source.number, &tail->position);
}

static void give(struct log_tail *tail, size_t index, struct slice line)
{
    struct log_item item = {.source = tail->source.number, .line = line, .after = &tail->position};
    tail->position.places[index].offset = tail_file_place(tail->held[index].file)->offset;
    tail->source.lines++;
    tail->sink.line(tail->sink.user, &item);
}

void log_tail_give_unfinished(struct log_tail *tail, size_t index)
{
    struct slice line;
    if (!tail_file_finish(tail->held[index].file, &line))
        return;
    give(tail, index, line);
    log_tail_pause(tail);
}

static void close_file(struct log_tail *tail, struct tail_file *file)
{
    tail->cut_lines += tail_file_cut_lines(file);
    tail_file_free(file);
}

static void drop_oldest(struct log_tail *tail)
{
    log_tail_give_unfinished(tail, 0);
    close_file(tail, tail->held[0].file);
    tail->count--;
    memmove(&tail->held[0], &tail->held[1], tail->count * sizeof(tail->held[0]));
    tail->rewatch = true;
    note_position(tail);
}

void log_tail_drop_newest(struct log_tail *tail)
{
    close_file(tail, tail->held[--tail->count].file);
    tail->rewatch = true;
}

void log_tail_drop_all(struct log_tail *tail)
{
    while (tail->count > 0)
        log_tail_drop_newest(tail);
}

void log_tail_hold(struct log_tail *tail, struct tail_file *file)
{
    if (tail->count == LOG_POSITION_FILES)
        drop_oldest(tail);
    tail->held[tail->count++] = (struct held){
        .file = file,
        .unproven = tail_file_place(file)->head_len == 0,
        .still_since_us = LOG_TAIL_NEVER,
        .hole_since_us = LOG_TAIL_NEVER,
        .shrunk_since_us = LOG_TAIL_NEVER,
    };
    tail->rewatch = true;
    note_position(tail);
}

enum reading {
    READ_LINES,
    READ_NOTHING,
    READ_OTHER, /* what is held is no longer what it was */
    READ_SHORTER,
};

static void give_lines(struct log_tail *tail, size_t index)
{
    struct slice line;
    note_position(tail);
    while (tail_file_next(tail->held[index].file, &line))
        give(tail, index, line);
    log_tail_pause(tail);
}

static void note_since(int64_t *since_us, int64_t now_us)
{
    if (*since_us == LOG_TAIL_NEVER)
        *since_us = now_us;
}

static bool has_waited(int64_t since_us, int64_t now_us, int64_t wait_us)
{
    return since_us != LOG_TAIL_NEVER && now_us - since_us >= wait_us;
}

/* The first lines of a file that was held when it was empty: are they the next ones? If not it is
 * let go, to be found again in its turn. */
static bool prove(struct log_tail *tail, size_t index)
{
    struct held *held = &tail->held[index];
    bool good =
        !held->unproven || index == 0 || index + 1 < tail->count || log_tail_is_successor(tail);
    held->unproven = false;
    if (good)
        return true;
    log_tail_drop_newest(tail);
    note_position(tail);
    return false;
}

static enum reading read_held(struct log_tail *tail, size_t index, int64_t now_us,
                              struct block *block)
{
    struct held *held = &tail->held[index];
    struct err err = {0};
    const struct tail_block into = {
        .bytes = block->bytes,
        .size = LOG_SOURCE_BLOCK_BYTES,
        .through = has_waited(held->hole_since_us, now_us, HOLE_US),
    };
    switch (tail_file_fill(held->file, &into, &err)) {
    case TAIL_SOME:
        if (!prove(tail, index))
            return READ_LINES;
        held->still_since_us = held->shrunk_since_us = LOG_TAIL_NEVER;
        give_lines(tail, index);
        return READ_LINES;
    case TAIL_END:
        held->shrunk_since_us = held->hole_since_us = LOG_TAIL_NEVER;
        note_since(&held->still_since_us, now_us);
        return READ_NOTHING;
    case TAIL_HOLE:
        note_since(&held->hole_since_us, now_us);
        return READ_NOTHING;
    case TAIL_REPLACED:
        return READ_OTHER;
    case TAIL_SHRUNK:
        note_since(&held->shrunk_since_us, now_us);
        return has_waited(held->shrunk_since_us, now_us, SHRUNK_US) ? READ_SHORTER : READ_NOTHING;
    case TAIL_FAILED:
        break;
    }
    if (tail_file_is_packed(held->file)) {
        log_tail_tell(tail, LOG_GAP, &err);
        held->still_since_us = now_us;
        return READ_NOTHING;
    }
    log_tail_tell_trouble(tail, &err);
    log_tail_drop_all(tail);
    return READ_NOTHING;
}

static bool is_settled(const struct held *held, int64_t now_us, int64_t wait_us)
{
    return has_waited(held->still_since_us, now_us, tail_file_is_packed(held->file) ? 0 : wait_us);
}

static void let_go(struct log_tail *tail, int64_t now_us)
{
    for (size_t i = 0; i + 1 < tail->count; i++)
        if (is_settled(&tail->held[i], now_us, PARTIAL_US))
            log_tail_give_unfinished(tail, i);
    bool dropped = false;
    while (tail->count > 1 && tail_file_place(tail->held[1].file)->head_len > 0 &&
           is_settled(&tail->held[0], now_us, tail->linger_us)) {
        drop_oldest(tail);
        dropped = true;
    }
    if (dropped)
        log_tail_pause(tail);
}

/* Is the newest held file the one that has the log's name? If not, goes on. */
static bool follow_name(struct log_tail *tail, int64_t now_us)
{
    struct stat st;
    const struct held *held = &tail->held[tail->count - 1];
    const struct log_place *newest = tail_file_place(held->file);
    if (stat(buf_str(&tail->path), &st) == 0) {
        if (st.st_ino != newest->inode || st.st_dev != newest->device)
            return (newest->head_len > 0 || is_settled(held, now_us, EMPTY_US)) &&
                   log_tail_go_on(tail, now_us);
        tell_recovered(tail);
        return false;
    }
    if (errno != ENOENT) {
        struct err err;
        err_set_errno(&err, errno, "%s: cannot look at it", buf_str(&tail->path));
        log_tail_tell_trouble(tail, &err);
        return false;
    }
    if (tail->missing_since_us == LOG_TAIL_NEVER)
        tail->missing_since_us = now_us;
    if (now_us - tail->missing_since_us >= MISSING_US)
        log_tail_tell_waiting(tail);
    return false;
}

static enum log_turn begin_again(struct log_tail *tail, bool cut)
{
    struct err text;
    if (!log_tail_begin(tail, cut))
        return LOG_TURN_IDLE;
    err_set(&text, ERR_NONE, "%s: was truncated", buf_str(&tail->path));
    log_tail_tell(tail, LOG_TRUNCATED, &text);
    return LOG_TURN_MORE;
}

static enum log_turn log_tail_turn(struct log_source *source, int64_t now_us, struct block *block)
{
    struct log_tail *tail = (struct log_tail *)source;
    if (tail->count == 0)
        return log_tail_begin(tail, false) ? LOG_TURN_MORE : LOG_TURN_IDLE;
    for (size_t i = 0; i < tail->count; i++) {
        switch (read_held(tail, i, now_us, block)) {
        case READ_LINES:
            return LOG_TURN_MORE;
        case READ_OTHER:
            return begin_again(tail, false);
        case READ_SHORTER:
            return begin_again(tail, true);
        case READ_NOTHING:
            break;
        }
    }
    if (tail->count == 0)
        return LOG_TURN_IDLE;
    let_go(tail, now_us);
    return follow_name(tail, now_us) ? LOG_TURN_MORE : LOG_TURN_IDLE;
}

static bool log_tail_watch(struct log_source *source, struct log_watch *watch, size_t owner)
{
    struct log_tail *tail = (struct log_tail *)source;
    if (!tail->rewatch)
        return false;
    tail->rewatch = false;
    log_watch_drop(watch, owner);
    CLEANUP_BUF struct buf folder = {0};
    buf_add(&folder, log_name_parse(buf_slice(&tail->path)).directory);
    log_watch_add(watch, owner, folder.len > 0 ? buf_str(&folder) : ".", LOG_WATCH_FOLDER);
    for (size_t i = 0; i < tail->count; i++) {
        char path[32];
        snprintf(path, sizeof(path), "/proc/self/fd/%d", tail_file_descriptor(tail->held[i].file));
        log_watch_add(watch, owner, path, LOG_WATCH_FILE);
    }
    return true;
}

static int64_t log_tail_behind(const struct log_source *source)
{
    const struct log_tail *tail = (const struct log_tail *)source;
    int64_t bytes = tail->unopened_bytes;
    for (size_t i = 0; i < tail->count; i++)
        bytes += tail_file_behind(tail->held[i].file);
    return bytes;
}

static uint64_t log_tail_cut_lines(const struct log_source *source)
{
    const struct log_tail *tail = (const struct log_tail *)source;
    uint64_t lines = tail->cut_lines;
    for (size_t i = 0; i < tail->count; i++)
        lines += tail_file_cut_lines(tail->held[i].file);
    return lines;
}

static void log_tail_free(struct log_source *source)
{
    struct log_tail *tail = (struct log_tail *)source;
    log_tail_drop_all(tail);
    buf_done(&tail->path);
    mem_free(tail);
}

static const struct log_source_class log_tail_class = {
    .turn = log_tail_turn,
    .watch = log_tail_watch,
    .behind = log_tail_behind,
    .cut_lines = log_tail_cut_lines,
    .free = log_tail_free,
};

struct log_source *log_tail_new(const struct log_tail_options *options,
                                const struct log_position *position, const struct log_sink *sink)
{
    struct log_tail *tail = MEM_NEW(struct log_tail);
    *tail = (struct log_tail){
        .source = {.class = &log_tail_class},
        .sink = *sink,
        .since_us = options->since_us,
        .linger_us = options->linger_us,
        .position = *position,
        .missing_since_us = LOG_TAIL_NEVER,
        .rewatch = true,
    };
    buf_add_str(&tail->path, options->path);
    return &tail->source;
}
