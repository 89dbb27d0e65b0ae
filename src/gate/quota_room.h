/* SPDX-License-Identifier: Apache-2.0
 *
 * What answers of a quota server say about the room in one mailbox, and for how long. See
 * quota_facts.h for what follows from what. Pure; 120 bytes, and the words of a refusal.
 */
#ifndef TD_GATE_QUOTA_ROOM_H
#define TD_GATE_QUOTA_ROOM_H

#include "gate/quota_facts.h"

/* All zero: nothing is known. Sizes are at least 1. */
struct quota_room {
    uint64_t fits_at, over_at; /* 0: no such answer, or one that another has taken back */
    int64_t fits_us, over_us;  /* when it came */
    int64_t no_user_us;        /* 0: it is a user */
    int64_t heard_us, full_since_us;
    uint64_t accepted; /* bytes that may be under way */
    int64_t accepted_us;
    enum quota_kind over_kind;
    char *text; /* of over_at or no_user; owned */
    size_t text_len;
};

/* As quota_facts_options, none 0. */
struct quota_room_times {
    int64_t over_us, fits_us, no_user_us;
};

void quota_room_done(struct quota_room *room);

/* 0 is 1. */
uint64_t quota_room_size(uint64_t size);

/* Whether it is known of that size; *out then. */
bool quota_room_find(const struct quota_room *room, const struct quota_room_times *times,
                     uint64_t size, int64_t now_us, struct quota_fact *out);

/* Not with TROUBLE. */
void quota_room_learn(struct quota_room *room, const struct quota_room_times *times, uint64_t size,
                      const struct quota_answer *answer, int64_t now_us);

void quota_room_accepted(struct quota_room *room, const struct quota_room_times *times,
                         uint64_t size, int64_t now_us);

#endif
