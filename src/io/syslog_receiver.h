/* SPDX-License-Identifier: Apache-2.0
 *
 * One syslog listener with a thread of its own, which receives and appends to a spool
 * (syslog_spool.h) and does nothing else, so that it is always back at the socket soon.
 *
 * What can be lost, exactly:
 *   all        what was read from the socket and not yet written to the spool when the process is
 *              killed: what came within one pass of the loop, mostly under 1 ms. What the spool has
 *              no room for (datagrams; connections are not read then, so the sender waits).
 *   udp        what is sent while nobody listens, what the socket's buffer holds when the process
 *              ends, and what does not fit into it (counted; the buffer is 32 MiB where
 *              net.core.rmem_max or CAP_NET_ADMIN allow). UDP itself promises nothing.
 *   tcp        plain syslog has no acknowledgements: what the sender's system had sent, or held in
 *              its buffer, when the connection ended is lost unless the sender sends it again; no
 *              receiver can know. What it had not yet written it sends after it has connected
 *              again. A message that was cut by the end of the connection is dropped if counted,
 *              else given as it is; one cut by a reset is dropped.
 *   unix       what the socket's queue holds (net.unix.max_dgram_qlen messages) when the process
 *              ends; while nobody listens syslog(3) drops.
 */
#ifndef TD_IO_SYSLOG_RECEIVER_H
#define TD_IO_SYSLOG_RECEIVER_H

#include <stdbool.h>

#include "base/err.h"
#include "io/log_sink.h"
#include "io/syslog_listener.h"
#include "io/syslog_spool.h"

struct syslog_receiver;

/* Takes the spool, also when it fails. The options stay the caller's and must stay. An address that
 * cannot be bound is told as an event and tried again each second. NULL and err: no thread or loop
 * to be had. */
struct syslog_receiver *syslog_receiver_start(const struct syslog_listener_options *options,
                                              struct syslog_spool *spool, struct err *err);

/* Closes the sockets, flushes the spool, ends the thread. NULL is fine. */
void syslog_receiver_stop(struct syslog_receiver *receiver);

/* From any thread. */
void syslog_receiver_counts(struct syslog_receiver *receiver, struct syslog_counts *counts);
void syslog_receiver_keep(struct syslog_receiver *receiver, const struct log_position *position);

/* From any thread: the next thing to tell; false: nothing. */
bool syslog_receiver_take_event(struct syslog_receiver *receiver, enum log_event *event,
                                struct err *text);

#endif
