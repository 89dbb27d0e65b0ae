/* SPDX-License-Identifier: Apache-2.0
 *
 * What the limits of a configuration would have done with the mail of old logs: the policy desk of
 * the daemon (gate/policy_desk.h), asked at the end of each message that a log says was taken, in
 * the time of its lines. And what the logins of these logs have sent at most, for limits that are
 * to be made.
 *
 * What a log cannot know: what was refused then is not in it; a message that would have been put
 * off counts once, though its client would have tried again; flags of accounts are those of
 * today and are not asked; names and classes of accounts are today's; recipients are named only
 * once mail is delivered, so that limits of new ones are not looked at. Logs of several relays are
 * counted together, as by relays that share their counts. Mail that begins on the relay itself
 * (sendmail) is not asked about, and what comes back from a content filter under another id was
 * counted when it came in.
 *
 * Pure, one thread. Bounded: policy.accounts keys of each kind, REPLAY_KEYS_MAX keys that are over
 * a limit; what has no room is counted.
 */
#ifndef TD_APP_LIMIT_REPLAY_H
#define TD_APP_LIMIT_REPLAY_H

#include "app/limit_proposal.h"
#include "app/login_volume.h"
#include "app/settings.h"
#include "gate/account_book.h"
#include "gate/limit_gate.h"
#include "watch/tally.h"

enum { REPLAY_KEYS_MAX = 100000 };
#define LIMIT_ACTIONS (LIMIT_DISCARD + 1)

struct limit_replay;

/* Observes the tally, and is the only one there that uses message->note; settings outlive it.
 * Before the first record. */
struct limit_replay *limit_replay_new(const struct settings *settings, struct tally *tally,
                                      struct account_book *accounts);
void limit_replay_free(struct limit_replay *replay); /* NULL is fine; after its tally */

/* The logs have ended. What follows is asked after it. */
void limit_replay_finish(struct limit_replay *replay);

/* Messages and their recipients. */
struct limit_replay_count {
    uint64_t messages, recipients;
    int64_t first_us, last_us; /* 0: none */
};

struct limit_replay_sums {
    struct limit_replay_count all;                 /* that Postfix would have asked about */
    struct limit_replay_count done[LIMIT_ACTIONS]; /* of those over a limit that is not in shadow */
    uint64_t exempt;                               /* messages */
    uint64_t left_out;                             /* messages that there was no room to look at */
    uint64_t keys_left_out;                        /* messages of keys that had no room */
};
const struct limit_replay_sums *limit_replay_sums(const struct limit_replay *replay);

struct limit_replay_rule {
    const struct limit_rule *rule;
    bool looked_at; /* false: a log cannot say what was over it */
    struct limit_replay_count over;
    size_t first_key, key_count; /* of limit_replay_key */
};

/* In the order of the configuration. */
size_t limit_replay_rules(const struct limit_replay *replay);
const struct limit_replay_rule *limit_replay_rule(const struct limit_replay *replay, size_t index);

/* Who was over a limit. */
struct limit_replay_key {
    size_t rule;
    struct slice who; /* the parts of the key, between blanks; empty: all mail */
    struct limit_replay_count over;
    uint64_t wanted; /* what it would have come to, at most, with the message that was over */
    uint32_t limit;  /* the number that held for it then */
};

/* Of each rule together, those with most recipients first. */
const struct limit_replay_key *limit_replay_key(const struct limit_replay *replay, size_t index);

const struct login_volume *limit_replay_volume(const struct limit_replay *replay);

/* What limits the logs speak for: see limit_proposal_list. In the arena. */
const struct limit_proposal *limit_replay_proposals(const struct limit_replay *replay,
                                                    struct arena *arena, size_t *count);

#endif
