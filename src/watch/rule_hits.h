/* SPDX-License-Identifier: Apache-2.0
 *
 * Which reply rules spoke for moving mail or slowing it down, on which path, how often and in which
 * words: for people who ask why a route would change, and whether it is the rule that is wrong. Of
 * an operator's rule it also says what the built-in rules alone make of the same replies: a rule
 * that calls dead addresses a block shows itself by that.
 *
 * Bounded: RULE_HITS_MAX pairs of path and rule with two samples each; replies of those beyond are
 * counted as left out. Pure. One thread.
 */
#ifndef TD_WATCH_RULE_HITS_H
#define TD_WATCH_RULE_HITS_H

#include "watch/tally.h"

#define RULE_HITS_MAX 4096
#define RULE_HIT_SAMPLES 2
#define RULE_HIT_SAMPLE_MAX 300 /* bytes */

struct rule_hits;

/* classifier: of the tally that is observed. built_in: one without the operator's rules; NULL: the
 * classifier has none. Both are borrowed, and so are the tally's names. */
struct rule_hits *rule_hits_new(const struct classifier *classifier, struct classifier *built_in);
void rule_hits_free(struct rule_hits *hits);

/* An attempt as a tally tells it; what is neither refused for the source (block_ip) nor for its
 * rate (rate) by a rule, or is of no path, is ignored. */
void rule_hits_take(struct rule_hits *hits, const struct tally_attempt *told);

/* Of one rule on one path. */
struct rule_hit {
    struct slice source, provider;
    struct slice rule; /* its id */
    uint32_t line;     /* own: where the rule's class stands in the operator's file; else 0 */
    bool own;          /* the operator's */
    enum reply_class class;
    uint64_t replies; /* attempts that it spoke of */
    uint64_t bounced; /* those after which Postfix gave up */
    int64_t first_us, last_us;
    uint64_t otherwise[REPLY_CLASS_COUNT];  /* own: what the built-in rules make of them */
    struct slice instead;                   /* own: the built-in rule of the newest; or empty */
    struct slice samples[RULE_HIT_SAMPLES]; /* replies of different form; empty: fewer */
};

/* In order of first sight; index < count. Valid until the next take. */
size_t rule_hits_count(const struct rule_hits *hits);
const struct rule_hit *rule_hits_at(const struct rule_hits *hits, size_t index);

uint64_t rule_hits_left_out(const struct rule_hits *hits);

#endif
