/* SPDX-License-Identifier: Apache-2.0
 *
 * A correlator with a sink that writes down what it is told, one word an event:
 *   sent deferred bounced softbounce ...      an attempt that counts; `sent!reinjected`,
 *                                             `sent!probe`, `sent!discarded`, `deferred!repeated`
 *   =sent =bounced =expired =open =discarded =lost
 *                                             an outcome; `*3` for three untried recipients,
 *                                             `/1.5` its delay when not 0, `@login`
 *   accepted@login                            taken by the queue manager
 *   undone                                    an attempt turned out to be a re-injection
 */
#ifndef TD_TEST_RECORD_FEED_H
#define TD_TEST_RECORD_FEED_H

#include "base/buf.h"
#include "watch/correlator.h"

struct feed_line {
    double at_s;
    const char *host, *tag, *text; /* tag: `postfix/smtp` */
};

enum { FEED_LINES_MAX = 18 };

struct feed_case {
    const char *name;
    struct feed_line lines[FEED_LINES_MAX];
    double end_s; /* when the logs end; 0: with the last line */
    const char *events;
};

#define FEED_CHECK(cases, limits) feed_check(cases, sizeof(cases) / sizeof((cases)[0]), limits)

/* The words that one case makes; appended. */
void feed_run(const struct feed_case *feed, const struct correlator_limits *limits,
              struct buf *words);

/* Fails the running test at the first case that differs. limits NULL: the defaults. */
void feed_check(const struct feed_case *cases, size_t count,
                const struct correlator_limits *limits);

/* By hand: a correlator that appends to `words`. */
struct correlator *feed_correlator(const struct correlator_limits *limits, struct buf *words);
void feed_line(struct correlator *correlator, struct log_parser *parser,
               const struct feed_line *line);

#define QMGR "postfix/qmgr"
#define SMTP "postfix/smtp"
#define SMTPD "postfix/smtpd"
#define CLEANUP "postfix/cleanup"
#define CLIENT(id) id ": client=c.test[192.0.2.7]"
#define LOGIN(id, user) CLIENT(id) ", sasl_method=PLAIN, sasl_username=" user
#define MSGID(id) id ": message-id=<m@x.test>"
#define QUEUED(id, n) id ": from=<a@x.test>, size=1000, nrcpt=" #n " (queue active)"
#define REMOVED(id) id ": removed"
#define RCPT(id, to, relay, delay, status, reason) \
    id ": to=<" to ">, relay=" relay ", delay=" #delay \
       ", delays=0/0/0/0, dsn=2.0.0, status=" status " (" reason ")"
#define MX "mx.y.test[198.51.100.1]:25"
#define SENT(id, to) RCPT(id, to, MX, 1, "sent", "250 ok")
#define DEFERRED(id, to) RCPT(id, to, MX, 2, "deferred", "450 4.7.1 later")
#define BOUNCED(id, to) RCPT(id, to, MX, 3, "bounced", "550 5.1.1 no such user")

#endif
