/* SPDX-License-Identifier: Apache-2.0
 *
 * See answer_server.h. A loop of libuv, the listeners on it, and what the owner's thread does and
 * sees.
 */
#include "io/answer_server_private.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/memory.h"
#include "io/clock.h"
#include "io/socket_address.h"

enum { TICK_MS = 200, TICKS_A_SECOND = 5, ACCEPTS_A_ROUND = 64 };

static const int64_t UNFED_US = 5000000, STALLED_US = 2000000;

/* ---- the listeners ---- */

static void close_socket(struct answer_door *door)
{
    pthread_mutex_lock(&door->server->lock);
    listen_socket_close(&door->socket);
    pthread_mutex_unlock(&door->server->lock);
}

static void end_door(struct answer_door *door)
{
    if (door->poll == NULL)
        return;
    uv_close((uv_handle_t *)door->poll, answer_free_handle);
    door->poll = NULL;
    close_socket(door);
}

/* Without a descriptor nobody can be accepted, and who waits would wake the loop for ever: one that
 * was kept for this is given up for a moment. */
static bool turn_one_away(struct answer_server *server, int listener)
{
    if (server->spare_fd < 0)
        return false;
    close(server->spare_fd);
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    if (fd >= 0) {
        close(fd);
        answer_count(server, &server->counts.refused);
    }
    server->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    return fd >= 0;
}

/* False: nobody waits any more. */
static bool let_one_in(struct answer_door *door)
{
    struct sockaddr_storage from = {0};
    socklen_t length = sizeof(from);
    int fd =
        accept4(door->socket.fd, (struct sockaddr *)&from, &length, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd >= 0) {
        const struct answer_peer peer = {.ip = socket_address_ip((const struct sockaddr *)&from)};
        answer_connection_let_in(door->server, fd, &peer);
        return true;
    }
    if (errno == EMFILE || errno == ENFILE)
        return turn_one_away(door->server, door->socket.fd);
    return errno == ECONNABORTED || errno == EINTR;
}

/* poll->data is the memory of the handle, freed with it: a new one may be in its place by then. */
struct door_poll {
    uv_poll_t poll;
    struct answer_door *door;
};

static void on_door(uv_poll_t *poll, int status, int events)
{
    struct answer_door *door = ((struct door_poll *)poll->data)->door;
    (void)status;
    (void)events;
    for (int i = 0; i < ACCEPTS_A_ROUND && let_one_in(door); i++) {
    }
}

static bool watch_door(struct answer_door *door, struct err *err)
{
    struct door_poll *watched = MEM_NEW(struct door_poll);
    int code = uv_poll_init(&door->server->loop, &watched->poll, door->socket.fd);
    if (code != 0) {
        mem_free(watched);
        return err_set(err, ERR_IO, "%s: cannot watch it: %s", buf_str(&door->address),
                       uv_strerror(code));
    }
    watched->door = door;
    watched->poll.data = watched;
    door->poll = &watched->poll;
    uv_poll_start(door->poll, UV_READABLE, on_door);
    return true;
}

static bool open_door(struct answer_door *door, struct err *err)
{
    struct answer_server *server = door->server;
    pthread_mutex_lock(&server->lock);
    bool open = listen_socket_open(&door->socket, buf_str(&door->address),
                                   server->group.len > 0 ? buf_str(&server->group) : NULL, err);
    pthread_mutex_unlock(&server->lock);
    if (open && watch_door(door, err))
        return true;
    close_socket(door);
    return false;
}

static void end_doors(struct answer_server *server)
{
    for (size_t i = 0; i < server->door_count; i++)
        end_door(&server->doors[i]);
}

static bool open_doors(struct answer_server *server, struct err *err)
{
    for (size_t i = 0; i < server->door_count; i++)
        if (!open_door(&server->doors[i], err))
            return false;
    return true;
}

static void open_again(struct answer_door *door)
{
    struct err err = {0};
    end_door(door);
    bool open = open_door(door, &err);
    pthread_mutex_lock(&door->server->lock);
    door->fault = open ? (struct err){0} : err;
    pthread_mutex_unlock(&door->server->lock);
}

/* After the owner has cut everything off. */
static void begin_again(struct answer_server *server)
{
    answer_connections_end(server);
    for (size_t i = 0; i < server->door_count; i++)
        open_again(&server->doors[i]);
    pthread_mutex_lock(&server->lock);
    server->cut = false; /* only now: it answers again */
    pthread_mutex_unlock(&server->lock);
}

static void open_what_is_lost(struct answer_server *server)
{
    for (size_t i = 0; i < server->door_count; i++)
        if (server->doors[i].poll == NULL || !listen_socket_is_found(&server->doors[i].socket))
            open_again(&server->doors[i]);
}

