/* SPDX-License-Identifier: Apache-2.0
 *
 * todoku-load: delivered mail, as many lines as are asked for, as fast as they are asked for: into
 * a file, or as syslog datagrams. Nothing in it is wrong; it is there for its number of logins and
 * recipient domains (memory) and its pace (bursts). bench/daemon runs it.
 *
 * Every second message walks through all logins and domains, so that each is met; the others choose
 * as people do, few of them often.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/slice.h"
#include "io/clock.h"
#include "io/socket_address.h"
#include "line.h"
#include "random.h"

enum { LINES_A_MESSAGE = 5, BATCH = 64, PACE_US = 1000 };

struct load {
    uint64_t messages, rate; /* rate: lines a second, 0: no pace */
    uint32_t logins, domains;
    int64_t start_us; /* stamps from here, 2 ms a message; 0: stamps of now */
    struct endpoint to;
    bool by_syslog;
    struct random random;

    int fd;
    struct line lines[BATCH];
    unsigned waiting; /* lines of the batch */
    uint64_t sent;
    int64_t begun_us;
};

static int fail(const char *what)
{
    fprintf(stderr, "todoku-load: %s: %s\n", what, strerror(errno));
    return 3;
}

/* ---- out ---- */

static bool write_batch(struct load *load)
{
    for (unsigned i = 0; i < load->waiting; i++)
        if (fwrite(load->lines[i].bytes, 1, load->lines[i].len, stdout) != load->lines[i].len)
            return false;
    return true;
}

static bool send_batch(struct load *load)
{
    struct mmsghdr headers[BATCH] = {0};
    struct iovec vectors[BATCH];
    for (unsigned i = 0; i < load->waiting; i++) {
        vectors[i] = (struct iovec){load->lines[i].bytes, load->lines[i].len - 1}; /* no newline */
        headers[i].msg_hdr = (struct msghdr){.msg_iov = &vectors[i], .msg_iovlen = 1};
    }
    for (unsigned sent = 0; sent < load->waiting;) {
        int took = sendmmsg(load->fd, headers + sent, load->waiting - sent, 0);
        if (took < 0 && errno != EINTR)
            return false;
        sent += took > 0 ? (unsigned)took : 0;
    }
    return true;
}

/* Waits until the lines sent so far are due. */
static void keep_pace(const struct load *load)
{
    if (load->rate == 0)
        return;
    int64_t due_us = load->begun_us + (int64_t)(load->sent * 1000000 / load->rate);
    int64_t early_us = due_us - clock_steady_us();
    if (early_us > PACE_US)
        (void)usleep((useconds_t)early_us);
}

static bool flush(struct load *load)
{
    if (!(load->by_syslog ? send_batch(load) : write_batch(load)))
        return false;
    load->sent += load->waiting;
    load->waiting = 0;
    keep_pace(load);
    return true;
}

/* ---- lines ---- */

/* `<22>2026-03-02T08:00:00.000000+00:00 relay1 postfix/qmgr[100]: ID: ` */
static struct line *begin(struct load *load, const char *program, uint64_t message, int64_t now_us)
{
    struct line *line = &load->lines[load->waiting++];
    time_t seconds = (time_t)(now_us / 1000000);
    struct tm tm;
    char stamp[32];
    gmtime_r(&seconds, &tm);
    strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%S.", &tm);
    line->len = 0;
    line_str(line, load->by_syslog ? "<22>" : "");
    line_str(line, stamp);
    line_digits(line, (uint64_t)(now_us % 1000000), 6);
    line_str(line, "+00:00 relay");
    line_number(line, 1 + message % 8);
    line_str(line, " postfix/");
    line_str(line, program);
    line_str(line, "[100]: ");
    line_hex(line, 0x100000000 + message, 10);
    line_str(line, ": ");
    return line;
}

static void numbered(struct line *line, const char *before, uint64_t number, const char *behind)
{
    line_str(line, before);
    line_number(line, number);
    line_str(line, behind);
}

