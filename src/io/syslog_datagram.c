/* SPDX-License-Identifier: Apache-2.0
 *
 * The datagram sockets of a syslog receiver: UDP (RFC 5426) and unix (/dev/log). uv has no unix
 * datagrams, and a system call a message is too dear in a flood: recvmmsg(2) behind uv's poll.
 */
#include "io/syslog_receiver_private.h"

#include <errno.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/memory.h"
#include "io/log_input.h"

enum {
    BATCH = 32,              /* messages a system call */
    CALLS_MAX = 16,          /* in one pass of the loop */
    BUFFER_BYTES = 32 << 20, /* asked of the kernel */
    MODE_DEFAULT = 0666,
};

struct datagram {
    uv_poll_t poll;
    int fd;
    bool local;  /* unix: no addresses, a path to remove */
    char *bytes; /* BATCH messages */
    struct mmsghdr headers[BATCH];
    struct iovec vectors[BATCH];
    struct sockaddr_storage peers[BATCH];
    struct sockaddr_storage known; /* who sent last, and may */
    char known_text[SOCKET_ADDRESS_TEXT];
    uint32_t kernel_dropped;
};

/* May the sender of a message send? Most come from who sent the one before. */
static bool is_heard(struct syslog_receiver *receiver, struct datagram *datagram, size_t index)
{
    const struct sockaddr_storage *peer = &datagram->peers[index];
    socklen_t len = datagram->headers[index].msg_hdr.msg_namelen;
    if (datagram->local || (len > 0 && memcmp(peer, &datagram->known, len) == 0))
        return true;
    if (!syslog_receiver_allows(receiver, (const struct sockaddr *)peer))
        return false;
    memcpy(&datagram->known, peer, len);
    socket_address_text((const struct sockaddr *)peer, datagram->known_text);
    return true;
}

static void take_message(struct syslog_receiver *receiver, struct datagram *datagram, size_t index)
{
    const struct mmsghdr *header = &datagram->headers[index];
    if (!is_heard(receiver, datagram, index))
        return;
    struct slice message = slice_of(datagram->vectors[index].iov_base, header->msg_len);
    while (message.len > 0 &&
           (message.ptr[message.len - 1] == '\0' || message.ptr[message.len - 1] == '\n' ||
            message.ptr[message.len - 1] == '\r'))
        message.len--;
    syslog_receiver_add(receiver, datagram->local ? "-" : datagram->known_text, message,
                        (header->msg_hdr.msg_flags & MSG_TRUNC) != 0);
}

static void prepare(struct datagram *datagram)
{
    for (size_t i = 0; i < BATCH; i++) {
        datagram->vectors[i] = (struct iovec){.iov_base = datagram->bytes + i * LOG_INPUT_LINE_MAX,
                                              .iov_len = LOG_INPUT_LINE_MAX};
        datagram->headers[i].msg_hdr = (struct msghdr){
            .msg_name = &datagram->peers[i],
            .msg_namelen = sizeof(datagram->peers[i]),
            .msg_iov = &datagram->vectors[i],
            .msg_iovlen = 1,
        };
    }
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    (void)status;
    (void)events;
    struct datagram *datagram = poll->data;
    struct syslog_receiver *receiver = poll->loop->data;
    for (int calls = 0; calls < CALLS_MAX; calls++) {
        prepare(datagram);
        int got = recvmmsg(datagram->fd, datagram->headers, BATCH, MSG_DONTWAIT, NULL);
        if (got <= 0)
            return;
        bool room = syslog_receiver_has_room(receiver);
        for (int i = 0; room && i < got; i++)
            take_message(receiver, datagram, (size_t)i);
        if (!room)
            receiver->counts.dropped += (uint64_t)got;
        if (got < BATCH)
            return;
    }
}

static void enlarge_buffer(int fd)
{
    int bytes = BUFFER_BYTES;
    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)) != 0)
        (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
}

