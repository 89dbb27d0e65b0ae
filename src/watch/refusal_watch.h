/* SPDX-License-Identifier: Apache-2.0
 *
 * Messages of logins that Postfix had begun to take and did not take in the end, from its log. A
 * policy server that counted them when it was asked at DATA or END-OF-MESSAGE learns it nowhere
 * else:
 *
 *      smtpd     ID: reject: DATA|BDAT|END-OF-MESSAGE from ...         a rule behind the policy
 *                ID: milter-reject: DATA|BDAT|END-OF-MESSAGE from ...
 *                lost connection|timeout after DATA|BDAT (N bytes) from ...   of the same process
 *      cleanup   ID: reject: header|body|mime-error ...                content checks
 *                ID: milter-reject: END-OF-MESSAGE from ...
 *      both      warning: ID: queue file size limit exceeded
 *                warning: ID: write queue file: ...
 *                warning: ID: message rejected: ...
 *
 * What is refused at RCPT is a recipient, not the message. What is discarded was taken. A lost
 * connection is one of the message only where the bytes of its content are named: without them it
 * may have been lost after a DATA that was refused, and the message before it was taken. With a
 * content filter in front of the queue (smtpd_proxy_filter) there is no queue id to go by.
 *
 * Peer documents: Postfix 3.7 src/smtpd/smtpd.c, src/cleanup/cleanup_out.c, cleanup_message.c,
 * cleanup_milter.c. Pure, one thread. Bounded: REFUSAL_OPEN_MAX messages between their first line
 * and that of the queue manager; of more, the oldest is forgotten and would not be told.
 */
#ifndef TD_WATCH_REFUSAL_WATCH_H
#define TD_WATCH_REFUSAL_WATCH_H

#include "mail/log_record.h"

enum { REFUSAL_OPEN_MAX = 16384, REFUSAL_NAME_MAX = 256 };

struct refusal_watch;

struct refusal {
    struct slice queue_id;
    struct slice login; /* as the log writes it */
};

struct refusal_watch *refusal_watch_new(void);
void refusal_watch_free(struct refusal_watch *watch); /* NULL is fine */

/* Takes a record of any kind. True: by it a message with a login was refused, which is told once;
 * texts of *out live until the next call. */
bool refusal_watch_take(struct refusal_watch *watch, const struct log_record *record,
                        struct refusal *out);

#endif
