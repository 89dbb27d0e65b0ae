/* SPDX-License-Identifier: Apache-2.0
 *
 * The expressions of a rule file as vectorscan databases in block mode: one pass over the text
 * finds all that match, in time linear in the text whatever the text is. The only file that knows
 * vectorscan.
 *
 * There are several databases. The `match` lines are in waves, from the strongest rules
 * (reply_rule_strength) to the weakest: who goes through them in order may stop where a rule holds.
 * The `unless` lines are apart, and looked for when one of them is asked for: they are about common
 * words, cost as much as half of the others, and few rules get so far.
 *
 * An expression with a character outside ASCII is about characters; any other is about bytes: its
 * `.` and `[^x]` stand for one byte of a longer character.
 *
 * Numbers: patterns count from 0 in order of the rules, for each rule its `match` lines, then its
 * `unless` lines.
 */
#ifndef TD_WATCH_PATTERN_SET_H
#define TD_WATCH_PATTERN_SET_H

#include "base/buf.h"
#include "base/err.h"
#include "mail/reply_rule.h"

struct pattern_set;

size_t pattern_count(const struct reply_rules *rules);

/* Compiles: some seconds for the built-in rules. portable: for every machine of this architecture
 * instead of this one. NULL: err names line and reason. */
struct pattern_set *pattern_set_new(const struct reply_rules *rules, bool portable,
                                    struct err *err);

/* From what pattern_set_save made of the same rules, in well under a millisecond. NULL: made by
 * another release of vectorscan or for another processor, or broken; then compile. */
struct pattern_set *pattern_set_load(struct slice saved, const struct reply_rules *rules);

/* Appends. False: err. */
bool pattern_set_save(const struct pattern_set *set, struct buf *to, struct err *err);

void pattern_set_free(struct pattern_set *set);

struct pattern_hits {
    const uint32_t *ids; /* of `match` lines, each once, in no order; valid until the next begin */
    size_t count;
};

/* text: valid UTF-8 (the caller sees to it); must live until the next begin. Not thread-safe. */
void pattern_set_begin(struct pattern_set *set, struct slice text);

/* The next wave; false: that was all. Any rule of a wave is stronger than any of the next. */
bool pattern_set_next(struct pattern_set *set, struct pattern_hits *out);

/* Does this `unless` line match the text? */
bool pattern_set_hit(struct pattern_set *set, uint32_t id);

#endif
