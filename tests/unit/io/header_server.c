/* SPDX-License-Identifier: Apache-2.0
 *
 * The server and who asks it in one process. The answer says what was asked; a path says how: at
 * once, at the next tick, never, or only when the loop that stands still is let go. Whatever is
 * refused, no header of an answer may be in it.
 */
#include "io/header_server.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "io/listen_socket.h"
#include "io/sandbox.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { PATIENCE_MS = 20000, LIMIT = 6000, LATER_MAX = 64, HEARD_MAX = 8192 };

struct fixture {
    struct header_server *server;
    char path[100];
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool standing, go;
    /* The server's thread only. */
    struct header_ticket later[LATER_MAX];
    size_t later_count;
    atomic_uint gone; /* answers that nobody waited for */
    atomic_bool ended;
};

static void stand_still(struct fixture *fixture)
{
    pthread_mutex_lock(&fixture->lock);
    fixture->standing = true;
    pthread_cond_broadcast(&fixture->changed);
    while (!fixture->go)
        pthread_cond_wait(&fixture->changed, &fixture->lock);
    fixture->standing = fixture->go = false;
    pthread_mutex_unlock(&fixture->lock);
}

/* `X-Said: path|peer|name=value|...` but for Host. */
static void say_question(const struct header_question *question, bool fed, struct buf *to)
{
    buf_addf(to, "X-Said: %.*s|", SLICE_ARG(question->path));
    if (question->is_unix)
        buf_add_str(to, "unix");
    ip_address_format(&question->peer, to);
    for (size_t i = 0; i < question->count; i++) {
        const struct header_field *field = &question->headers[i];
        if (!slice_ieq(field->name, SLICE("Host")))
            buf_addf(to, "|%.*s=%.*s", SLICE_ARG(field->name), SLICE_ARG(field->value));
    }
    buf_add_str(to, fed ? "\r\nX-End: .\r\n" : "\r\nX-End: unfed\r\n");
}

static void ask(void *context, bool fed, const struct header_question *question)
{
    struct fixture *fixture = context;
    CLEANUP_BUF struct buf lines = {0};
    if (slice_eq(question->path, SLICE("/never")))
        return;
    if (slice_eq(question->path, SLICE("/later"))) {
        assert_true(fixture->later_count < LATER_MAX);
        fixture->later[fixture->later_count++] = question->ticket;
        return;
    }
    if (slice_eq(question->path, SLICE("/still")))
        stand_still(fixture);
    say_question(question, fed, &lines);
    assert_true(header_answer(&question->ticket, buf_slice(&lines)));
    assert_false(header_answer(&question->ticket, SLICE("X-Said: twice\r\n")));
}

static void tick(void *context)
{
    struct fixture *fixture = context;
    for (size_t i = 0; i < fixture->later_count; i++)
        if (!header_answer(&fixture->later[i], SLICE("X-Said: later\r\n")))
            atomic_fetch_add(&fixture->gone, 1);
    fixture->later_count = 0;
}

static void end(void *context)
{
    struct fixture *fixture = context;
    atomic_store(&fixture->ended, true);
}

static struct fixture *start_at(struct header_server_options options, const char *more)
{
    static struct fixture fixture;
    char folder[64], address[120];
    struct err err = {0};
    fixture =
        (struct fixture){.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};
    assert_non_null(getcwd(folder, sizeof(folder)));
    snprintf(fixture.path, sizeof(fixture.path), "%s/asked", folder);
    snprintf(address, sizeof(address), "unix:%s", fixture.path);
    const char *const addresses[] = {address, more};
    options.addresses = addresses;
    options.address_count = more != NULL ? 2 : 1;
    options.ask = ask;
    options.tick = tick;
    options.end = end;
    options.context = &fixture;
    fixture.server = header_server_start(&options, &err);
    if (fixture.server == NULL)
        fail_msg("%s", err.text);
    return &fixture;
}

static struct fixture *start(struct header_server_options options)
{
    return start_at(options, NULL);
}

static void stop(struct fixture *fixture)
{
    header_server_stop(fixture->server);
    assert_true(atomic_load(&fixture->ended));
    assert_int_not_equal(access(fixture->path, F_OK), 0);
}

/* ---- who asks ---- */

