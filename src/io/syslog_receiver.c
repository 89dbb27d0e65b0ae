/* SPDX-License-Identifier: Apache-2.0
 *
 * See syslog_receiver.h. Made and freed by the feed's thread.
 */
#include "io/syslog_receiver_private.h"

#include <errno.h>
#include <string.h>

#include "base/memory.h"
#include "io/clock.h"
#include "io/thread.h"

enum { SECOND_MS = 1000 };

static const int64_t TELL_EVERY_US = 60000000;

static const char *transport_name(enum syslog_transport transport)
{
    switch (transport) {
    case SYSLOG_UDP:
        return "udp";
    case SYSLOG_TCP:
        return "tcp";
    case SYSLOG_UNIX:
        return "unix";
    }
    return "";
}

bool syslog_address(const struct syslog_receiver *receiver, struct sockaddr_storage *to,
                    struct err *err)
{
    struct endpoint endpoint;
    const char *text = receiver->options->address;
    if (!endpoint_parse(slice_from_str(text), &endpoint) || endpoint.kind == ENDPOINT_UNIX)
        return err_set(err, ERR_INPUT,
                       "'%s' is no address to listen at: write 127.0.0.1:5514 or [::1]:5514", text);
    (void)socket_address_of(&endpoint, to);
    return true;
}

bool syslog_bind_failed(const struct syslog_receiver *receiver, int errno_value, struct err *err)
{
    const char *advice = "";
    if (errno_value == EACCES || errno_value == EPERM)
        advice = receiver->options->transport == SYSLOG_UNIX
                     ? " (let the service's user write to the folder)"
                     : " (ports below 1024 need AmbientCapabilities=CAP_NET_BIND_SERVICE)";
    if (errno_value == EADDRINUSE)
        advice = " (another program listens there: `ss -lnpx`, `ss -lnptu`)";
    if (errno_value == EADDRNOTAVAIL)
        advice = " (the address is not this machine's, or not yet)";
    return err_set(err, ERR_IO, "%s %s: cannot listen: %s%s",
                   transport_name(receiver->options->transport), receiver->options->address,
                   strerror(errno_value), advice);
}

void syslog_receiver_tell(struct syslog_receiver *receiver, enum log_event event,
                          const struct err *text)
{
    pthread_mutex_lock(&receiver->lock);
    if (receiver->event_count < SYSLOG_EVENTS_MAX)
        receiver->events[receiver->event_count++] =
            (struct syslog_event){.event = event, .text = *text};
    pthread_mutex_unlock(&receiver->lock);
}

bool syslog_may_tell(int64_t *told_us)
{
    int64_t now = clock_steady_us();
    if (*told_us != 0 && now - *told_us < TELL_EVERY_US)
        return false;
    *told_us = now;
    return true;
}

bool syslog_receiver_allows(struct syslog_receiver *receiver, const struct sockaddr *peer)
{
    const struct syslog_listener_options *options = receiver->options;
    struct ip_address from = socket_address_ip(peer);
    bool allowed = options->allow_count == 0 && ip_address_is_loopback(&from);
    for (size_t i = 0; i < options->allow_count && !allowed; i++)
        allowed = ip_network_has(&options->allow[i], &from);
    if (allowed)
        return true;
    receiver->counts.refused++;
    if (syslog_may_tell(&receiver->refused_told_us)) {
        struct err text;
        char address[SOCKET_ADDRESS_TEXT];
        socket_address_text(peer, address);
        err_set(&text, ERR_NONE,
                "%s %s: %s may not send; its messages are dropped (allow it if it is yours)",
                transport_name(options->transport), options->address, address);
        syslog_receiver_tell(receiver, LOG_REFUSED, &text);
    }
    return false;
}

static void flush(struct syslog_receiver *receiver)
{
    struct err err = {0};
    bool ok = syslog_spool_flush(receiver->spool, &err);
    if (ok == !receiver->spool_told)
        return;
    receiver->spool_told = !ok;
    if (ok)
        err_set(&err, ERR_NONE, "%s: is written again", syslog_spool_path(receiver->spool));
    syslog_receiver_tell(receiver, ok ? LOG_RECOVERED : LOG_TROUBLE, &err);
}

bool syslog_receiver_has_room(struct syslog_receiver *receiver)
{
    struct err text;
    flush(receiver); /* memory for one batch is enough */
    bool room = syslog_spool_has_room(receiver->spool);
    if (room != receiver->full_told)
        return room;
    receiver->full_told = !room;
    if (room)
        err_set(&text, ERR_NONE, "%s: has room again", syslog_spool_path(receiver->spool));
    else
        err_set(&text, ERR_LIMIT,
                "%s: is full: what comes by datagram is dropped, connections wait",
                syslog_spool_path(receiver->spool));
    syslog_receiver_tell(receiver, room ? LOG_RECOVERED : LOG_TROUBLE, &text);
    return room;
}

void syslog_receiver_add(struct syslog_receiver *receiver, const char *peer, struct slice message,
                         bool cut)
{
    if (message.len == 0)
        return;
    syslog_spool_add(receiver->spool, peer, message);
    receiver->counts.messages++;
    receiver->counts.cut += cut;
}

/* --- The loop --- */

static void publish(struct syslog_receiver *receiver)
{
    struct log_position kept = {0};
    pthread_mutex_lock(&receiver->lock);
    receiver->shown = receiver->counts;
    if (receiver->kept.count > 0)
        kept = receiver->kept;
    receiver->kept.count = 0;
    pthread_mutex_unlock(&receiver->lock);
    syslog_spool_keep(receiver->spool, &kept);
}

