/* SPDX-License-Identifier: Apache-2.0
 *
 * The ids that a record names besides its own: how one message's lines lead to those of the next
 * queue it went through.
 */
#ifndef TD_WATCH_TRACE_EDGE_H
#define TD_WATCH_TRACE_EDGE_H

#include "mail/log_record.h"

enum trace_edge_kind {
    TRACE_EDGE_NEXT,    /* `queued as`, `forwarded as`: it goes on there */
    TRACE_EDGE_MAILBOX, /* `250 2.0.0 <rcpt> SESSION Saved`: Dovecot's session */
    TRACE_EDGE_NOTICE,  /* a notification about it */
    TRACE_EDGE_ORIGIN,  /* orig_queue_id= (XFORWARD), pickup's orig_id=: it comes from there */
};

struct trace_edge {
    enum trace_edge_kind kind;
    struct slice id; /* for all but MAILBOX of the form of a queue id */
};

#define TRACE_EDGES_MAX 3

/* Fills `to` and returns how many there are. */
size_t trace_edges(const struct log_record *record, struct trace_edge to[TRACE_EDGES_MAX]);

/* The id under which the record's lines are collected: the queue id, the session of a delivery by
 * Dovecot; or empty. */
struct slice trace_id_of(const struct log_record *record);

/* Whether the record tells what Dovecot did with one message. */
bool trace_is_mailbox(const struct log_record *record);

/* Whether an address is of a network that nobody else can reach (10/8, 172.16/12, 192.168/16,
 * 127/8,
 * ::1, fe80::/10, fc00::/7), or a socket's path: what is there is ours. */
bool trace_is_private(struct slice ip);

#endif
