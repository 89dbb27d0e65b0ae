/* SPDX-License-Identifier: Apache-2.0
 *
 * A message as a call of the script that counts for all relays (data/policy_shared.lua), and what
 * the script says of it. The words of a call, the first of them keys:
 *
 *      PREFIX i:RELAY:INSTANCE        what is counted of this message; it is counted once
 *      PREFIX m:PARTS:KEY ...         a hash of meters for each key: login, login and client, ...
 *      operation age remembered named   recipients messages KiB new
 *      then for each key   rules expires
 *      then for each rule  field unit kind limit burst span
 *
 * Names are escaped: letters, digits and @._+- stand for themselves, other bytes are %XX. The field
 * of a meter says what it counts and in which time, so other rules find what was counted before.
 * The answer: whether it passes, Redis' time, and of each rule that it is over the number and the
 * meter.
 *
 * Pure. About 300 bytes a call with three limits; a call can be used again for the next message.
 */
#ifndef TD_GATE_SHARED_CALL_H
#define TD_GATE_SHARED_CALL_H

#include "base/word_list.h"
#include "gate/limit_gate.h"

enum {
    SHARED_RULES_MAX = 64,
    SHARED_ITEMS_MAX = 2 + 2 * SHARED_RULES_MAX,
    SHARED_WORDS_MAX = 9 + 9 * SHARED_RULES_MAX,
    SHARED_REMEMBERED_S = 3600, /* so long Redis knows what it has counted of a message: as late as
                                 * Postfix may refuse one and have it given back */
};

enum shared_operation {
    SHARED_LOOK,   /* counts nothing */
    SHARED_CHARGE, /* counts what passes */
    SHARED_ADD,    /* counts it, room or not: it passed while Redis could not be asked */
    SHARED_BACK,   /* gives back what was counted of it, and counts nothing of it any more */
    SHARED_FORGET, /* no message: see shared_words_forget */
};

/* A rule that the call asks about. */
struct shared_rule {
    const struct limit_rule *rule; /* borrowed, as those of the gate */
    struct meter_plan plan;
    uint32_t wanted;
};

/* What is sent, but for operation and age. heads: of the call and of each key; args: of rules. */
struct shared_words {
    struct word_list keys, heads, args;
};
void shared_words_done(struct shared_words *words);

struct shared_call {
    struct shared_words words;
    struct shared_rule rules[SHARED_RULES_MAX];
    size_t rule_count;
};

/* The message. Borrowed for a call. */
struct shared_message {
    struct slice prefix;          /* of all keys in Redis */
    struct slice relay, instance; /* empty: it has no name, and is counted as often as it comes */
    const struct limit_subject *who;
    const struct limit_load *load; /* as is wanted now */
    struct limit_load total;       /* with what was counted of it before */
    int64_t now_us;
};

/* Makes the call anew. *out is what the rules without a meter say; if it does not pass there, or
 * the call has no rules, Redis need not be asked. */
void shared_call_make(struct shared_call *call, struct limit_gate *gate,
                      const struct shared_message *message, struct limit_answer *out);

/* Words that forget what the rules of that name (empty: each) have counted by a key: one of
 * limit_gate_keys. Its fields alone are their args. False: none of the group has it; nothing made.
 */
bool shared_words_forget(struct shared_words *words, struct slice prefix,
                         const struct limit_group *group, struct slice key, struct slice rule);

/* All words, keys first: SHARED_WORDS_MAX at most. age: of the message. number: where a text for it
 * may be written. Returns how many. Borrowed from words and number. */
size_t shared_words_list(const struct shared_words *words, enum shared_operation operation,
                         int64_t age_us, struct buf *number, struct slice *out);

/* One value of the answer. */
struct shared_item {
    bool is_text;
    int64_t number;
    struct slice text;
};

/* Adds what the script says to *out. False: it is no answer of the script's; *out untouched. */
bool shared_call_read(const struct shared_call *call, const struct shared_item *items, size_t count,
                      struct limit_answer *out);

/* Appends a name as it stands in a key. */
void shared_call_escape(struct slice name, struct buf *to);

#endif
