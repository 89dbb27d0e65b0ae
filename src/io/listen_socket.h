/* SPDX-License-Identifier: Apache-2.0
 *
 * Sockets that wait for connections, by the address forms of the configuration:
 *
 *      127.0.0.1:8480    [::1]:8480    unix:/run/todoku/control.sock
 *
 * Host names are refused: a listener must not depend on DNS. Port 0 lets the system choose.
 */
#ifndef TD_IO_LISTEN_SOCKET_H
#define TD_IO_LISTEN_SOCKET_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/err.h"

/* A unix socket, by its file. */
struct listen_file {
    char path[108]; /* "" for TCP */
    dev_t device;
    ino_t inode;
};

struct listen_socket {
    int fd; /* non-blocking, close-on-exec; listening */
    bool is_unix;
    uint16_t port; /* TCP: the one in use, also when 0 was asked for */
    struct listen_file file;
};

/* Opens and listens. A unix socket appears under its name with mode 0660 and `group` (NULL or "":
 * that of the process) already set; the socket that a dead daemon left there is replaced, a living
 * one refused, and so is anything that is no socket. False and err: bad address, unknown group, in
 * use, no right. */
bool listen_socket_open(struct listen_socket *listener, const char *address, const char *group,
                        struct err *err);

/* Whether it can still be found: a unix socket whose file was removed or replaced is not. */
bool listen_socket_is_found(const struct listen_socket *listener);

/* Closes; removes the file of a unix socket if it is still this one's. */
void listen_socket_close(struct listen_socket *listener);

#endif
