/* SPDX-License-Identifier: Apache-2.0
 *
 * auth-load: asks who may log in, as the mail proxy of nginx does: a new connection a question,
 * HTTP/1.0, closed when the head of the answer is there. So many at once; who is answered makes the
 * next one. Prints one JSON object: questions a second, how long answers took from connect(2) on,
 * how many let in (ok), refused (denied) and got no answer (errors). bench/auth runs it.
 */
#include <errno.h>
#include <getopt.h>
#include <sched.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/slice.h"
#include "dial.h"
#include "latency.h"
#include "random.h"

enum { EVENTS = 512, WAIT_MS = 100, ANSWER_BYTES = 1024, LINE_BYTES = 4096, USERS_MAX = 10000000 };

static const int64_t ANSWER_NS = 10000000000;

/* One question; its place is used again. */
struct asker {
    int fd; /* -1: none */
    int64_t asked_ns;
    size_t len;
    char answer[ANSWER_BYTES];
};

struct load {
    struct endpoint to;
    uint64_t concurrent, users, clients, requests; /* requests: 0, or then it ends */
    uint64_t a_second;                             /* at most; 0: as fast as it goes */
    int64_t measure_ns;
    const char *user, *secret, *protocol, *key, *file;
    struct buf text; /* of the file: user and secret a line, between them a blank */
    struct slice *lines;
    size_t line_count;

    struct asker *askers;
    int epoll;
    struct random random;
    uint64_t asked, ok, denied, errors;
    struct latency latency;
};

/* ---- questions ---- */

/* As nginx escapes. */
static void add_escaped(struct buf *to, struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (c <= ' ' || c == '%')
            buf_addf(to, "%%%02X", c);
        else
            buf_add_char(to, text.ptr[i]);
    }
}

/* With the number in place of a `#`. */
static void add_numbered(struct buf *to, const char *pattern, uint32_t number)
{
    struct slice rest = slice_from_str(pattern), before = slice_cut(&rest, '#');
    add_escaped(to, before);
    if (rest.ptr != NULL)
        buf_addf(to, "%u", number);
    add_escaped(to, rest);
}

static void make_question(struct load *load, struct buf *to)
{
    uint32_t number = random_below(&load->random, (uint32_t)load->users);
    uint32_t client = random_below(&load->random, (uint32_t)load->clients);
    buf_clear(to);
    buf_add_str(to, "GET /auth HTTP/1.0\r\nHost: localhost\r\nAuth-Method: plain\r\nAuth-User: ");
    if (load->line_count > 0) {
        struct slice secret = load->lines[number], user = slice_cut(&secret, ' ');
        add_escaped(to, user);
        buf_add_str(to, "\r\nAuth-Pass: ");
        add_escaped(to, secret);
    } else {
        add_numbered(to, load->user, number);
        buf_add_str(to, "\r\nAuth-Pass: ");
        add_numbered(to, load->secret, number);
    }
    buf_addf(to, "\r\nAuth-Protocol: %s\r\nAuth-Login-Attempt: 1\r\n", load->protocol);
    buf_addf(to, "Client-IP: 10.%u.%u.%u\r\n", client >> 16, client >> 8 & 255, client & 255);
    if (load->key != NULL)
        buf_addf(to, "X-Auth-Key: %s\r\n", load->key);
    buf_add_str(to, "\r\n");
}

static void ask(struct load *load, struct asker *asker)
{
    static struct buf question;
    make_question(load, &question);
    load->asked++;
    asker->len = 0;
    asker->asked_ns = now_ns();
    asker->fd = dial(&load->to);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = asker};
    if (asker->fd >= 0 &&
        send(asker->fd, question.ptr, question.len, MSG_NOSIGNAL) == (ssize_t)question.len &&
        epoll_ctl(load->epoll, EPOLL_CTL_ADD, asker->fd, &event) == 0)
        return;
    load->errors++;
    if (asker->fd >= 0)
        close(asker->fd);
    asker->fd = -1;
}

/* ---- answers ---- */

