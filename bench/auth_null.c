/* SPDX-License-Identifier: Apache-2.0
 *
 * null-auth: the yardstick of bench/auth. It lets everybody in without looking at what is asked:
 * epoll, one thread, one read, one write and a close a connection, nothing else. What a real one
 * costs more is what its answers cost.
 *
 * It relies on a peer that sends its question at once, as nginx does: a read that ends with an
 * empty line is the end of one.
 */
#include <errno.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/slice.h"
#include "io/listen_socket.h"

enum { EVENTS = 512, READ_BYTES = 16 * 1024 };

static const char answer[] = "HTTP/1.1 200 OK\r\nAuth-Status: OK\r\nAuth-Server: 127.0.0.1\r\n"
                             "Auth-Port: 143\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";

/* False: there is no whole question yet. */
static bool was_answered(int fd)
{
    static char bytes[READ_BYTES];
    ssize_t got = recv(fd, bytes, sizeof(bytes), 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return false;
    if (got > 0 && !slice_ends_with(slice_of(bytes, (size_t)got), SLICE("\r\n\r\n")))
        return false;
    if (got > 0)
        (void)send(fd, answer, sizeof(answer) - 1, MSG_NOSIGNAL);
    close(fd);
    return true;
}

static void let_in(int epoll, int listener)
{
    int fd;
    while ((fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0) {
        struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
        if (!was_answered(fd))
            (void)epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
    }
}

int main(int argc, char **argv)
{
    struct listen_socket listener;
    struct err err;
    if (argc != 2 || !listen_socket_open(&listener, argv[1], NULL, &err)) {
        fprintf(stderr, "null-auth: %s\n", argc != 2 ? "usage: null-auth ADDRESS" : err.text);
        return argc != 2 ? 2 : 3;
    }
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener.fd}, events[EVENTS];
    if (epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, listener.fd, &event) != 0) {
        perror("null-auth: epoll");
        return 3;
    }
    for (;;) {
        int ready = epoll_wait(epoll, events, EVENTS, -1);
        for (int i = 0; i < ready; i++) {
            if (events[i].data.fd == listener.fd)
                let_in(epoll, listener.fd);
            else
                (void)was_answered(events[i].data.fd);
        }
    }
}