/* -1: refused. */
static int dial(const struct fixture *fixture)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    memcpy(address.sun_path, fixture->path, sizeof(fixture->path));
    if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0)
        return fd;
    assert_true(errno == ECONNREFUSED || errno == ENOENT);
    close(fd);
    return -1;
}

static int dial_port(uint16_t port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
    return fd;
}

static void say_bytes(int fd, struct slice bytes)
{
    while (bytes.len > 0) {
        ssize_t sent = send(fd, bytes.ptr, bytes.len, MSG_NOSIGNAL);
        if (sent <= 0)
            return; /* it was refused before all was said */
        bytes = slice_skip(bytes, (size_t)sent);
    }
}

static void say(int fd, const char *text)
{
    say_bytes(fd, slice_from_str(text));
}

/* Of one answer, or to the end of the connection. */
static void hear(int fd, char *to, bool to_end)
{
    size_t len = 0;
    to[0] = '\0';
    while (len + 1 < HEARD_MAX && (to_end || strstr(to, "\r\n\r\n") == NULL)) {
        struct pollfd polled = {.fd = fd, .events = POLLIN};
        assert_int_equal(poll(&polled, 1, PATIENCE_MS), 1);
        ssize_t got = recv(fd, to + len, to_end ? HEARD_MAX - 1 - len : 1, 0);
        if (got <= 0)
            break;
        len += (size_t)got;
        to[len] = '\0';
    }
}

static void check_heard(const char *heard, const char *line)
{
    if (strncmp(heard, "HTTP/1.1 200 OK\r\n", 17) != 0 || strstr(heard, line) == NULL)
        fail_msg("%s is not in %s", line, heard);
}

#define TEN(path) "GET " path " HTTP/1.0\r\nHost: x\r\n"
#define ELEVEN(path) "GET " path " HTTP/1.1\r\nHost: x\r\n"

/* One question, as nginx asks. */
static void check_asked(int fd, const char *question, const char *line)
{
    char heard[HEARD_MAX];
    say(fd, question);
    hear(fd, heard, true);
    check_heard(heard, line);
    close(fd);
}

/* One of several on a connection. */
static void check_kept(int fd, const char *question, const char *line)
{
    char heard[HEARD_MAX];
    say(fd, question);
    hear(fd, heard, false);
    check_heard(heard, line);
}

static void check_closed(int fd)
{
    char heard[HEARD_MAX];
    hear(fd, heard, true);
    assert_string_equal(heard, "");
    close(fd);
}

static struct header_counts counts_of(const struct fixture *fixture)
{
    struct header_counts counts;
    header_server_counts(fixture->server, &counts);
    return counts;
}

/* A port that was free a moment ago. */
static uint16_t free_port(void)
{
    struct listen_socket probe;
    struct err err = {0};
    assert_true(listen_socket_open(&probe, "127.0.0.1:0", NULL, &err));
    uint16_t port = probe.port;
    listen_socket_close(&probe);
    return port;
}

/* ---- what is answered ---- */

static void as_nginx_asks(void **state)
{
    (void)state;
    char by_port[64], heard[HEARD_MAX];
    uint16_t port = free_port();
    snprintf(by_port, sizeof(by_port), "127.0.0.1:%u", port);
    struct fixture *fixture = start_at((struct header_server_options){0}, by_port);
    check_asked(dial(fixture), TEN("/auth?ha=1") "Auth-User: a%20b\r\nauth-user:  c:d\r\n\r\n",
                "\r\nX-Said: /auth|unix|Auth-User=a%20b|auth-user=c:d\r\nX-End: .\r\n");
    check_asked(dial_port(port), TEN("/") "Auth-Pass: \x7f\xff+\r\nEmpty:\r\n\r\n",
                "\r\nX-Said: /|127.0.0.1|Auth-Pass=\x7f\xff+|Empty=\r\n");
    check_asked(dial(fixture), "GET / HTTP/1.0\n\n", "\r\nX-Said: /|unix\r\n");
    int fd = dial(fixture);
    say(fd, TEN("/later") "\r\n");
    hear(fd, heard, true);
    check_heard(heard, "\r\nX-Said: later\r\n");
    close(fd);
    size_t around = strlen(heard) - strlen("X-Said: later\r\n");
    assert_true(around <= 124); /* what a reply of mail/auth_reply leaves room for */
    struct header_counts counts = counts_of(fixture);
    assert_int_equal(counts.asked, 4);
    assert_int_equal(counts.answered, 4);
    assert_int_equal(counts.bad, 0);
    stop(fixture);
}

