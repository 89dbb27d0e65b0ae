/* SPDX-License-Identifier: Apache-2.0
 *
 * Finds where a log is read on. See daemon_position.h.
 */
#include "app/daemon_position.h"

#include "base/civil.h"
#include "io/clock.h"

/* The spare one is in a table of its own, whose pages a fault of the other's does not touch. */
static bool resume_spare(struct daemon_source *source, struct history_reader *reader,
                         const struct err *why, struct own_log *log)
{
    CLEANUP_BUF struct buf spare = {0};
    struct err err;
    if (!history_position_spare(reader, buf_slice(&source->name), &spare, &err) ||
        !daemon_source_resume(source, buf_slice(&spare), clock_steady_us(), &err))
        return false;
    source->place = PLACE_SPARE;
    OWN_LOG(log, OWN_LOG_WARNING, "position_repaired", log_text("log", buf_slice(&source->name)),
            log_str("reason", why->text));
    return true;
}

/* A newest row that is of the future would keep all of the present out. */
static void lose(struct daemon_source *source, struct history_reader *reader, int64_t now_us,
                 const struct err *why, struct own_log *log)
{
    struct history_extent extent;
    source->place = PLACE_LOST;
    buf_clear(&source->trouble);
    buf_add_str(&source->trouble, why->text);
    if (history_extent_get(reader, &extent, NULL) && extent.rows > 0)
        source->known_until_us = extent.end_us < now_us ? extent.end_us : now_us;
    OWN_LOG(log, OWN_LOG_ERROR, "position_lost", log_text("log", buf_slice(&source->name)),
            log_str("reason", why->text),
            log_number("known_until", source->known_until_us / US_PER_SECOND));
}

bool daemon_position_resume(struct daemon_source *source, struct history_reader *reader,
                            int64_t now_us, struct own_log *log, struct err *err)
{
    CLEANUP_BUF struct buf kept = {0}, spare = {0};
    *err = (struct err){0};
    source->place = PLACE_NEW;
    if (reader == NULL)
        return true;
    bool found = history_position(reader, buf_slice(&source->name), &kept, err);
    if (!found && err->code != ERR_NONE)
        return false;
    if (!found && !history_position_spare(reader, buf_slice(&source->name), &spare, err))
        return err->code == ERR_NONE; /* a new log */
    if (!found)
        err_set(err, ERR_INPUT, "the position kept for %s is gone", buf_str(&source->name));
    if (found && daemon_source_resume(source, buf_slice(&kept), clock_steady_us(), err))
        source->place = PLACE_KEPT;
    else if (!resume_spare(source, reader, err, log))
        lose(source, reader, now_us, err, log);
    return true;
}

struct incident daemon_position_incident(const struct daemon_source *source, int64_t opened_us,
                                         int64_t closed_us)
{
    return (struct incident){.kind = INCIDENT_HISTORY,
                             .scope = INCIDENT_SCOPE_RELAY,
                             .severity = INCIDENT_WARNING,
                             .name = buf_slice(&source->name),
                             .opened_us = opened_us,
                             .closed_us = closed_us,
                             .last_hit_us = opened_us,
                             .class = REPLY_CLASS_UNKNOWN,
                             .evidence_count = source->trouble.len > 0,
                             .evidence = {buf_slice(&source->trouble)}};
}
