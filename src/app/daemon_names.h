/* SPDX-License-Identifier: Apache-2.0
 *
 * Which names of relays, sources, providers and logins the half that reads knows. A worker of the
 * web server asks, the feed's thread looks between two turns, which may take a second; one asker at
 * a time. Where nobody reads, as while the history is opened, there is no answer.
 */
#ifndef TD_APP_DAEMON_NAMES_H
#define TD_APP_DAEMON_NAMES_H

#include "app/route_traffic.h"
#include "base/buf.h"
#include "watch/tally.h"

enum daemon_name {
    DAEMON_NAME_RELAY,
    DAEMON_NAME_SOURCE,
    DAEMON_NAME_PROVIDER,
    DAEMON_NAME_LOGIN,
    DAEMON_NAME_ROUTED, /* a provider of which a domain is known, so that its mail can be moved */
};

/* What a login has done in the logs. */
struct daemon_login_usual {
    uint32_t normal, most; /* recipients in an hour: usual (0: too few to say), and ever */
    uint32_t messages, recipients;
    uint64_t clients; /* estimated */
};

struct daemon_name_question {
    enum daemon_name kind;
    struct slice text;
    /* The answer. */
    bool known;
    struct daemon_login_usual usual; /* of a login that is known */
    struct buf near;                 /* when it is not known: the nearest name, or empty */
};

struct daemon_names;

struct daemon_names *daemon_names_new(void);
void daemon_names_free(struct daemon_names *names);

/* All of them together. False: nobody answered in time, and the questions are as they were. */
bool daemon_names_ask(struct daemon_names *names, struct daemon_name_question *questions,
                      size_t count, int64_t wait_us);

/* Closed: whoever asks has no answer at once, and when it returns nobody is asking. */
void daemon_names_close(struct daemon_names *names, bool closed);

/* The feed's thread: answers who asks, if anybody does. Looks at all names: some 0.1 s when there
 * are 200,000. traffic: NULL: no domain is known. */
void daemon_names_answer(struct daemon_names *names, const struct tally *tally,
                         const struct route_traffic *traffic);

#endif
