/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside of the gate of limits: its state, and what judging (limit_gate.c) and the care for its
 * rows (limit_rows.c) do for each other.
 */
#ifndef TD_GATE_LIMIT_GATE_PRIVATE_H
#define TD_GATE_LIMIT_GATE_PRIVATE_H

#include "base/buf.h"
#include "gate/limit_gate.h"
#include "gate/limit_table.h"

static const unsigned LIMIT_ALONE = 32; /* beside the parts: rules about a message by itself */

/* Rules with the same key. */
struct limit_gate_group {
    unsigned key;
    struct limit_table *table;
    const struct limit_rule *rules[LIMIT_METERS_MAX];
    struct meter_plan slowest[LIMIT_METERS_MAX]; /* with the least number that any subject can have:
                                                  * what is idle by them is so for all */
    size_t count;
};

struct limit_gate {
    uint32_t keys;               /* of each table at most */
    uint64_t crowded_out_before; /* of tables that were given up */
    struct limit_gate_group groups[LIMIT_GROUPS_MAX];
    size_t group_count;
    uint32_t generation; /* of the groups */
    struct buf key;      /* of the call that runs */
    struct hash_key hash_key;
    limit_gate_see see; /* NULL: nobody watches */
    void *context;
    limit_elsewhere elsewhere; /* NULL: what is counted here decides */
    void *elsewhere_context;
};

/* The key of a subject by these parts. False: it has not all of them. The slice lives until the
 * next call. */
bool limit_gate_key(struct limit_gate *gate, unsigned parts, const struct limit_subject *who,
                    struct slice *out);

/* Tells who watches that something in a row of the group has changed. */
void limit_gate_show_row(const struct limit_gate *gate, const struct limit_gate_group *group,
                         const union meter *meters);

#endif
