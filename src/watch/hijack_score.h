/* SPDX-License-Identifier: Apache-2.0
 *
 * From what an account did to a verdict: pure arithmetic over counts.
 *
 * Each sign has a strength of 0 to 1 and is worth its points times that. Volume opens the gate: at
 * or below its normal nothing is said of an account, and the other signs count in full from one and
 * a half times the normal on. Points alone do not judge: a campaign has volume, new recipients, new
 * domains and one size, and is no theft. What tells the two apart are four families that do not
 * come from each other,
 *
 *      clients (networks, countries, travel) · logins · addresses (dead, spam) · senders
 *
 * With none of them there is no verdict; with one, nothing beyond HOLD, which loses no mail. Of an
 * account without a past nothing is new, so that only what is strange of anybody counts.
 */
#ifndef TD_WATCH_HIJACK_SCORE_H
#define TD_WATCH_HIJACK_SCORE_H

#include "model/hijack_verdict.h"

/* An account that no verdict is spoken on until then. */
struct hijack_allowance {
    struct slice login;
    int64_t until_us;
};

struct hijack_rule {
    double points[HIJACK_SIGN_COUNT]; /* of a sign at full strength; 0: it does not count */
    double steps[HIJACK_STEP_COUNT];  /* the score from which each is asked for, rising */
    uint32_t least_hour, least_day;   /* recipients; up to so many are normal for anybody */
    double own_factor;                /* above the median of this hour of the week is not normal */
    double fleet_factor;              /* above the 90th percentile of the others, for newcomers */
    int64_t cool_down_us;             /* without evidence, until a verdict ends */
    const struct hijack_allowance *allow; /* borrowed */
    size_t allow_count;
    struct slice default_domain; /* of logins that have none; empty: they stay as they are */
    bool off;                    /* nothing is watched */
    bool propose;                /* the evidence names the command that takes the step */
};

#define HIJACK_POINTS_OF(name, word, points) points,
#define HIJACK_RULE \
    { \
        .points = {HIJACK_SIGNS(HIJACK_POINTS_OF)}, .steps = {0, 35, 45, 60, 80, 95}, \
        .least_hour = 50, .least_day = 100, .own_factor = 2.5, .fleet_factor = 4, \
        .cool_down_us = INT64_C(6) * 3600 * 1000000, \
    }

extern const struct hijack_rule hijack_rule_default;

/* What an account did lately. `of` the last 12 to 24 hours where nothing else is said. */
struct hijack_facts {
    bool has_past;
    uint64_t hour, day;             /* recipients in the last hour; last 12 to 24 hours */
    double normal_hour, normal_day; /* up to which it is normal */
    uint64_t recipients;            /* of the day, of which: */
    uint64_t foreign, odd;          /* by new client networks; at hours without a past */
    uint64_t abroad;                /* by clients in new countries */
    uint64_t countries;             /* new ones */
    bool has_countries;             /* it is known where it sends from */
    struct hijack_whereabouts where;
    uint64_t networks;                 /* new ones */
    uint64_t addresses, new_addresses; /* distinct recipients */
    uint64_t new_domains;              /* of recipients */
    uint64_t tried, dead, spam;        /* attempts; address dead; refused as spam */
    double usual_dead;                 /* share of dead addresses in its past */
    uint64_t refused;                  /* failed logins from new networks */
    uint64_t senders, new_sender_domains;
    uint64_t sized;     /* messages whose size is known */
    double size_spread; /* standard deviation by mean of them */
};

/* Fills all but login and times. */
void hijack_judge(const struct hijack_rule *rule, const struct hijack_facts *facts,
                  struct hijack_verdict *out);

#endif
