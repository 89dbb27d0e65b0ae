/* SPDX-License-Identifier: Apache-2.0
 *
 * Asks the quota servers of mailbox servers (Dovecot's quota-status) from a loop that must not
 * wait. What a question is, and what its answer, is the caller's. A server has 1 to 4 connections
 * that stay, made as they are needed; questions follow each other on them without waiting for
 * answers.
 *
 *      ask ─▶ a connection with the fewest questions ─▶ answer
 *                │ none is up: waits for one
 *                ├ no answer within the deadline: LATE, the connection is closed, since what still
 *                │ comes on it would be the answer of another question
 *                ├ it ends before a byte of the answer (idle, reload): asked once more elsewhere
 *                └ refused, nonsense, ended again: DOWN
 *
 * The questions behind one that was late are asked once more while they have time. Failures in a
 * row open the server's breaker (quota_breaker.h): all of its questions are DOWN at once until one
 * alone was answered. So a server that takes connections and says nothing holds up its own
 * questions, each for the deadline at most, and nothing of other servers.
 *
 * What came while the loop itself stood still is not late. All on the loop's thread, in a process
 * that ignores SIGPIPE. Bounded:
 * connections and questions of a server, bytes of a question and an answer; a question that waits
 * takes some 350 bytes.
 */
#ifndef TD_IO_QUOTA_POOL_H
#define TD_IO_QUOTA_POOL_H

#include "base/buf.h"
#include "base/endpoint.h"
#include "base/err.h"
#include "io/quota_breaker.h"

enum {
    QUOTA_CONNECTIONS_MAX = 4,
    QUOTA_WAITING_MAX = 1000, /* questions of a server, where nothing else is said */
    QUOTA_DELAY_BOUNDS = 12,
    QUOTA_TEXT_MAX = 1024, /* bytes of a question */
    QUOTA_KINDS_MAX = 8,
};

enum quota_outcome {
    QUOTA_WAITING, /* will be answered */
    QUOTA_ANSWERED,
    QUOTA_LATE,
    QUOTA_DOWN,     /* not to be had, or the breaker is open */
    QUOTA_BUSY,     /* too many wait for this server */
    QUOTA_UNSAYABLE /* an empty question, or one of more than QUOTA_TEXT_MAX bytes */
};

/* An answer; borrowed for the call. */
struct quota_said {
    unsigned kind; /* below QUOTA_KINDS_MAX */
    struct slice text;
};

enum quota_piece { QUOTA_PIECE_MORE, QUOTA_PIECE_WHOLE, QUOTA_PIECE_BAD };

/* Takes the next answer off *input, which stays as it is unless that is WHOLE; BAD says *why. It
 * bounds how much it wants MORE of. */
typedef enum quota_piece (*quota_take)(void *context, struct slice *input, struct quota_said *out,
                                       const char **why);

struct quota_server;
struct quota_link;

/* A question under way; the caller's, all zero but `answered`, until it is answered: exactly once,
 * never from within quota_pool_ask. `said` is NULL unless ANSWERED. */
struct quota_ask {
    void (*answered)(struct quota_ask *ask, enum quota_outcome outcome,
                     const struct quota_said *said);
    /* the pool's */
    struct quota_server *server;
    struct quota_link *link; /* NULL: not sent */
    struct buf text;
    int64_t asked_us, due_us;        /* steady clock */
    bool again;                      /* it was sent before, on a connection that ended */
    struct quota_ask *older, *newer; /* of the server's, by due_us */
    struct quota_ask *next;          /* of the connection's, or of those not sent */
};

struct quota_pool_options {
    int64_t deadline_us; /* of a question; 0: 400 ms */
    size_t waiting_max;  /* of a server; 0: QUOTA_WAITING_MAX */
    quota_take take;
    void *take_context;
    /* A breaker opened, or closed again. NULL: nobody minds. */
    void (*changed)(void *context, const struct quota_server *server, bool up);
    void *changed_context;
};

struct quota_server_plan {
    struct slice name;
    struct endpoint endpoint; /* TCP or UNIX */
    size_t connections;       /* 1 to QUOTA_CONNECTIONS_MAX */
};

struct quota_pool;
struct uv_loop_s;

struct quota_pool *quota_pool_new(const struct quota_pool_options *options);

/* After quota_pool_end, or never begun. NULL is fine. */
void quota_pool_free(struct quota_pool *pool);

/* Nothing is connected before it is asked. */
void quota_pool_begin(struct quota_pool *pool, struct uv_loop_s *loop);

/* All that is under way is answered as DOWN. The loop has to turn until its handles are closed
 * before the pool is freed, and may be another one at the next begin. */
void quota_pool_end(struct quota_pool *pool);

/* From the next question on. */
void quota_pool_set_deadline(struct quota_pool *pool, int64_t deadline_us);

/* The servers from now on; names are distinct, and copied. One of the same name and address stays
 * as it is, with its connections and what is known of it. What one that is not among them was asked
 * goes on to its end. Not from within `answered`. */
void quota_pool_set_servers(struct quota_pool *pool, const struct quota_server_plan *plans,
                            size_t count);

/* NULL: no such server. Valid until the next quota_pool_set_servers or quota_pool_free. */
struct quota_server *quota_pool_find(const struct quota_pool *pool, struct slice name);

/* Server number i in the order of the plans; NULL: there are not so many. */
struct quota_server *quota_pool_at(const struct quota_pool *pool, size_t i);

/* Asks; the question is copied. WAITING: `answered` will be called. Anything else, never ANSWERED,
 * is the outcome, and it will not be. */
enum quota_outcome quota_pool_ask(struct quota_server *server, struct slice question,
                                  struct quota_ask *ask);

/* ---- what is known of a server ---- */

/* Since it is there. */
struct quota_numbers {
    uint64_t asked, late, down, busy, unsayable;
    uint64_t answered[QUOTA_KINDS_MAX]; /* by kind */
    uint64_t retried;                   /* questions that were sent a second time */
    uint64_t connected, not_connected;  /* connections made, and not to be had */
    uint64_t junk;                      /* connections closed for nonsense */
    uint64_t opened;                    /* times that the breaker opened */
    uint64_t
        delays[QUOTA_DELAY_BOUNDS + 1]; /* of answers, by quota_delay_bounds_us; the last: more */
    uint64_t delay_sum_us;
};

/* Upper bounds, rising, in microseconds. */
extern const int64_t quota_delay_bounds_us[QUOTA_DELAY_BOUNDS];

struct quota_health {
    bool open;               /* the breaker; then... */
    int64_t wait_us;         /* ... until it is tried again; 0: now */
    size_t connections;      /* also those that are being made */
    size_t waiting;          /* questions */
    int64_t delay_us;        /* of the last answers, smoothed; 0: none yet */
    const struct err *fault; /* the last; code ERR_NONE: none since it answered */
};

struct slice quota_server_name(const struct quota_server *server);
const struct endpoint *quota_server_endpoint(const struct quota_server *server);
const struct quota_numbers *quota_server_numbers(const struct quota_server *server);
struct quota_health quota_server_health(const struct quota_server *server);

#endif
