/* SPDX-License-Identifier: Apache-2.0
 *
 * The state of a tally, shared by the files that count and those that write the summary.
 */
#ifndef TD_WATCH_TALLY_PRIVATE_H
#define TD_WATCH_TALLY_PRIVATE_H

#include "base/buf.h"
#include "base/intern.h"
#include "watch/full_mailboxes.h"
#include "watch/incident_watch.h"
#include "watch/login_table.h"
#include "watch/path_table.h"
#include "watch/provider_book.h"
#include "watch/sender_book.h"
#include "watch/tally.h"
#include "watch/template_table.h"
#include "watch/timeline.h"

#define TALLY_TAGS (LOG_TAGS_MAX + 1)
#define TALLY_SOURCES_MAX 4096
#define TALLY_POOLS_MAX 255
#define TALLY_SLOWEST 20
#define TALLY_PROGRAMS 512

struct program_count {
    uint64_t read, unknown;
    struct buf sample; /* the first unknown line */
};

struct class_count {
    uint64_t attempts, temporary, permanent;
    struct buf sample; /* newest reply */
    uint32_t provider;
};

struct slow_delivery {
    double delay_s;
    int64_t time_us;
    uint32_t host, provider, attempts;
    enum reply_class class; /* of the last failure before; with attempts > 1 */
    struct buf queue_id, to;
};

struct tally {
    struct tally_settings settings;
    struct tally_observer observers[TALLY_OBSERVERS_MAX];
    size_t observer_count;
    struct classifier *classifier;
    struct provider_book *providers;
    struct correlator *correlator;
    struct path_table *paths;
    struct incident_watch *incidents;
    struct login_table *logins;
    struct sender_book *senders;
    struct template_table *templates;
    struct timeline timeline;
    struct full_mailboxes *full;

    struct intern *sources, *programs, *pools;
    uint8_t pool_of_source[TALLY_SOURCES_MAX + 1];                  /* by number; 0: none */
    uint32_t source_of_tag[TALLY_TAGS], program_of_tag[TALLY_TAGS]; /* 0: not looked up yet */
    struct program_count program_counts[TALLY_PROGRAMS + 1];

    int64_t first_us, last_us;
    uint64_t lines, mail, unknown, cut, without_time, outside;
    uint64_t login_failures, failure_clients; /* clients: bits as in login_clients */
    uint64_t records[DELIVERY_STATUS_COUNT];
    struct summary_attempts attempts;
    struct summary_outcomes outcomes;
    uint64_t good, bad, bad_address, bad_ours, bad_other;
    struct latency latency;
    uint64_t within_target, waiting_late;
    struct class_count classes[REPLY_CLASS_COUNT];
    struct slow_delivery slowest[TALLY_SLOWEST];
    size_t slow_count;
};

/* Calls the function of this name of every observer that has one. */
#define TALLY_TELL(tally, name, ...) \
    do { \
        for (size_t i = 0; i < (tally)->observer_count; i++) \
            if ((tally)->observers[i].name != NULL) \
                (tally)->observers[i].name((tally)->observers[i].data, __VA_ARGS__); \
    } while (0)

/* A line without any time is counted where no window was asked for. */
static inline bool tally_counts_at(const struct tally *tally, int64_t time_us)
{
    return time_us == STAMP_NONE ? tally->settings.since_us == INT64_MIN
                                 : time_us >= tally->settings.since_us;
}

/* As the correlator tells it; data: the tally. */
void tally_take_outcome(void *data, const struct outcome_event *event);

#endif
