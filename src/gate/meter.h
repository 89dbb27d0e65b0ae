/* SPDX-License-Identifier: Apache-2.0
 *
 * How much of a limit is used, by one key: a sliding window, or a token bucket. What has passed is
 * in it, what was refused never is.
 *
 *      window   never lets more than `limit` pass in any span of `within`. It is kept in ten
 *               parts, so a unit counts for `within` and at most a tenth longer.
 *
 *                   part:  oldest                             now
 *                         |  4 |  0 | 17 |  0 ...  |  1 |  2 |
 *                          <------------- within ----------->
 *
 *      bucket   `limit` tokens a `within`, of which `burst` may be saved up. What passed is exact;
 *               in one `within` that is at most limit + burst.
 *
 * Clocks that step: after a step back what was counted stays, for at most as long as the step or
 * a `within`, whichever is shorter; a step ahead forgets what it makes old. Pure; 48 bytes.
 */
#ifndef TD_GATE_METER_H
#define TD_GATE_METER_H

#include <stdbool.h>
#include <stdint.h>

enum { METER_PARTS = 11 }; /* ten whole ones and the one that runs */

#define METER_LIMIT_MAX UINT32_C(1000000000)
#define METER_WITHIN_MAX_US (INT64_C(366) * 86400 * 1000000)

enum meter_kind { METER_WINDOW, METER_BUCKET };

/* What a rule says. */
struct meter_plan {
    enum meter_kind kind;
    uint32_t limit;    /* 1 to METER_LIMIT_MAX; of a bucket at most one a microsecond */
    uint32_t burst;    /* of a bucket: 1 to METER_LIMIT_MAX */
    int64_t within_us; /* 1 s to METER_WITHIN_MAX_US */
};

struct meter_window {
    uint32_t part;              /* number of the newest */
    uint32_t used[METER_PARTS]; /* by part number modulo their count */
};

struct meter_bucket {
    int64_t full_us; /* when it is full again; 0: it is */
};

/* All zero: nothing used. */
union meter {
    struct meter_window window;
    struct meter_bucket bucket;
};

/* Units that count at `now`; of a bucket those that are missing in it, rounded up. */
uint64_t meter_used(const union meter *meter, const struct meter_plan *plan, int64_t now_us);

/* Would `count` more pass? Always, if 0. */
bool meter_has_room(const union meter *meter, const struct meter_plan *plan, uint32_t count,
                    int64_t now_us);

/* Counts them, room or not. */
void meter_add(union meter *meter, const struct meter_plan *plan, uint32_t count, int64_t now_us);

/* Takes back what was counted at `at`; no more than is still there. */
void meter_give_back(union meter *meter, const struct meter_plan *plan, uint32_t count,
                     int64_t at_us, int64_t now_us);

/* The first moment at which `count` would pass if nothing else did: now_us, later, or INT64_MAX
 * for more than can ever pass at once. */
int64_t meter_room_at(const union meter *meter, const struct meter_plan *plan, uint32_t count,
                      int64_t now_us);

/* Nothing in it counts any more: as good as all zero. */
bool meter_is_idle(const union meter *meter, const struct meter_plan *plan, int64_t now_us);

#endif
