/* SPDX-License-Identifier: Apache-2.0
 *
 * Answers questions of other programs that wait for them, from memory: a listener with a thread of
 * its own, which does nothing else. What a question is, and what its answer, is the caller's.
 *
 * The asker may be all mail of a host (Postfix waits 100 s for a socketmap that says nothing), so
 * silence is the one thing that must not be. The owner feeds the server, about once a second, and
 * each of the two threads watches the other (io/door_loop.h): if the owner stands still, what the
 * answers are made of may be old, and the callback is told so; if the server does, who asks is
 * refused at once and can go on without.
 *
 * Bounded: connections (the longest idle one gives way; when all are at work, or the process has no
 * descriptor left, a new one is turned away), bytes of a question and of answers that nobody takes.
 * A question that is not finished, and an answer that is not taken, after 5 s end the connection. A
 * socket whose file was removed is made anew within a second.
 */
#ifndef TD_IO_ANSWER_SERVER_H
#define TD_IO_ANSWER_SERVER_H

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/ip_address.h"
#include "base/slice.h"

enum {
    ANSWER_CONNECTIONS = 64, /* at most, where nothing else is said */
    ANSWER_ADDRESSES_MAX = 8,
};

/* A connection whose question waits. A value; good for ever, also when the connection is gone. */
struct answer_ticket {
    struct answer_server *server;
    size_t slot;
    uint64_t serial;
};

/* Who asks. */
struct answer_peer {
    struct ip_address ip; /* none: by a unix socket */
    struct answer_ticket ticket;
};

/* Takes whole questions off *input and appends their answers; leaves the begin of the next one.
 * False: nonsense, the connection is closed, after what was answered before it. On the server's
 * thread: it must not wait for anything. fed: the owner is alive.
 *
 * An answer that hangs on something else is given later: take leaves that question at the begin of
 * *input, calls answer_wait and returns true. Nothing more is taken off this connection, so answers
 * keep the order of their questions and one waits at most; answer_resume has take called again with
 * the same *input. */
typedef bool (*answer_take)(void *context, bool fed, const struct answer_peer *peer,
                            struct slice *input, struct buf *output);

/* Every 200 ms, on the server's thread. */
typedef void (*answer_tick)(void *context);

/* The server's loop, for what answers hang on: called on the server's thread before the first
 * question, and before the loop ends; by then all of the caller's handles are closed or closing. */
struct uv_loop_s;
typedef void (*answer_begin)(void *context, struct uv_loop_s *loop);
typedef void (*answer_end)(void *context);

struct answer_server_options {
    const char *const *addresses; /* see listen_socket.h; 1 to ANSWER_ADDRESSES_MAX */
    size_t address_count;
    const char *group; /* of a unix socket's file; NULL: the process's */
    answer_take take;
    answer_tick tick;   /* NULL: none */
    answer_begin begin; /* NULL: none */
    answer_end end;     /* NULL: none */
    void *context;
    size_t connections_max; /* 0: ANSWER_CONNECTIONS */
    size_t question_max;    /* bytes of *input that may be left */
    int64_t unfed_us;       /* the owner is alive for so long after a feed; 0: 5 s */
    int64_t stalled_us;     /* the loop has not turned for so long: cut off; 0: 2 s */
};

struct answer_server;

/* Listens from now on; counts as fed. Addresses and the group are copied. NULL and err: a socket
 * could not be made, or the thread. */
struct answer_server *answer_server_start(const struct answer_server_options *options,
                                          struct err *err);

/* Closes all and ends the thread. NULL is fine. */
void answer_server_stop(struct answer_server *server);

/* From within take: the question that is now the first of *input waits. One that does so for 5 s
 * ends its connection. */
void answer_wait(const struct answer_ticket *ticket);

/* On the server's thread, not from within take: goes on with the question that waits, which may
 * wait again. False: the connection is gone. */
bool answer_resume(const struct answer_ticket *ticket);

/* From the owner's thread: a sign of life. Returns whether the server answers; if its loop stands
 * still, who asks is refused from now on. */
bool answer_server_feed(struct answer_server *server);

struct answer_counts {
    uint64_t connections; /* accepted */
    uint64_t gave_way;    /* closed for another one */
    uint64_t refused;     /* turned away: all are at work, or no descriptor is left */
    uint64_t late;        /* closed: a question unfinished, an answer not taken, or idle */
    uint64_t bad;         /* closed: nonsense */
    uint64_t cut_off;     /* times that the loop stood still */
    size_t open;          /* now */
    struct err fault;     /* why it does not listen everywhere; code ERR_NONE: it does */
};

/* From any thread. */
void answer_server_counts(struct answer_server *server, struct answer_counts *out);

#endif
