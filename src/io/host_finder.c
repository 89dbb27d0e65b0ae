/* SPDX-License-Identifier: Apache-2.0
 *
 * See host_finder.h. A channel of c-ares for one name: it reads the files of the system when it is
 * made, and everything under way ends with it. Its few sockets are looked at by poll, since a
 * descriptor may have any number.
 */
#include "io/host_finder.h"

#include <poll.h>

#include <ares.h>

#include "base/memory.h"
#include "io/socket_address.h"

#define TRY_MS 250
#define TRIES 2

struct host_finder {
    ares_channel channel;
    enum host_finding finding;
    int status; /* of c-ares */
    struct ip_address found[HOST_FINDER_MOST];
    size_t count;
};

static void hear(void *data, int status, int timeouts, struct ares_addrinfo *list)
{
    struct host_finder *finder = data;
    (void)timeouts;
    finder->status = status;
    for (const struct ares_addrinfo_node *one = list != NULL ? list->nodes : NULL;
         one != NULL && finder->count < HOST_FINDER_MOST; one = one->ai_next) {
        struct ip_address ip = socket_address_ip(one->ai_addr);
        if (ip.len > 0)
            finder->found[finder->count++] = ip;
    }
    finder->finding = finder->count > 0 ? HOST_FINDER_HAS : HOST_FINDER_FAILED;
    ares_freeaddrinfo(list);
}

struct host_finder *host_finder_new(const char *name, struct err *err)
{
    static char lookups[] = "fb"; /* first the file, whatever nsswitch.conf says */
    struct ares_options options = {.timeout = TRY_MS, .tries = TRIES, .lookups = lookups};
    const struct ares_addrinfo_hints hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct host_finder *finder = MEM_NEW(struct host_finder);
    int status = ares_init_options(&finder->channel, &options,
                                   ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_LOOKUPS);
    if (status != ARES_SUCCESS) {
        mem_free(finder);
        err_set(err, ERR_LIBRARY, "c-ares: %s", ares_strerror(status));
        return NULL;
    }
    ares_getaddrinfo(finder->channel, name, NULL, &hints, hear, finder);
    return finder;
}

void host_finder_free(struct host_finder *finder)
{
    if (finder == NULL)
        return;
    ares_destroy(finder->channel);
    mem_free(finder);
}

static void listen_to_all(ares_channel channel)
{
    ares_socket_t sockets[ARES_GETSOCK_MAXNUM];
    struct pollfd fds[ARES_GETSOCK_MAXNUM];
    nfds_t count = 0;
    int wanted = ares_getsock(channel, sockets, ARES_GETSOCK_MAXNUM);
    for (unsigned i = 0; i < ARES_GETSOCK_MAXNUM; i++) {
        bool in = ((unsigned)wanted >> i & 1) != 0;
        bool out = ((unsigned)wanted >> (i + ARES_GETSOCK_MAXNUM) & 1) != 0;
        if (in || out)
            fds[count++] = (struct pollfd){
                .fd = sockets[i], .events = (short)((in ? POLLIN : 0) | (out ? POLLOUT : 0))};
    }
    if (poll(fds, count, 0) <= 0)
        return;
    for (nfds_t i = 0; i < count; i++) {
        bool in = (fds[i].revents & ~POLLOUT) != 0; /* or its end */
        bool out = (fds[i].revents & POLLOUT) != 0;
        ares_process_fd(channel, in ? fds[i].fd : ARES_SOCKET_BAD,
                        out ? fds[i].fd : ARES_SOCKET_BAD);
    }
}

enum host_finding host_finder_advance(struct host_finder *finder, struct err *err)
{
    listen_to_all(finder->channel);
    ares_process_fd(finder->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD); /* its time-outs */
    if (finder->finding == HOST_FINDER_FAILED)
        err_set(err, ERR_IO, "%s",
                finder->status == ARES_SUCCESS ? "no address" : ares_strerror(finder->status));
    return finder->finding;
}

struct ip_address host_finder_get(const struct host_finder *finder, size_t turn)
{
    return finder->found[turn % finder->count];
}