static void one_after_the_other(void **state)
{
    (void)state;
    struct fixture *fixture = start((struct header_server_options){0});
    int fd = dial(fixture);
    check_kept(fd, ELEVEN("/1") "A: b\r\n\r\n", "X-Said: /1|unix|A=b\r\n");
    check_kept(fd, ELEVEN("/later") "\r\n", "X-Said: later\r\n");
    check_kept(fd, ELEVEN("/2") "Content-Length: 0\r\n\r\n",
               "X-Said: /2|unix|Content-Length=0\r\n");
    check_kept(fd, ELEVEN("/3") "\r\n" ELEVEN("/later") "\r\n" ELEVEN("/4") "\r\n",
               "X-Said: /3|unix\r\n");
    check_kept(fd, "", "X-Said: later\r\n");
    check_kept(fd, "", "X-Said: /4|unix\r\n");
    check_asked(fd, ELEVEN("/5") "Connection: close\r\n\r\n", "X-Said: /5|unix|Connection=close");
    assert_int_equal(counts_of(fixture).connections, 1);
    stop(fixture);
}

static void in_pieces(void **state)
{
    (void)state;
    static const char question[] = TEN("/p") "Auth-User: alice\r\nAuth-Pass: x y\r\n\r\n";
    struct fixture *fixture = start((struct header_server_options){0});
    int fds[2] = {dial(fixture), dial(fixture)};
    for (size_t i = 0; i + 1 < sizeof(question); i++)
        for (size_t k = 0; k < 2; k++) {
            say_bytes(fds[k], slice_of(question + i, 1));
            if (i % 16 == 0) /* others are answered meanwhile */
                check_asked(dial(fixture), TEN("/") "\r\n", "X-Said: /|unix\r\n");
        }
    for (size_t k = 0; k < 2; k++)
        check_asked(fds[k], "", "X-Said: /p|unix|Auth-User=alice|Auth-Pass=x y\r\n");
    stop(fixture);
}

/* ---- what is refused ---- */

struct refusal {
    const char *text;
    size_t len;
    const char *wanted; /* begin of the answer; "": any that is not 200 */
};
#define ROW(text, wanted) \
    { \
        text, sizeof(text) - 1, wanted \
    }
#define A "Auth-User: a\r\n"

static const struct refusal refusals[] = {
    ROW("POST / HTTP/1.0\r\n" A "\r\n", "HTTP/1.1 405 "),
    ROW("HEAD / HTTP/1.0\r\n" A "\r\n", "HTTP/1.1 405 "),
    ROW("OPTIONS * HTTP/1.1\r\nHost: x\r\n" A "\r\n", "HTTP/1.1 405 "),
    ROW("get / HTTP/1.0\r\n" A "\r\n", "HTTP/1.1 405 "),
    ROW("POST / HTTP/1.0\r\nContent-Length: 3\r\n\r\nabc", "HTTP/1.1 405 "),
    ROW("GET / HTTP/1.0\r\n" A "Content-Length: 3\r\n\r\nabc", "HTTP/1.1 400 "),
    ROW("GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 400 "),
    ROW("GET / HTTP/1.1\r\n" A "\r\n", "HTTP/1.1 400 "), /* no Host */
    ROW("GET / HTTP/1.0\r\nAuth-Pass: a\r\n b\r\n\r\n", "HTTP/1.1 400 "),
    ROW("GET / HTTP/1.0\r\nAuth-Pass: a\r\n\tb\r\n" A "\r\n", "HTTP/1.1 400 "),
    ROW("GET / HTTP/1.0\r\nAuth-Pass: a\r\n \r\n" A "\r\n", "HTTP/1.1 400 "),
    ROW("GET / HTTP/1.0\r\nAuth-Pass: a\r\n \r\n\r\n", "HTTP/1.1 400 "),
    ROW("GET / HTTP/1.0\r\nAuth-Pass:\r\n b\r\n" A "\r\n", "HTTP/1.1 400 "),
    ROW("GET / HTTP/1.0\r\nAuth-Us\r\n er: b\r\n" A "\r\n", "HTTP/1.1 400 "),
    ROW("GET / HTTP/1.0\n"
        "Auth-Pass: a\n b\n\n",
        "HTTP/1.1 400 "),
    ROW("GET / HTTP/1.0\r\nAuth-Pass: pw\0tail\r\n" A "\r\n", "HTTP/1.1 400 "),
    ROW("GET / HTTP/1.0\r\nAuth-Pass: pw\0tail\r\n\r\n", "HTTP/1.1 400 "),
    ROW("GET / HTTP/1.0\r\nAuth\0-Pass: pw\r\n\r\n", ""),
    ROW("GET / HTTP/1.0\r\nno colon\r\n\r\n", "HTTP/1.1 400 "),
    ROW("\x16\x03\x01\x02\r\n\r\n", ""),
};

