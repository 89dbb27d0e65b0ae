/* SPDX-License-Identifier: Apache-2.0
 *
 * See daemon_source.h. Marks are a ring: a new one every thirtieth of WARM_US or WARM_LINES, and
 * the oldest that is within both is where a restart begins.
 */
#include "app/daemon_source.h"

#include <inttypes.h>

#include "base/civil.h"

#define SPOOL_BYTES_A_LINE 2048 /* of a spool, so that most of it is for what was not yet read */

#define AHEAD_MOST_US (SECONDS_PER_DAY * US_PER_SECOND)

enum position_number {
    POSITION_WARM, /* lines from the mark on */
    POSITION_AGE,  /* seconds */
    POSITION_SETTLED,
    POSITION_IDLE,
    POSITION_NUMBERS
};

void daemon_source_init(struct daemon_source *source, const struct settings_log *log,
                        stamp_zone_fn zone, void *zone_data)
{
    *source = (struct daemon_source){0};
    switch (log->kind) {
    case SETTINGS_LOG_FILE:
        buf_add_str(&source->name, "file:");
        buf_add_str(&source->name, log->file);
        break;
    case SETTINGS_LOG_JOURNALD:
        buf_add_str(&source->name, "journald");
        break;
    case SETTINGS_LOG_SYSLOG:
        buf_add_str(&source->name, "syslog:");
        endpoint_format_transport(&log->syslog, &source->name);
        source->listens = true;
        break;
    }
    source->warm_lines = WARM_LINES;
    if (source->listens && log->spool_bytes / SPOOL_BYTES_A_LINE < WARM_LINES)
        source->warm_lines = log->spool_bytes / SPOOL_BYTES_A_LINE;
    stamp_context_init(&source->stamps, 0, zone, zone_data);
    log_clock_init(&source->clock);
}

const char *daemon_source_place_word(enum source_place place)
{
    static const char *const words[] = {
        [PLACE_NEW] = "new", [PLACE_KEPT] = "kept", [PLACE_SPARE] = "spare", [PLACE_LOST] = "lost"};
    return words[place];
}

void daemon_source_done(struct daemon_source *source)
{
    buf_done(&source->name);
    buf_done(&source->trouble);
    buf_done(&source->given);
    buf_done(&source->committed);
}

static struct source_mark *mark_at(struct daemon_source *source, size_t i)
{
    return &source->marks[(source->first_mark + i) % WARM_MARKS];
}

/* A digit that changed would be a place like any other. */
static bool is_sum_of(struct slice sum, struct slice text)
{
    CLEANUP_BUF struct buf right = {0};
    buf_addf(&right, "%016" PRIx64, log_head_hash(text));
    return slice_eq(sum, buf_slice(&right));
}

static bool cut_numbers(struct slice *text, uint64_t out[POSITION_NUMBERS])
{
    for (size_t i = 0; i < POSITION_NUMBERS; i++)
        if (!slice_to_u64(slice_cut(text, ' '), UINT32_MAX, &out[i]))
            return false;
    return true;
}

bool daemon_source_resume(struct daemon_source *source, struct slice kept, int64_t steady_us,
                          struct err *err)
{
    struct slice sum = kept, mark = slice_cut(&sum, '\n'), exact = slice_cut(&sum, '\n');
    bool whole = sum.ptr != NULL && is_sum_of(sum, slice_between(kept.ptr, slice_end(exact)));
    uint64_t numbers[POSITION_NUMBERS] = {0};
    struct source_mark first = {.now_us = INT64_MIN};
    struct log_position at;
    if (!whole || !cut_numbers(&mark, numbers))
        return err_set(err, ERR_INPUT, "the position kept for %s is damaged",
                       buf_str(&source->name));
    if (!log_position_parse(mark, &first.position, err) || !log_position_parse(exact, &at, err))
        return err_at(err, "%s", buf_str(&source->name));
    first.steady_us = steady_us - (int64_t)numbers[POSITION_AGE] * US_PER_SECOND;
    source->marks[0] = first;
    source->mark_count = 1;
    source->exact = source->here = at;
    source->past = source->ends =
        (struct source_ends){numbers[POSITION_SETTLED], numbers[POSITION_IDLE]};
    buf_add(&source->committed, kept);
    source->warm_left = numbers[POSITION_WARM];
    source->stage = source->warm_left > 0 ? SOURCE_WARM : SOURCE_HELD;
    return true;
}

const struct log_position *daemon_source_mark_kept(const struct daemon_source *source)
{
    return source->mark_count > 0 ? &source->marks[source->first_mark].position : NULL;
}

int64_t daemon_source_warm_us(const struct daemon_source *source, int64_t steady_us)
{
    return source->stage == SOURCE_WARM ? steady_us - source->marks[source->first_mark].steady_us
                                        : 0;
}

bool daemon_source_is_ahead(const struct daemon_source *source, const struct log_position *after)
{
    for (size_t i = 0; i < after->count; i++) {
        const struct log_place *place = &after->places[i];
        for (size_t n = 0; n < source->exact.count; n++) {
            const struct log_place *exact = &source->exact.places[n];
            if (place->inode == exact->inode && place->device == exact->device &&
                place->offset > exact->offset)
                return true;
        }
    }
    return false;
}