static bool write_message(struct load *load, uint64_t message)
{
    bool walks = message % 2 == 0;
    uint64_t login = walks ? message / 2 % load->logins : random_zipf(&load->random, load->logins);
    uint64_t domain =
        walks ? message / 2 % load->domains : random_zipf(&load->random, load->domains);
    int64_t now_us = load->start_us ? load->start_us + (int64_t)message * 2000 : clock_now_us();
    if (load->waiting + LINES_A_MESSAGE > BATCH && !flush(load))
        return false;
    struct line *line = begin(load, "submission/smtpd", message, now_us);
    numbered(line, "client=c.example[192.0.2.1], sasl_method=PLAIN, sasl_username=u", login,
             "@example.jp\n");
    numbered(begin(load, "cleanup", message, now_us), "message-id=<", message, "@example.jp>\n");
    numbered(begin(load, "qmgr", message, now_us), "from=<u", login,
             "@example.jp>, size=900, nrcpt=1 (queue active)\n");
    line = begin(load, "out-a/smtp", message, now_us);
    numbered(line, "to=<r", message % 1000, "@d");
    numbered(line, "", domain, ".example>, relay=mx.d");
    numbered(line, "", domain, ".example[192.0.2.9]:25, delay=0.5, delays=0.1/0/0.2/0.2, ");
    line_str(line, "dsn=2.0.0, status=sent (250 2.0.0 Ok: queued)\n");
    line_str(begin(load, "qmgr", message, now_us), "removed\n");
    return true;
}

/* ---- command line ---- */

static bool is_number(const char *text, uint64_t most, uint64_t *out)
{
    return slice_to_u64(slice_from_str(text), most, out) && *out > 0;
}

static int usage(void)
{
    fprintf(stderr,
            "usage: todoku-load [--messages N] [--logins N] [--domains N] [--rate LINES/S]\n"
            "           [--past] [--udp ADDRESS:PORT]\n"
            "Five lines a message, stamps of now (--past: from an hour of March on), to the\n"
            "standard output or as syslog datagrams.\n");
    return 2;
}

static bool take_option(struct load *load, int option)
{
    uint64_t number = 0;
    switch (option) {
    case 'm':
        return is_number(optarg, UINT32_MAX, &load->messages);
    case 'r':
        return is_number(optarg, 100000000, &load->rate);
    case 'l':
    case 'd':
        if (!is_number(optarg, 100000000, &number))
            return false;
        *(option == 'l' ? &load->logins : &load->domains) = (uint32_t)number;
        return true;
    case 'p':
        load->start_us = INT64_C(1772438400000000); /* 2026-03-02T08:00:00Z */
        return true;
    case 'u':
        load->by_syslog = true;
        return endpoint_parse(slice_from_str(optarg), &load->to) && load->to.kind != ENDPOINT_UNIX;
    default:
        return false;
    }
}

static bool open_socket(struct load *load)
{
    struct sockaddr_storage address;
    socklen_t len = socket_address_of(&load->to, &address);
    load->fd = socket(address.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    return load->fd >= 0 && connect(load->fd, (const struct sockaddr *)&address, len) == 0;
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"messages", required_argument, NULL, 'm'},
        {"logins", required_argument, NULL, 'l'},
        {"domains", required_argument, NULL, 'd'},
        {"rate", required_argument, NULL, 'r'},
        {"past", no_argument, NULL, 'p'},
        {"udp", required_argument, NULL, 'u'},
        {0},
    };
    static struct load load = {.messages = 200000, .logins = 85000, .domains = 200000, .fd = -1};
    int option;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
        if (!take_option(&load, option))
            return usage();
    if (optind < argc)
        return usage();
    random_init(&load.random, 7);
    if (load.by_syslog && !open_socket(&load))
        return fail("socket");
    load.begun_us = clock_steady_us();
    for (uint64_t message = 0; message < load.messages; message++)
        if (!write_message(&load, message))
            return fail("write");
    if (!flush(&load) || fflush(stdout) != 0)
        return fail("write");
    fprintf(stderr, "{\"lines\": %llu, \"seconds\": %.3f}\n", (unsigned long long)load.sent,
            (double)(clock_steady_us() - load.begun_us) / 1e6);
    return 0;
}
