/* SPDX-License-Identifier: Apache-2.0
 *
 * Whether a message may pass all limits, and the counting of those that do. All or nothing: a
 * message is counted by every rule that it concerns, or, when one of them refuses it, by none.
 * What was refused never fills a limit; a rule in shadow refuses nothing and counts what passes.
 *
 *      rules of the same key (two windows of a login) share one table of meters:
 *
 *      group login           alice@example.jp   [ minute | hour | day ]
 *      group login+client    alice, 192.0.2.7   [ hour ]
 *
 * A rule whose key a message has not (no login, no client address) says nothing about it. One
 * thread; pure. Bounds: keys of each group as given, the oldest make
 * room.
 */
#ifndef TD_GATE_LIMIT_GATE_H
#define TD_GATE_LIMIT_GATE_H

#include "base/ip_address.h"
#include "model/limit_rule.h"

enum {
    LIMIT_KEY_RULES_MAX = 16, /* rules with the same key */
    LIMIT_HITS_MAX = 8,
};

/* Who sends. Borrowed for a call; names in lower case. */
struct limit_subject {
    struct slice login, login_domain, account_class; /* empty: none */
    struct slice sender_domain;
    struct ip_address client;
};

/* What a message is, or what has come to one that was counted before. */
struct limit_load {
    uint32_t messages; /* 1, or 0 */
    uint32_t recipients, new_recipients;
    uint64_t bytes;
};

/* A rule that the message is over. */
struct limit_hit {
    const struct limit_rule *rule;
    uint64_t used;   /* before this message */
    uint32_t most;   /* the number that holds for this subject */
    uint32_t wanted; /* by this message */
    int64_t room_us; /* when it would pass if nothing else did; INT64_MAX: never, as it is */
};

/* What is to be done: of the rules that are not in shadow the sternest. */
struct limit_answer {
    int64_t now_us;
    bool over;                 /* a rule that is not in shadow */
    bool passes;               /* the message goes on, and was counted if that was asked for */
    struct limit_hit sternest; /* if over; of equally stern ones the last to have room */
    struct limit_hit hits[LIMIT_HITS_MAX]; /* the first ones, those in shadow too */
    size_t hit_count;
};

struct limit_gate;

/* rules: borrowed until the next limit_gate_configure or the end. keys: of each group at most. */
struct limit_gate *limit_gate_new(const struct limit_rules *rules, uint32_t keys);
void limit_gate_free(struct limit_gate *gate);

/* New rules. What was counted stays for rules that count the same: key, unit, kind and time. */
void limit_gate_configure(struct limit_gate *gate, const struct limit_rules *rules);

/* Does this message pass? counts: and counts it, if it does. *out is set whole. */
void limit_gate_judge(struct limit_gate *gate, const struct limit_subject *who,
                      const struct limit_load *load, bool counts, int64_t now_us,
                      struct limit_answer *out);

/* A message that was counted at at_us did not come to be: takes its counts back. */
void limit_gate_give_back(struct limit_gate *gate, const struct limit_subject *who,
                          const struct limit_load *load, int64_t at_us, int64_t now_us);

/* What a rule has counted for a subject; 0 when the rule does not concern it. */
uint64_t limit_gate_used(struct limit_gate *gate, const struct limit_subject *who,
                         const struct limit_rule *rule, int64_t now_us);

/* Makes the room of keys that count nothing any more free, some of each group; to be called every
 * second or so. Returns how many. */
size_t limit_gate_sweep(struct limit_gate *gate, int64_t now_us);

struct limit_gate_counts {
    uint64_t keys;        /* now */
    uint64_t crowded_out; /* keys that made room for others while they counted something */
};
void limit_gate_counts(const struct limit_gate *gate, struct limit_gate_counts *out);

#endif
