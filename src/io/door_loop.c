/* SPDX-License-Identifier: Apache-2.0
 *
 * See door_loop.h. A loop of libuv, the listeners on it, and what the owner's thread does and sees.
 * Descriptors that the owner may shut down (shutdown(2), never close) stand under a lock.
 */
#include "io/door_loop.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include <uv.h>

#include "base/buf.h"
#include "base/memory.h"
#include "io/clock.h"
#include "io/listen_socket.h"
#include "io/thread.h"

enum { TICK_MS = 200, TICKS_A_SECOND = 5, ACCEPTS_A_ROUND = 64 };

static const int64_t UNFED_US = 5000000, STALLED_US = 2000000;

/* Where it listens. */
struct door {
    struct door_loop *loop;
    struct buf address;
    uv_poll_t *poll;             /* NULL: does not listen */
    struct listen_socket socket; /* guarded by the lock, as what follows */
    struct err fault;
};

struct door_loop {
    struct door_loop_options options;
    struct buf group;
    pthread_t thread;
    bool runs;                             /* the owner's: there is a thread */
    atomic_int_fast64_t fed_us, turned_us; /* steady clock */

    /* The thread only. */
    uv_loop_t loop;
    uv_async_t wake;
    uv_timer_t timer;
    struct door doors[DOOR_ADDRESSES_MAX];
    size_t door_count;
    bool begun;   /* calls->begin was called and calls->end was not */
    int spare_fd; /* given up for a moment to turn somebody away; -1: none */
    unsigned ticks;

    pthread_mutex_t lock; /* guards what follows */
    int *fds;             /* of connections, by slot; -1: none */
    bool cut, stopping;
    struct door_counts counts; /* but for the fault */
};

/* ---- the listeners ---- */

static void close_socket(struct door *door)
{
    pthread_mutex_lock(&door->loop->lock);
    listen_socket_close(&door->socket);
    pthread_mutex_unlock(&door->loop->lock);
}

/* Of a handle whose data is all of its memory. */
static void free_handle(uv_handle_t *handle)
{
    mem_free(handle->data);
}

static void end_door(struct door *door)
{
    if (door->poll == NULL)
        return;
    uv_close((uv_handle_t *)door->poll, free_handle);
    door->poll = NULL;
    close_socket(door);
}

/* Without a descriptor nobody can be accepted, and who waits would wake the loop for ever: one that
 * was kept for this is given up for a moment. */
static bool turn_one_away(struct door_loop *loop, int listener)
{
    if (loop->spare_fd < 0)
        return false;
    close(loop->spare_fd);
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    if (fd >= 0) {
        close(fd);
        door_loop_refused(loop);
    }
    loop->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    return fd >= 0;
}

/* False: nobody waits any more. */
static bool let_one_in(struct door *door)
{
    struct door_loop *loop = door->loop;
    struct sockaddr_storage from = {0};
    socklen_t length = sizeof(from);
    int fd =
        accept4(door->socket.fd, (struct sockaddr *)&from, &length, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd >= 0) {
        loop->options.calls->let_in(loop->options.data, fd, &from, length);
        return true;
    }
    if (errno == EMFILE || errno == ENFILE)
        return turn_one_away(loop, door->socket.fd);
    return errno == ECONNABORTED || errno == EINTR;
}

/* poll->data is the memory of the handle, freed with it: a new one may be in its place by then. */
struct door_poll {
    uv_poll_t poll;
    struct door *door;
};

static void on_door(uv_poll_t *poll, int status, int events)
{
    struct door *door = ((struct door_poll *)poll->data)->door;
    (void)status;
    (void)events;
    for (int i = 0; i < ACCEPTS_A_ROUND && let_one_in(door); i++) {
    }
}

