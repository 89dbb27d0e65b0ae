/* SPDX-License-Identifier: Apache-2.0
 *
 * The text that says why a delivery ended as it did: the REASON of a delivery record (Postfix
 * src/smtp/smtp_proto.c, smtp_connect.c; docs/guide/replies.md), or a bare SMTP reply. Told apart:
 * what the other server said (code, enhanced code, text, in answer to which command) and what
 * Postfix noticed by itself (no connection, connection lost, no such host).
 */
#ifndef TD_MAIL_REPLY_H
#define TD_MAIL_REPLY_H

#include "base/buf.h"
#include "base/slice.h"

/* SMTP stage in which the reply came or the connection was lost. */
#define REPLY_STAGES(X) \
    X(NONE, "") \
    X(CONNECT, "connect") \
    X(GREETING, "greeting") \
    X(EHLO, "ehlo") \
    X(STARTTLS, "starttls") \
    X(AUTH, "auth") \
    X(MAIL, "mail") \
    X(RCPT, "rcpt") \
    X(DATA, "data") \
    X(EOD, "eod")

enum reply_stage {
#define X(name, word) REPLY_STAGE_##name,
    REPLY_STAGES(X)
#undef X
};

enum reply_origin {
    REPLY_SAID,    /* the other server's words */
    REPLY_REFUSED, /* its words in place of a greeting: "refused to talk to me" */
    REPLY_CONNECT, /* no connection: timed out, refused, unreachable */
    REPLY_LOST,    /* connection lost or timed out in the middle */
    REPLY_DNS,     /* a name did not resolve */
    REPLY_OURS,    /* any other text of our own mail system */
};

struct reply {
    enum reply_origin origin;
    enum reply_stage stage;
    bool suspended;    /* began with "delivery temporarily suspended: ": repeats an earlier cause */
    struct slice host; /* the other server, or empty */
    struct slice ip;   /* its address, or empty (also for a Unix socket) */
    uint32_t code;     /* of the LAST line of a multi-line reply, 200 to 599; 0: none */
    struct slice
        dsn; /* as the server wrote it (`5.7.1`), of the last line that has one; or empty */
    struct slice words; /* the reply with its codes, before joining, without "(in reply to ...)" and
                           what a site's filter may have put behind it; where no server spoke
                           (CONNECT LOST DNS OURS) the whole reason without "delivery temporarily
                           suspended: " */
};

/* Takes a reason apart; never fails (origin REPLY_OURS, words = the whole). Slices point into it.
 * The text may quote anything, "said: " and "(in reply to ...)" included: the first "said: " right
 * behind `host H[ip]` and the last "(in reply to C)" with a C that Postfix knows count. Linear. */
void reply_parse(struct slice reason, struct reply *out);

#define REPLY_TEXT_MAX 4096

/* The bare text of reply words: code and DSN prefixes of every line dropped, lines joined by one
 * blank, runs of blanks folded, at most REPLY_TEXT_MAX bytes. Appended to `to`. */
void reply_text(struct slice words, struct buf *to);

/* First http(s) link of a text, without closing brackets and punctuation; or empty. Ends at a
 * blank, quote, angle bracket or byte outside ASCII. */
struct slice reply_find_url(struct slice text);

/* Replaces what differs from reply to reply by placeholders, so that like replies give the same
 * template: <addr> <ip> <time> <date> <host> (names with digits) <id> (hashes, queue ids, UUIDs)
 * <n>. Codes and DSN of the reply and short tokens such as TSS04 stay; blanks are folded. Reads at
 * most REPLY_TEXT_MAX bytes. Appended. */
void reply_mask(struct slice text, struct buf *to);

/* Folds what differs from reply to reply and means nothing into samples of its kind, so that like
 * replies read alike and rules still match: dotted quads, local parts of addresses, numbered hosts,
 * words of 12 or more letters and digits mixed, numbers of 7 or more digits, Google's own id at the
 * end, the server or name that Postfix speaks of when it speaks itself (`connect to H[ip]:25:
 * ...`). Codes and tokens of providers stay, they are shorter. Appended. */
void reply_fold(struct slice text, struct buf *to);

const char *reply_stage_word(enum reply_stage stage);

/* Any case; also Postfix's words for what was replied to (`RCPT TO command`, `end of DATA command`,
 * with or without "command"). False and *out untouched: not known. A known command outside of these
 * stages (RSET, QUIT, XFORWARD) gives NONE. */
bool reply_stage_from_word(struct slice word, enum reply_stage *out);

#endif
