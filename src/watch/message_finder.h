/* SPDX-License-Identifier: Apache-2.0
 *
 * Which open message a line is about. Keeps what is known of hosts and instances: the names, which
 * labels are instances of which host, and to which instance a transport with a name of its own was
 * last sure to belong (`postfix/out-a/smtp` may be a transport of the instance `postfix-lab`).
 *
 * Bounded: 4096 hosts, 4096 instance names, 8 instances a host.
 */
#ifndef TD_WATCH_MESSAGE_FINDER_H
#define TD_WATCH_MESSAGE_FINDER_H

#include "mail/log_record.h"
#include "watch/open_table.h"

struct message_finder;

struct message_finder *message_finder_new(struct open_table *table);
void message_finder_free(struct message_finder *finder);

/* What a line says about whose it is. */
struct line_owner {
    uint64_t id_hash;
    uint32_t host;
    uint32_t label; /* instance part of the tag */
    uint32_t tag;   /* its number, 0: not known */
    bool sure;      /* the label is the instance's own name */
    bool birth;     /* a queue id is born */
};

struct line_owner message_finder_owner(struct message_finder *finder,
                                       const struct log_record *record);

/* The open message that fits best, else one that has ended a moment ago; NULL: none may be it. */
struct message *message_finder_find(const struct message_finder *finder,
                                    const struct line_owner *owner);

/* The line was found to be about this message: remembers what that tells of instances. */
void message_finder_note(struct message_finder *finder, struct message *message,
                         const struct line_owner *owner);

struct slice message_finder_host(const struct message_finder *finder, uint32_t host);

#endif
