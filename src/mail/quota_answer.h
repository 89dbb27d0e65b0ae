/* SPDX-License-Identifier: Apache-2.0
 *
 * What Dovecot's quota-status says of a mailbox and a size: the reply of the policy protocol, a
 * line `action=...` and an empty one. The words are those of the operator of the mailbox server
 * (quota_status_success, _overquota, _toolarge, _nouser), so what they mean is found by marks:
 *
 *      FITS       DUNNO, OK
 *      TOO_LARGE  5.2.3, 5.3.4                     larger than the mailbox may ever be
 *      OVER       5.2.2, 4.2.2; else 552, 452      no room for so much
 *      NO_USER    5.1.1, 4.1.1; else 550, REJECT
 *      TROUBLE    all else, as `DEFER_IF_PERMIT Temporary internal error`
 *
 * A mark is words at the begin of the action, or the status code (RFC 3463) that is its second
 * word; letters may be of any case. Marks of the operator come before these, status codes before
 * reply codes.
 *
 * Peers: Dovecot 2.3.19.1 and 2.4, src/plugins/quota/quota-status.c; the defaults there are OK,
 * `554 5.2.2 ...` and `REJECT Unknown user`. Pure.
 */
#ifndef TD_MAIL_QUOTA_ANSWER_H
#define TD_MAIL_QUOTA_ANSWER_H

#include "base/slice.h"

enum {
    QUOTA_ANSWER_MAX = 1024, /* bytes, with the empty line */
    QUOTA_MARKS_MAX = 32,
    QUOTA_MARK_MAX = 200, /* bytes */
};

enum quota_kind { QUOTA_FITS, QUOTA_OVER, QUOTA_TOO_LARGE, QUOTA_NO_USER, QUOTA_TROUBLE };
enum { QUOTA_KINDS = QUOTA_TROUBLE + 1 };

/* What an action that begins so means: `552`, `5.2.2`, `450 4.2.2 Mailbox full`. */
struct quota_mark {
    struct slice text; /* one line, not empty, without blanks around it */
    enum quota_kind kind;
};

/* The operator's; the first that fits counts. All zero: none. */
struct quota_marks {
    const struct quota_mark *marks; /* borrowed */
    size_t count;                   /* at most QUOTA_MARKS_MAX */
};

struct quota_answer {
    enum quota_kind kind;
    struct slice text; /* the action as it was sent, without blanks around it; not for a terminal */
};

enum quota_frame {
    QUOTA_FRAME_MORE, /* keep what is left of input, call again with more behind it */
    QUOTA_FRAME_WHOLE,
    QUOTA_FRAME_BAD, /* what follows cannot be understood: close the connection */
};

/* Takes the next answer off *input; its text lies within. Attributes but `action` are passed over;
 * an action that is empty is TROUBLE. BAD, and *why says so: longer than QUOTA_ANSWER_MAX, a NUL or
 * CR anywhere, a line without `=`, no action or two of them. *out is set with WHOLE only. */
enum quota_frame quota_answer_take(struct slice *input, const struct quota_marks *marks,
                                   struct quota_answer *out, const char **why);

/* What an action means. */
enum quota_kind quota_answer_kind(struct slice action, const struct quota_marks *marks);

/* `fits`, `over`, `too_large`, `no_user`, `trouble`. */
const char *quota_kind_name(enum quota_kind kind);

#endif
