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
 *
 * Campaigns are far above the normal of who sends them once a week, and no surge. What tells them
 * from a stolen password is not the volume but signs: most of the mail comes from clients that the
 * login did not use before that day; logging in failed often meanwhile; much of it bounces. Without
 * such a sign a login with a past must also pass twice the busiest hour of its earlier days, and
 * what three others of the fleet have had in an hour; in the first week of the fleet fleet_factor
 * times the busiest of them, since the rhythm of mail is a week and nobody knows it yet. Bounces
 * alone are held against its own earlier days only. With bounces or failed logins a login without a
 * past is held against the 90th percentile of the others instead of the busiest.
 */
#ifndef TD_WATCH_SURGE_DETECTOR_H
#define TD_WATCH_SURGE_DETECTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SURGE_STEPS 6 /* of 10 minutes: an hour */
#define SURGE_STEP_US INT64_C(600000000)
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

/* A login whose busiest hour is one of the busiest of all. */
struct surge_busy {
    const struct surge_login *login; /* only compared; NULL: none */
    double hour;                     /* fades with the days */
};

#define SURGE_BUSIEST 4 /* three others, and one that may be the login itself */

/* All logins' current hours, by class, and the busiest hours without signs, first the busiest. */
struct surge_fleet {
    uint32_t logins[SURGE_CLASSES];
    uint32_t active;
    struct surge_busy busiest[SURGE_BUSIEST];
    int64_t first_day, day; /* since 1970; of the first message, and of the newest */
};

/* A message of a login, with what is known of the login so far: counts from its beginning. */
struct surge_message {
    int64_t time_us;
    uint32_t recipients;
    uint64_t client, clients;         /* a bit by hash; those of all messages before this one */
    uint32_t ended, bounced, refused; /* recipients with an outcome, hard bounces; failed logins */
};

struct surge_counts {
    int64_t opened_us, last_us;
    uint64_t recipients, messages;    /* since it began */
    double normal;                    /* recipients an hour that would have been normal */
    double limit;                     /* that it passed */
    uint64_t clients;                 /* known when the day began */
    uint64_t foreign;                 /* messages by others */
    uint32_t ended, bounced, refused; /* of the login when it began */
};

/* What only a login with volume needs: 256 bytes. */
struct surge_volume {
    struct surge_counts above; /* since the hour rose above normal; opened_us 0: it is not above */
    uint32_t steps[SURGE_STEPS]; /* recipients; [step % SURGE_STEPS], saturating */
    uint32_t normal;             /* recipients an hour by the history, renewed each step */
    uint32_t busiest_before;     /* hour without signs of earlier days; fades with the days */
    uint32_t busiest_today;
    int32_t day;                    /* that is today */
    uint64_t clients_before;        /* known when today began */
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

/* A message was accepted from this login. SURGE_CLOSED: *ended is the surge that ended before this
 * message. */
enum surge_event surge_login_take(struct surge_login *login, struct surge_fleet *fleet,
                                  const struct surge_rule *rule,
                                  const struct surge_message *message, struct surge_counts *ended);

void surge_login_done(struct surge_login *login);

/* Whether a surge of this login is still going on at now_us: its last message is less than an hour
 * old. */
bool surge_is_open(const struct surge_login *login, int64_t now_us);

/* Ends a surge that is not open any more, without another message: `surging` and not
 * surge_is_open. */
struct surge_counts surge_login_end(struct surge_login *login);

#endif