static void on_after_io(uv_check_t *check)
{
    struct syslog_receiver *receiver = check->data;
    flush(receiver);
    publish(receiver);
}

static void open_socket(struct syslog_receiver *receiver)
{
    struct err err = {0};
    bool ok = receiver->class->open(receiver, &err);
    if (ok && receiver->bind_told)
        err_set(&err, ERR_NONE, "%s %s: listens now", transport_name(receiver->options->transport),
                receiver->options->address);
    if (ok == receiver->bind_told)
        syslog_receiver_tell(receiver, ok ? LOG_RECOVERED : LOG_TROUBLE, &err);
    receiver->bind_told = !ok;
}

static void on_second(uv_timer_t *timer)
{
    struct syslog_receiver *receiver = timer->data;
    if (receiver->socket == NULL)
        open_socket(receiver);
    else
        receiver->class->tick(receiver);
}

static void on_wake(uv_async_t *wake)
{
    struct syslog_receiver *receiver = wake->data;
    pthread_mutex_lock(&receiver->lock);
    bool stopping = receiver->stopping;
    pthread_mutex_unlock(&receiver->lock);
    if (!stopping || receiver->closing)
        return;
    receiver->closing = true;
    if (receiver->socket != NULL)
        receiver->class->close(receiver);
    uv_close((uv_handle_t *)&receiver->second, NULL);
    uv_close((uv_handle_t *)&receiver->after_io, NULL);
    uv_close((uv_handle_t *)&receiver->wake, NULL);
}

static void *receiver_run(void *data)
{
    struct syslog_receiver *receiver = data;
    open_socket(receiver);
    uv_timer_start(&receiver->second, on_second, SECOND_MS, SECOND_MS);
    uv_check_start(&receiver->after_io, on_after_io);
    uv_run(&receiver->loop, UV_RUN_DEFAULT);
    return NULL;
}

static bool init_loop(struct syslog_receiver *receiver)
{
    if (uv_loop_init(&receiver->loop) != 0)
        return false;
    if (uv_async_init(&receiver->loop, &receiver->wake, on_wake) != 0) {
        uv_loop_close(&receiver->loop);
        return false;
    }
    uv_timer_init(&receiver->loop, &receiver->second);
    uv_check_init(&receiver->loop, &receiver->after_io);
    receiver->wake.data = receiver->second.data = receiver->after_io.data = receiver;
    return true;
}

static void receiver_free(struct syslog_receiver *receiver)
{
    syslog_spool_free(receiver->spool);
    pthread_mutex_destroy(&receiver->lock);
    mem_free(receiver);
}

/* Also when the thread never ran. */
static void close_loop(struct syslog_receiver *receiver)
{
    receiver->stopping = true;
    on_wake(&receiver->wake);
    uv_run(&receiver->loop, UV_RUN_DEFAULT);
    int code = uv_loop_close(&receiver->loop);
    ASSERT(code == 0);
}

struct syslog_receiver *syslog_receiver_start(const struct syslog_listener_options *options,
                                              struct syslog_spool *spool, struct err *err)
{
    struct syslog_receiver *receiver = MEM_NEW(struct syslog_receiver);
    receiver->options = options;
    receiver->spool = spool;
    receiver->class =
        options->transport == SYSLOG_TCP ? &syslog_stream_class : &syslog_datagram_class;
    pthread_mutex_init(&receiver->lock, NULL);
    bool looped = init_loop(receiver);
    if (looped && thread_start(&receiver->thread, receiver_run, receiver) == 0)
        return receiver;
    if (looped)
        close_loop(receiver);
    receiver_free(receiver);
    err_set(err, ERR_IO, "cannot start the thread that listens (raise TasksMax, LimitNOFILE)");
    return NULL;
}

void syslog_receiver_stop(struct syslog_receiver *receiver)
{
    if (receiver == NULL)
        return;
    pthread_mutex_lock(&receiver->lock);
    receiver->stopping = true;
    pthread_mutex_unlock(&receiver->lock);
    uv_async_send(&receiver->wake);
    pthread_join(receiver->thread, NULL);
    int code = uv_loop_close(&receiver->loop);
    ASSERT(code == 0);
    receiver_free(receiver);
}

void syslog_receiver_counts(struct syslog_receiver *receiver, struct syslog_counts *counts)
{
    pthread_mutex_lock(&receiver->lock);
    *counts = receiver->shown;
    pthread_mutex_unlock(&receiver->lock);
}

void syslog_receiver_keep(struct syslog_receiver *receiver, const struct log_position *position)
{
    pthread_mutex_lock(&receiver->lock);
    receiver->kept = *position;
    pthread_mutex_unlock(&receiver->lock);
}

bool syslog_receiver_take_event(struct syslog_receiver *receiver, enum log_event *event,
                                struct err *text)
{
    pthread_mutex_lock(&receiver->lock);
    bool some = receiver->event_count > 0;
    if (some) {
        *event = receiver->events[0].event;
        *text = receiver->events[0].text;
        receiver->event_count--;
        memmove(&receiver->events[0], &receiver->events[1],
                receiver->event_count * sizeof(receiver->events[0]));
    }
    pthread_mutex_unlock(&receiver->lock);
    return some;
}