/* What a dead process left may go, a living one's socket not. */
static void remove_stale(const struct sockaddr_un *address)
{
    struct stat st;
    if (lstat(address->sun_path, &st) != 0 || !S_ISSOCK(st.st_mode))
        return;
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return;
    if (connect(fd, (const struct sockaddr *)address, sizeof(*address)) != 0 &&
        errno == ECONNREFUSED)
        (void)unlink(address->sun_path);
    close(fd);
}

/* Closes what was not of use, if anything; errno stays what it was. -1. */
static int drop(int fd)
{
    int code = errno;
    if (fd >= 0)
        close(fd);
    errno = code;
    return -1;
}

static int bind_unix(const struct syslog_listener_options *options)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t len = strlen(options->address);
    if (len >= sizeof(address.sun_path)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(address.sun_path, options->address, len);
    remove_stale(&address);
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0 && bind(fd, (const struct sockaddr *)&address, sizeof(address)) == 0 &&
        chmod(options->address, options->mode ? (mode_t)options->mode : MODE_DEFAULT) == 0)
        return fd;
    return drop(fd);
}

static int bind_udp(const struct sockaddr_storage *address)
{
    int fd = socket(address->ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0 && bind(fd, (const struct sockaddr *)address, sizeof(*address)) == 0) {
        enlarge_buffer(fd);
        return fd;
    }
    return drop(fd);
}

static void datagram_free(uv_handle_t *poll)
{
    struct datagram *datagram = poll->data;
    mem_free(datagram->bytes);
    mem_free(datagram);
}

static bool datagram_open(struct syslog_receiver *receiver, struct err *err)
{
    bool local = receiver->options->transport == SYSLOG_UNIX;
    struct sockaddr_storage address;
    if (!local && !syslog_address(receiver, &address, err))
        return false;
    int fd = local ? bind_unix(receiver->options) : bind_udp(&address);
    if (fd < 0)
        return syslog_bind_failed(receiver, errno, err);
    struct datagram *datagram = MEM_NEW(struct datagram);
    datagram->fd = fd;
    datagram->local = local;
    int code = uv_poll_init(&receiver->loop, &datagram->poll, fd);
    if (code != 0) {
        close(fd);
        mem_free(datagram);
        return syslog_bind_failed(receiver, -code, err);
    }
    datagram->bytes = MEM_NEW_ARRAY(char, BATCH *(size_t)LOG_INPUT_LINE_MAX);
    datagram->poll.data = datagram;
    receiver->loop.data = receiver;
    receiver->socket = datagram;
    uv_poll_start(&datagram->poll, UV_READABLE, on_readable);
    return true;
}

static void datagram_tick(struct syslog_receiver *receiver)
{
    struct datagram *datagram = receiver->socket;
    uint32_t facts[SK_MEMINFO_VARS] = {0};
    socklen_t len = sizeof(facts);
    if (datagram->local || getsockopt(datagram->fd, SOL_SOCKET, SO_MEMINFO, facts, &len) != 0)
        return;
    uint32_t fresh = facts[SK_MEMINFO_DROPS] - datagram->kernel_dropped;
    datagram->kernel_dropped = facts[SK_MEMINFO_DROPS];
    receiver->counts.kernel_dropped += fresh;
    if (fresh == 0 || !syslog_may_tell(&receiver->dropped_told_us))
        return;
    struct err text;
    err_set(&text, ERR_NONE,
            "udp %s: the kernel dropped %u messages: its buffer was full (raise net.core.rmem_max, "
            "or send by tcp)",
            receiver->options->address, fresh);
    syslog_receiver_tell(receiver, LOG_GAP, &text);
}

static void datagram_close(struct syslog_receiver *receiver)
{
    struct datagram *datagram = receiver->socket;
    uv_poll_stop(&datagram->poll);
    close(datagram->fd);
    if (datagram->local)
        (void)unlink(receiver->options->address);
    uv_close((uv_handle_t *)&datagram->poll, datagram_free);
    receiver->socket = NULL;
}

const struct syslog_socket_class syslog_datagram_class = {
    .open = datagram_open,
    .tick = datagram_tick,
    .close = datagram_close,
};
