/* SPDX-License-Identifier: Apache-2.0
 *
 * See answer_server.h. A loop of libuv with polled sockets, since an answer mostly goes out with
 * one system call. Descriptors stand under a lock beside their connections, so that the owner's
 * thread can shut them down (shutdown(2), never close) while this one stands still.
 */
#include "io/answer_server.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include "base/memory.h"
#include "io/clock.h"
#include "io/listen_socket.h"

enum { READ_BYTES = 16 * 1024, TICK_MS = 200, TICKS_A_SECOND = 5, ACCEPTS_A_ROUND = 64 };

static const int64_t UNFED_US = 5000000, STALLED_US = 2000000, ANSWER_US = 5000000,
                     IDLE_US = 150000000; /* Postfix closes after 100 s itself */

struct connection {
    uv_poll_t poll;
    struct answer_server *server;
    size_t slot;
    int fd;
    struct buf input, output; /* the begin of a question; what is to be sent */
    size_t sent;
    int64_t last_us; /* of a byte */
    int64_t busy_us; /* a question is unfinished or an answer not taken since; 0: neither */
};

struct answer_server {
    struct answer_server_options options;
    struct buf address, group;
    pthread_t thread;
    atomic_int_fast64_t fed_us, turned_us; /* steady clock */

    /* The thread only. */
    uv_loop_t loop;
    uv_async_t wake;
    uv_timer_t timer;
    uv_poll_t *door; /* NULL: does not listen */
    struct connection *connections[ANSWER_CONNECTIONS_MAX];
    unsigned ticks;
    char bytes[READ_BYTES];

    pthread_mutex_t lock; /* guards what follows */
    struct listen_socket socket;
    int fds[ANSWER_CONNECTIONS_MAX]; /* as connections; -1: none */
    bool cut, stopping;
    struct answer_counts counts;
};

/* ---- connections ---- */

static void count(struct answer_server *server, uint64_t *counter)
{
    pthread_mutex_lock(&server->lock);
    ++*counter;
    pthread_mutex_unlock(&server->lock);
}

static void free_handle(uv_handle_t *handle)
{
    mem_free(handle->data);
}

/* uv lets go of the descriptor before it is closed: its number may be another thread's at once. */
static void connection_close(struct connection *connection)
{
    struct answer_server *server = connection->server;
    pthread_mutex_lock(&server->lock);
    server->fds[connection->slot] = -1;
    server->counts.open--;
    pthread_mutex_unlock(&server->lock);
    server->connections[connection->slot] = NULL;
    uv_close((uv_handle_t *)&connection->poll, free_handle);
    close(connection->fd);
    buf_done(&connection->input);
    buf_done(&connection->output);
}

/* False: the peer is gone. */
static bool send_some(struct connection *connection)
{
    while (connection->sent < connection->output.len) {
        ssize_t sent = send(connection->fd, connection->output.ptr + connection->sent,
                            connection->output.len - connection->sent, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0)
            return errno == EAGAIN || errno == EINTR;
        connection->sent += (size_t)sent;
    }
    buf_clear(&connection->output);
    connection->sent = 0;
    return true;
}

/* False: nonsense. */
static bool answer(struct connection *connection, int64_t now_us)
{
    struct answer_server *server = connection->server;
    struct slice left = buf_slice(&connection->input);
    bool fed = now_us - atomic_load(&server->fed_us) <= server->options.unfed_us;
    if (!server->options.take(server->options.context, fed, &left, &connection->output) ||
        left.len > server->options.question_max)
        return false;
    if (left.len > 0)
        memmove(connection->input.ptr, left.ptr, left.len);
    connection->input.len = left.len;
    return true;
}

static void on_ready(uv_poll_t *poll, int status, int events);

/* Does not read on while an answer is not taken. */
static void wait_on(struct connection *connection, int64_t now_us)
{
    bool untaken = connection->output.len > 0;
    connection->last_us = now_us;
    if (!untaken && connection->input.len == 0)
        connection->busy_us = 0;
    else if (connection->busy_us == 0)
        connection->busy_us = now_us;
    uv_poll_start(&connection->poll, untaken ? UV_WRITABLE : UV_READABLE, on_ready);
}

