/* SPDX-License-Identifier: Apache-2.0
 *
 * The servers behind the proxy: who serves what where, whether it is up, and where a login goes.
 *
 *      account names a server   that one, also while it drains. It is down: the first of its
 *                               alternatives that is not, else DOWN, since only it has the mailbox.
 *                               It does not serve the protocol: the default of the protocol, as for
 *                               mail that goes out elsewhere
 *      names none               the default of the protocol (book's own: name ""), if there is one;
 *                               else one of all servers by weight, the same for the same login as
 *                               long as that is up and not draining (weighted rendezvous hashing:
 *                               Thaler and Ravishankar 1998; Schindelhauer and Schomaker 2005)
 *
 * A server that comes or goes moves only the logins that are its own. The choice is the same on
 * every relay and after a restart.
 *
 *      UNKNOWN (taken as up) -> UP; DOWN after two failures in a row, UP again after one success
 *
 * Bounded by BACKEND_SERVERS_MAX; a choice among n takes some n * 20 ns. One thread; pure.
 */
#ifndef TD_GATE_BACKEND_BOOK_H
#define TD_GATE_BACKEND_BOOK_H

#include "base/endpoint.h"

enum {
    BACKEND_SERVERS_MAX = 1000,
    BACKEND_ALTERNATIVES_MAX = 8,
    BACKEND_PROTOCOLS = 5, /* of enum auth_protocol, then mail without a login (inbound) */
    BACKEND_INBOUND = 4,
    BACKEND_WEIGHT_MAX = 1000,
    BACKEND_REASON_MAX = 200, /* bytes of a reason; more is cut */
};

/* One protocol of a server. ip.len 0: it does not serve it. */
struct backend_place {
    struct ip_address ip;
    uint16_t port;
};

struct backend_server {
    struct slice name;
    struct backend_place places[BACKEND_PROTOCOLS];
    uint32_t weight; /* 0 to BACKEND_WEIGHT_MAX; 0: only for accounts that name it */
    bool draining;
    const struct slice *alternatives; /* names; unknown ones are passed over */
    size_t alternative_count;
};

struct backend_terms {
    const struct backend_server *servers; /* names differ */
    size_t count;                         /* 0 to BACKEND_SERVERS_MAX */
    struct backend_place defaults[BACKEND_PROTOCOLS];
    bool health; /* false: nothing is ever down */
};

struct backend_book;

struct backend_book *backend_book_new(const struct backend_terms *terms);
void backend_book_free(struct backend_book *book); /* NULL is fine */

/* Copies the terms. The health of what has the same name and address stays. */
void backend_book_configure(struct backend_book *book, const struct backend_terms *terms);

enum backend_choice {
    BACKEND_FOUND,
    BACKEND_DOWN,       /* what could serve it is down: later */
    BACKEND_UNKNOWN,    /* the account names a server that there is not: later, and to be told */
    BACKEND_NOT_SERVED, /* nobody serves this protocol who might for this account */
};

struct backend_found {
    size_t server;     /* number; that of the defaults is backend_book_count - 1 */
    struct slice name; /* empty: of the defaults; valid until the book is configured */
    struct backend_place place;
    bool instead; /* an alternative of the one that the account names */
};

/* server: as the account names it; empty: none. protocol: below BACKEND_PROTOCOLS. *out is set for
 * FOUND; for DOWN of a named server its number and name are. */
enum backend_choice backend_book_choose(const struct backend_book *book, struct slice server,
                                        struct slice login, unsigned protocol,
                                        struct backend_found *out);

enum backend_health { BACKEND_HEALTH_UNKNOWN, BACKEND_UP, BACKEND_IS_DOWN };
const char *backend_health_word(enum backend_health health); /* unknown, up, down */

/* A place and how it is, for probing and for showing. Slices: until the next report or configure.
 */
struct backend_state {
    size_t server;
    unsigned protocol;
    struct slice name;
    struct backend_place place;
    bool draining;
    uint32_t weight;
    enum backend_health health;
    int64_t since_us;    /* when health became so; 0: not known yet */
    int64_t checked_us;  /* the last report; 0: none */
    int64_t latency_us;  /* of the last success; 0: none */
    uint32_t failures;   /* in a row */
    struct slice reason; /* of the last failure; empty after a success */
};

/* The servers, the one of the defaults being last. */
size_t backend_book_count(const struct backend_book *book);

/* False: this server does not serve this protocol. */
bool backend_book_state(const struct backend_book *book, size_t server, unsigned protocol,
                        struct backend_state *out);

/* How a probe ended. */
struct backend_report {
    size_t server;
    unsigned protocol;
    struct backend_place place; /* as it was asked: of one that is another now nothing is learned */
    bool ok;
    int64_t latency_us;
    struct slice reason; /* printable; why not */
};

struct backend_change {
    enum backend_health from, to;
    int64_t lasted_us; /* in `from`; 0: not known */
};

/* True: its health is another one now, *change says which. That of a server which turns out to be
 * up at the first look is no change. */
bool backend_book_report(struct backend_book *book, const struct backend_report *report,
                         int64_t now_us, struct backend_change *change);

#endif
