/* SPDX-License-Identifier: Apache-2.0
 *
 * The addresses that one search has come by, each once in each role. One thread; all is of one
 * arena. About 130 bytes an address and its text.
 */
#ifndef TD_GATE_MAILBOX_NODES_H
#define TD_GATE_MAILBOX_NODES_H

#include "gate/mailbox_finder.h"

enum node_state { NODE_NEW, NODE_OPEN /* what it leads to is being looked at */, NODE_DONE };

struct mailbox_node {
    struct recipient_form address;
    enum finder_role role;
    enum node_state state;
    bool is_listed; /* among the results */
    size_t depth;   /* aliases on the way to it, when it was first come by */
};

struct mailbox_nodes {
    struct hash_key key;
    struct arena *arena;
    struct mailbox_node **nodes; /* in the order of coming by */
    size_t count;
    struct mailbox_node **slots; /* open addressing, at most half full */
    size_t mask;
};

void mailbox_nodes_init(struct mailbox_nodes *nodes, const struct hash_key *key,
                        struct arena *arena);
void mailbox_nodes_done(struct mailbox_nodes *nodes);

/* The address in that role, new if it was not there; its texts stay the caller's. */
struct mailbox_node *mailbox_nodes_get(struct mailbox_nodes *nodes,
                                       const struct recipient_form *address, enum finder_role role);

#endif
