/* SPDX-License-Identifier: Apache-2.0
 *
 * An HTTP server for questions that are all in the header of a GET, on a thread of its own, which
 * does nothing else. What a question is, and what its answer, is the caller's. HTTP itself is
 * libmicrohttpd's, in a loop of libuv.
 *
 * Like io/answer_server: the owner feeds the server, about once a second, and each thread watches
 * the other (io/door_loop.h). If the owner stands still, the callback is told so; if the loop does,
 * the feeding owner shuts all down, so that who asks is refused at once.
 *
 * It fails closed: 400 (no HTTP, a folded line, a NUL, a body), 405 (no GET), 414 and 431 (longer
 * than HEADER_HEAD_MAX) have no header lines of the caller's, nor has a connection that is closed.
 * An answer is always 200. After an answer the connection is closed to HTTP/1.0, and kept to 1.1.
 *
 * Bounded: connections (the longest idle one gives way; when all are at work, or the process has no
 * descriptor left, a new one is turned away), each with up to HEADER_HEAD_MAX of memory; bytes and
 * lines of a head. A head that is not whole,
 * and an answer that is not taken, after patience_us end the connection, a kept one without a
 * question after 60 s, and a question without an answer after answer_wait_us. A socket whose file
 * was removed is made anew within a second. What a header held is overwritten when it was answered.
 */
#ifndef TD_IO_HEADER_SERVER_H
#define TD_IO_HEADER_SERVER_H

#include <stdint.h>

#include "base/err.h"
#include "base/header_field.h"
#include "base/ip_address.h"

enum {
    HEADER_CONNECTIONS = 10000, /* at most, where nothing else is said */
    HEADER_ADDRESSES_MAX = 8,
    HEADER_HEAD_MAX = 32 * 1024, /* bytes of a head, its line table and its answer. Above that the
                                    library (0.9.75) maps memory anew for each connection, and a
                                    question costs three times as much */
    HEADER_LINES_MAX = 100,      /* more: 431 */
    HEADER_ANSWER_MAX = 4096,    /* bytes of the lines of an answer */
};

struct header_server;

/* A connection whose question waits. A value; good for as long as the server is there, also when
 * the connection is gone. */
struct header_ticket {
    struct header_server *server;
    size_t slot;
    uint64_t serial;
};

/* Borrowed, until the ask returns. */
struct header_question {
    struct slice path;                  /* without the query */
    const struct header_field *headers; /* in their order; names as they came */
    size_t count;
    struct ip_address peer; /* none: by a unix socket */
    bool is_unix;
    struct header_ticket ticket;
};

/* Answers the question by header_answer, at once or later. On the server's thread: it must not wait
 * for anything. fed: the owner is alive. */
typedef void (*header_ask)(void *context, bool fed, const struct header_question *question);

/* Every 200 ms, on the server's thread. */
typedef void (*header_tick)(void *context);

/* The server's loop, for what answers hang on: called on the server's thread before the first
 * question, and before the loop ends; by then all of the caller's handles are closed or closing,
 * and tickets are void. */
struct uv_loop_s;
typedef void (*header_begin)(void *context, struct uv_loop_s *loop);
typedef void (*header_end)(void *context);

struct header_server_options {
    const char *const *addresses; /* see listen_socket.h; 1 to HEADER_ADDRESSES_MAX */
    size_t address_count;
    const char *group; /* of a unix socket's file; NULL: the process's */
    header_ask ask;
    header_tick tick;   /* NULL: none */
    header_begin begin; /* NULL: none */
    header_end end;     /* NULL: none */
    void *context;
    size_t connections_max; /* 0: HEADER_CONNECTIONS */
    int64_t unfed_us;       /* the owner is alive for so long after a feed; 0: 5 s */
    int64_t stalled_us;     /* the loop has not turned for so long: cut off; 0: 2 s */
    int64_t patience_us;    /* for a whole head, and for an answer to be taken; 0: 5 s */
    int64_t answer_wait_us; /* for an answer that comes later; 0: 10 s */
};

/* Listens from now on; counts as fed. Addresses and the group are copied. The limit of descriptors
 * is raised. NULL and err: a socket could not be made, or the thread. */
struct header_server *header_server_start(const struct header_server_options *options,
                                          struct err *err);

/* Closes all and ends the thread. NULL is fine. */
void header_server_stop(struct header_server *server);

/* Answers, on the server's thread, from within ask or later. lines: `Name: value` with CR LF each,
 * printable or above 0x7F, at most HEADER_ANSWER_MAX bytes; copied. False: the connection is gone,
 * or has its answer. */
bool header_answer(const struct header_ticket *ticket, struct slice lines);

/* From the owner's thread: a sign of life. Returns whether the server answers; if its loop stands
 * still, who asks is refused from now on. */
bool header_server_feed(struct header_server *server);

struct header_counts {
    uint64_t connections; /* accepted */
    uint64_t gave_way;    /* closed for another one */
    uint64_t refused;     /* turned away: all are at work, or no descriptor is left */
    uint64_t late;        /* closed: a head unfinished, an answer not taken, or idle */
    uint64_t unanswered;  /* closed: the answer did not come in time */
    uint64_t bad;         /* 400, 405, 431, or gone before its head was whole */
    uint64_t asked;       /* questions */
    uint64_t answered;    /* of them */
    uint64_t cut_off;     /* times that the loop stood still */
    size_t open;          /* now */
    struct err fault;     /* why it does not listen everywhere; code ERR_NONE: it does */
};

/* From any thread. */
void header_server_counts(struct header_server *server, struct header_counts *out);

#endif
