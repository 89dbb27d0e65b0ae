/* SPDX-License-Identifier: Apache-2.0
 *
 * c-ares beside a loop that polls. See resolver.h. Its sockets come and go; they are kept in an
 * epoll of our own by the callback that it has for that, so that the loop sees one descriptor.
 *
 * ARES_FLAG_NOCHECKRESP: without it SERVFAIL and REFUSED come back as "could not contact".
 */
#include "io/resolver.h"

#include <sys/epoll.h>
#include <sys/time.h>
#include <unistd.h>

#include <ares.h>

#include "io/clock.h"

#define CLASS_IN 1
#define EDNS_BYTES 1232 /* that no network has to take apart */
#define TRIES 2         /* each server; the second waits twice as long */
#define TRY_PARTS 5     /* of the deadline is a first try */
#define EVENTS 16
#define LATE "no name server answered in time"

struct question {
    struct resolver *resolver;
    char name[HOST_NAME_BYTES_MAX + 1];
    enum dns_type type;
    resolver_answer answer; /* NULL: it was told that there is none */
    void *data;
    int64_t deadline_us; /* steady */
    struct question *next;
};

struct resolver {
    ares_channel channel;
    bool has_channel;
    int epoll;
    int64_t deadline_us, gap_us;
    struct question *first, **last; /* that wait */
    struct question *open[RESOLVER_AT_ONCE];
    int64_t next_us; /* steady: when the next may be sent */
    unsigned silent; /* unanswered in a row */
    struct resolver_state state;
};

/* ---- life ---- */

static void watch_socket(void *data, ares_socket_t fd, int readable, int writable)
{
    const struct resolver *resolver = data;
    struct epoll_event event = {.events = (readable ? EPOLLIN : 0u) | (writable ? EPOLLOUT : 0u),
                                .data.fd = fd};
    if (event.events == 0)
        (void)epoll_ctl(resolver->epoll, EPOLL_CTL_DEL, fd, NULL);
    else if (epoll_ctl(resolver->epoll, EPOLL_CTL_MOD, fd, &event) != 0)
        (void)epoll_ctl(resolver->epoll, EPOLL_CTL_ADD, fd, &event); /* else: it times out */
}

static bool set_servers(struct resolver *resolver, const struct resolver_options *options,
                        struct err *err)
{
    CLEANUP_BUF struct buf list = {0};
    if (options->server_count == 0)
        return true;
    for (size_t i = 0; i < options->server_count; i++) {
        if (i > 0)
            buf_add_char(&list, ',');
        endpoint_format(&options->servers[i], &list);
    }
    int status = ares_set_servers_ports_csv(resolver->channel, buf_str(&list));
    return status == ARES_SUCCESS ||
           err_set(err, ERR_LIBRARY, "name servers %s: %s", buf_str(&list), ares_strerror(status));
}

static bool open_channel(struct resolver *resolver, const struct resolver_options *options,
                         struct err *err)
{
    struct ares_options ares = {
        .flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES | ARES_FLAG_EDNS | ARES_FLAG_NOCHECKRESP,
        .timeout = (int)(options->deadline_us / TRY_PARTS / 1000),
        .tries = TRIES,
        .ednspsz = EDNS_BYTES,
        .sock_state_cb = watch_socket,
        .sock_state_cb_data = resolver,
    };
    int status = ares_init_options(&resolver->channel, &ares,
                                   ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES |
                                       ARES_OPT_EDNSPSZ | ARES_OPT_SOCK_STATE_CB);
    resolver->has_channel = status == ARES_SUCCESS;
    if (!resolver->has_channel)
        return err_set(err, ERR_LIBRARY, "c-ares: %s", ares_strerror(status));
    return set_servers(resolver, options, err);
}

struct resolver *resolver_new(const struct resolver_options *options, struct err *err)
{
    struct resolver *resolver = MEM_NEW(struct resolver);
    resolver->last = &resolver->first;
    resolver->deadline_us = options->deadline_us;
    resolver->gap_us = options->pace.within_us / options->pace.count;
    resolver->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (resolver->epoll >= 0 && open_channel(resolver, options, err))
        return resolver;
    if (resolver->epoll < 0)
        err_set(err, ERR_IO, "no descriptor for name servers");
    resolver_free(resolver);
    return NULL;
}

void resolver_free(struct resolver *resolver)
{
    if (resolver == NULL)
        return;
    if (resolver->has_channel)
        ares_destroy(resolver->channel); /* frees those under way by their callbacks */
    for (struct question *next, *one = resolver->first; one != NULL; one = next) {
        next = one->next;
        mem_free(one);
    }
    if (resolver->epoll >= 0)
        close(resolver->epoll);
    mem_free(resolver);
}

/* ---- answers ---- */

static void tell(struct question *question, const struct dns_answer *answer)
{
    struct resolver *resolver = question->resolver;
    resolver_answer told = question->answer;
    question->answer = NULL;
    resolver->state.answers[answer->result]++;
    resolver->silent = answer->result == DNS_UNANSWERED ? resolver->silent + 1 : 0;
    resolver->state.silent = resolver->silent >= RESOLVER_SILENT;
    resolver->state.why = resolver->state.silent ? answer->why : NULL;
    told(question->data, answer);
}

