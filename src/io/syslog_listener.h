/* SPDX-License-Identifier: Apache-2.0
 *
 * What a syslog listener is told, and what it counts.
 */
#ifndef TD_IO_SYSLOG_LISTENER_H
#define TD_IO_SYSLOG_LISTENER_H

#include <stddef.h>
#include <stdint.h>

#include "base/ip_address.h"

enum syslog_transport {
    SYSLOG_UDP,
    SYSLOG_TCP,
    SYSLOG_UNIX, /* datagrams, like /dev/log */
};

struct syslog_listener_options {
    enum syslog_transport transport;
    const char *address; /* "192.0.2.1:514", "[::]:514"; for unix a path, at most 107 bytes */
    unsigned mode;       /* unix: of the socket; 0: 0666, whoever may reach it may write */
    /* Who may send; none: loopback only. Others are counted and dropped. Not for unix. */
    const struct ip_network *allow;
    size_t allow_count;
    size_t connections_max; /* tcp, at once; 0: 512 */
    int64_t idle_us;        /* tcp: without a byte; 0: one hour */
};

struct syslog_counts {
    uint64_t messages;            /* written to the spool */
    uint64_t cut;                 /* longer than 64 KiB */
    uint64_t refused;             /* from senders that are not allowed: datagrams, connections */
    uint64_t dropped;             /* the spool was full or could not be written */
    uint64_t kernel_dropped;      /* the socket's buffer was full */
    uint64_t bad_frames;          /* tcp: connections closed for what is no syslog */
    uint64_t connections;         /* tcp: open now */
    uint64_t connections_refused; /* tcp: over connections_max */
    uint64_t idle_closed;         /* tcp */
};

/* Why messages, or whole connections, were not taken: X(counter, word). */
#define SYSLOG_LOSSES(X) \
    X(refused, "sender_not_allowed") \
    X(dropped, "spool_full") \
    X(kernel_dropped, "kernel_buffer_full") \
    X(bad_frames, "not_syslog") \
    X(connections_refused, "too_many_connections")

/* Of those that should have been taken. */
static inline uint64_t syslog_lost(const struct syslog_counts *counts)
{
    return counts->dropped + counts->kernel_dropped;
}

#endif
