/* SPDX-License-Identifier: Apache-2.0
 *
 * policy-load: asks a policy server as Postfix does, on many connections, each of which asks again
 * as soon as it is answered. Prints one JSON object: requests a second, how long answers took, how
 * many connections never got one (starved), how many answers were others than DUNNO. bench/policy
 * runs it.
 *
 * --connects: instead, one connection after the other, a request each.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/slice.h"
#include "dial.h"
#include "latency.h"
#include "policy_text.h"
#include "random.h"

enum { EVENTS = 512, WAIT_MS = 100 };

struct link {
    int fd;
    int64_t asked_ns;
    bool was_answered;
};

struct load {
    struct endpoint to;
    uint64_t connections, logins, connects, requests; /* requests: 0, or then it ends */
    int64_t measure_ns;
    bool walks; /* through the logins, in place of any of them */

    struct link *links;
    int epoll;
    struct policy_text text;
    struct random random;
    uint64_t asked, other;
    struct latency latency;
};

/* ---- a connection ---- */

/* False: the server is gone, or takes nothing. */
static bool ask(struct load *load, struct link *link, int64_t at_ns)
{
    uint32_t logins = (uint32_t)load->logins;
    uint32_t login =
        load->walks ? (uint32_t)(load->asked % logins) : random_below(&load->random, logins);
    policy_text_set(&load->text, load->asked++, login);
    link->asked_ns = at_ns;
    ssize_t sent = send(link->fd, load->text.bytes, load->text.len, MSG_NOSIGNAL);
    return sent == (ssize_t)load->text.len;
}

/* False: no answer. */
static bool hear(struct load *load, struct link *link, int64_t *at_ns)
{
    char answer[1024];
    ssize_t got = recv(link->fd, answer, sizeof(answer), 0);
    if (got <= 0 || !slice_ends_with(slice_of(answer, (size_t)got), SLICE("\n\n")))
        return false;
    if (!slice_eq(slice_of(answer, (size_t)got), SLICE("action=DUNNO\n\n")))
        load->other++;
    *at_ns = now_ns();
    latency_add(&load->latency, (uint64_t)(*at_ns - link->asked_ns));
    link->was_answered = true;
    return true;
}

/* ---- all of them ---- */

static bool fail(const char *what)
{
    fprintf(stderr, "policy-load: %s: %s\n", what, strerror(errno));
    return false;
}

static bool open_links(struct load *load)
{
    load->epoll = epoll_create1(EPOLL_CLOEXEC);
    load->links = MEM_NEW_ARRAY(struct link, load->connections);
    for (uint64_t i = 0; i < load->connections; i++) {
        struct link *link = &load->links[i];
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = link};
        link->fd = dial(&load->to);
        if (link->fd < 0 || epoll_ctl(load->epoll, EPOLL_CTL_ADD, link->fd, &event) != 0)
            return fail("connect");
    }
    return true;
}

static bool is_over(const struct load *load, int64_t begin_ns, int64_t now)
{
    if (load->requests > 0)
        return load->asked >= load->requests;
    return now - begin_ns >= load->measure_ns;
}

/* Asks on all connections until it is over; what is under way then is not waited for. */
static bool run(struct load *load, int64_t begin_ns, int64_t *now)
{
    struct epoll_event events[EVENTS];
    for (uint64_t i = 0; i < load->connections; i++)
        if (!ask(load, &load->links[i], now_ns()))
            return fail("send");
    while (!is_over(load, begin_ns, *now)) {
        int ready = epoll_wait(load->epoll, events, EVENTS, WAIT_MS);
        *now = now_ns();
        for (int i = 0; i < ready; i++)
            if (!hear(load, events[i].data.ptr, now) || !ask(load, events[i].data.ptr, *now))
                return fail("no answer");
    }
    return true;
}

/* One after the other; who is refused or not answered is counted as starved. */
static uint64_t run_connects(struct load *load)
{
    uint64_t starved = 0;
    for (uint64_t i = 0; i < load->connects; i++) {
        int64_t begin = now_ns(), end;
        struct link link = {.fd = dial(&load->to)};
        bool good = link.fd >= 0 && ask(load, &link, begin) && hear(load, &link, &end);
        starved += !good;
        if (link.fd >= 0)
            close(link.fd);
    }
    return starved;
}

static void print(const struct load *load, uint64_t starved, double seconds)
{
    const struct latency *latency = &load->latency;
    printf("{\"requests\": %llu, \"seconds\": %.4f, \"p50_us\": %.2f, \"p99_us\": %.2f, "
           "\"p999_us\": %.2f, \"longest_us\": %.2f, \"starved\": %llu, \"other\": %llu}\n",
           (unsigned long long)latency->count, seconds, latency_quantile_us(latency, 0.5),
           latency_quantile_us(latency, 0.99), latency_quantile_us(latency, 0.999),
           (double)latency->longest_ns / 1000, (unsigned long long)starved,
           (unsigned long long)load->other);
}

/* ---- command line ---- */

static int usage(void)
{
    fprintf(stderr,
            "usage: policy-load [--connections N] [--logins N] [--seconds N | --requests N]\n"
            "           [--walk] [--connects N] ADDRESS\n"
            "ADDRESS: 127.0.0.1:PORT or unix:/PATH\n");
    return 2;
}

static bool is_number(const char *text, uint64_t most, uint64_t *out)
{
    return slice_to_u64(slice_from_str(text), most, out) && *out > 0;
}

static bool take_option(struct load *load, int option)
{
    uint64_t seconds;
    switch (option) {
    case 'c':
        return is_number(optarg, 100000, &load->connections);
    case 'l':
        return is_number(optarg, 99999999, &load->logins);
    case 'r':
        return is_number(optarg, UINT32_MAX, &load->requests);
    case 'n':
        return is_number(optarg, UINT32_MAX, &load->connects);
    case 's':
        if (!is_number(optarg, 3600, &seconds))
            return false;
        load->measure_ns = (int64_t)seconds * 1000000000;
        return true;
    case 'w':
        load->walks = true;
        return true;
    default:
        return false;
    }
}

static bool take_options(struct load *load, int argc, char **argv)
{
    static const struct option options[] = {
        {"connections", required_argument, NULL, 'c'},
        {"logins", required_argument, NULL, 'l'},
        {"seconds", required_argument, NULL, 's'},
        {"requests", required_argument, NULL, 'r'},
        {"walk", no_argument, NULL, 'w'},
        {"connects", required_argument, NULL, 'n'},
        {0},
    };
    int option;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
        if (!take_option(load, option))
            return false;
    return optind + 1 == argc && endpoint_parse(slice_from_str(argv[optind]), &load->to);
}

int main(int argc, char **argv)
{
    static struct load load = {.connections = 16, .logins = 85000, .measure_ns = 2000000000};
    uint64_t starved = 0;
    if (!take_options(&load, argc, argv))
        return usage();
    int64_t begin = now_ns(), now = begin;
    random_init(&load.random, (uint64_t)begin);
    load.asked = load.walks ? 0 : (uint64_t)begin & 0x3fffffff; /* messages of this run only */
    policy_text_init(&load.text);
    if (load.connects > 0) {
        starved = run_connects(&load);
        now = now_ns();
    } else if (!open_links(&load) || !run(&load, begin = now_ns(), &now)) {
        return 3;
    }
    for (uint64_t i = 0; load.links != NULL && i < load.connections; i++)
        starved += !load.links[i].was_answered;
    print(&load, starved, (double)(now - begin) / 1e9);
    mem_free(load.links);
    return 0;
}