static bool watch_door(struct door *door, struct err *err)
{
    struct door_poll *watched = MEM_NEW(struct door_poll);
    int code = uv_poll_init(&door->loop->loop, &watched->poll, door->socket.fd);
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

static bool open_door(struct door *door, struct err *err)
{
    struct door_loop *loop = door->loop;
    pthread_mutex_lock(&loop->lock);
    bool open = listen_socket_open(&door->socket, buf_str(&door->address),
                                   loop->group.len > 0 ? buf_str(&loop->group) : NULL, err);
    pthread_mutex_unlock(&loop->lock);
    if (open && watch_door(door, err))
        return true;
    close_socket(door);
    return false;
}

static void end_doors(struct door_loop *loop)
{
    for (size_t i = 0; i < loop->door_count; i++)
        end_door(&loop->doors[i]);
}

static bool open_doors(struct door_loop *loop, struct err *err)
{
    for (size_t i = 0; i < loop->door_count; i++)
        if (!open_door(&loop->doors[i], err))
            return false;
    return true;
}

static void open_again(struct door *door)
{
    struct err err = {0};
    end_door(door);
    (void)open_door(door, &err);
    pthread_mutex_lock(&door->loop->lock);
    door->fault = err;
    pthread_mutex_unlock(&door->loop->lock);
}

/* After the owner has cut everything off. */
static void begin_again(struct door_loop *loop)
{
    loop->options.calls->end_connections(loop->options.data);
    for (size_t i = 0; i < loop->door_count; i++)
        open_again(&loop->doors[i]);
    pthread_mutex_lock(&loop->lock);
    loop->cut = false; /* only now: it answers again */
    pthread_mutex_unlock(&loop->lock);
}

static void open_what_is_lost(struct door_loop *loop)
{
    for (size_t i = 0; i < loop->door_count; i++)
        if (loop->doors[i].poll == NULL || !listen_socket_is_found(&loop->doors[i].socket))
            open_again(&loop->doors[i]);
}

/* ---- the loop ---- */

/* Whether the owner has cut the loop off. */
static bool is_cut(struct door_loop *loop)
{
    pthread_mutex_lock(&loop->lock);
    bool cut = loop->cut;
    pthread_mutex_unlock(&loop->lock);
    return cut;
}

static void on_tick(uv_timer_t *timer)
{
    struct door_loop *loop = timer->data;
    int64_t now_us = clock_steady_us();
    atomic_store(&loop->turned_us, now_us);
    if (is_cut(loop))
        begin_again(loop);
    else if (++loop->ticks % TICKS_A_SECOND == 0)
        open_what_is_lost(loop);
    loop->options.calls->tick(loop->options.data, now_us);
}

static void on_wake(uv_async_t *wake)
{
    struct door_loop *loop = wake->data;
    pthread_mutex_lock(&loop->lock);
    bool stopping = loop->stopping;
    pthread_mutex_unlock(&loop->lock);
    if (!stopping || uv_is_closing((uv_handle_t *)wake))
        return;
    end_doors(loop);
    if (loop->begun) {
        loop->options.calls->end_connections(loop->options.data);
        loop->options.calls->end(loop->options.data);
    }
    loop->begun = false;
    uv_close((uv_handle_t *)&loop->timer, NULL);
    uv_close((uv_handle_t *)wake, NULL);
}

static void *run(void *data)
{
    struct door_loop *loop = data;
    uv_timer_start(&loop->timer, on_tick, TICK_MS, TICK_MS);
    loop->begun = true;
    loop->options.calls->begin(loop->options.data, &loop->loop);
    uv_run(&loop->loop, UV_RUN_DEFAULT);
    return NULL;
}

/* ---- life ---- */

static void add_doors(struct door_loop *loop)
{
    const struct door_loop_options *options = &loop->options;
    ASSERT(options->address_count > 0 && options->address_count <= DOOR_ADDRESSES_MAX);
    for (size_t i = 0; i < options->address_count; i++) {
        struct door *door = &loop->doors[loop->door_count++];
        door->loop = loop;
        door->socket.fd = -1;
        buf_add_str(&door->address, options->addresses[i]);
    }
    /* Theirs, and copied. */
    loop->options.addresses = NULL;
    loop->options.group = NULL;
}

static struct door_loop *loop_new(const struct door_loop_options *options)
{
    struct door_loop *loop = MEM_NEW(struct door_loop);
    int64_t now_us = clock_steady_us();
    loop->options = *options;
    if (loop->options.unfed_us == 0)
        loop->options.unfed_us = UNFED_US;
    if (loop->options.stalled_us == 0)
        loop->options.stalled_us = STALLED_US;
    buf_add_str(&loop->group, options->group);
    atomic_init(&loop->fed_us, now_us);
    atomic_init(&loop->turned_us, now_us);
    pthread_mutex_init(&loop->lock, NULL);
    loop->fds = MEM_NEW_ARRAY(int, options->connections_max);
    for (size_t i = 0; i < options->connections_max; i++)
        loop->fds[i] = -1;
    loop->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    add_doors(loop);
    return loop;
}

static void free_memory(struct door_loop *loop)
{
    pthread_mutex_destroy(&loop->lock);
    for (size_t i = 0; i < loop->door_count; i++)
        buf_done(&loop->doors[i].address);
    buf_done(&loop->group);
    if (loop->spare_fd >= 0)
        close(loop->spare_fd);
    mem_free(loop->fds);
    mem_free(loop);
}

static bool init_loop(struct door_loop *loop)
{
    if (uv_loop_init(&loop->loop) != 0)
        return false;
    if (uv_async_init(&loop->loop, &loop->wake, on_wake) != 0) {
        uv_loop_close(&loop->loop);
        return false;
    }
    uv_timer_init(&loop->loop, &loop->timer);
    loop->wake.data = loop->timer.data = loop;
    return true;
}

struct door_loop *door_loop_new(const struct door_loop_options *options, struct err *err)
{
    struct door_loop *loop = loop_new(options);
    if (!init_loop(loop)) {
        err_set(err, ERR_IO, "cannot make a loop (raise LimitNOFILE)");
        free_memory(loop);
        return NULL;
    }
    if (open_doors(loop, err))
        return loop;
    door_loop_free(loop);
    return NULL;
}

bool door_loop_run(struct door_loop *loop, struct err *err)
{
    loop->runs = thread_start(&loop->thread, run, loop) == 0;
    return loop->runs ||
           err_set(err, ERR_IO, "cannot start the thread that answers (raise TasksMax)");
}

void door_loop_free(struct door_loop *loop)
{
    if (loop == NULL)
        return;
    pthread_mutex_lock(&loop->lock);
    loop->stopping = true;
    pthread_mutex_unlock(&loop->lock);
    uv_async_send(&loop->wake);
    if (loop->runs)
        pthread_join(loop->thread, NULL);
    else
        uv_run(&loop->loop, UV_RUN_DEFAULT);
    int code = uv_loop_close(&loop->loop);
    ASSERT(code == 0);
    free_memory(loop);
}

/* ---- connections ---- */

void door_loop_hold(struct door_loop *loop, size_t slot, int fd)
{
    pthread_mutex_lock(&loop->lock);
    loop->fds[slot] = fd;
    loop->counts.open++;
    loop->counts.connections++;
    pthread_mutex_unlock(&loop->lock);
}

void door_loop_let_go(struct door_loop *loop, size_t slot)
{
    pthread_mutex_lock(&loop->lock);
    loop->fds[slot] = -1;
    loop->counts.open--;
    pthread_mutex_unlock(&loop->lock);
}

void door_loop_refused(struct door_loop *loop)
{
    pthread_mutex_lock(&loop->lock);
    loop->counts.refused++;
    pthread_mutex_unlock(&loop->lock);
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

static void cut_off(struct door_loop *loop)
{
    pthread_mutex_lock(&loop->lock);
    if (!loop->cut) {
        for (size_t i = 0; i < loop->door_count; i++)
            shut(loop->doors[i].socket.fd);
        for (size_t i = 0; i < loop->options.connections_max; i++)
            if (loop->fds[i] >= 0)
                (void)shutdown(loop->fds[i], SHUT_RDWR);
        loop->cut = true;
        loop->counts.cut_off++;
    }
    pthread_mutex_unlock(&loop->lock);
}

/* Of the first listener that has one; else of any, that is none. Under the lock. */
static const struct err *fault_of(const struct door_loop *loop)
{
    size_t i = 0;
    while (i + 1 < loop->door_count && loop->doors[i].fault.code == ERR_NONE)
        i++;
    return &loop->doors[i].fault;
}

bool door_loop_feed(struct door_loop *loop)
{
    int64_t now_us = clock_steady_us();
    atomic_store(&loop->fed_us, now_us);
    if (now_us - atomic_load(&loop->turned_us) > loop->options.stalled_us) {
        cut_off(loop);
        return false;
    }
    pthread_mutex_lock(&loop->lock);
    bool answers = !loop->cut && fault_of(loop)->code == ERR_NONE;
    pthread_mutex_unlock(&loop->lock);
    return answers;
}

bool door_loop_is_fed(struct door_loop *loop, int64_t now_us)
{
    return now_us - atomic_load(&loop->fed_us) <= loop->options.unfed_us;
}

void door_loop_counts(struct door_loop *loop, struct door_counts *out)
{
    pthread_mutex_lock(&loop->lock);
    *out = loop->counts;
    out->fault = *fault_of(loop);
    pthread_mutex_unlock(&loop->lock);
}