/* ---- the loop ---- */

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
    answer_connections_end_late(server, now_us);
    if (is_cut(server))
        begin_again(server);
    else if (++server->ticks % TICKS_A_SECOND == 0)
        open_what_is_lost(server);
    if (server->options.tick != NULL)
        server->options.tick(server->options.context);
}

static void on_wake(uv_async_t *wake)
{
    struct answer_server *server = wake->data;
    pthread_mutex_lock(&server->lock);
    bool stopping = server->stopping;
    pthread_mutex_unlock(&server->lock);
    if (!stopping || uv_is_closing((uv_handle_t *)wake))
        return;
    end_doors(server);
    answer_connections_end(server);
    if (server->begun && server->options.end != NULL)
        server->options.end(server->options.context);
    server->begun = false;
    uv_close((uv_handle_t *)&server->timer, NULL);
    uv_close((uv_handle_t *)wake, NULL);
}

static void *server_run(void *data)
{
    struct answer_server *server = data;
    uv_timer_start(&server->timer, on_tick, TICK_MS, TICK_MS);
    server->begun = true;
    if (server->options.begin != NULL)
        server->options.begin(server->options.context, &server->loop);
    uv_run(&server->loop, UV_RUN_DEFAULT);
    return NULL;
}

/* ---- life ---- */

static void add_doors(struct answer_server *server)
{
    const struct answer_server_options *options = &server->options;
    ASSERT(options->address_count > 0 && options->address_count <= ANSWER_ADDRESSES_MAX);
    for (size_t i = 0; i < options->address_count; i++) {
        struct answer_door *door = &server->doors[server->door_count++];
        door->server = server;
        door->socket.fd = -1;
        buf_add_str(&door->address, options->addresses[i]);
    }
}

static struct answer_server *server_new(const struct answer_server_options *options)
{
    struct answer_server *server = MEM_NEW(struct answer_server);
    int64_t now_us = clock_steady_us();
    server->options = *options;
    if (server->options.unfed_us == 0)
        server->options.unfed_us = UNFED_US;
    if (server->options.stalled_us == 0)
        server->options.stalled_us = STALLED_US;
    if (server->options.connections_max == 0)
        server->options.connections_max = ANSWER_CONNECTIONS;
    buf_add_str(&server->group, options->group);
    atomic_init(&server->fed_us, now_us);
    atomic_init(&server->turned_us, now_us);
    pthread_mutex_init(&server->lock, NULL);
    server->connections =
        MEM_NEW_ARRAY(struct answer_connection *, server->options.connections_max);
    server->fds = MEM_NEW_ARRAY(int, server->options.connections_max);
    for (size_t i = 0; i < server->options.connections_max; i++)
        server->fds[i] = -1;
    server->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    add_doors(server);
    return server;
}

static void server_free(struct answer_server *server)
{
    pthread_mutex_destroy(&server->lock);
    for (size_t i = 0; i < server->door_count; i++)
        buf_done(&server->doors[i].address);
    buf_done(&server->group);
    if (server->spare_fd >= 0)
        close(server->spare_fd);
    mem_free(server->connections);
    mem_free(server->fds);
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
    if (looped && open_doors(server, err)) {
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

static void shut(int listener)
{
    if (listener < 0)
        return;
    turn_away(listener);
    (void)shutdown(listener, SHUT_RDWR);
    turn_away(listener);
}

static void cut_off(struct answer_server *server)
{
    pthread_mutex_lock(&server->lock);
    if (!server->cut) {
        for (size_t i = 0; i < server->door_count; i++)
            shut(server->doors[i].socket.fd);
        for (size_t i = 0; i < server->options.connections_max; i++)
            if (server->fds[i] >= 0)
                (void)shutdown(server->fds[i], SHUT_RDWR);
        server->cut = true;
        server->counts.cut_off++;
    }
    pthread_mutex_unlock(&server->lock);
}

/* Of the first listener that has one; else of any, that is none. Under the lock. */
static const struct err *fault_of(const struct answer_server *server)
{
    size_t i = 0;
    while (i + 1 < server->door_count && server->doors[i].fault.code == ERR_NONE)
        i++;
    return &server->doors[i].fault;
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
    bool answers = !server->cut && fault_of(server)->code == ERR_NONE;
    pthread_mutex_unlock(&server->lock);
    return answers;
}

void answer_server_counts(struct answer_server *server, struct answer_counts *out)
{
    pthread_mutex_lock(&server->lock);
    *out = server->counts;
    out->fault = *fault_of(server);
    pthread_mutex_unlock(&server->lock);
}
