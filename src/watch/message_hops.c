/* SPDX-License-Identifier: Apache-2.0
 *
 * See message_hops.h, and docs/guide/correlation.md for the edges. Made and freed with its
 * correlator. Peer documents: Postfix src/smtp/smtp_proto.c (`queued as` is the next relay's
 * reply), src/local/forward.c.
 */
#include "watch/message_hops.h"

#include "base/civil.h"
#include "base/memory.h"

#define AWAITED 16384                       /* power of two */
#define FOLLOW_SLACK_US (2 * US_PER_SECOND) /* clocks of two hosts, lines of one second */

/* A recipient's mail was `queued as` an id that is not known to be ours yet. Direct-mapped by that
 * id. */
struct awaited {
    uint64_t next_id;              /* hash; 0: empty */
    uint64_t from_id, from_serial; /* the message that names it */
};

struct message_hops {
    struct open_table *table; /* borrowed */
    message_hop_fn moved;
    void *data;
    struct awaited awaited[AWAITED];
    uint8_t marks[AWAITED]; /* of next_id beside each: nearly every message is awaited by none, and
                               these stay in the processor's cache */
};

struct message_hops *message_hops_new(struct open_table *table, message_hop_fn moved, void *data)
{
    struct message_hops *hops = MEM_NEW(struct message_hops);
    hops->table = table;
    hops->moved = moved;
    hops->data = data;
    return hops;
}

void message_hops_free(struct message_hops *hops)
{
    mem_free(hops);
}

struct message *message_hops_origin(const struct message_hops *hops, uint64_t id_hash,
                                    const struct message *self)
{
    uint32_t place = 0;
    struct message *m = open_table_next(hops->table, id_hash, &place);
    while (m != NULL && m == self)
        m = open_table_next(hops->table, id_hash, &place);
    return m;
}

/* Mail goes on under a younger id and keeps its Message-ID; a stranger's reply may name any id. */
static bool may_follow(const struct message *from, const struct message *next)
{
    bool other_mail =
        from->mail_hash != 0 && next->mail_hash != 0 && from->mail_hash != next->mail_hash;
    return next != from && !other_mail && next->begin_us + FOLLOW_SLACK_US >= from->begin_us;
}

struct message *message_hops_next(const struct message_hops *hops, uint64_t id_hash,
                                  const struct message *from)
{
    uint32_t place = 0;
    struct message *m = open_table_next(hops->table, id_hash, &place);
    while (m != NULL && !may_follow(from, m))
        m = open_table_next(hops->table, id_hash, &place);
    return m;
}

void message_hops_pass_on(const struct message *from, struct message *to, double delay_s)
{
    if (to->login == 0)
        to->login = from->login;
    to->continued = true;
    float prior = from->prior_s + (float)delay_s;
    if (prior > to->prior_s)
        to->prior_s = prior;
}

/* From other bits than its place. */
static uint8_t mark_of(uint64_t id_hash)
{
    return (uint8_t)(id_hash >> 48);
}

void message_hops_await(struct message_hops *hops, const struct message *message, uint64_t next_id)
{
    if (next_id == 0 || next_id == message->id_hash)
        return;
    size_t at = next_id & (AWAITED - 1);
    hops->awaited[at] = (struct awaited){next_id, message->id_hash, message->serial};
    hops->marks[at] = mark_of(next_id);
}

static void move(const struct message_hops *hops, const struct message *message,
                 struct recipient *recipient, struct message *next)
{
    message_hops_pass_on(message, next, (double)recipient->delay_s);
    recipient->state = RECIPIENT_MOVED;
    recipient->next_id = 0;
    hops->moved(hops->data, recipient->path);
}

/* The message that waits for this id; it is waited for no longer. */
static struct message *take_awaited(const struct message_hops *hops, struct awaited *awaited)
{
    uint32_t place = 0;
    struct message *from = open_table_next(hops->table, awaited->from_id, &place);
    while (from != NULL && from->serial != awaited->from_serial)
        from = open_table_next(hops->table, awaited->from_id, &place);
    *awaited = (struct awaited){0};
    return from;
}

void message_hops_begin(struct message_hops *hops, struct message *next)
{
    size_t at = next->id_hash & (AWAITED - 1);
    struct awaited *awaited = &hops->awaited[at];
    if (hops->marks[at] != mark_of(next->id_hash) || awaited->next_id != next->id_hash)
        return;
    struct message *from = take_awaited(hops, awaited);
    if (from == NULL)
        return;
    struct recipient *all = message_recipients(from);
    for (uint32_t i = 0; i < from->recipient_count; i++)
        if (all[i].next_id == next->id_hash)
            move(hops, from, &all[i], next);
}

void message_hops_settle(const struct message_hops *hops, const struct message *message,
                         struct recipient *recipient)
{
    if (recipient->next_id == 0)
        return;
    struct message *next = message_hops_next(hops, recipient->next_id, message);
    if (next != NULL)
        move(hops, message, recipient, next);
}
