/* SPDX-License-Identifier: Apache-2.0
 *
 * See listen_socket.h; unix(7), ipv6(7). A unix socket is bound beside its name, gets its mode and
 * group there and is renamed: nobody sees it with wrong rights, and what a dead daemon left is
 * replaced in one step.
 */
#include "io/listen_socket.h"

#include <errno.h>
#include <grp.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/memory.h"
#include "io/socket_address.h"

enum { BACKLOG = 1024, SOCKET_MODE = 0660, GROUP_BYTES_MAX = 1 << 20, GROUP_BYTES = 1024 };

static int socket_new(int family)
{
    return socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

static bool open_tcp(struct listen_socket *listener, const struct sockaddr_storage *address,
                     socklen_t length, struct err *err)
{
    int one = 1;
    int fd = socket_new(address->ss_family);
    if (fd < 0)
        return err_set_errno(err, errno, "cannot make a socket");
    bool ok = setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) == 0 &&
              (address->ss_family != AF_INET6 ||
               setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one)) == 0) &&
              bind(fd, (const struct sockaddr *)address, length) == 0 && listen(fd, BACKLOG) == 0;
    struct sockaddr_storage bound = {0};
    socklen_t size = sizeof(bound);
    if (!ok || getsockname(fd, (struct sockaddr *)&bound, &size) != 0) {
        int code = errno;
        close(fd);
        return err_set_errno(err, code, "cannot listen%s",
                             code == EADDRINUSE ? " (another program does, or a second daemon)"
                                                : "");
    }
    listener->port = socket_address_port((const struct sockaddr *)&bound);
    listener->fd = fd;
    return true;
}

/* True when nobody answers there: no file, or the socket of a dead process. */
static bool path_is_free(const struct sockaddr_un *address, struct err *err)
{
    struct stat st;
    if (lstat(address->sun_path, &st) != 0)
        return errno == ENOENT || err_set_errno(err, errno, "cannot look at it");
    if (!S_ISSOCK(st.st_mode))
        return err_set(err, ERR_IO, "is no socket; not touched: remove it or name another path");
    int fd = socket_new(AF_UNIX);
    if (fd < 0)
        return err_set_errno(err, errno, "cannot make a socket");
    int code = connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0 ? 0 : errno;
    close(fd);
    if (code == ECONNREFUSED || code == ENOENT)
        return true;
    if (code == 0 || code == EAGAIN)
        return err_set(err, ERR_IO,
                       "another process answers on this socket: is the daemon already "
                       "running?");
    return err_set_errno(err, code, "cannot find out whether the socket is in use");
}

static bool find_group(const char *name, gid_t *gid, struct err *err)
{
    char *room = NULL;
    int code = ERANGE;
    struct group entry, *found = NULL;
    for (size_t size = GROUP_BYTES; code == ERANGE && size <= GROUP_BYTES_MAX; size *= 4) {
        room = mem_resize(room, size, 1);
        code = getgrnam_r(name, &entry, room, size, &found);
    }
    if (found != NULL)
        *gid = entry.gr_gid;
    mem_free(room);
    return found != NULL || err_set(err, ERR_INPUT, "there is no group %s", name);
}

/* Binds beside the name; the file has its rights before it gets it. */
static bool bind_beside(int fd, const struct sockaddr_un *address, gid_t gid, struct err *err)
{
    struct sockaddr_un beside = {.sun_family = AF_UNIX};
    int len = snprintf(beside.sun_path, sizeof(beside.sun_path), "%s.%ld", address->sun_path,
                       (long)getpid());
    if (len < 0 || (size_t)len >= sizeof(beside.sun_path))
        return err_set(err, ERR_USAGE, "the path is too long by %d bytes",
                       len - (int)sizeof(beside.sun_path) + 1);
    (void)unlink(beside.sun_path);
    if (bind(fd, (const struct sockaddr *)&beside, sizeof(beside)) != 0)
        return err_set_errno(err, errno, "cannot make the socket's file%s",
                             errno == ENOENT ? " (its folder must be there: mkdir it)" : "");
    if (chmod(beside.sun_path, SOCKET_MODE) == 0 &&
        (gid == (gid_t)-1 || chown(beside.sun_path, (uid_t)-1, gid) == 0) &&
        listen(fd, BACKLOG) == 0 && rename(beside.sun_path, address->sun_path) == 0)
        return true;
    int code = errno;
    (void)unlink(beside.sun_path);
    return err_set_errno(err, code, "cannot give the socket its rights and name");
}

static bool open_unix(struct listen_socket *listener, const struct sockaddr_storage *storage,
                      const char *group, struct err *err)
{
    struct sockaddr_un address;
    gid_t gid = (gid_t)-1;
    memcpy(&address, storage, sizeof(address));
    if (group != NULL && *group != '\0' && !find_group(group, &gid, err))
        return false;
    if (!path_is_free(&address, err))
        return false;
    int fd = socket_new(AF_UNIX);
    if (fd < 0)
        return err_set_errno(err, errno, "cannot make a socket");
    struct stat st;
    if (!bind_beside(fd, &address, gid, err)) {
        close(fd);
        return false;
    }
    if (lstat(address.sun_path, &st) != 0) {
        int code = errno;
        close(fd);
        return err_set_errno(err, code, "cannot look at the socket just made");
    }
    memcpy(listener->file.path, address.sun_path, sizeof(listener->file.path));
    listener->file.device = st.st_dev;
    listener->file.inode = st.st_ino;
    listener->fd = fd;
    return true;
}

bool listen_socket_open(struct listen_socket *listener, const char *address, const char *group,
                        struct err *err)
{
    struct endpoint endpoint;
    struct sockaddr_storage parsed;
    *listener = (struct listen_socket){.fd = -1};
    if (!endpoint_parse(slice_from_str(address), &endpoint))
        return err_set(err, ERR_USAGE,
                       "%s: an address is written 127.0.0.1:8480, [::1]:8480 (names are not looked "
                       "up) or unix:/absolute/path of at most %d bytes",
                       address, ENDPOINT_PATH_MAX);
    socklen_t length = socket_address_of(&endpoint, &parsed);
    listener->is_unix = endpoint.kind == ENDPOINT_UNIX;
    bool ok = listener->is_unix ? open_unix(listener, &parsed, group, err)
                                : open_tcp(listener, &parsed, length, err);
    return ok || err_at(err, "%s", address);
}

bool listen_socket_is_found(const struct listen_socket *listener)
{
    struct stat st;
    return !listener->is_unix ||
           (lstat(listener->file.path, &st) == 0 && st.st_dev == listener->file.device &&
            st.st_ino == listener->file.inode);
}

void listen_socket_close(struct listen_socket *listener)
{
    if (listener->fd < 0)
        return;
    if (listener->is_unix && listen_socket_is_found(listener))
        (void)unlink(listener->file.path);
    close(listener->fd);
    listener->fd = -1;
}