bool daemon_source_is_known(struct daemon_source *source, int64_t time_us)
{
    if (source->known_until_us == 0)
        return false;
    if (time_us != STAMP_NONE && time_us > source->known_until_us) {
        source->known_until_us = 0;
        return false;
    }
    source->past = source->ends = (struct source_ends){source->lines, source->lines};
    return true;
}

void daemon_source_forget(struct daemon_source *source)
{
    source->known_until_us = 0;
}

void daemon_source_inherit(struct daemon_source *source, const struct daemon_source *before)
{
    source->place = before->place;
    source->known_until_us = before->known_until_us;
    buf_clear(&source->trouble);
    buf_add(&source->trouble, buf_slice(&before->trouble));
}

bool daemon_source_has_told(const struct daemon_source *source, uint64_t line,
                            enum message_leave leave)
{
    if (leave == LEAVE_FOR_ROOM) /* by a line, as when it came first */
        return source->stage != SOURCE_EXACT;
    return line <= (leave == LEAVE_IDLE ? source->past.idle : source->past.settled);
}

void daemon_source_tell(struct daemon_source *source, uint64_t line, enum message_leave leave)
{
    uint64_t *told = leave == LEAVE_IDLE ? &source->ends.idle : &source->ends.settled;
    if (leave == LEAVE_FOR_ROOM || line <= *told)
        return;
    *told = line;
    source->ends_told = true;
}

static uint64_t less(uint64_t number, uint64_t by)
{
    return number > by ? number - by : 0;
}

/* Lines that are not there any more were its first. */
void daemon_source_hold(struct daemon_source *source)
{
    source->stage = SOURCE_HELD;
    source->here = source->exact; /* what ends before the next line is kept with this place */
    source->past = source->ends = (struct source_ends){
        less(source->past.settled, source->warm_left), less(source->past.idle, source->warm_left)};
    source->warm_left = 0;
}

int64_t daemon_source_read(struct daemon_source *source, struct log_parser *parser,
                           struct slice line, int64_t now_us, struct log_record *out)
{
    source->stamps.year = 0; /* one line with a wrong clock tells nothing of the next one's year */
    source->stamps.month = 0;
    source->stamps.near_us = now_us;
    log_parser_switch(parser, &source->stamps);
    log_record_parse(parser, line, out);
    source->lines++;
    int64_t stamp_us = out->line.time_us;
    if (stamp_us != STAMP_NONE && stamp_us > now_us + AHEAD_MOST_US)
        stamp_us = now_us; /* else what waits in all logs would be given up for its age */
    bool believed;
    return log_clock_take(&source->clock, stamp_us, &believed);
}

static bool is_too_old(const struct daemon_source *source, const struct source_mark *mark,
                       int64_t steady_us)
{
    return source->lines - mark->lines > source->warm_lines ||
           steady_us - mark->steady_us > WARM_US;
}

void daemon_source_mark(struct daemon_source *source, const struct log_position *at,
                        int64_t steady_us, int64_t now_us)
{
    source->here = *at;
    while (source->mark_count > 1 && is_too_old(source, mark_at(source, 0), steady_us)) {
        source->first_mark = (source->first_mark + 1) % WARM_MARKS;
        source->mark_count--;
    }
    if (source->mark_count > 0) {
        const struct source_mark *last = mark_at(source, source->mark_count - 1);
        if (source->lines - last->lines < source->warm_lines / (WARM_MARKS - 2) &&
            steady_us - last->steady_us < WARM_US / (WARM_MARKS - 2))
            return;
    }
    if (source->mark_count == WARM_MARKS) {
        source->first_mark = (source->first_mark + 1) % WARM_MARKS;
        source->mark_count--;
    }
    *mark_at(source, source->mark_count++) =
        (struct source_mark){*at, source->lines, steady_us, now_us};
}

int64_t daemon_source_settle_before(const struct daemon_source *source)
{
    for (size_t i = source->mark_count; i-- > 0;) {
        const struct source_mark *mark = &source->marks[(source->first_mark + i) % WARM_MARKS];
        if (source->lines - mark->lines > source->warm_lines / 2)
            return mark->now_us == INT64_MIN ? INT64_MIN : mark->now_us + 1;
    }
    return INT64_MIN;
}

struct slice daemon_source_format(struct daemon_source *source, const struct log_position *at,
                                  int64_t steady_us)
{
    struct buf *to = &source->given;
    buf_clear(to);
    const struct source_mark now = {
        .position = *at, .lines = source->lines, .steady_us = steady_us};
    const struct source_mark *mark =
        source->mark_count > 0 ? &source->marks[source->first_mark] : &now;
    buf_addf(to, "%" PRIu64 " %" PRId64 " %" PRIu64 " %" PRIu64 " ", source->lines - mark->lines,
             (steady_us - mark->steady_us) / US_PER_SECOND, less(source->ends.settled, mark->lines),
             less(source->ends.idle, mark->lines));
    source->ends_told = false;
    log_position_format(&mark->position, to);
    buf_add_char(to, '\n');
    log_position_format(at, to);
    uint64_t sum = log_head_hash(buf_slice(to));
    buf_addf(to, "\n%016" PRIx64, sum);
    return buf_slice(to);
}

void daemon_source_commit(struct daemon_source *source)
{
    if (source->given.len == 0)
        return;
    buf_clear(&source->committed);
    buf_add(&source->committed, buf_slice(&source->given));
    buf_clear(&source->given);
}
