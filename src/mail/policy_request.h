/* SPDX-License-Identifier: Apache-2.0
 *
 * What Postfix asks before it takes a message (SMTP access policy delegation): lines of name=value,
 * then an empty one. The answer is a line `action=...` and an empty one; lines end with LF alone,
 * since Postfix waits 200 s for the end of a reply with CR LF.
 *
 * Peers: SMTPD_POLICY_README; Postfix src/smtpd/smtpd_check.c, src/util/attr_scan_plain.c. Postfix
 * sends one request at a time, 29 attributes of 500 to 750 bytes; here several may come at once, in
 * any order of attributes, with ones that are not known. Pure.
 */
#ifndef TD_MAIL_POLICY_REQUEST_H
#define TD_MAIL_POLICY_REQUEST_H

#include "base/buf.h"
#include "base/slice.h"

enum {
    POLICY_REQUEST_MAX = 64 * 1024, /* bytes, with the empty line */
    POLICY_ACTION_MAX = 510,        /* bytes that Postfix passes on to its client */
};

/* The state of the SMTP session, at which Postfix asks. */
enum policy_stage {
    POLICY_STAGE_OTHER, /* CONNECT, EHLO, VRFY ...: nothing is decided there */
    POLICY_STAGE_MAIL,
    POLICY_STAGE_RCPT,
    POLICY_STAGE_DATA,           /* BDAT too */
    POLICY_STAGE_END_OF_MESSAGE, /* the one with the real size */
};

/* Slices of the input; empty when Postfix sent none. */
struct policy_request {
    enum policy_stage stage;
    struct slice stage_name; /* as it was sent */
    struct slice client_address, client_name, helo_name;
    struct slice sender, recipient; /* unquoted, case and extension kept */
    struct slice queue_id;          /* empty at the first RCPT */
    struct slice instance;          /* the same within a message, new with each MAIL */
    struct slice sasl_method, sasl_username, sasl_sender;
    struct slice policy_context;
    uint32_t recipient_count; /* accepted so far; 0 before DATA */
    uint64_t size;            /* bytes: what the client says, or at the end what came */
};

enum policy_frame {
    POLICY_MORE, /* keep what is left of input, call again with more behind it */
    POLICY_WHOLE,
    POLICY_BAD, /* close the connection without an answer (README): see policy_request_take */
};

/* Takes the next request off *input; *out is set with POLICY_WHOLE only. A line ends its name at
 * the first `=`; of an attribute that comes twice the last counts. BAD, and *why says so: longer
 * than POLICY_REQUEST_MAX, a NUL or CR anywhere (in the first line at once), a line without `=`,
 * another request than smtpd_access_policy, no request at all, a number that is none or too large.
 */
enum policy_frame policy_request_take(struct slice *input, struct policy_request *out,
                                      const char **why);

/* Appends the answer: at most POLICY_ACTION_MAX bytes of it, cut between UTF-8 characters, control
 * bytes as blanks. An empty action, which Postfix complains about, is said as DUNNO. */
void policy_answer(struct slice action, struct buf *to);

#endif
