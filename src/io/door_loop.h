/* SPDX-License-Identifier: Apache-2.0
 *
 * What servers that others wait for have in common: a thread with a loop of libuv that lets people
 * in at listening sockets, and the watch that two threads keep on each other.
 *
 *      the owner feeds the loop, about once a second. If it does not, door_loop_is_fed says so.
 *      the loop shows that it turns. If it does not, the feeding owner shuts the listeners and all
 *      connections down: who asks is refused at once and can go on without. When the loop turns
 *      again, it listens again.
 *
 * A process that is stopped as a whole can do neither: that is for the service manager's watchdog.
 *
 * When the process has no descriptor left, a new connection is turned away at once: one descriptor
 * is kept for that. A socket whose file was removed is made anew within a second.
 */
#ifndef TD_IO_DOOR_LOOP_H
#define TD_IO_DOOR_LOOP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/err.h"

enum { DOOR_ADDRESSES_MAX = 8 };

struct door_loop;
struct uv_loop_s;

/* On the loop's thread; none may wait for anything. */
struct door_calls {
    /* Before the first let_in. */
    void (*begin)(void *data, struct uv_loop_s *loop);
    /* Takes over a descriptor that was accepted (non-blocking). */
    void (*let_in)(void *data, int fd, const struct sockaddr_storage *from, socklen_t length);
    /* Every 200 ms. */
    void (*tick)(void *data, int64_t now_us);
    /* Closes all connections: the owner has cut them off, or the end is near. */
    void (*end_connections)(void *data);
    /* After the last of those; then all handles on the loop are closed or closing. Only after
     * begin. */
    void (*end)(void *data);
};

struct door_loop_options {
    const char *const *addresses; /* see listen_socket.h; 1 to DOOR_ADDRESSES_MAX */
    size_t address_count;
    const char *group; /* of a unix socket's file; NULL: the process's */
    const struct door_calls *calls;
    void *data;
    size_t connections_max; /* slots for door_loop_hold */
    int64_t unfed_us;       /* the owner is alive for so long after a feed; 0: 5 s */
    int64_t stalled_us;     /* the loop has not turned for so long: cut off; 0: 2 s */
};

/* Listens; the thread does not run yet. Counts as fed. Addresses and the group are copied. NULL and
 * err: a socket could not be made. */
struct door_loop *door_loop_new(const struct door_loop_options *options, struct err *err);

/* Starts the thread. False and err: it could not be; the loop is still to be freed. */
bool door_loop_run(struct door_loop *loop, struct err *err);

/* Closes all and ends the thread, if it runs. NULL is fine. */
void door_loop_free(struct door_loop *loop);

/* On the loop's thread: the connection of this slot is open, so that it can be cut off; before its
 * descriptor is closed it is let go. */
void door_loop_hold(struct door_loop *loop, size_t slot, int fd);
void door_loop_let_go(struct door_loop *loop, size_t slot);

/* On the loop's thread: counts one that let_in has turned away. */
void door_loop_refused(struct door_loop *loop);

/* From the owner's thread: a sign of life. Returns whether the loop turns and listens everywhere;
 * if it stands still, who asks is refused from now on. */
bool door_loop_feed(struct door_loop *loop);

/* Any thread: the owner is alive. */
bool door_loop_is_fed(struct door_loop *loop, int64_t now_us);

struct door_counts {
    uint64_t connections; /* held since the start */
    uint64_t refused;     /* turned away */
    uint64_t cut_off;     /* times that the loop stood still */
    size_t open;          /* held now */
    struct err fault;     /* why it does not listen everywhere; code ERR_NONE: it does */
};

/* From any thread. */
void door_loop_counts(struct door_loop *loop, struct door_counts *out);

#endif
