/* SPDX-License-Identifier: Apache-2.0
 *
 * Tells when refusals on one path are more than its normal, and when that has ended. Pure: it sees
 * attempts one by one with their time, and knows no texts and no clock.
 *
 * Method: a cumulative sum of log-likelihood ratios (Page 1954) between the path's own baseline
 * rate of hits and an alternative rate. While the sum is zero the path is calm and its baseline is
 * learned; a hit starts a run, whose hits and attempts are counted from that hit on; misses pull
 * the sum back to zero, and the run is forgotten as noise. A run becomes an incident when the sum
 * passes the threshold, and only with enough hits, enough distinct messages and a lower confidence
 * bound (Wilson) of its ratio above min_ratio. An incident ends by recovered traffic alone: as many
 * attempts without a hit as would be a hundred thousand to one against, given the incident's own
 * rate, and deliveries of as many distinct messages as it took to open: what one message with many
 * recipients meets may be the message's luck.
 *
 * This is the volume window of docs/decisions/0007: it adapts to the path's volume by itself, so
 * that a path with four attempts a day and one with four a second are judged by the same evidence.
 */
#ifndef TD_WATCH_PATH_DETECTOR_H
#define TD_WATCH_PATH_DETECTOR_H

#include <stdbool.h>
#include <stdint.h>

struct detector_rule {
    double least_baseline; /* a path is never trusted to be better than this; e.g. 0.01 */
    double alternative;    /* rate of hits that is an incident for sure; e.g. 0.3 */
    uint32_t min_hits;
    uint32_t min_messages; /* distinct messages among the hits: one message with many recipients is
                              thin evidence; and among the deliveries that end it, of those
                              DETECTOR_RECOVERED at most */
    double min_ratio;      /* lower confidence bound of hits/attempts */
    int64_t patience_us;   /* a run without a hit for this long is forgotten */
};

/* For refusals in words, and for failures without a reply (which need more: nets are noisy). */
#define DETECTOR_RULE_REPLY \
    { \
        .least_baseline = 0.01, .alternative = 0.3, .min_hits = 3, .min_messages = 2, \
        .min_ratio = 0.15, .patience_us = INT64_C(86400000000) \
    }
#define DETECTOR_RULE_SILENT \
    { \
        .least_baseline = 0.05, .alternative = 0.6, .min_hits = 6, .min_messages = 4, \
        .min_ratio = 0.5, .patience_us = INT64_C(21600000000) \
    }

/* messages: distinct ones among the hits. Retries count once; of more than DETECTOR_MESSAGES, an
 * old one that comes late may be taken for one seen already. */
struct detector_counts {
    uint64_t attempts, hits, messages;
};

#define DETECTOR_MESSAGES 2048
#define DETECTOR_RECOVERED 8 /* distinct delivered messages that are told apart */

struct path_detector {
    uint64_t calm_attempts, calm_hits; /* baseline: outside runs; halved now and then */
    double score;
    struct detector_counts run; /* from the first hit to the newest hit */
    uint64_t since_hit;         /* attempts after the newest hit */
    int64_t first_hit_us, last_hit_us;
    int64_t recovered_us; /* first delivery after the newest hit; INT64_MIN: none yet */
    uint64_t recovered[DETECTOR_RECOVERED]; /* messages delivered after the newest hit */
    uint32_t recovered_count;
    uint64_t newest_message;                   /* highest serial among the hits of the run */
    uint64_t messages[DETECTOR_MESSAGES / 64]; /* bit serial % DETECTOR_MESSAGES: seen in the run */
    bool open;
};

enum detector_event {
    DETECTOR_QUIET,
    DETECTOR_RUN, /* a run began with this hit: evidence starts here */
    DETECTOR_HIT, /* one more hit of a run or an incident */
    DETECTOR_OPENED,
    DETECTOR_CLOSED, /* counts and times are those of the incident until the next call */
};

/* The path was used `attempts` times before this detector was made for its first hit. */
void path_detector_init(struct path_detector *detector, uint64_t attempts);

struct detector_sample {
    bool hit;
    bool delivered;   /* the attempt was accepted; a miss that was not is no recovery */
    uint64_t message; /* serial: a message that began later has a higher one */
    int64_t time_us;
};

enum detector_event path_detector_take(struct path_detector *detector,
                                       const struct detector_rule *rule,
                                       const struct detector_sample *sample);

#endif
