/* SPDX-License-Identifier: Apache-2.0
 *
 * quota-servers: many mailbox servers' quota-status at once, as far as a proxy can tell: each takes
 * one question after the other, over however many connections they come, and needs --service-us for
 * it (Dovecot 2.3 answers 490 to 590 a second, and more connections do not make it faster). A
 * silent one accepts and never answers.
 *
 * Prints its ports at the start, one JSON line; at SIGTERM another one: per server the most
 * connections at a time, and the questions.
 */
#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/slice.h"
#include "dial.h"

enum { EVENTS = 256, SERVERS_MAX = 64, LINKS_MAX = 8192, QUESTION_MAX = 4096, WAITING_MAX = 65536 };

struct link {
    struct link *next_free;
    uint32_t serial; /* of the connection: no answer outlives it */
    int fd, server;
    size_t len;
    char question[QUESTION_MAX]; /* not whole yet */
};

struct waiting {
    struct link *link;
    uint32_t serial;
    int64_t due_ns;
};

struct server {
    int fd;
    bool silent;
    int64_t free_ns;
    struct waiting *waiting; /* a ring of WAITING_MAX, first to last */
    uint64_t first, last, questions;
    unsigned connections, most;
};

struct servers {
    struct server all[SERVERS_MAX];
    struct link links[LINKS_MAX], *free_links;
    uint64_t count, service_us, silent;
    int epoll;
};

static struct servers servers = {.count = 20, .service_us = 1800, .silent = SERVERS_MAX};
static volatile sig_atomic_t over;

static void on_end(int number)
{
    (void)number;
    over = 1;
}

/* ---- connections ---- */

static void let_in(struct server *server)
{
    int one = 1, fd = accept4(server->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    struct link *link = servers.free_links;
    if (fd >= 0 && link == NULL)
        close(fd);
    if (fd < 0 || link == NULL)
        return;
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = link};
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    servers.free_links = link->next_free;
    link->fd = fd;
    link->len = 0;
    link->serial++;
    link->server = (int)(server - servers.all);
    (void)epoll_ctl(servers.epoll, EPOLL_CTL_ADD, fd, &event);
    if (++server->connections > server->most)
        server->most = server->connections;
}

static void end(struct link *link)
{
    close(link->fd);
    link->fd = -1;
    link->serial++;
    servers.all[link->server].connections--;
    link->next_free = servers.free_links;
    servers.free_links = link;
}

static void take_question(struct link *link, int64_t now)
{
    struct server *server = &servers.all[link->server];
    server->questions++;
    if (server->silent || server->last - server->first == WAITING_MAX)
        return;
    int64_t begin = server->free_ns > now ? server->free_ns : now;
    server->free_ns = begin + (int64_t)servers.service_us * 1000;
    server->waiting[server->last++ % WAITING_MAX] =
        (struct waiting){link, link->serial, server->free_ns};
}

static void hear(struct link *link, int64_t now)
{
    ssize_t got = recv(link->fd, link->question + link->len, QUESTION_MAX - link->len, 0);
    if (got <= 0) {
        if (got == 0 || errno != EAGAIN)
            end(link);
        return;
    }
    link->len += (size_t)got;
    struct slice rest = slice_of(link->question, link->len);
    for (const char *blank; (blank = slice_find(rest, SLICE("\n\n"))) != NULL;) {
        rest = slice_between(blank + 2, rest.ptr + rest.len);
        take_question(link, now);
    }
    memmove(link->question, rest.ptr, rest.len);
    link->len = rest.len;
    if (link->len == QUESTION_MAX)
        end(link);
}

/* ---- answers ---- */

/* Sends what is due; when the next one is, or INT64_MAX. */
static int64_t answer(struct server *server, int64_t now)
{
    static const char text[] = "action=DUNNO\n\n";
    while (server->first < server->last) {
        const struct waiting *next = &server->waiting[server->first % WAITING_MAX];
        if (next->due_ns > now)
            return next->due_ns;
        if (next->link->serial == next->serial)
            (void)send(next->link->fd, text, sizeof(text) - 1, MSG_NOSIGNAL);
        server->first++;
    }
    return INT64_MAX;
}

