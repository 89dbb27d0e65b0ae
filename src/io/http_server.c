/* SPDX-License-Identifier: Apache-2.0
 *
 * See http_server.h. libmicrohttpd 0.9.75 without a listener or thread of its own: the web thread
 * accepts (so that it can refuse, count and ask for the peer), hands the connections over, waits in
 * one poll(2) for doors, the library's epoll descriptor and finished workers, and keeps the
 * deadlines. The library's own time-out is for inactivity, which a dripping client never has.
 * The library is called from the web thread alone. See docs/decisions/0026-http-server-thread.md.
 */
#include "io/http_server_private.h"

#include <errno.h>
#include <microhttpd.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "io/clock.h"
#include "io/fd_limit.h"
#include "io/http_exchange.h"
#include "io/thread.h"

enum {
    FDS_FOR_OTHERS = 256, /* of this process: files, databases, pipes */
    DOOR_CONNECTIONS_MIN = 8,
    ACCEPTS_A_ROUND = 64,
    ACCEPT_PAUSE_MS = 50,
    DRAIN_MS = 1000,
    POLLED_OTHERS = 3,
    ANSWER_HEAD_BYTES = 4 << 10, /* all headers of an answer; the library has one memory for both */
};

static const int64_t MS = 1000;

static const char FULL[] =
    "HTTP/1.1 503 Service Unavailable\r\n"
    "Connection: close\r\n"
    "Content-Type: application/json\r\n"
    "Retry-After: 5\r\n"
    "Content-Length: 94\r\n"
    "\r\n"
    "{\"error\": {\"what\": \"too many connections\", \"where\": \"listener\", "
    "\"advice\": \"ask again later\"}}\n";

/* As many parameters as the library gives. NOLINTNEXTLINE(readability-function-size) */
static enum MHD_Result on_step(void *data, struct MHD_Connection *handle, const char *path,
                               const char *method, const char *version, const char *bytes,
                               size_t *length, void **exchange)
{
    (void)data;
    (void)handle;
    (void)version;
    return http_exchange_step(*exchange, path, method, bytes, length);
}

static void on_completed(void *data, struct MHD_Connection *handle, void **slot,
                         enum MHD_RequestTerminationCode code)
{
    (void)data;
    (void)handle;
    (void)code;
    struct http_exchange *exchange = *slot;
    if (exchange == NULL)
        return;
    exchange->connection->speaking = false;
    http_connection_enter(exchange->connection, HTTP_WAITING, clock_steady_us());
    http_exchange_free(exchange);
    *slot = NULL;
}

static void on_connection(void *data, struct MHD_Connection *handle, void **context,
                          enum MHD_ConnectionNotificationCode code)
{
    struct http_server *server = data;
    if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
        if (*context)
            http_connection_free(&server->connections, *context);
        *context = NULL;
        metric_add(server->numbers->open, -1);
        return;
    }
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(handle, MHD_CONNECTION_INFO_CONNECTION_FD);
    ASSERT(info != NULL);
    *context = http_connection_find(&server->connections, info->connect_fd);
    ASSERT(*context != NULL);
    metric_add(server->numbers->open, 1);
}

/* Says so and closes. What the client has already sent is read: else the kernel answers it with a
 * reset, and the words are lost. */
static void turn_away(struct http_server *server, int fd)
{
    char nothing[4096];
    metric_add(server->numbers->refused, 1);
    (void)send(fd, FULL, sizeof(FULL) - 1, MSG_DONTWAIT | MSG_NOSIGNAL);
    (void)shutdown(fd, SHUT_WR);
    (void)recv(fd, nothing, sizeof(nothing), MSG_DONTWAIT);
    close(fd);
}

/* Is there a place, or one who has had it long enough without asking anything? */
static bool door_has_room(struct http_server *server, struct http_door *door, int64_t now)
{
    if (door->connections < door->connections_max)
        return true;
    int64_t before = now - server->limits.give_way_ms * MS;
    if (http_door_end_old(door, HTTP_WAITING, before, 1) == 0)
        return false;
    metric_add(server->numbers->gave_way, 1);
    return true;
}

