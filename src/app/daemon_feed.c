/* SPDX-License-Identifier: Apache-2.0
 *
 * From the settings to what a feed follows. See daemon_feed.h.
 */
#include "app/daemon_feed.h"

#include <inttypes.h>

#include "base/civil.h"
#include "base/memory.h"
#include "io/clock.h"

#define SPOOL_BYTES_LEAST ((uint64_t)1 << 20)
#define KNOWN_AGAIN_US (SECONDS_PER_DAY * US_PER_SECOND)
#define LINGER_US (600 * US_PER_SECOND) /* a rotated file is written on so long at most */

static struct syslog_listener_options listener_of(const struct settings_log *log,
                                                  struct arena *arena)
{
    static const enum syslog_transport transports[] = {
        [ENDPOINT_TCP] = SYSLOG_TCP, [ENDPOINT_UDP] = SYSLOG_UDP, [ENDPOINT_UNIX] = SYSLOG_UNIX};
    struct syslog_listener_options listener = {.transport = transports[log->syslog.kind]};
    CLEANUP_BUF struct buf text = {0};
    if (log->syslog.kind == ENDPOINT_UNIX)
        buf_add_str(&text, log->syslog.path);
    else
        endpoint_format(&log->syslog, &text);
    listener.address = arena_copy(arena, text.ptr, text.len);
    listener.allow = log->allow;
    listener.allow_count = log->allow_count;
    return listener;
}

/* The name of its spool: the address, with _ for all but letters, digits and dots. Paths that are
 * the same then (/run/a-b, /run/a_b) are told apart by a hash. */
static const char *spool_name(const struct daemon_source *source, bool is_path, struct arena *arena)
{
    CLEANUP_BUF struct buf name = {0};
    buf_add(&name, buf_slice(&source->name));
    for (size_t i = 0; i < name.len; i++)
        if (!ascii_is_alpha(name.ptr[i]) && !ascii_is_digit(name.ptr[i]) && name.ptr[i] != '.')
            name.ptr[i] = '_';
    if (is_path)
        buf_addf(&name, "-%08" PRIx32, (uint32_t)log_head_hash(buf_slice(&source->name)));
    return arena_copy(arena, name.ptr, name.len);
}

static struct log_feed_source describe(const struct settings_log *log,
                                       const struct daemon_source *source, struct arena *arena)
{
    struct log_feed_source out = {
        .since_us = log->backfill_us > 0 ? clock_now_us() - log->backfill_us : INT64_MAX};
    if (source->known_until_us > 0) /* what was written since, and then some: the rest is known */
        out.since_us = source->known_until_us - KNOWN_AGAIN_US;
    switch (log->kind) {
    case SETTINGS_LOG_FILE:
        out.kind = LOG_FEED_FILE;
        out.name = log->file;
        break;
    case SETTINGS_LOG_JOURNALD:
        out.kind = LOG_FEED_JOURNAL;
        out.name = "";
        break;
    case SETTINGS_LOG_SYSLOG: {
        struct syslog_listener_options *listener = arena_alloc(arena, sizeof(*listener));
        *listener = listener_of(log, arena);
        out.kind = LOG_FEED_SYSLOG;
        out.name = spool_name(source, log->syslog.kind == ENDPOINT_UNIX, arena);
        out.listener = listener;
        break;
    }
    }
    if (source->stage != SOURCE_EXACT)
        out.from = *daemon_source_mark_kept(source);
    return out;
}

/* One bound for all spools: the largest of theirs. */
static int64_t spool_bytes_of(const struct settings *settings)
{
    uint64_t bytes = SPOOL_BYTES_LEAST;
    for (size_t i = 0; i < settings->log_count; i++)
        if (settings->logs[i].kind == SETTINGS_LOG_SYSLOG && settings->logs[i].spool_bytes > bytes)
            bytes = settings->logs[i].spool_bytes;
    return (int64_t)bytes;
}

struct log_feed_options daemon_feed_options(const struct settings *settings,
                                            const struct daemon_source *sources,
                                            struct arena *arena)
{
    struct log_feed_source *specs = arena_alloc(arena, (settings->log_count + 1) * sizeof(*specs));
    for (size_t i = 0; i < settings->log_count; i++)
        specs[i] = describe(&settings->logs[i], &sources[i], arena);
    CLEANUP_BUF struct buf spool = {0};
    buf_addf(&spool, "%s/syslog", settings->state);
    return (struct log_feed_options){.sources = specs,
                                     .count = settings->log_count,
                                     .spool_folder = arena_copy(arena, spool.ptr, spool.len),
                                     .spool_bytes_max = spool_bytes_of(settings),
                                     .linger_us = LINGER_US};
}