static void tell_nothing(struct question *question, enum dns_result result, const char *why)
{
    tell(question, &(struct dns_answer){.result = result, .why = why});
}

static void close_question(struct question *question)
{
    struct resolver *resolver = question->resolver;
    for (size_t i = 0; i < RESOLVER_AT_ONCE; i++)
        if (resolver->open[i] == question)
            resolver->open[i] = NULL;
    resolver->state.under_way--;
    mem_free(question);
}

static void hear(void *data, int status, int timeouts, unsigned char *bytes, int len)
{
    struct question *question = data;
    (void)timeouts;
    if (status != ARES_EDESTRUCTION && question->answer != NULL) {
        struct arena *arena = arena_new(4096);
        struct dns_answer answer;
        if (bytes != NULL && len > 0) {
            dns_answer_read(slice_of((const char *)bytes, (size_t)len), question->type, arena,
                            &answer);
            tell(question, &answer);
        } else if (status == ARES_ENOMEM || status == ARES_EBADNAME) {
            tell_nothing(question, DNS_FAILED, ares_strerror(status));
        } else {
            tell_nothing(question, DNS_UNANSWERED,
                         status == ARES_ETIMEOUT ? LATE : "no name server can be reached");
        }
        arena_free(arena);
    }
    close_question(question);
}

/* c-ares goes on with them until its own tries are over; nobody listens any more. */
static void give_up_late(struct resolver *resolver, int64_t now_us)
{
    for (size_t i = 0; i < RESOLVER_AT_ONCE; i++) {
        struct question *one = resolver->open[i];
        if (one != NULL && one->answer != NULL && now_us >= one->deadline_us)
            tell_nothing(one, DNS_UNANSWERED, LATE);
    }
}

/* ---- questions ---- */

bool resolver_ask(struct resolver *resolver, struct slice name, enum dns_type type,
                  resolver_answer answer, void *data)
{
    if (resolver->state.waiting == RESOLVER_WAITING_MAX)
        return false;
    ASSERT(name.len <= HOST_NAME_BYTES_MAX);
    struct question *question = MEM_NEW(struct question);
    *question =
        (struct question){.resolver = resolver, .type = type, .answer = answer, .data = data};
    memcpy(question->name, name.ptr, name.len);
    *resolver->last = question;
    resolver->last = &question->next;
    resolver->state.waiting++;
    return true;
}

size_t resolver_room(const struct resolver *resolver)
{
    return RESOLVER_WAITING_MAX - resolver->state.waiting;
}

static struct question **place_for(struct resolver *resolver)
{
    for (size_t i = 0; i < RESOLVER_AT_ONCE; i++)
        if (resolver->open[i] == NULL)
            return &resolver->open[i];
    return NULL;
}

static void send_first(struct resolver *resolver, struct question **place, int64_t now_us)
{
    struct question *question = resolver->first;
    resolver->first = question->next;
    if (resolver->first == NULL)
        resolver->last = &resolver->first;
    resolver->state.waiting--;
    resolver->state.under_way++;
    resolver->next_us = now_us + (resolver->state.silent ? RESOLVER_QUIET_US : resolver->gap_us);
    question->deadline_us = now_us + resolver->deadline_us;
    *place = question; /* it may be answered before the call returns */
    ares_query(resolver->channel, question->name, CLASS_IN, (int)question->type, hear, question);
}

void resolver_advance(struct resolver *resolver)
{
    struct epoll_event events[EVENTS];
    int64_t now_us = clock_steady_us();
    int count = epoll_wait(resolver->epoll, events, EVENTS, 0);
    for (int i = 0; i < count; i++) {
        bool in = (events[i].events & ~(uint32_t)EPOLLOUT) != 0; /* or its end */
        bool out = (events[i].events & EPOLLOUT) != 0;
        ares_process_fd(resolver->channel, in ? events[i].data.fd : ARES_SOCKET_BAD,
                        out ? events[i].data.fd : ARES_SOCKET_BAD);
    }
    ares_process_fd(resolver->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD); /* its time-outs */
    give_up_late(resolver, now_us);
    struct question **place;
    while (resolver->first != NULL && now_us >= resolver->next_us &&
           (place = place_for(resolver)) != NULL)
        send_first(resolver, place, now_us);
}

int64_t resolver_wait_us(const struct resolver *resolver)
{
    struct timeval buffer, *left = ares_timeout(resolver->channel, NULL, &buffer);
    int64_t now_us = clock_steady_us(), wait_us = INT64_MAX;
    if (left != NULL)
        wait_us = (int64_t)left->tv_sec * 1000000 + left->tv_usec;
    for (size_t i = 0; i < RESOLVER_AT_ONCE; i++) {
        const struct question *one = resolver->open[i];
        if (one != NULL && one->answer != NULL && one->deadline_us - now_us < wait_us)
            wait_us = one->deadline_us - now_us;
    }
    if (resolver->first != NULL && resolver->state.under_way < RESOLVER_AT_ONCE &&
        resolver->next_us - now_us < wait_us)
        wait_us = resolver->next_us - now_us;
    return wait_us > 0 ? wait_us : 0;
}

int resolver_fd(const struct resolver *resolver)
{
    return resolver->epoll;
}

struct resolver_state resolver_state(const struct resolver *resolver)
{
    return resolver->state;
}
