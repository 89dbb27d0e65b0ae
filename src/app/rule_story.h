/* SPDX-License-Identifier: Apache-2.0
 *
 * What one reply rule would have caused in a replay, over all paths: how many overrides, how much
 * mail, and of an operator's rule, whether the built-in rules contradict it.
 */
#ifndef TD_APP_RULE_STORY_H
#define TD_APP_RULE_STORY_H

#include "app/route_replay.h"

#define STORY_SAMPLES 4

struct story_sample {
    struct slice source, provider, text;
};

struct rule_story {
    struct slice rule;
    bool own;
    uint32_t line; /* own: in the operator's file */
    enum reply_class class;
    uint64_t replies, bounced; /* that it spoke of; after which Postfix gave up */
    size_t paths, providers;
    size_t overrides, asked; /* moves on its paths: in force, or proposed or only thought of */
    uint64_t recipients;     /* of their providers' mail while they were */
    uint64_t otherwise[REPLY_CLASS_COUNT]; /* own: what the built-in rules make of the replies */
    uint64_t contradicted; /* of these, those that are another kind of trouble: no reason to move */
    enum reply_class instead;  /* the most frequent class of the contradicted ones */
    struct slice instead_rule; /* a built-in rule that says so; or empty */
    struct story_sample samples[STORY_SAMPLES];
    size_t sample_count;
};

/* Those behind decisions, the one with most recipients first; in the arena, texts are the
 * replay's. After route_replay_finish. */
struct rule_story *rule_story_list(const struct route_replay *replay, struct arena *arena,
                                   size_t *count);

#endif
