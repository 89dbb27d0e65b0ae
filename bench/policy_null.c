/* SPDX-License-Identifier: Apache-2.0
 *
 * null-policy: the yardstick of bench/policy. A policy server that answers DUNNO without looking at
 * what it is asked: epoll, one thread, one read and one write a request, nothing else. What a real
 * one costs more is what its answers cost.
 *
 * It relies on a peer that sends one request and waits, as Postfix does: a read that ends with an
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

static void let_in(int epoll, int listener)
{
    int fd;
    while ((fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0) {
        struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
        (void)epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
    }
}

static void answer(int fd)
{
    static char bytes[READ_BYTES];
    static const char dunno[] = "action=DUNNO\n\n";
    ssize_t got = recv(fd, bytes, sizeof(bytes), 0);
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) {
        close(fd);
        return;
    }
    if (got > 1 && bytes[got - 1] == '\n' && bytes[got - 2] == '\n')
        (void)send(fd, dunno, sizeof(dunno) - 1, MSG_NOSIGNAL);
}

int main(int argc, char **argv)
{
    struct listen_socket listener;
    struct err err;
    if (argc != 2 || !listen_socket_open(&listener, argv[1], NULL, &err)) {
        fprintf(stderr, "null-policy: %s\n", argc != 2 ? "usage: null-policy ADDRESS" : err.text);
        return argc != 2 ? 2 : 3;
    }
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener.fd}, events[EVENTS];
    if (epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, listener.fd, &event) != 0) {
        perror("null-policy: epoll");
        return 3;
    }
    for (;;) {
        int ready = epoll_wait(epoll, events, EVENTS, -1);
        for (int i = 0; i < ready; i++) {
            if (events[i].data.fd == listener.fd)
                let_in(epoll, listener.fd);
            else
                answer(events[i].data.fd);
        }
    }
}
