/* SPDX-License-Identifier: Apache-2.0
 *
 * Tells when one login sends far above its own normal and the fleet's. Pure: counts and times only.
 *
 * The measure is recipients accepted in the last 60 minutes, in steps of 10. A login's own normal
 * is the 90th percentile of its active hours so far, once there is half of one. A surge is above
 * min_recipients, above the middle of the fleet (the other active logins' hours), and above
 * own_factor times its own normal, more while its past is short. A login without a past must pass
 * fleet_factor times the busiest of the others, once there are ten, since volumes of honest logins
 * differ by thousands. It ends when the hour falls below half of the limit that it passed.
 */
#ifndef TD_WATCH_SURGE_DETECTOR_H
#define TD_WATCH_SURGE_DETECTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SURGE_STEPS 6     /* of 10 minutes: an hour */
#define SURGE_CLASSES 125 /* of counts, see class_of */

#define SURGE_SMALL 16 /* recipients an hour: logins that stay below need no history */

struct surge_rule {
    uint32_t min_recipients;
    double own_factor, fleet_factor;
};

#define SURGE_RULE \
    { \
        .min_recipients = 100, .own_factor = 4, .fleet_factor = 4 \
    }

/* All logins' current hours, by class. */
struct surge_fleet {
    uint32_t logins[SURGE_CLASSES];
    uint32_t active;
};

struct surge_counts {
    int64_t opened_us, last_us;
    uint64_t recipients, messages; /* since it began */
    double normal;                 /* recipients an hour that would have been normal */
    double limit;                  /* that it passed */
};

/* What only a login with volume needs: 208 bytes. */
struct surge_volume {
    struct surge_counts above; /* since the hour rose above normal; opened_us 0: it is not above */
    uint32_t steps[SURGE_STEPS];    /* recipients; [step % SURGE_STEPS], saturating */
    uint32_t normal;                /* recipients an hour by the history, renewed each step */
    uint8_t history[SURGE_CLASSES]; /* active steps by the hour that ended with them */
    bool learned;                   /* the history has begun */
};

struct surge_login {
    struct surge_volume *volume; /* owned; NULL before an hour of SURGE_SMALL or above normal */
    int64_t step;                /* number of the newest step since 1970 */
    uint32_t peak;               /* most in an hour */
    uint16_t history_count;      /* active steps learned, saturating */
    uint8_t few[SURGE_STEPS];    /* the steps while volume is NULL */
    uint8_t fleet_class;         /* where the fleet counts it; 0: not active yet */
    bool surging;
    bool surged; /* now or before */
    bool listed; /* by whoever tells surges while they go on */
};

enum surge_event { SURGE_QUIET, SURGE_OPENED, SURGE_CLOSED };

/* `recipients` were accepted from this login at time_us. SURGE_CLOSED: *ended is the surge that
 * ended before this message. */
enum surge_event surge_login_take(struct surge_login *login, struct surge_fleet *fleet,
                                  const struct surge_rule *rule, uint32_t recipients,
                                  int64_t time_us, struct surge_counts *ended);

void surge_login_done(struct surge_login *login);

/* Whether a surge of this login is still going on at now_us: its last message is less than an hour
 * old. */
bool surge_is_open(const struct surge_login *login, int64_t now_us);

/* Ends a surge that is not open any more, without another message: `surging` and not
 * surge_is_open. */
struct surge_counts surge_login_end(struct surge_login *login);

#endif