static void check_refused(const struct fixture *fixture, struct slice question, const char *wanted)
{
    char heard[HEARD_MAX];
    int fd = dial(fixture);
    say_bytes(fd, question);
    (void)shutdown(fd, SHUT_WR);
    hear(fd, heard, true);
    close(fd);
    if (strncmp(heard, wanted, strlen(wanted)) != 0 || strncmp(heard, "HTTP/1.1 200", 12) == 0 ||
        strstr(heard, "X-Said") != NULL)
        fail_msg("%.*s: %s instead of %s", SLICE_ARG(question), heard, wanted);
}

static void it_fails_closed(void **state)
{
    (void)state;
    struct fixture *fixture = start((struct header_server_options){0});
    for (size_t i = 0; i < COUNT(refusals); i++)
        check_refused(fixture, slice_of(refusals[i].text, refusals[i].len), refusals[i].wanted);
    check_asked(dial(fixture), TEN("/") "\r\n", "X-Said: /|unix\r\n");
    struct header_counts counts = counts_of(fixture);
    assert_int_equal(counts.asked, 1);
    assert_true(counts.bad >= 10);
    stop(fixture);
}

static void heads_that_are_too_long(void **state)
{
    (void)state;
    struct fixture *fixture = start((struct header_server_options){0});
    CLEANUP_BUF struct buf text = {0};
    for (size_t lines = HEADER_LINES_MAX; lines <= HEADER_LINES_MAX + 1; lines++) {
        buf_clear(&text);
        buf_add_str(&text, "GET / HTTP/1.0\r\n");
        for (size_t i = 0; i < lines; i++)
            buf_addf(&text, "A%zu: b\r\n", i);
        buf_add_str(&text, "\r\n");
        if (lines > HEADER_LINES_MAX)
            check_refused(fixture, buf_slice(&text), "HTTP/1.1 431 ");
        else
            check_asked(dial(fixture), buf_str(&text), "|A99=b\r\n");
    }
    static const size_t sizes[] = {HEADER_HEAD_MAX + 1, 200000};
    for (size_t i = 0; i < COUNT(sizes); i++) {
        buf_clear(&text);
        buf_add_str(&text, "GET /never HTTP/1.0\r\nAuth-Pass: ");
        memset(buf_reserve(&text, sizes[i]), 'x', sizes[i]);
        text.len += sizes[i];
        buf_add_str(&text, "\r\n\r\n");
        check_refused(fixture, buf_slice(&text), "");
    }
    assert_int_equal(counts_of(fixture).asked, 1);
    stop(fixture);
}

/* ---- bounds ---- */

static void wait_for(const struct fixture *fixture, bool (*is_so)(const struct header_counts *))
{
    for (int i = 0;; i++) {
        struct header_counts counts = counts_of(fixture);
        if (is_so(&counts))
            return;
        if (i == LIMIT)
            fail_msg("it does not come so");
        usleep(10000);
    }
}

static bool are_four_asked(const struct header_counts *counts)
{
    return counts->asked == 4;
}

static bool is_none_open(const struct header_counts *counts)
{
    return counts->open == 0;
}

static void who_is_idle_gives_way(void **state)
{
    (void)state;
    struct fixture *fixture = start((struct header_server_options){.connections_max = 4});
    int fds[5];
    for (size_t i = 0; i < 4; i++) {
        fds[i] = dial(fixture);
        check_kept(fds[i], ELEVEN("/") "\r\n", "X-Said: /|unix\r\n");
    }
    fds[4] = dial(fixture);
    check_kept(fds[4], ELEVEN("/5") "\r\n", "X-Said: /5|unix\r\n");
    check_closed(fds[0]);
    assert_int_equal(counts_of(fixture).gave_way, 1);
    for (size_t i = 1; i < 5; i++)
        check_asked(fds[i], TEN("/again") "\r\n", "X-Said: /again|unix\r\n");
    wait_for(fixture, is_none_open);
    stop(fixture);
}

