/* SPDX-License-Identifier: Apache-2.0
 *
 * What Dovecot's quota-status is asked: whether so many bytes fit into a mailbox. Five attributes
 * of the policy protocol and no more, since Dovecot 2.4.4 takes 1024 bytes at most; and always all
 * of them: asked without size= it takes that of the question before (Dovecot 2.3.19.1, measured).
 * The state is RCPT, also at the end of a message, where 2.3 would say DUNNO to anything. Pure.
 */
#ifndef TD_MAIL_QUOTA_QUESTION_H
#define TD_MAIL_QUOTA_QUESTION_H

#include "base/buf.h"
#include "base/slice.h"

enum { QUOTA_QUESTION_MAX = 1024 }; /* bytes, with the empty line */

struct quota_question {
    struct slice recipient;     /* a mailbox as its server knows it */
    struct slice protocol_name; /* empty: ESMTP */
    uint64_t size;              /* bytes; 0: is it full? */
};

/* Appends the question. False, nothing appended: it cannot be said (no recipient; NUL, CR or LF in
 * a value; longer than QUOTA_QUESTION_MAX). */
bool quota_question_format(const struct quota_question *question, struct buf *to);

#endif
