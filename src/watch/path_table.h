/* SPDX-License-Identifier: Apache-2.0
 *
 * What is known of each path: relay, source and provider, its counts, and the detectors that watch
 * it. Bounded: what comes beyond PATHS_MAX shares one path named "other", number 0.
 * Memory: 312 bytes a path beside its delays and watches.
 */
#ifndef TD_WATCH_PATH_TABLE_H
#define TD_WATCH_PATH_TABLE_H

#include "base/latency.h"
#include "model/summary.h"

/* Kinds of trouble that are watched apart. */
enum trouble {
    TROUBLE_BLOCK,
    TROUBLE_RATE,
    TROUBLE_CONTENT,
    TROUBLE_AUTHENTICATION,
    TROUBLE_DNS,
    TROUBLE_CONFIGURATION,
    TROUBLE_SILENT,      /* no reply */
    TROUBLE_UNEXPLAINED, /* replies that no rule knows, or that only say "trouble here" */
};
#define TROUBLE_COUNT 8

/* In the order of use, since a path is seldom in the processor's caches: what every attempt
 * touches, what every delivery does, the rest. */
struct path {
    uint32_t relay, source, provider; /* numbers of whoever made them */
    uint32_t pool;                    /* of the source; 0: none is known */
    int64_t first_us, last_us;
    uint64_t reached; /* attempts in which a server answered */
    bool watched;     /* an incident_watch has had a watch of it */
    struct summary_attempts attempts;

    struct summary_outcomes outcomes;
    uint64_t within_target;
    struct latency latency;

    uint64_t waiting_late;
    uint64_t unexplained; /* answered, and no rule knows the answer */
    uint64_t unreached;   /* attempts in which no server answered */
    uint32_t classes[REPLY_CLASS_COUNT];
    uint32_t sibling; /* the provider's next older path + 1; 0: none */
};

struct path_table;

struct path_table *path_table_new(void);
void path_table_free(struct path_table *table);

#define PATHS_MAX 65536u
#define PATHS_OF_DOMAINS_MAX 49152u /* the rest is for providers that are listed */

/* Number of the path, added if new while there are less than `bound` (at most PATHS_MAX). 0: there
 * is no room. */
uint32_t path_table_number(struct path_table *table, uint32_t relay, uint32_t source,
                           uint32_t provider, uint32_t bound);

/* Valid until the next path_table_number. */
struct path *path_table_get(struct path_table *table, uint32_t number);

/* The same to read. */
const struct path *path_table_read(const struct path_table *table, uint32_t number);

uint32_t path_table_count(const struct path_table *table);

/* The provider's newest path + 1, the others follow by `sibling`; 0: it has none. */
uint32_t path_table_of_provider(const struct path_table *table, uint32_t provider);

#endif
