/* SPDX-License-Identifier: Apache-2.0
 *
 * quota-load: asks at RCPT about mailboxes of many servers (u12345@s07.test: mailbox 12345 of
 * server 7), on connections that ask again as soon as they are answered. Connection i asks of
 * server i modulo --servers, so that what one server does to the others can be seen.
 *
 * With one ADDRESS all ask there; with as many as there are servers each asks its server itself.
 * Prints one JSON object; of --apart, a server's number, the answers are counted apart, and who
 * asks of it pauses between questions. --mailboxes: of all servers together.
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
#include "random.h"

enum { EVENTS = 512, WAIT_MS = 20, ADDRESSES_MAX = 64, TEXT_MAX = 1024 };

#define PAUSE_NS INT64_C(20000000) /* of those of --apart */

struct link {
    int fd;
    uint32_t server;
    int64_t asked_ns;
    int64_t pause_ns; /* it asks again then; 0: it waits for its answer */
    uint64_t answers;
};

struct load {
    struct endpoint to[ADDRESSES_MAX];
    size_t address_count;
    uint64_t connections, servers, mailboxes, apart, seconds;
    bool fresh; /* never the same mailbox again */

    struct link *links;
    int epoll;
    struct random random;
    uint64_t asked, other;
    struct latency latency, latency_apart;
};

/* ---- a connection ---- */

/* As Postfix 3.7 asks at RCPT of a sender who said no SIZE. */
static size_t question(struct load *load, const struct link *link, char *text)
{
    uint32_t of_server = (uint32_t)((load->mailboxes + load->servers - 1) / load->servers);
    uint64_t number = load->fresh ? load->asked : random_below(&load->random, of_server);
    int len = snprintf(
        text, TEXT_MAX,
        "request=smtpd_access_policy\nprotocol_state=RCPT\nprotocol_name=ESMTP\n"
        "client_address=192.0.2.7\nclient_name=mail.example.net\nclient_port=40222\n"
        "reverse_client_name=mail.example.net\nserver_address=192.0.2.31\nserver_port=25\n"
        "helo_name=mail.example.net\nsender=someone@example.net\nrecipient=u%llu@s%02u.test\n"
        "recipient_count=0\nqueue_id=\ninstance=3876.6b01f1ad.%llu.0\nsize=0\netrn_domain=\n"
        "stress=\nsasl_method=\nsasl_username=\nsasl_sender=\nccert_subject=\nccert_issuer=\n"
        "ccert_fingerprint=\nccert_pubkey_fingerprint=\nencryption_protocol=\n"
        "encryption_cipher=\nencryption_keysize=0\npolicy_context=\n\n",
        (unsigned long long)number, link->server, (unsigned long long)load->asked);
    load->asked++;
    return (size_t)len;
}

static bool ask(struct load *load, struct link *link)
{
    char text[TEXT_MAX];
    size_t len = question(load, link, text);
    link->asked_ns = now_ns();
    return send(link->fd, text, len, MSG_NOSIGNAL) == (ssize_t)len;
}

static bool hear(struct load *load, struct link *link)
{
    char answer[TEXT_MAX];
    ssize_t got = recv(link->fd, answer, sizeof(answer), 0);
    if (got <= 0 || !slice_ends_with(slice_of(answer, (size_t)got), SLICE("\n\n")))
        return false;
    load->other += !slice_eq(slice_of(answer, (size_t)got), SLICE("action=DUNNO\n\n"));
    link->answers++;
    latency_add(link->server == load->apart ? &load->latency_apart : &load->latency,
                (uint64_t)(now_ns() - link->asked_ns));
    return true;
}

/* ---- all of them ---- */

static bool fail(const char *what)
{
    fprintf(stderr, "quota-load: %s: %s\n", what, strerror(errno));
    return false;
}

static bool open_links(struct load *load)
{
    load->epoll = epoll_create1(EPOLL_CLOEXEC);
    load->links = MEM_NEW_ARRAY(struct link, load->connections);
    for (uint64_t i = 0; i < load->connections; i++) {
        struct link *link = &load->links[i];
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = link};
        link->server = (uint32_t)(i % load->servers);
        link->fd = dial(&load->to[link->server % load->address_count]);
        if (link->fd < 0 || epoll_ctl(load->epoll, EPOLL_CTL_ADD, link->fd, &event) != 0)
            return fail("connect");
    }
    return true;
}

/* A client whose mail was let pass at once has something else to do first; else one that is told so
 * without anybody being asked would ask all the time. */