static void all_are_at_work(void **state)
{
    (void)state;
    struct fixture *fixture = start((struct header_server_options){.connections_max = 4});
    int fds[4];
    for (size_t i = 0; i < 4; i++) {
        fds[i] = dial(fixture);
        say(fds[i], TEN("/never") "\r\n");
    }
    wait_for(fixture, are_four_asked);
    check_closed(dial(fixture));
    assert_int_equal(counts_of(fixture).refused, 1);
    for (size_t i = 0; i < 4; i++)
        close(fds[i]);
    stop(fixture); /* with questions that wait */
}

/* Half a head, an answer that does not come, and a connection without a word. */
static void who_is_late(void **state)
{
    (void)state;
    struct fixture *fixture =
        start((struct header_server_options){.patience_us = 50000, .answer_wait_us = 50000});
    int half = dial(fixture), silent = dial(fixture), waiting = dial(fixture);
    say(half, TEN("/") "Auth-Us");
    say(waiting, TEN("/never") "\r\n");
    check_closed(half);
    check_closed(silent);
    check_closed(waiting);
    struct header_counts counts = counts_of(fixture);
    assert_int_equal(counts.late, 2);
    assert_int_equal(counts.unanswered, 1);
    check_asked(dial(fixture), TEN("/") "\r\n", "X-Said: /|unix\r\n");
    stop(fixture);
}

/* New ones are turned away, old ones answered, and nothing spins. */
static void no_descriptor_left(void **state)
{
    (void)state;
    struct fixture *fixture = start((struct header_server_options){0});
    int old = dial(fixture), taken[4096], late[3];
    size_t count = 0;
    check_kept(old, ELEVEN("/") "\r\n", "X-Said: /|unix\r\n");
    for (size_t i = 0; i < 3; i++)
        assert_true((late[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) >= 0);
    struct rlimit before, few;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    few = before;
    few.rlim_cur = 200;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
    while (count < 4096 && (taken[count] = dup(old)) >= 0)
        count++;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    memcpy(address.sun_path, fixture->path, sizeof(fixture->path));
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(connect(late[i], (const struct sockaddr *)&address, sizeof(address)), 0);
        check_closed(late[i]);
        late[i] = -1;
        check_kept(old, ELEVEN("/y") "\r\n", "X-Said: /y|unix\r\n");
        taken[count++] = dup(old);
        assert_true(taken[count - 1] >= 0);
    }
    while (count > 0)
        close(taken[--count]);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_int_equal(counts_of(fixture).refused, 3);
    check_asked(dial(fixture), TEN("/z") "\r\n", "X-Said: /z|unix\r\n");
    close(old);
    stop(fixture);
}

static void who_went_away_is_known(void **state)
{
    (void)state;
    struct fixture *fixture = start((struct header_server_options){0});
    for (int i = 0; i < 4; i++) {
        int fd = dial(fixture);
        say(fd, TEN("/later") "\r\n");
        (void)shutdown(fd, SHUT_RDWR);
        close(fd);
        check_asked(dial(fixture), TEN("/later") "\r\n", "X-Said: later\r\n");
    }
    wait_for(fixture, is_none_open);
    stop(fixture);
}

/* ---- two threads ---- */

static void nobody_feeds(void **state)
{
    (void)state;
    struct fixture *fixture = start((struct header_server_options){.unfed_us = 1});
    usleep(1000);
    check_asked(dial(fixture), TEN("/") "\r\n", "\r\nX-End: unfed\r\n");
    stop(fixture);
}

static void feed_until(const struct fixture *fixture, bool answers)
{
    for (int i = 0; header_server_feed(fixture->server) != answers; i++) {
        if (i == LIMIT)
            fail_msg("it %s answers", answers ? "never" : "still");
        usleep(10000);
    }
}