static void take_answer(struct load *load, const struct asker *asker)
{
    struct slice answer = slice_of(asker->answer, asker->len);
    latency_add(&load->latency, (uint64_t)(now_ns() - asker->asked_ns));
    if (slice_find(answer, SLICE("\r\nAuth-Status: OK\r\n")) != NULL)
        load->ok++;
    else if (slice_find(answer, SLICE("\r\nAuth-Status: ")) != NULL)
        load->denied++;
    else
        load->errors++;
}

/* True: this one is over. */
static bool hear(struct load *load, struct asker *asker)
{
    ssize_t got =
        recv(asker->fd, asker->answer + asker->len, ANSWER_BYTES - asker->len, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return false;
    if (got > 0) {
        asker->len += (size_t)got;
        bool whole = slice_ends_with(slice_of(asker->answer, asker->len), SLICE("\r\n\r\n"));
        if (!whole && asker->len < ANSWER_BYTES)
            return false;
        take_answer(load, asker);
    } else {
        load->errors++;
    }
    close(asker->fd);
    asker->fd = -1;
    return true;
}

static bool is_over(const struct load *load, int64_t begin_ns)
{
    if (load->requests > 0)
        return load->asked >= load->requests;
    return now_ns() - begin_ns >= load->measure_ns;
}

static bool may_ask(const struct load *load, int64_t begin_ns)
{
    double seconds = (double)(now_ns() - begin_ns) / 1e9;
    return !is_over(load, begin_ns) &&
           (load->a_second == 0 || (double)load->asked < (double)load->a_second * seconds);
}

static void end_late(struct load *load)
{
    int64_t before = now_ns() - ANSWER_NS;
    for (uint64_t i = 0; i < load->concurrent; i++) {
        struct asker *asker = &load->askers[i];
        if (asker->fd < 0 || asker->asked_ns > before)
            continue;
        load->errors++;
        close(asker->fd);
        asker->fd = -1;
    }
}

/* Asks until it is over; what is under way then is heard. */
static void run(struct load *load, int64_t begin_ns)
{
    struct epoll_event events[EVENTS];
    uint64_t open = 1;
    for (uint64_t i = 0; i < load->concurrent; i++)
        load->askers[i].fd = -1;
    while (open > 0) {
        open = !is_over(load, begin_ns);
        for (uint64_t i = 0; i < load->concurrent; i++) {
            if (load->askers[i].fd < 0 && may_ask(load, begin_ns))
                ask(load, &load->askers[i]);
            open += load->askers[i].fd >= 0;
        }
        int wait_ms = load->a_second > 0 ? 1 : WAIT_MS;
        int ready = open > 0 ? epoll_wait(load->epoll, events, EVENTS, wait_ms) : 0;
        for (int i = 0; i < ready; i++)
            if (hear(load, events[i].data.ptr) && may_ask(load, begin_ns))
                ask(load, events[i].data.ptr);
        if (ready == 0)
            end_late(load);
    }
}

static void print(const struct load *load, double seconds)
{
    const struct latency *latency = &load->latency;
    printf("{\"requests\": %llu, \"seconds\": %.4f, \"a_second\": %.0f, \"p50_us\": %.2f, "
           "\"p99_us\": %.2f, \"longest_us\": %.2f, \"ok\": %llu, \"denied\": %llu, "
           "\"errors\": %llu}\n",
           (unsigned long long)load->asked, seconds, (double)latency->count / seconds,
           latency_quantile_us(latency, 0.5), latency_quantile_us(latency, 0.99),
           (double)latency->longest_ns / 1000, (unsigned long long)load->ok,
           (unsigned long long)load->denied, (unsigned long long)load->errors);
}

/* ---- command line ---- */

static int usage(void)
{
    fprintf(stderr, "usage: auth-load [--concurrent N] [--seconds N | --requests N] [--core N]\n"
                    "           [--users N] [--user PATTERN] [--secret PATTERN] [--file FILE]\n"
                    "           [--clients N] [--protocol imap] [--key KEY] [--rate N] ADDRESS\n"
                    "ADDRESS: 127.0.0.1:PORT or unix:/PATH\n"
                    "PATTERN: `#` is a number below that of the users\n"
                    "FILE: a user and a secret a line, with a blank between them\n");
    return 2;
}

static bool is_number(const char *text, uint64_t most, uint64_t *out)
{
    return slice_to_u64(slice_from_str(text), most, out) && *out > 0;
}

static bool pin(const char *text)
{
    uint64_t core;
    cpu_set_t set;
    if (!slice_to_u64(slice_from_str(text), CPU_SETSIZE - 1, &core))
        return false;
    CPU_ZERO(&set);
    CPU_SET(core, &set);
    return sched_setaffinity(0, sizeof(set), &set) == 0;
}

static bool take_option(struct load *load, int option)
{
    uint64_t seconds;
    switch (option) {
    case 'c':
        return is_number(optarg, 100000, &load->concurrent);
    case 'u':
        return is_number(optarg, USERS_MAX, &load->users);
    case 'i':
        return is_number(optarg, 1 << 24, &load->clients);
    case 'a':
        return is_number(optarg, 10000000, &load->a_second);
    case 'r':
        return is_number(optarg, UINT32_MAX, &load->requests);
    case 's':
        if (!is_number(optarg, 3600, &seconds))
            return false;
        load->measure_ns = (int64_t)seconds * 1000000000;
        return true;
    case 'n':
        load->user = optarg;
        return true;
    case 'p':
        load->secret = optarg;
        return true;
    case 'o':
        load->protocol = optarg;
        return true;
    case 'k':
        load->key = optarg;
        return true;
    case 'f':
        load->file = optarg;
        return true;
    case 'C':
        return pin(optarg);
    default:
        return false;
    }
}

static bool take_options(struct load *load, int argc, char **argv)
{
    static const struct option options[] = {
        {"concurrent", required_argument, NULL, 'c'},
        {"users", required_argument, NULL, 'u'},
        {"clients", required_argument, NULL, 'i'},
        {"requests", required_argument, NULL, 'r'},
        {"seconds", required_argument, NULL, 's'},
        {"user", required_argument, NULL, 'n'},
        {"secret", required_argument, NULL, 'p'},
        {"protocol", required_argument, NULL, 'o'},
        {"key", required_argument, NULL, 'k'},
        {"file", required_argument, NULL, 'f'},
        {"core", required_argument, NULL, 'C'},
        {"rate", required_argument, NULL, 'a'},
        {0},
    };
    int option;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
        if (!take_option(load, option))
            return false;
    return optind + 1 == argc && endpoint_parse(slice_from_str(argv[optind]), &load->to);
}

/* The lines that have both; the users are as many. */
static bool read_users(struct load *load)
{
    char line[LINE_BYTES];
    FILE *file = fopen(load->file, "r");
    if (file == NULL)
        return false;
    while (load->line_count < USERS_MAX && fgets(line, sizeof(line), file) != NULL) {
        struct slice text = slice_trim(slice_from_str(line));
        if (slice_find_char(text, ' ') == NULL)
            continue;
        buf_add(&load->text, text);
        buf_add_char(&load->text, '\n');
        load->line_count++;
    }
    fclose(file);
    struct slice rest = buf_slice(&load->text);
    load->lines = MEM_NEW_ARRAY(struct slice, load->line_count + 1);
    for (size_t i = 0; i < load->line_count; i++)
        load->lines[i] = slice_cut(&rest, '\n');
    load->users = load->line_count;
    errno = ENODATA;
    return load->line_count > 0;
}

int main(int argc, char **argv)
{
    static struct load load = {.concurrent = 32,
                               .users = 10000,
                               .clients = 1,
                               .measure_ns = 2000000000,
                               .user = "user#@example.jp",
                               .secret = "secret-#",
                               .protocol = "imap"};
    if (!take_options(&load, argc, argv))
        return usage();
    if (load.file != NULL && !read_users(&load)) {
        perror("auth-load: users");
        return 3;
    }
    load.epoll = epoll_create1(EPOLL_CLOEXEC);
    load.askers = MEM_NEW_ARRAY(struct asker, load.concurrent);
    int64_t begin = now_ns();
    random_init(&load.random, (uint64_t)begin);
    run(&load, begin);
    print(&load, (double)(now_ns() - begin) / 1e9);
    mem_free(load.askers);
    mem_free(load.lines);
    buf_done(&load.text);
    return load.latency.count > 0 ? 0 : 3;
}