static int64_t answer_all(int64_t now)
{
    int64_t next = INT64_MAX;
    for (uint64_t i = 0; i < servers.count; i++) {
        int64_t due = answer(&servers.all[i], now);
        next = due < next ? due : next;
    }
    return next;
}

static void run(void)
{
    struct epoll_event events[EVENTS];
    while (!over) {
        int64_t next = answer_all(now_ns()), now = now_ns();
        int64_t wait_ns = next == INT64_MAX ? 100000000 : next > now ? next - now : 0;
        const struct timespec wait = {wait_ns / 1000000000, wait_ns % 1000000000};
        int ready = epoll_pwait2(servers.epoll, events, EVENTS, &wait, NULL);
        now = now_ns();
        for (int i = 0; i < ready; i++) {
            void *of = events[i].data.ptr;
            bool is_door = (char *)of >= (char *)servers.all &&
                           (char *)of < (char *)(servers.all + SERVERS_MAX);
            if (is_door)
                let_in(of);
            else
                hear(of, now);
        }
    }
}

/* ---- life ---- */

static bool listen_at(struct server *server, unsigned *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof(address);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = server};
    server->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    server->waiting = MEM_NEW_ARRAY(struct waiting, WAITING_MAX);
    if (server->fd < 0 || bind(server->fd, (const struct sockaddr *)&address, length) != 0 ||
        listen(server->fd, 512) != 0 ||
        getsockname(server->fd, (struct sockaddr *)&address, &length) != 0 ||
        epoll_ctl(servers.epoll, EPOLL_CTL_ADD, server->fd, &event) != 0)
        return false;
    *port = ntohs(address.sin_port);
    return true;
}

static bool begin(void)
{
    servers.epoll = epoll_create1(EPOLL_CLOEXEC);
    for (size_t i = 0; i < LINKS_MAX; i++) {
        servers.links[i].next_free = servers.free_links;
        servers.free_links = &servers.links[i];
    }
    printf("{\"ports\": [");
    for (uint64_t i = 0; i < servers.count; i++) {
        unsigned port;
        if (!listen_at(&servers.all[i], &port))
            return false;
        servers.all[i].silent = i == servers.silent;
        printf("%s%u", i > 0 ? ", " : "", port);
    }
    printf("]}\n");
    fflush(stdout);
    return true;
}

static void print_counts(void)
{
    printf("{\"servers\": [");
    for (uint64_t i = 0; i < servers.count; i++)
        printf("%s{\"most_connections\": %u, \"questions\": %llu}", i > 0 ? ", " : "",
               servers.all[i].most, (unsigned long long)servers.all[i].questions);
    printf("]}\n");
}

static bool take_option(int option)
{
    struct slice text = slice_from_str(optarg ? optarg : "");
    switch (option) {
    case 'c':
        return slice_to_u64(text, SERVERS_MAX, &servers.count) && servers.count > 0;
    case 's':
        return slice_to_u64(text, 10000000, &servers.service_us);
    case 'n':
        return slice_to_u64(text, SERVERS_MAX - 1, &servers.silent);
    default:
        return false;
    }
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"count", required_argument, NULL, 'c'},
        {"service-us", required_argument, NULL, 's'},
        {"silent", required_argument, NULL, 'n'},
        {0},
    };
    const struct sigaction ending = {.sa_handler = on_end};
    int option;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (take_option(option))
            continue;
        fprintf(stderr, "usage: quota-servers [--count N] [--service-us N] [--silent NUMBER]\n");
        return 2;
    }
    sigaction(SIGTERM, &ending, NULL);
    sigaction(SIGINT, &ending, NULL);
    if (!begin()) {
        perror("quota-servers");
        return 3;
    }
    run();
    print_counts();
    return 0;
}
