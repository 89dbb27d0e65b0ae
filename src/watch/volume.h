/* SPDX-License-Identifier: Apache-2.0
 *
 * Tells when a sender domain, a path, or all together send far above their normal (surge), beside
 * the detector of logins (surge_detector.h). Pure: counts and times.
 *
 * The measure is recipients within the last hour. Normal is learned by the hour of the week
 * (hour_profile.h: the same hour of the last four weeks and its neighbours). What is above
 *
 *     factor x median,  median + 15 MAD,  1.25 x the most of those hours,  least_recipients
 *
 * is a surge, where the hour is a regular one (three of four such hours had mail). Who sends now
 * and then is held against twice its busiest hour, and against fleet_factor times the busiest one
 * of its kind, once there are ten: the first campaign of one shop among thousands is none. In the
 * first week of a series twice the factor holds against its busiest hour; in its first day only the
 * fleet. It ends below half of the limit that was passed. While it lasts no more than the limit is
 * learned.
 *
 * Bounded: VOLUME_DOMAINS domains and VOLUME_PATHS paths of 190 bytes, and 680 for the profile of
 * those that had VOLUME_SMALL in an hour; those beyond count in all only. One thread.
 */
#ifndef TD_WATCH_VOLUME_H
#define TD_WATCH_VOLUME_H

#include "watch/hour_profile.h"
#include "watch/incident_tell.h"

#define VOLUME_DOMAINS 65536
#define VOLUME_PATHS 16384
#define VOLUME_SMALL 16 /* recipients an hour */

struct volume_rule {
    uint32_t least_recipients; /* an hour */
    double own_factor;         /* of a domain or path, against its median */
    double all_factor;         /* of all */
    double fleet_factor;       /* of one without a past, against the busiest of its kind */
};

#define VOLUME_RULE \
    { \
        .least_recipients = 1000, .own_factor = 4, .all_factor = 2.5, .fleet_factor = 2 \
    }

extern const struct volume_rule volume_default;

/* A message that was accepted for the first time. */
struct volume_message {
    struct slice login, domain; /* domain: of the sender, in lower case; each may be empty */
    uint32_t recipients;
};

/* The first attempt of a recipient: retries are no volume. */
struct volume_attempt {
    struct slice relay, source, provider;
    struct slice login, recipient_domain; /* may be empty */
};

/* What became of recipients of a login's mail, or of a login under its name that failed. */
struct volume_result {
    struct slice login;
    uint32_t count;
    bool bounced, refused; /* refused: the login failed, count times */
};

struct volume;

struct volume *volume_new(const struct volume_rule *rule);
void volume_free(struct volume *volume);

void volume_take_message(struct volume *volume, const struct volume_message *message,
                         int64_t now_us);
void volume_take_attempt(struct volume *volume, const struct volume_attempt *attempt,
                         int64_t now_us);
void volume_take_client(struct volume *volume, struct slice login, struct slice client,
                        int64_t now_us); /* a login came from this address */
void volume_take_result(struct volume *volume, const struct volume_result *result, int64_t now_us);

/* Tells each surge that opened, changed or ended since the last call: every 100 ms or so. Costs a
 * look at each series that sent lately. */
void volume_tell(struct volume *volume, int64_t now_us, incident_tell tell, void *data);

/* ---- the past ---- */

enum volume_kind { VOLUME_ALL, VOLUME_DOMAIN, VOLUME_PATH };

/* One series: its names and what it sent by the hour. */
struct volume_row {
    enum volume_kind kind;
    struct slice domain, relay, source, provider; /* those of its kind */
    int64_t hour;                                 /* of the last number, since 1970 */
    size_t count;                                 /* at most PROFILE_HOURS */
    const uint32_t *recipients;                   /* by hour, oldest first */
};

/* Learns the row, of the history: what was known of those hours is replaced. Rows are cheap; call
 * it before mail is taken. */
void volume_load(struct volume *volume, const struct volume_row *row);

/* Messages and attempts whose series had no room, since it is new (left_out.h). */
uint64_t volume_left_out(const struct volume *volume);

#endif