static void let_in(struct http_server *server, struct http_door *door, int fd,
                   const struct sockaddr_storage *from, socklen_t length)
{
    int64_t now = clock_steady_us();
    metric_add(server->numbers->accepted, 1);
    if (!door_has_room(server, door, now)) {
        turn_away(server, fd);
        return;
    }
    (void)http_connection_new(&server->connections, door, fd, from, now);
    if (MHD_add_connection(server->daemon, fd, (const struct sockaddr *)from, length) == MHD_YES)
        return;
    /* The library has closed it, and may have said so. */
    struct http_connection *left = http_connection_find(&server->connections, fd);
    if (left)
        http_connection_free(&server->connections, left);
}

static void accept_some(struct http_server *server, struct http_door *door)
{
    for (int i = 0; i < ACCEPTS_A_ROUND; i++) {
        struct sockaddr_storage from = {0};
        socklen_t length = sizeof(from);
        int fd = accept4(door->socket.fd, (struct sockaddr *)&from, &length,
                         SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd >= 0) {
            let_in(server, door, fd, &from, length);
            continue;
        }
        /* Anything but these is the fault of that one connection. */
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
            server->accept_again_us = clock_steady_us() + ACCEPT_PAUSE_MS * MS;
        if (errno != ECONNABORTED && errno != EINTR && errno != EPROTO)
            return;
    }
}

