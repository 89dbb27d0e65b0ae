/* SPDX-License-Identifier: Apache-2.0
 *
 * See daemon_source.h. Marks are a ring: a new one every thirtieth of WARM_US or WARM_LINES, and
 * the oldest that is within both is where a restart begins.
 */
#include "app/daemon_source.h"

#include <stdio.h>

#include "base/civil.h"

#define AHEAD_US (2 * SECONDS_PER_DAY * US_PER_SECOND) /* a stamp so far ahead is of last year */

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
        break;
    }
    stamp_context_init(&source->stamps, 0, zone, zone_data);
    log_clock_init(&source->clock);
}

void daemon_source_done(struct daemon_source *source)
{
    buf_done(&source->name);
}

bool daemon_source_resume(struct daemon_source *source, struct slice kept,
                          struct log_position *from, struct err *err)
{
    struct slice rest = kept, lines = slice_cut(&rest, ' ');
    uint64_t warm;
    if (rest.ptr == NULL || !slice_to_u64(lines, INT64_MAX, &warm))
        return err_set(err, ERR_INPUT, "the position kept for %s is none", buf_str(&source->name));
    if (!log_position_parse(rest, from, err))
        return err_at(err, "%s", buf_str(&source->name));
    source->warm_left = warm;
    return true;
}

int64_t daemon_source_read(struct daemon_source *source, struct log_parser *parser,
                           struct slice line, int64_t now_us, struct log_record *out)
{
    if (!source->begun)
        source->stamps.year = civil_from_seconds(now_us / US_PER_SECOND).year;
    log_parser_switch(parser, &source->stamps);
    log_record_parse(parser, line, out);
    if (!source->begun && out->line.time_us != STAMP_NONE) {
        source->begun = true;
        if (out->line.time_us > now_us + AHEAD_US) {
            source->stamps.year--;
            source->stamps.last_len = 0;
            log_record_parse(parser, line, out);
        }
    }
    source->lines++;
    bool believed;
    return log_clock_take(&source->clock, out->line.time_us, &believed);
}

static struct source_mark *mark_at(struct daemon_source *source, size_t i)
{
    return &source->marks[(source->first_mark + i) % WARM_MARKS];
}

static bool is_too_old(const struct daemon_source *source, const struct source_mark *mark,
                       int64_t steady_us)
{
    return source->lines - mark->lines > WARM_LINES || steady_us - mark->steady_us > WARM_US;
}

void daemon_source_mark(struct daemon_source *source, const struct log_position *at,
                        int64_t steady_us)
{
    while (source->mark_count > 1 && is_too_old(source, mark_at(source, 0), steady_us)) {
        source->first_mark = (source->first_mark + 1) % WARM_MARKS;
        source->mark_count--;
    }
    if (source->mark_count > 0) {
        const struct source_mark *last = mark_at(source, source->mark_count - 1);
        if (source->lines - last->lines < WARM_LINES / (WARM_MARKS - 2) &&
            steady_us - last->steady_us < WARM_US / (WARM_MARKS - 2))
            return;
    }
    if (source->mark_count == WARM_MARKS) {
        source->first_mark = (source->first_mark + 1) % WARM_MARKS;
        source->mark_count--;
    }
    *mark_at(source, source->mark_count++) = (struct source_mark){*at, source->lines, steady_us};
}

const struct log_position *daemon_source_oldest(const struct daemon_source *source)
{
    return source->mark_count > 0 ? &source->marks[source->first_mark].position : NULL;
}

void daemon_source_format(const struct daemon_source *source, const struct log_position *at,
                          struct buf *to)
{
    const struct source_mark *oldest = &source->marks[source->first_mark];
    bool has_mark = source->mark_count > 0;
    char lines[24];
    snprintf(lines, sizeof(lines), "%llu ",
             (unsigned long long)(has_mark ? source->lines - oldest->lines : 0));
    buf_add_str(to, lines);
    log_position_format(has_mark ? &oldest->position : at, to);
}
