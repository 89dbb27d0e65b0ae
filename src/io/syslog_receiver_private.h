/* SPDX-License-Identifier: Apache-2.0
 *
 * What the receiver's thread and its two kinds of socket share.
 */
#ifndef TD_IO_SYSLOG_RECEIVER_PRIVATE_H
#define TD_IO_SYSLOG_RECEIVER_PRIVATE_H

#include <pthread.h>
#include <uv.h>

#include "io/socket_address.h"
#include "io/syslog_receiver.h"

enum { SYSLOG_EVENTS_MAX = 16 };

struct syslog_event {
    enum log_event event;
    struct err text;
};

/* A kind of socket. All calls come from the receiver's thread, which owns what `state` is. */
struct syslog_socket_class {
    /* Binds and reads on. False and err: not now. */
    bool (*open)(struct syslog_receiver *receiver, struct err *err);
    /* Once a second. */
    void (*tick)(struct syslog_receiver *receiver);
    /* Closes its handles. */
    void (*close)(struct syslog_receiver *receiver);
};

extern const struct syslog_socket_class syslog_datagram_class;
extern const struct syslog_socket_class syslog_stream_class;

struct syslog_receiver {
    const struct syslog_listener_options *options;
    const struct syslog_socket_class *class;
    struct syslog_spool *spool;
    pthread_t thread;

    /* The thread only. */
    uv_loop_t loop;
    uv_async_t wake;
    uv_timer_t second;
    uv_check_t after_io;
    void *socket; /* of the class; NULL: not open */
    struct syslog_counts counts;
    bool bind_told, spool_told, full_told, closing;
    int64_t refused_told_us, dropped_told_us; /* 0: never */

    pthread_mutex_t lock; /* guards what follows */
    bool stopping;
    struct syslog_counts shown;
    struct log_position kept; /* count 0: nothing new */
    struct syslog_event events[SYSLOG_EVENTS_MAX];
    size_t event_count; /* more are forgotten: nobody asks */
};

/* May this address send? Counts it and tells it if not. */
bool syslog_receiver_allows(struct syslog_receiver *receiver, const struct sockaddr *peer);

/* Spools a message; it is on disk after this pass of the loop. peer: "-" for none. */
void syslog_receiver_add(struct syslog_receiver *receiver, const char *peer, struct slice message,
                         bool cut);

/* Asked for each batch, which writes the one before. False: messages must be dropped or left where
 * they are. */
bool syslog_receiver_has_room(struct syslog_receiver *receiver);

void syslog_receiver_tell(struct syslog_receiver *receiver, enum log_event event,
                          const struct err *text);

/* Something that may happen many times a second is to be told once a minute. told_us: when it was,
 * 0: never; now, if true. */
bool syslog_may_tell(int64_t *told_us);

/* UDP and TCP: the address to bind. False and err: the text is none. */
bool syslog_address(const struct syslog_receiver *receiver, struct sockaddr_storage *to,
                    struct err *err);

/* err: "udp 127.0.0.1:514: cannot listen: ..." and what to do. Returns false. */
bool syslog_bind_failed(const struct syslog_receiver *receiver, int errno_value, struct err *err);

#endif
