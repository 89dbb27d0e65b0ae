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
#include "base/keyed_hash.h"
#include "gate/limit_overrides.h"
#include "gate/meter.h"
#include "model/limit_rule.h"

enum {
    LIMIT_KEY_RULES_MAX = 16, /* rules with the same key */
    LIMIT_HITS_MAX = 8,
    LIMIT_GROUPS_MAX =
        2 * 32, /* each set of parts, and again for rules about a message by itself */
};

/* Who sends. Borrowed for a call; names in lower case. */
struct limit_subject {
    struct slice login, login_domain, account_class; /* empty: none */
    struct slice sender_domain;
    struct ip_address client;
    const struct limit_own *own; /* numbers that were set for the login; NULL: none */
    uint32_t relays; /* limits with a meter are divided by so many; 0 and 1: they are whole */
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
    bool waits;                /* nothing of this is known yet: see limit_gate_elsewhere */
    uint32_t relays;           /* of the subject, when it was counted here */
    struct limit_hit sternest; /* if over; of equally stern ones the last to have room */
    struct limit_hit hits[LIMIT_HITS_MAX]; /* the first ones, those in shadow too */
    size_t hit_count;
};

/* Rules that share a row, as its meters lie. */
struct limit_group {
    unsigned key;                          /* of enum limit_part */
    const struct limit_rule *const *rules; /* the gate's, until it is configured anew */
    size_t count;                          /* 0: about messages by themselves, without rows */
};

struct limit_gate;

/* rules: borrowed until the next limit_gate_configure or the end. keys: of each group at most. */
struct limit_gate *limit_gate_new(const struct limit_rules *rules, uint32_t keys);
void limit_gate_free(struct limit_gate *gate);

/* New rules, and another number of keys; of those that are too many now the oldest go. What was
 * counted stays for rules that count the same: key, unit, kind and time. */
void limit_gate_configure(struct limit_gate *gate, const struct limit_rules *rules, uint32_t keys);

/* Does this message pass? counts: and counts it, if it does. *out is set whole. */
void limit_gate_judge(struct limit_gate *gate, const struct limit_subject *who,
                      const struct limit_load *load, bool counts, int64_t now_us,
                      struct limit_answer *out);

/* ---- for those who keep the counts elsewhere ---- */

/* What is judged. */
struct limit_question {
    const struct limit_subject *who;
    const struct limit_load *load;
    bool counts;
    int64_t now_us;
};

/* Asked in place of the meters here. Sets *out whole, and waits in it when the answer comes later:
 * the message is then to be judged again. False: it cannot say, and what is counted here decides,
 * by the part of one of *relays. */
typedef bool (*limit_elsewhere)(void *context, const struct limit_question *question,
                                uint32_t *relays, struct limit_answer *out);
void limit_gate_elsewhere(struct limit_gate *gate, limit_elsewhere elsewhere, void *context);

/* What a message asks of a rule that has a meter. The key lives until the function that is given it
 * returns; rules with the same key come one after the other. */
struct limit_demand {
    const struct limit_rule *rule;
    unsigned parts; /* of the key, of enum limit_part */
    struct slice key;
    struct meter_plan plan; /* with the number that holds for this subject */
    uint32_t wanted;        /* may be 0 */
};
struct limit_asker {
    int64_t now_us;
    void (*see)(void *context, const struct limit_demand *demand);
    void *context;
};

/* Judges by the rules that have no meter (about a message by itself, or letting nothing pass),
 * counts nothing, and shows the others, whole for all relays. *out is set whole. */
void limit_gate_ask(struct limit_gate *gate, const struct limit_subject *who,
                    const struct limit_load *load, const struct limit_asker *asker,
                    struct limit_answer *out);

/* Shows the keys that a login is in: of the login alone, whether or not there is a row of it, and
 * of groups with further parts those that have a row here, for which all of theirs are looked
 * through. A key lives until the function that is given it returns. */
typedef void (*limit_see_key)(void *context, const struct limit_group *group, struct slice key);
void limit_gate_keys(struct limit_gate *gate, struct slice login, limit_see_key see, void *context);

/* A rule that the message is over, for an answer that was begun so. */
void limit_answer_add(struct limit_answer *answer, const struct limit_hit *hit);

/* Counts a message that passed elsewhere. */
void limit_gate_count(struct limit_gate *gate, const struct limit_subject *who,
                      const struct limit_load *load, int64_t now_us);

/* ---- */

/* A message that was counted at at_us did not come to be: takes its counts back. With the relays of
 * the answer that counted it. */
void limit_gate_give_back(struct limit_gate *gate, const struct limit_subject *who,
                          const struct limit_load *load, int64_t at_us, int64_t now_us);

/* What a rule has counted for a subject; 0 when the rule does not concern it. */
uint64_t limit_gate_used(struct limit_gate *gate, const struct limit_subject *who,
                         const struct limit_rule *rule, int64_t now_us);

/* The same with the number that holds, and when one unit more would pass. False: it has none of
 * what the key asks for, and used is 0. *out is set whole. */
bool limit_gate_show(struct limit_gate *gate, const struct limit_subject *who,
                     const struct limit_rule *rule, int64_t now_us, struct limit_hit *out);

/* Forgets what the rule of that name (empty: each) has counted for a login, also together with
 * other parts of a key, for which all rows of such a group are looked through. Returns rows. */
size_t limit_gate_forget(struct limit_gate *gate, struct slice login, struct slice rule);

/* Makes the room of keys that count nothing any more free, some of each group; to be called every
 * second or so. Returns how many. */
size_t limit_gate_sweep(struct limit_gate *gate, int64_t now_us);

struct limit_gate_counts {
    uint64_t keys;        /* now */
    uint64_t crowded_out; /* keys that made room for others while they counted something */
};
void limit_gate_counts(const struct limit_gate *gate, struct limit_gate_counts *out);

/* ---- for those who keep what is counted ---- */

/* The key of the tables' hash; before anything is counted. */
void limit_gate_hash_by(struct limit_gate *gate, const struct hash_key *key);

/* Fills `groups`, by their numbers, and returns how many there are. */
size_t limit_gate_groups(const struct limit_gate *gate, struct limit_group *groups);

/* Changes when the groups do. */
uint32_t limit_gate_generation(const struct limit_gate *gate);

/* A row as it is now, of the group of that number. Borrowed for the call. */
typedef void (*limit_gate_see)(void *context, size_t group, struct slice key,
                               const union meter *meters);

/* Of every row in which something is counted or given back from now on; one watches. NULL: nobody
 * does. */
void limit_gate_watch(struct limit_gate *gate, limit_gate_see see, void *context);

/* Where limit_gate_some goes on. All zero: at the begin. */
struct limit_gate_place {
    size_t group;
    uint32_t row;
};

/* Of all rows some, see limit_table_some. Other groups meanwhile: begin anew. */
bool limit_gate_some(const struct limit_gate *gate, struct limit_gate_place *place, uint32_t most,
                     limit_gate_see see, void *context);

/* Puts a row back as it was seen: of each meter of the group what it was, or NULL for one that
 * stays as it is. One that counts nothing any more takes no room. */
void limit_gate_restore(struct limit_gate *gate, size_t group, struct slice key,
                        const union meter *const *meters, int64_t now_us);

#endif