static void on_ready(uv_poll_t *poll, int status, int events)
{
    struct connection *connection = poll->data;
    struct answer_server *server = connection->server;
    int64_t now_us = clock_steady_us();
    (void)events;
    if (status == 0 && connection->output.len == 0) {
        ssize_t got = recv(connection->fd, server->bytes, READ_BYTES, MSG_DONTWAIT);
        if (got < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        if (got > 0)
            buf_add(&connection->input, slice_of(server->bytes, (size_t)got));
        if (got > 0 && !answer(connection, now_us)) {
            count(server, &server->counts.bad);
            got = 0;
        }
        status = got > 0 ? 0 : -1;
    }
    if (status == 0 && send_some(connection))
        wait_on(connection, now_us);
    else
        connection_close(connection);
}

/* A place; that of the connection with nothing to do for longest if there is no other, when it may
 * give way. ANSWER_CONNECTIONS_MAX: none. */
static size_t find_slot(struct answer_server *server)
{
    size_t idle = ANSWER_CONNECTIONS_MAX;
    for (size_t i = 0; i < ANSWER_CONNECTIONS_MAX; i++) {
        const struct connection *one = server->connections[i];
        if (one == NULL)
            return i;
        if (one->busy_us == 0 &&
            (idle == ANSWER_CONNECTIONS_MAX || one->last_us < server->connections[idle]->last_us))
            idle = i;
    }
    count(server, &server->counts.gave_way);
    if (idle < ANSWER_CONNECTIONS_MAX)
        connection_close(server->connections[idle]);
    return idle;
}

static void let_in(struct answer_server *server, int fd)
{
    struct connection *connection = MEM_NEW(struct connection);
    size_t slot = find_slot(server);
    if (slot == ANSWER_CONNECTIONS_MAX || uv_poll_init(&server->loop, &connection->poll, fd) != 0) {
        close(fd);
        mem_free(connection);
        return;
    }
    connection->server = server;
    connection->slot = slot;
    connection->fd = fd;
    connection->poll.data = connection;
    server->connections[slot] = connection;
    pthread_mutex_lock(&server->lock);
    server->fds[slot] = fd;
    server->counts.open++;
    server->counts.connections++;
    pthread_mutex_unlock(&server->lock);
    wait_on(connection, clock_steady_us());
}

/* ---- the listener ---- */

static void end_door(struct answer_server *server)
{
    if (server->door == NULL)
        return;
    uv_close((uv_handle_t *)server->door, free_handle);
    server->door = NULL;
    pthread_mutex_lock(&server->lock);
    listen_socket_close(&server->socket);
    pthread_mutex_unlock(&server->lock);
}

static void end_connections(struct answer_server *server)
{
    for (size_t i = 0; i < ANSWER_CONNECTIONS_MAX; i++)
        if (server->connections[i] != NULL)
            connection_close(server->connections[i]);
}

static void on_door(uv_poll_t *poll, int status, int events)
{
    struct answer_server *server = *(struct answer_server **)poll->data;
    (void)status;
    (void)events;
    for (int i = 0; i < ACCEPTS_A_ROUND; i++) {
        int fd = accept4(server->socket.fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd >= 0)
            let_in(server, fd);
        else if (errno != ECONNABORTED && errno != EINTR)
            break;
    }
}

/* poll->data of the door is memory of its own, freed with it, since a new door may be open by
 * then. */
static bool watch_door(struct answer_server *server, struct err *err)
{
    struct door {
        struct answer_server *server;
        uv_poll_t poll;
    } *door = MEM_NEW(struct door);
    door->server = server;
    int code = uv_poll_init(&server->loop, &door->poll, server->socket.fd);
    if (code != 0) {
        mem_free(door);
        return err_set(err, ERR_IO, "%s: cannot watch it: %s", buf_str(&server->address),
                       uv_strerror(code));
    }
    door->poll.data = door;
    server->door = &door->poll;
    uv_poll_start(server->door, UV_READABLE, on_door);
    return true;
}

static bool open_door(struct answer_server *server, struct err *err)
{
    pthread_mutex_lock(&server->lock);
    bool open = listen_socket_open(&server->socket, buf_str(&server->address),
                                   server->group.len > 0 ? buf_str(&server->group) : NULL, err);
    pthread_mutex_unlock(&server->lock);
    if (open && watch_door(server, err))
        return true;
    pthread_mutex_lock(&server->lock);
    listen_socket_close(&server->socket);
    pthread_mutex_unlock(&server->lock);
    return false;
}

static void open_again(struct answer_server *server)
{
    struct err err = {0};
    end_door(server);
    bool open = open_door(server, &err);
    pthread_mutex_lock(&server->lock);
    server->counts.fault = open ? (struct err){0} : err;
    server->cut = false; /* only now: it answers again */
    pthread_mutex_unlock(&server->lock);
}

/* ---- the loop ---- */

static void end_late(struct answer_server *server, int64_t now_us)
{
    for (size_t i = 0; i < ANSWER_CONNECTIONS_MAX; i++) {
        struct connection *one = server->connections[i];
        if (one == NULL || ((one->busy_us == 0 || now_us - one->busy_us < ANSWER_US) &&
                            now_us - one->last_us < IDLE_US))
            continue;
        count(server, &server->counts.late);
        connection_close(one);
    }
}

/* Whether the owner has cut the loop off. */
static bool is_cut(struct answer_server *server)
{
    pthread_mutex_lock(&server->lock);
    bool cut = server->cut;
    pthread_mutex_unlock(&server->lock);
    return cut;
}

static void on_tick(uv_timer_t *timer)
{
    struct answer_server *server = timer->data;
    int64_t now_us = clock_steady_us();
    atomic_store(&server->turned_us, now_us);
    end_late(server, now_us);
    if (is_cut(server)) {
        end_connections(server);
        open_again(server);
    } else if (++server->ticks % TICKS_A_SECOND == 0 &&
               (server->door == NULL || !listen_socket_is_found(&server->socket))) {
        open_again(server);
    }
}

static void on_wake(uv_async_t *wake)
{
    struct answer_server *server = wake->data;
    pthread_mutex_lock(&server->lock);
    bool stopping = server->stopping;
    pthread_mutex_unlock(&server->lock);
    if (!stopping || uv_is_closing((uv_handle_t *)wake))
        return;
    end_door(server);
    end_connections(server);
    uv_close((uv_handle_t *)&server->timer, NULL);
    uv_close((uv_handle_t *)wake, NULL);
}

static void *server_run(void *data)
{
    struct answer_server *server = data;
    uv_timer_start(&server->timer, on_tick, TICK_MS, TICK_MS);
    uv_run(&server->loop, UV_RUN_DEFAULT);
    return NULL;
}

/* ---- life ---- */

static struct answer_server *server_new(const struct answer_server_options *options)
{
    struct answer_server *server = MEM_NEW(struct answer_server);
    int64_t now_us = clock_steady_us();
    server->options = *options;
    if (server->options.unfed_us == 0)
        server->options.unfed_us = UNFED_US;
    if (server->options.stalled_us == 0)
        server->options.stalled_us = STALLED_US;
    buf_add_str(&server->address, options->address);
    buf_add_str(&server->group, options->group);
    atomic_init(&server->fed_us, now_us);
    atomic_init(&server->turned_us, now_us);
    pthread_mutex_init(&server->lock, NULL);
    server->socket.fd = -1;
    for (size_t i = 0; i < ANSWER_CONNECTIONS_MAX; i++)
        server->fds[i] = -1;
    return server;
}

static void server_free(struct answer_server *server)
{
    pthread_mutex_destroy(&server->lock);
    buf_done(&server->address);
    buf_done(&server->group);
    mem_free(server);
}

static bool init_loop(struct answer_server *server)
{
    if (uv_loop_init(&server->loop) != 0)
        return false;
    if (uv_async_init(&server->loop, &server->wake, on_wake) != 0) {
        uv_loop_close(&server->loop);
        return false;
    }
    uv_timer_init(&server->loop, &server->timer);
    server->wake.data = server->timer.data = server;
    return true;
}

static bool spawn(struct answer_server *server)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int code = pthread_create(&server->thread, NULL, server_run, server);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return code == 0;
}