static int64_t sooner(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Ends what has taken too long; when to look again (INT64_MAX: nothing runs). */
static int64_t keep_deadlines(struct http_server *server, int64_t now)
{
    const int64_t limits[HTTP_PHASES] = {
        [HTTP_WAITING] = server->limits.request_ms * MS,
        [HTTP_ANSWERING] = server->limits.answer_ms * MS,
    };
    static const enum http_phase timed[] = {HTTP_WAITING, HTTP_ANSWERING};
    int64_t due = INT64_MAX;
    for (size_t i = 0; i < server->door_count; i++)
        for (size_t j = 0; j < sizeof(timed) / sizeof(timed[0]); j++) {
            struct http_door *door = &server->doors[i];
            size_t ended = http_door_end_old(door, timed[j], now - limits[timed[j]], SIZE_MAX);
            metric_add(server->numbers->timed_out, (int64_t)ended);
            int64_t oldest = http_door_oldest_us(door, timed[j]);
            if (oldest != INT64_MAX)
                due = sooner(due, oldest + limits[timed[j]]);
        }
    return due;
}

/* For poll: until `due`, the library's wish, or for ever (-1). */
static int wait_ms(const struct http_server *server, int64_t now, int64_t due)
{
    MHD_UNSIGNED_LONG_LONG library;
    if (server->accept_again_us > now)
        due = sooner(due, server->accept_again_us);
    if (MHD_get_timeout(server->daemon, &library) == MHD_YES)
        due = sooner(due, now + (int64_t)(library < INT32_MAX ? library : INT32_MAX) * MS);
    if (due == INT64_MAX)
        return -1;
    int64_t left = (due - now + MS - 1) / MS;
    return left <= 0 ? 0 : left > INT32_MAX ? INT32_MAX : (int)left;
}

static void take_finished(struct http_server *server)
{
    struct job *job;
    while ((job = job_pool_take(server->workers)) != NULL)
        http_exchange_resume((struct http_exchange *)job);
}

static void serve_round(struct http_server *server)
{
    struct pollfd polled[HTTP_LISTENERS_MAX + POLLED_OTHERS] = {
        {.fd = server->wake, .events = POLLIN},
        {.fd = server->daemon_fd, .events = POLLIN},
        {.fd = job_pool_fd(server->workers), .events = POLLIN},
    };
    int64_t now = clock_steady_us();
    int64_t due = keep_deadlines(server, now);
    bool accepting = server->accept_again_us <= now;
    size_t doors = accepting ? server->door_count : 0;
    for (size_t i = 0; i < doors; i++)
        polled[POLLED_OTHERS + i] =
            (struct pollfd){.fd = server->doors[i].socket.fd, .events = POLLIN};
    if (poll(polled, POLLED_OTHERS + doors, wait_ms(server, now, due)) > 0)
        for (size_t i = 0; i < doors; i++)
            if (polled[POLLED_OTHERS + i].revents)
                accept_some(server, &server->doors[i]);
    take_finished(server);
    MHD_run(server->daemon);
}

/* No new connections; running handlers end; answers get a moment to be taken. */
static void drain(struct http_server *server)
{
    for (size_t i = 0; i < server->door_count && !server->keeps; i++)
        listen_socket_close(&server->doors[i].socket);
    job_pool_stop(server->workers);
    take_finished(server);
    MHD_run(server->daemon);
    int64_t now = clock_steady_us(), until = now + DRAIN_MS * MS;
    for (; server->exchanges > 0 && now < until; now = clock_steady_us()) {
        struct pollfd polled = {.fd = server->daemon_fd, .events = POLLIN};
        (void)poll(&polled, 1, wait_ms(server, now, until));
        MHD_run(server->daemon);
    }
    MHD_stop_daemon(server->daemon);
    server->daemon = NULL;
}

static void *server_thread(void *data)
{
    struct http_server *server = data;
    while (!atomic_load(&server->stopping))
        serve_round(server);
    drain(server);
    return NULL;
}

static void fill_limits(struct http_limits *limits)
{
    static const struct http_limits standard = {
        .head_bytes = 16 << 10,
        .body_bytes = 1 << 20,
        .request_ms = 15000,
        .answer_ms = 60000,
        .give_way_ms = 1000,
        .workers = 2,
        .slow_max = 64,
    };
#define FILL(member) \
    if (limits->member == 0) \
    limits->member = standard.member
    FILL(head_bytes);
    FILL(body_bytes);
    FILL(request_ms);
    FILL(answer_ms);
    FILL(give_way_ms);
    FILL(workers);
    FILL(slow_max);
#undef FILL
}

static bool take_token(struct http_server *server, const char *token, struct err *err)
{
    size_t length = token ? strlen(token) : 0;
    if (length == 0)
        return true;
    if (length < HTTP_TOKEN_BYTES_MIN || length > HTTP_TOKEN_BYTES_MAX)
        return err_set(err, ERR_USAGE, "the token has %zu bytes: %d to %d are wanted", length,
                       HTTP_TOKEN_BYTES_MIN, HTTP_TOKEN_BYTES_MAX);
    memcpy(server->token, token, length + 1);
    return true;
}

/* The kept socket of that name, if there is one. */
static bool take_kept(struct http_sockets *kept, struct slice name, struct listen_socket *to)
{
    for (size_t i = 0; kept != NULL && i < kept->count; i++) {
        struct http_kept_socket *one = &kept->sockets[i];
        if (!slice_eq(buf_slice(&one->name), name))
            continue;
        *to = one->socket;
        buf_done(&one->name);
        *one = kept->sockets[--kept->count];
        return true;
    }
    return false;
}

static bool open_door(struct http_server *server, const struct http_listener *listener,
                      size_t connections_most, struct err *err)
{
    struct http_door *door = &server->doors[server->door_count];
    struct buf *name = &server->door_names[server->door_count];
    buf_addf(name, "%s %s", listener->address, listener->group ? listener->group : "");
    if (!take_kept(server->kept, buf_slice(name), &door->socket) &&
        !listen_socket_open(&door->socket, listener->address, listener->group, err))
        return false;
    server->door_count++;
    door->write = listener->write;
    door->check_host = listener->check_host;
    door->hosts = listener->hosts;
    door->host_count = listener->host_count;
    size_t wanted = listener->connections_max;
    if (wanted == 0)
        wanted = door->socket.is_unix ? 256 : 2048;
    door->connections_max = wanted < connections_most ? wanted : connections_most;
    return true;
}

static bool open_doors(struct http_server *server, const struct http_listener *listeners,
                       size_t wanted, struct err *err)
{
    size_t descriptors = fd_limit_raise();
    size_t each = descriptors > FDS_FOR_OTHERS ? (descriptors - FDS_FOR_OTHERS) / wanted : 0;
    if (each < DOOR_CONNECTIONS_MIN)
        return err_set(err, ERR_LIMIT,
                       "this process may open only %zu files: raise LimitNOFILE (ulimit -n)",
                       descriptors);
    for (size_t i = 0; i < wanted; i++)
        if (!open_door(server, &listeners[i], each, err))
            return false;
    return true;
}

static bool start_library(struct http_server *server, struct err *err)
{
    unsigned most = 0;
    for (size_t i = 0; i < server->door_count; i++)
        most += (unsigned)server->doors[i].connections_max;
    /* One more a door: who gives way is still there when the new one comes in. */
    most += (unsigned)server->door_count * ACCEPTS_A_ROUND;
    server->daemon = MHD_start_daemon(
        MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, on_step,
        server, MHD_OPTION_CONNECTION_LIMIT, most, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        server->limits.head_bytes + ANSWER_HEAD_BYTES, MHD_OPTION_NOTIFY_COMPLETED, on_completed,
        server, MHD_OPTION_NOTIFY_CONNECTION, on_connection, server, MHD_OPTION_URI_LOG_CALLBACK,
        http_exchange_begin, server, MHD_OPTION_STRICT_FOR_CLIENT, 1,
        MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1, MHD_OPTION_END);
    const union MHD_DaemonInfo *info =
        server->daemon ? MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD) : NULL;
    if (info == NULL)
        return err_set(err, ERR_LIBRARY, "libmicrohttpd does not start");
    server->daemon_fd = info->epoll_fd;
    return true;
}

