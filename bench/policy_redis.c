/* SPDX-License-Identifier: Apache-2.0
 *
 * redis-policy: the yardstick of limits that are shared. A policy server as one writes it in an
 * afternoon: 16 threads, each with a connection of its own to Redis; for each request the counters
 * of its login are read (GET), compared, and raised (INCRBY, and EXPIRE of a new one). Those of all
 * windows go out together, so a request costs two round trips however many there are.
 *
 * It is not exact: two may read the same number before either has raised it. It relies on a peer
 * that sends one request and waits, as Postfix does.
 */
#include <errno.h>
#include <hiredis/hiredis.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/slice.h"
#include "io/listen_socket.h"
#include "mail/policy_request.h"

enum { WORKERS = 16, EVENTS = 64, READ_BYTES = 16 * 1024, KEY_BYTES = 256, WINDOWS_MAX = 3 };

struct window {
    const char *name;
    long long seconds, most;
};

/* As bench/policy has them. */
static const struct window windows[WINDOWS_MAX] = {
    {"m", 60, 100000}, {"h", 3600, 500000}, {"d", 86400, 2000000}};

struct worker {
    pthread_t thread;
    int epoll;
    redisContext *redis;
    size_t windows; /* how many of them */
    char keys[WINDOWS_MAX][KEY_BYTES];
};

/* ---- Redis ---- */

static void fail(const char *what, const char *why)
{
    fprintf(stderr, "redis-policy: %s: %s\n", what, why);
    exit(3);
}

/* The next answer, as a number; nothing there is 0. */
static long long hear(struct worker *worker)
{
    void *answer;
    if (redisGetReply(worker->redis, &answer) != REDIS_OK)
        fail("Redis", worker->redis->errstr);
    redisReply *reply = answer;
    long long number = reply->integer;
    if (reply->type == REDIS_REPLY_ERROR)
        fail("Redis", reply->str);
    if (reply->type == REDIS_REPLY_STRING)
        number = strtoll(reply->str, NULL, 10);
    freeReplyObject(reply);
    return number;
}

static bool has_room(struct worker *worker, const struct policy_request *request)
{
    long long now = (long long)time(NULL);
    bool room = true;
    for (size_t i = 0; i < worker->windows; i++) {
        snprintf(worker->keys[i], KEY_BYTES, "%.*s:%s:%lld", SLICE_ARG(request->sasl_username),
                 windows[i].name, now / windows[i].seconds);
        redisAppendCommand(worker->redis, "GET %s", worker->keys[i]);
    }
    for (size_t i = 0; i < worker->windows; i++)
        room = hear(worker) + request->recipient_count <= windows[i].most && room;
    return room;
}

static void count(struct worker *worker, const struct policy_request *request)
{
    bool begun[WINDOWS_MAX];
    for (size_t i = 0; i < worker->windows; i++)
        redisAppendCommand(worker->redis, "INCRBY %s %u", worker->keys[i],
                           (unsigned)request->recipient_count);
    for (size_t i = 0; i < worker->windows; i++)
        begun[i] = hear(worker) == request->recipient_count;
    for (size_t i = 0; i < worker->windows; i++)
        if (begun[i])
            redisAppendCommand(worker->redis, "EXPIRE %s %lld", worker->keys[i],
                               windows[i].seconds);
    for (size_t i = 0; i < worker->windows; i++)
        if (begun[i])
            (void)hear(worker);
}

/* ---- Postfix ---- */

static void answer(struct worker *worker, int fd)
{
    static const char dunno[] = "action=DUNNO\n\n", defer[] = "action=450 4.7.1 limit\n\n";
    char bytes[READ_BYTES];
    struct policy_request request;
    const char *why;
    ssize_t got = recv(fd, bytes, sizeof(bytes), 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    struct slice input = slice_of(bytes, got > 0 ? (size_t)got : 0);
    if (got <= 0 || policy_request_take(&input, &request, &why) != POLICY_WHOLE) {
        close(fd);
        return;
    }
    bool room = has_room(worker, &request);
    if (room)
        count(worker, &request);
    (void)send(fd, room ? dunno : defer, room ? sizeof(dunno) - 1 : sizeof(defer) - 1,
               MSG_NOSIGNAL);
}

static void *work(void *context)
{
    struct worker *worker = context;
    struct epoll_event events[EVENTS];
    for (;;) {
        int ready = epoll_wait(worker->epoll, events, EVENTS, -1);
        for (int i = 0; i < ready; i++)
            answer(worker, events[i].data.fd);
    }
    return NULL;
}

static void begin(struct worker *worker, int port, size_t count)
{
    worker->windows = count;
    worker->epoll = epoll_create1(EPOLL_CLOEXEC);
    worker->redis = redisConnect("127.0.0.1", port);
    if (worker->epoll < 0 || worker->redis == NULL || worker->redis->err != 0)
        fail("cannot begin", worker->redis != NULL ? worker->redis->errstr : strerror(errno));
    if (pthread_create(&worker->thread, NULL, work, worker) != 0)
        fail("cannot begin", "no thread");
}

int main(int argc, char **argv)
{
    static struct worker workers[WORKERS];
    struct listen_socket listener;
    struct err err;
    uint64_t port, wanted;
    if (argc != 4 || !slice_to_u64(slice_from_str(argv[2]), UINT16_MAX, &port) ||
        !slice_to_u64(slice_from_str(argv[3]), WINDOWS_MAX, &wanted) || wanted == 0) {
        fprintf(stderr, "usage: redis-policy ADDRESS PORT-OF-REDIS WINDOWS\n");
        return 2;
    }
    if (!listen_socket_open(&listener, argv[1], NULL, &err))
        fail(argv[1], err.text);
    for (size_t i = 0; i < WORKERS; i++)
        begin(&workers[i], (int)port, (size_t)wanted);
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN};
    if (epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, listener.fd, &event) != 0)
        fail("epoll", strerror(errno));
    for (size_t next = 0; epoll_wait(epoll, &event, 1, -1) >= 0 || errno == EINTR; next++) {
        int fd = accept4(listener.fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        struct epoll_event asks = {.events = EPOLLIN, .data.fd = fd};
        if (fd >= 0)
            (void)epoll_ctl(workers[next % WORKERS].epoll, EPOLL_CTL_ADD, fd, &asks);
    }
    return 3;
}