/* The loop stands still: whoever asked, has connected or connects now is told so, not kept. */
static void the_loop_stands_still(void **state)
{
    (void)state;
    struct fixture *fixture = start((struct header_server_options){.stalled_us = 300000});
    int asked = dial(fixture), kept = dial(fixture), never = dial(fixture);
    check_kept(kept, ELEVEN("/") "\r\n", "X-Said: /|unix\r\n");
    say(never, TEN("/never") "\r\n");
    say(asked, TEN("/still") "\r\n");
    pthread_mutex_lock(&fixture->lock);
    while (!fixture->standing)
        pthread_cond_wait(&fixture->changed, &fixture->lock);
    pthread_mutex_unlock(&fixture->lock);
    feed_until(fixture, false);
    check_closed(asked);
    check_closed(kept);
    check_closed(never);
    assert_int_equal(dial(fixture), -1);
    pthread_mutex_lock(&fixture->lock);
    fixture->go = true;
    pthread_cond_broadcast(&fixture->changed);
    pthread_mutex_unlock(&fixture->lock);
    feed_until(fixture, true);
    check_asked(dial(fixture), TEN("/x") "\r\n", "X-Said: /x|unix\r\n");
    assert_true(counts_of(fixture).cut_off >= 1); /* a loaded machine stands still by itself */
    wait_for(fixture, is_none_open);
    stop(fixture);
}

static void a_socket_that_was_removed_comes_again(void **state)
{
    (void)state;
    struct fixture *fixture = start((struct header_server_options){0});
    int before = dial(fixture), after;
    assert_int_equal(unlink(fixture->path), 0);
    for (int i = 0; (after = dial(fixture)) < 0; i++) {
        if (i == LIMIT)
            fail_msg("it does not come again");
        usleep(10000);
    }
    check_asked(after, TEN("/a") "\r\n", "X-Said: /a|unix\r\n");
    check_asked(before, TEN("/b") "\r\n", "X-Said: /b|unix\r\n");
    stop(fixture);
}

static void what_cannot_be_listened_at(void **state)
{
    (void)state;
    struct fixture *fixture = start((struct header_server_options){0});
    static const char *const addresses[] = {"unix:/absent-folder/x", "x", "unix:/tmp"};
    struct err err = {0};
    for (size_t i = 0; i < COUNT(addresses); i++) {
        const struct header_server_options options = {
            .addresses = &addresses[i], .address_count = 1, .ask = ask};
        assert_null(header_server_start(&options, &err));
        assert_int_not_equal(err.code, ERR_NONE);
    }
    stop(fixture);
}

/* Many at once, at once and later, while the owner feeds and looks. */
static void *ask_much(void *data)
{
    const struct fixture *fixture = data;
    for (int i = 0; i < 200; i++)
        if (i % 50 == 0)
            check_asked(dial(fixture), TEN("/later") "\r\n", "X-Said: later\r\n");
        else
            check_asked(dial(fixture), TEN("/m") "A: b\r\n\r\n", "X-Said: /m|unix|A=b\r\n");
    return NULL;
}

static void many_ask(void **state)
{
    (void)state;
    struct fixture *fixture = start((struct header_server_options){0});
    pthread_t threads[4];
    for (size_t i = 0; i < COUNT(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, ask_much, fixture), 0);
    for (int i = 0; i < 100; i++) {
        (void)header_server_feed(fixture->server);
        (void)counts_of(fixture);
    }
    for (size_t i = 0; i < COUNT(threads); i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_int_equal(counts_of(fixture).answered, COUNT(threads) * 200);
    stop(fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_nginx_asks),
        cmocka_unit_test(one_after_the_other),
        cmocka_unit_test(in_pieces),
        cmocka_unit_test(it_fails_closed),
        cmocka_unit_test(heads_that_are_too_long),
        cmocka_unit_test(who_is_idle_gives_way),
        cmocka_unit_test(all_are_at_work),
        cmocka_unit_test(who_is_late),
        cmocka_unit_test(no_descriptor_left),
        cmocka_unit_test(who_went_away_is_known),
        cmocka_unit_test(nobody_feeds),
        cmocka_unit_test(the_loop_stands_still),
        cmocka_unit_test(a_socket_that_was_removed_comes_again),
        cmocka_unit_test(what_cannot_be_listened_at),
        cmocka_unit_test(many_ask),
    };
    return cmocka_run_group_tests(tests, sandbox_enter, sandbox_leave);
}