/* Also when the thread never ran. */
static void close_loop(struct answer_server *server)
{
    server->stopping = true;
    on_wake(&server->wake);
    uv_run(&server->loop, UV_RUN_DEFAULT);
    int code = uv_loop_close(&server->loop);
    ASSERT(code == 0);
}

struct answer_server *answer_server_start(const struct answer_server_options *options,
                                          struct err *err)
{
    struct answer_server *server = server_new(options);
    bool looped = init_loop(server);
    if (looped && open_door(server, err)) {
        if (spawn(server))
            return server;
        err_set(err, ERR_IO, "cannot start the thread that answers (raise TasksMax)");
    } else if (!looped) {
        err_set(err, ERR_IO, "cannot make a loop (raise LimitNOFILE)");
    }
    if (looped)
        close_loop(server);
    server_free(server);
    return NULL;
}

void answer_server_stop(struct answer_server *server)
{
    if (server == NULL)
        return;
    pthread_mutex_lock(&server->lock);
    server->stopping = true;
    pthread_mutex_unlock(&server->lock);
    uv_async_send(&server->wake);
    pthread_join(server->thread, NULL);
    int code = uv_loop_close(&server->loop);
    ASSERT(code == 0);
    server_free(server);
}

/* ---- other threads ---- */

/* Who has connected and was not let in waits for an answer, too. */
static void turn_away(int listener)
{
    int fd;
    while ((fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC)) >= 0)
        close(fd);
}

static void cut_off(struct answer_server *server)
{
    pthread_mutex_lock(&server->lock);
    if (!server->cut && server->socket.fd >= 0) {
        turn_away(server->socket.fd);
        (void)shutdown(server->socket.fd, SHUT_RDWR);
        turn_away(server->socket.fd);
        for (size_t i = 0; i < ANSWER_CONNECTIONS_MAX; i++)
            if (server->fds[i] >= 0)
                (void)shutdown(server->fds[i], SHUT_RDWR);
        server->cut = true;
        server->counts.cut_off++;
    }
    pthread_mutex_unlock(&server->lock);
}

bool answer_server_feed(struct answer_server *server)
{
    int64_t now_us = clock_steady_us();
    atomic_store(&server->fed_us, now_us);
    if (now_us - atomic_load(&server->turned_us) > server->options.stalled_us) {
        cut_off(server);
        return false;
    }
    pthread_mutex_lock(&server->lock);
    bool answers = !server->cut && server->counts.fault.code == ERR_NONE;
    pthread_mutex_unlock(&server->lock);
    return answers;
}

void answer_server_counts(struct answer_server *server, struct answer_counts *out)
{
    pthread_mutex_lock(&server->lock);
    *out = server->counts;
    pthread_mutex_unlock(&server->lock);
}