static bool next(struct load *load, struct link *link)
{
    if (link->server != load->apart)
        return ask(load, link);
    link->pause_ns = now_ns() + PAUSE_NS;
    return true;
}

static bool end_pauses(struct load *load)
{
    int64_t now = now_ns();
    bool good = true;
    for (uint64_t i = load->apart; i < load->connections && good; i += load->servers) {
        struct link *link = &load->links[i];
        if (link->pause_ns == 0 || link->pause_ns > now)
            continue;
        link->pause_ns = 0;
        good = ask(load, link);
    }
    return good;
}

static bool run(struct load *load, int64_t begin_ns)
{
    struct epoll_event events[EVENTS];
    int64_t end_ns = begin_ns + (int64_t)load->seconds * 1000000000;
    for (uint64_t i = 0; i < load->connections; i++)
        if (!ask(load, &load->links[i]))
            return fail("send");
    while (now_ns() < end_ns) {
        int ready = epoll_wait(load->epoll, events, EVENTS, WAIT_MS);
        for (int i = 0; i < ready; i++)
            if (!hear(load, events[i].data.ptr) || !next(load, events[i].data.ptr))
                return fail("no answer");
        if (load->apart < load->servers && !end_pauses(load))
            return fail("send");
    }
    return true;
}

static void print_latency(const char *name, const struct latency *latency)
{
    printf(
        "\"%s\": {\"answers\": %llu, \"p50_us\": %.2f, \"p99_us\": %.2f, \"longest_us\": %.2f}, ",
        name, (unsigned long long)latency->count, latency_quantile_us(latency, 0.5),
        latency_quantile_us(latency, 0.99), (double)latency->longest_ns / 1000);
}

static void print(const struct load *load, double seconds)
{
    uint64_t starved = 0;
    for (uint64_t i = 0; i < load->connections; i++)
        starved += load->links[i].answers == 0;
    printf("{");
    print_latency("all", &load->latency);
    print_latency("apart", &load->latency_apart);
    printf("\"seconds\": %.4f, \"starved\": %llu, \"other\": %llu}\n", seconds,
           (unsigned long long)starved, (unsigned long long)load->other);
}

/* ---- command line ---- */

static bool take_option(struct load *load, int option)
{
    struct slice text = slice_from_str(optarg ? optarg : "");
    switch (option) {
    case 'c':
        return slice_to_u64(text, 100000, &load->connections) && load->connections > 0;
    case 'v':
        return slice_to_u64(text, ADDRESSES_MAX, &load->servers) && load->servers > 0;
    case 'm':
        return slice_to_u64(text, UINT32_MAX, &load->mailboxes) && load->mailboxes > 0;
    case 'a':
        return slice_to_u64(text, ADDRESSES_MAX - 1, &load->apart);
    case 's':
        return slice_to_u64(text, 3600, &load->seconds) && load->seconds > 0;
    case 'f':
        load->fresh = true;
        return true;
    default:
        return false;
    }
}

static bool take_options(struct load *load, int argc, char **argv)
{
    static const struct option options[] = {
        {"connections", required_argument, NULL, 'c'},
        {"servers", required_argument, NULL, 'v'},
        {"mailboxes", required_argument, NULL, 'm'},
        {"apart", required_argument, NULL, 'a'},
        {"seconds", required_argument, NULL, 's'},
        {"fresh", no_argument, NULL, 'f'},
        {0},
    };
    int option;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
        if (!take_option(load, option))
            return false;
    for (; optind < argc && load->address_count < ADDRESSES_MAX; optind++)
        if (!endpoint_parse(slice_from_str(argv[optind]), &load->to[load->address_count++]))
            return false;
    return load->address_count == 1 || load->address_count == load->servers;
}

int main(int argc, char **argv)
{
    static struct load load = {
        .connections = 200, .servers = 20, .mailboxes = 4000, .seconds = 2, .apart = ADDRESSES_MAX};
    if (!take_options(&load, argc, argv)) {
        fprintf(stderr,
                "usage: quota-load [--connections N] [--servers N] [--mailboxes N | --fresh]\n"
                "           [--apart NUMBER] [--seconds N] ADDRESS...\n"
                "ADDRESS: 127.0.0.1:PORT or unix:/PATH; one, or one a server\n");
        return 2;
    }
    int64_t begin = now_ns();
    random_init(&load.random, (uint64_t)begin);
    load.asked = (uint64_t)begin & 0x3fffffffffff; /* mailboxes and messages of this run only */
    if (!open_links(&load) || !run(&load, begin = now_ns()))
        return 3;
    print(&load, (double)(now_ns() - begin) / 1e9);
    mem_free(load.links);
    return 0;
}