static bool start_thread(struct http_server *server, struct err *err)
{
    server->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (server->wake < 0)
        return err_set_errno(err, errno, "cannot make an event descriptor");
    server->workers = job_pool_start(server->limits.workers, server->limits.slow_max, err);
    if (server->workers == NULL || !start_library(server, err))
        return false;
    int code = thread_start(&server->thread, server_thread, server);
    server->running = code == 0;
    return code == 0 || err_set_errno(err, code, "cannot start the web thread");
}

struct http_server *http_server_start(const struct http_server_options *options,
                                      const struct http_listener *listeners, size_t count,
                                      struct err *err)
{
    ASSERT(count > 0 && count <= HTTP_LISTENERS_MAX);
    struct http_server *server = MEM_NEW(struct http_server);
    server->routes = options->routes;
    server->route_count = options->route_count;
    server->context = options->context;
    server->limits = options->limits;
    server->wake = -1;
    fill_limits(&server->limits);
    server->kept = options->kept;
    memcpy(server->signature, options->signature, sizeof(server->signature));
    server->numbers = options->numbers;
    if (server->numbers == NULL) {
        http_numbers_init(&server->own_numbers, NULL);
        server->numbers = &server->own_numbers;
    }
    if (take_token(server, options->token, err) && open_doors(server, listeners, count, err) &&
        start_thread(server, err))
        return server;
    if (options->kept != NULL)
        http_server_stop_keeping(server, options->kept);
    else
        http_server_stop(server);
    return NULL;
}

static void end_thread(struct http_server *server)
{
    uint64_t one = 1;
    atomic_store(&server->stopping, true);
    if (server->running) {
        server->running = false;
        while (write(server->wake, &one, sizeof(one)) < 0 && errno == EINTR)
            continue;
        pthread_join(server->thread, NULL);
    }
}

static void keep_door(struct http_server *server, size_t i, struct http_sockets *kept)
{
    ASSERT(kept->count < HTTP_LISTENERS_MAX);
    kept->sockets[kept->count++] =
        (struct http_kept_socket){.name = server->door_names[i], .socket = server->doors[i].socket};
    server->door_names[i] = (struct buf){0};
    server->doors[i].socket.fd = -1;
}

void http_server_stop_keeping(struct http_server *server, struct http_sockets *kept)
{
    if (server == NULL)
        return;
    server->keeps = true;
    end_thread(server);
    for (size_t i = 0; i < server->door_count; i++)
        keep_door(server, i, kept);
    http_server_stop(server);
}

void http_sockets_close(struct http_sockets *kept)
{
    for (size_t i = 0; i < kept->count; i++) {
        listen_socket_close(&kept->sockets[i].socket);
        buf_done(&kept->sockets[i].name);
    }
    kept->count = 0;
}

void http_server_stop(struct http_server *server)
{
    if (server == NULL)
        return;
    end_thread(server);
    for (size_t i = 0; i < server->door_count; i++)
        listen_socket_close(&server->doors[i].socket);
    for (size_t i = 0; i < HTTP_LISTENERS_MAX; i++)
        buf_done(&server->door_names[i]);
    if (server->daemon)
        MHD_stop_daemon(server->daemon);
    job_pool_free(server->workers);
    http_connections_done(&server->connections);
    http_numbers_done(&server->own_numbers);
    if (server->wake >= 0)
        close(server->wake);
    mem_free(server);
}

uint16_t http_server_port(const struct http_server *server, size_t i)
{
    ASSERT(i < server->door_count);
    return server->doors[i].socket.port;
}

struct http_server_counts http_server_counts(const struct http_server *server)
{
    return http_numbers_read(server->numbers);
}
