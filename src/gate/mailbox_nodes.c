/* SPDX-License-Identifier: Apache-2.0
 *
 * See mailbox_nodes.h.
 */
#include "gate/mailbox_nodes.h"

#include "base/memory.h"

enum { FIRST_SLOTS = 16 };

void mailbox_nodes_init(struct mailbox_nodes *nodes, const struct hash_key *key,
                        struct arena *arena)
{
    *nodes = (struct mailbox_nodes){.key = *key, .arena = arena};
    nodes->slots = MEM_NEW_ARRAY(struct mailbox_node *, FIRST_SLOTS);
    nodes->nodes = MEM_NEW_ARRAY(struct mailbox_node *, FIRST_SLOTS / 2);
    nodes->mask = FIRST_SLOTS - 1;
}

void mailbox_nodes_done(struct mailbox_nodes *nodes)
{
    mem_free(nodes->nodes);
    mem_free(nodes->slots);
}

static size_t slot_of(const struct mailbox_nodes *nodes, const struct recipient_form *address,
                      enum finder_role role)
{
    uint64_t hash = keyed_hash(&nodes->key, address->local) ^
                    (keyed_hash(&nodes->key, address->domain) << 1) ^ (uint64_t)role;
    size_t at = (size_t)hash & nodes->mask;
    for (;; at = (at + 1) & nodes->mask) {
        const struct mailbox_node *node = nodes->slots[at];
        if (node == NULL || (node->role == role && slice_eq(node->address.local, address->local) &&
                             slice_eq(node->address.domain, address->domain)))
            return at;
    }
}

static void grow(struct mailbox_nodes *nodes)
{
    size_t slots = (nodes->mask + 1) * 2;
    mem_free(nodes->slots);
    nodes->slots = MEM_NEW_ARRAY(struct mailbox_node *, slots);
    nodes->nodes = mem_resize(nodes->nodes, slots / 2, sizeof(struct mailbox_node *));
    nodes->mask = slots - 1;
    for (size_t i = 0; i < nodes->count; i++)
        nodes->slots[slot_of(nodes, &nodes->nodes[i]->address, nodes->nodes[i]->role)] =
            nodes->nodes[i];
}

struct mailbox_node *mailbox_nodes_get(struct mailbox_nodes *nodes,
                                       const struct recipient_form *address, enum finder_role role)
{
    size_t at = slot_of(nodes, address, role);
    if (nodes->slots[at] != NULL)
        return nodes->slots[at];
    if ((nodes->count + 1) * 2 > nodes->mask + 1) {
        grow(nodes);
        at = slot_of(nodes, address, role);
    }
    struct mailbox_node *node = arena_alloc(nodes->arena, sizeof(*node));
    node->address = *address;
    node->role = role;
    nodes->slots[at] = node;
    nodes->nodes[nodes->count++] = node;
    return node;
}
