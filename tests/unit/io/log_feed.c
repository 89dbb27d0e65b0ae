/* SPDX-License-Identifier: Apache-2.0
 *
 * The feed with its threads: many sources, reload, status, listeners and their limits. Waits for
 * what must come, never for a time.
 */
#include "io/log_feed.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "io/follow_fixture.h"
#include "io/log_tail.h"
#include "io/sandbox.h"

enum { SOURCES = 40, WAIT_MS = 60000 };

/* What the feed's thread gave, for the test's thread. */
struct heard {
    pthread_mutex_t lock;
    size_t lines[SOURCES];
    struct buf last[SOURCES];
    struct log_position at[SOURCES];
    struct buf events;
    size_t reloads;
};

static void take_line(void *user, const struct log_item *item)
{
    struct heard *heard = user;
    pthread_mutex_lock(&heard->lock);
    heard->lines[item->source]++;
    buf_clear(&heard->last[item->source]);
    buf_add(&heard->last[item->source], item->line);
    pthread_mutex_unlock(&heard->lock);
}

static void take_pause(void *user, size_t source, const struct log_position *at)
{
    struct heard *heard = user;
    pthread_mutex_lock(&heard->lock);
    heard->at[source] = *at;
    pthread_mutex_unlock(&heard->lock);
}

static void take_event(void *user, size_t source, enum log_event event, const char *text)
{
    struct heard *heard = user;
    pthread_mutex_lock(&heard->lock);
    buf_addf(&heard->events, "%zu %d %s\n", source, (int)event, text);
    pthread_mutex_unlock(&heard->lock);
}

static void take_reload(void *user)
{
    struct heard *heard = user;
    pthread_mutex_lock(&heard->lock);
    heard->reloads++;
    pthread_mutex_unlock(&heard->lock);
}

static size_t lines_of(struct heard *heard, size_t source)
{
    pthread_mutex_lock(&heard->lock);
    size_t lines = heard->lines[source];
    pthread_mutex_unlock(&heard->lock);
    return lines;
}

static bool was_told(struct heard *heard, const char *words)
{
    pthread_mutex_lock(&heard->lock);
    bool told = strstr(buf_str(&heard->events), words) != NULL;
    pthread_mutex_unlock(&heard->lock);
    return told;
}

#define WAIT_UNTIL(condition) \
    do { \
        for (int ms_ = 0; !(condition); ms_++) { \
            assert_true(ms_ < WAIT_MS); \
            usleep(1000); \
        } \
    } while (0)

static int set_up(void **state)
{
    struct heard *heard = calloc(1, sizeof(*heard));
    pthread_mutex_init(&heard->lock, NULL);
    *state = heard;
    return 0;
}

static int tear_down(void **state)
{
    struct heard *heard = *state;
    for (size_t i = 0; i < SOURCES; i++)
        buf_done(&heard->last[i]);
    buf_done(&heard->events);
    pthread_mutex_destroy(&heard->lock);
    free(heard);
    return 0;
}

static struct log_feed *start(struct heard *heard, struct log_feed_source *sources, size_t count)
{
    struct err err = {0};
    struct log_sink sink = {
        .user = heard, .line = take_line, .pause = take_pause, .tell = take_event};
    struct log_feed_options options = {.sources = sources,
                                       .count = count,
                                       .spool_folder = "spool",
                                       .spool_bytes_max = 1 << 20,
                                       .linger_us = 1000000};
    struct log_feed *feed = log_feed_start(&options, &sink, &err);
    assert_string_equal(err.text, "");
    assert_non_null(feed);
    return feed;
}

static void many_files(void **state)
{
    struct heard *heard = *state;
    struct log_feed_source sources[SOURCES] = {0};
    char names[SOURCES][16];
    for (size_t i = 0; i < SOURCES; i++) {
        snprintf(names[i], sizeof(names[i]), "many%zu.log", i);
        sources[i].name = names[i];
        sandbox_append(names[i], "first\n");
    }
    struct log_feed *feed = start(heard, sources, SOURCES);
    for (size_t i = 0; i < SOURCES; i++)
        WAIT_UNTIL(lines_of(heard, i) == 1);
    for (size_t i = 0; i < SOURCES; i++)
        sandbox_append(names[i], "second\nthird\n");
    struct log_feed_status status = {0};
    for (size_t i = 0; i < SOURCES; i++) {
        WAIT_UNTIL(lines_of(heard, i) == 3);
        WAIT_UNTIL(log_feed_status(feed, i, &status) && status.lines == 3);
        assert_int_equal(status.behind_bytes, 0);
        assert_true(status.last_line_us > 0);
        assert_string_equal(buf_str(&heard->last[i]), "third");
    }
    assert_false(log_feed_status(feed, SOURCES, &status));
    log_feed_stop(feed);
}

/* Same sources go on under new numbers, others end and begin. */
static void reloads(void **state)
{
    struct heard *heard = *state;
    struct log_feed_source sources[] = {{.name = "re-a.log"}, {.name = "re-b.log"}};
    struct log_feed_source others[] = {{.name = "re-b.log"}, {.name = "re-c.log"}};
    sandbox_append("re-a.log", "a\n");
    sandbox_append("re-b.log", "b1\nb2\n");
    sandbox_append("re-c.log", "c\n");
    struct log_feed *feed = start(heard, sources, 2);
    WAIT_UNTIL(lines_of(heard, 0) == 1 && lines_of(heard, 1) == 2);
    struct log_feed_options options = {.sources = others, .count = 2, .linger_us = 1000000};
    log_feed_reload(feed, &options, take_reload);
    WAIT_UNTIL(lines_of(heard, 1) == 3); /* c */
    pthread_mutex_lock(&heard->lock);
    assert_int_equal(heard->reloads, 1);
    assert_int_equal(heard->lines[0], 1);
    pthread_mutex_unlock(&heard->lock);
    sandbox_append("re-a.log", "nobody hears it\n");
    sandbox_append("re-b.log", "b3\n");
    WAIT_UNTIL(lines_of(heard, 0) == 2);
    assert_string_equal(buf_str(&heard->last[0]), "b3");
    struct log_feed_options none = {.count = 0};
    log_feed_reload(feed, &none, take_reload);
    log_feed_reload(feed, &options, take_reload); /* may come before the last was looked at */
    log_feed_stop(feed);
}

/* A burst in one file does not keep another waiting. */
static void is_fair(void **state)
{
    struct heard *heard = *state;
    struct buf CLEANUP_BUF text = {0};
    struct log_feed_source sources[] = {{.name = "burst.log"}, {.name = "quiet.log"}};
    make_lines(0, 100000, &text);
    sandbox_write("burst.log", buf_slice(&text));
    sandbox_append("quiet.log", "a\n");
    pthread_mutex_lock(&heard->lock); /* the feed stands at its first line */
    struct log_feed *feed = start(heard, sources, 2);
    pthread_mutex_unlock(&heard->lock);
    size_t burst = 0;
    WAIT_UNTIL((burst = lines_of(heard, 0), lines_of(heard, 1) == 1));
    WAIT_UNTIL(lines_of(heard, 0) == 100000);
    log_feed_stop(feed);
    assert_true(burst <= 100000);
}

static void stops_at_once(void **state)
{
    struct heard *heard = *state;
    struct log_feed_source sources[] = {{.name = "none.log"}};
    log_feed_stop(start(heard, NULL, 0));
    log_feed_stop(start(heard, sources, 1));
    log_feed_stop(NULL);
}

/* --- Listeners --- */

static uint16_t free_port(int kind)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t len = sizeof(address);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, kind, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
    close(fd);
    return ntohs(address.sin_port);
}

/* A connected socket; waits until somebody listens. */
static int connect_to(int kind, uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = -1;
    WAIT_UNTIL((close(fd), fd = socket(AF_INET, kind, 0),
                connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0));
    return fd;
}

static void send_text(int fd, const char *text)
{
    assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

struct listener {
    struct log_feed_source source;
    struct syslog_listener_options options;
    char address[64];
    uint16_t port;
};

static void make_listener(struct listener *listener, enum syslog_transport transport)
{
    *listener = (struct listener){.options = {.transport = transport}};
    listener->port = free_port(transport == SYSLOG_TCP ? SOCK_STREAM : SOCK_DGRAM);
    snprintf(listener->address, sizeof(listener->address), "127.0.0.1:%u", listener->port);
    listener->options.address = listener->address;
    listener->source =
        (struct log_feed_source){.kind = LOG_FEED_SYSLOG, .listener = &listener->options};
}

#define WAIT_COUNT(feed, field, wanted) \
    do { \
        struct log_feed_status status_ = {0}; \
        WAIT_UNTIL(log_feed_status(feed, 0, &status_) && status_.syslog.field == (wanted)); \
    } while (0)

/* Connections beyond the limit are closed, and those that send no syslog. */
static void tcp_limits(void **state)
{
    struct heard *heard = *state;
    struct listener listener;
    char byte;
    make_listener(&listener, SYSLOG_TCP);
    listener.source.name = "limits";
    listener.options.connections_max = 2;
    struct log_feed *feed = start(heard, &listener.source, 1);
    int first = connect_to(SOCK_STREAM, listener.port);
    int second = connect_to(SOCK_STREAM, listener.port);
    WAIT_COUNT(feed, connections, 2);
    int third = connect_to(SOCK_STREAM, listener.port);
    assert_int_equal(recv(third, &byte, 1, 0), 0);
    WAIT_COUNT(feed, connections_refused, 1);
    WAIT_UNTIL(was_told(heard, "too many connections: one of 127.0.0.1 was closed"));
    send_text(first, "\x16\x03\x01");
    assert_int_equal(recv(first, &byte, 1, 0), 0);
    WAIT_COUNT(feed, bad_frames, 1);
    close(second);
    WAIT_COUNT(feed, connections, 0);
    log_feed_stop(feed);
    close(first);
    close(third);
}

static void tcp_idle(void **state)
{
    struct heard *heard = *state;
    struct listener listener;
    char byte;
    make_listener(&listener, SYSLOG_TCP);
    listener.source.name = "idle";
    listener.options.idle_us = 1;
    struct log_feed *feed = start(heard, &listener.source, 1);
    int fd = connect_to(SOCK_STREAM, listener.port);
    send_text(fd, "<22>whole\n<22>begun, never ended");
    assert_int_equal(recv(fd, &byte, 1, 0), 0);
    WAIT_COUNT(feed, idle_closed, 1);
    WAIT_UNTIL(lines_of(heard, 0) == 1);
    log_feed_stop(feed);
    close(fd);
}

static void append_filler(struct buf *to, size_t len)
{
    for (size_t i = 0; i < len; i++)
        buf_add_char(to, 'x');
}

/* Nothing is kept elsewhere, so the spool fills up: datagrams are dropped and counted, and heard
 * again when there is room. */
static void udp_flood(void **state)
{
    struct heard *heard = *state;
    struct listener listener;
    struct buf CLEANUP_BUF text = {0};
    struct log_feed_status status = {0};
    make_listener(&listener, SYSLOG_UDP);
    listener.source.name = "flood";
    struct log_feed *feed = start(heard, &listener.source, 1);
    int fd = connect_to(SOCK_DGRAM, listener.port);
    buf_add_str(&text, "<22>");
    append_filler(&text, 30000);
    WAIT_UNTIL((send(fd, text.ptr, text.len, MSG_NOSIGNAL),
                log_feed_status(feed, 0, &status) && status.syslog.dropped > 10));
    WAIT_UNTIL(was_told(heard, "is full: what comes by datagram is dropped"));
    WAIT_UNTIL(lines_of(heard, 0) == status.syslog.messages || !log_feed_status(feed, 0, &status));
    pthread_mutex_lock(&heard->lock);
    struct log_position at = heard->at[0];
    pthread_mutex_unlock(&heard->lock);
    log_feed_keep(feed, 0, &at);
    WAIT_UNTIL((send(fd, "<22>again", 9, MSG_NOSIGNAL), was_told(heard, "has room again")));
    WAIT_UNTIL((send(fd, "<22>again", 9, MSG_NOSIGNAL), pthread_mutex_lock(&heard->lock),
                pthread_mutex_unlock(&heard->lock), lines_of(heard, 0) > status.syslog.messages));
    log_feed_stop(feed);
    close(fd);
}

/* A full spool keeps the connection waiting; nothing of it is lost. */
static void tcp_waits_for_room(void **state)
{
    struct heard *heard = *state;
    struct listener listener;
    struct buf CLEANUP_BUF text = {0};
    make_listener(&listener, SYSLOG_TCP);
    listener.source.name = "waits";
    struct log_feed *feed = start(heard, &listener.source, 1);
    int fd = connect_to(SOCK_STREAM, listener.port);
    struct timeval slice_of_time = {.tv_usec = 10000};
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &slice_of_time, sizeof(slice_of_time)),
                     0);
    for (size_t i = 0; i < 4000; i++) {
        buf_addf(&text, "<22>%04zu ", i);
        append_filler(&text, 1000);
        buf_add_char(&text, '\n');
    }
    for (size_t at = 0; at < text.len;) { /* 4 MB through a spool of 1 MiB */
        ssize_t sent = send(fd, text.ptr + at, text.len - at, MSG_NOSIGNAL);
        at += sent > 0 ? (size_t)sent : 0;
        if (sent > 0 || !was_told(heard, "is full"))
            continue;
        pthread_mutex_lock(&heard->lock);
        struct log_position position = heard->at[0];
        pthread_mutex_unlock(&heard->lock);
        log_feed_keep(feed, 0, &position);
    }
    close(fd);
    WAIT_UNTIL(was_told(heard, "is full"));
    for (int ms = 0; lines_of(heard, 0) < 4000; ms++) {
        assert_true(ms < WAIT_MS);
        pthread_mutex_lock(&heard->lock);
        struct log_position position = heard->at[0];
        pthread_mutex_unlock(&heard->lock);
        log_feed_keep(feed, 0, &position);
        usleep(1000);
    }
    assert_int_equal(lines_of(heard, 0), 4000);
    log_feed_stop(feed);
    assert_true(strncmp(buf_str(&heard->last[0]), "<22>3999 ", 9) == 0);
}

/* The socket of a dead process is replaced, that of a living one not; its mode is as asked. */
static void unix_socket(void **state)
{
    struct heard *heard = *state;
    struct syslog_listener_options options = {
        .transport = SYSLOG_UNIX, .address = "dev-log", .mode = 0622};
    struct log_feed_source source = {.kind = LOG_FEED_SYSLOG, .name = "unix", .listener = &options};
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "dev-log"};
    struct buf CLEANUP_BUF text = {0};
    struct stat st;
    int other = socket(AF_UNIX, SOCK_DGRAM, 0);
    assert_int_equal(bind(other, (struct sockaddr *)&address, sizeof(address)), 0);
    struct log_feed *feed = start(heard, &source, 1);
    WAIT_UNTIL(was_told(heard, "unix dev-log: cannot listen: Address already in use"));
    close(other);
    WAIT_UNTIL(was_told(heard, "unix dev-log: listens now"));
    assert_int_equal(stat("dev-log", &st), 0);
    assert_int_equal(st.st_mode & 0777, 0622);
    int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    append_filler(&text, 100000);
    assert_int_equal(send(fd, text.ptr, text.len, 0), text.len);
    send_text(fd, "<22>short\n");
    WAIT_UNTIL(lines_of(heard, 0) == 2);
    WAIT_COUNT(feed, cut, 1);
    WAIT_COUNT(feed, messages, 2);
    log_feed_stop(feed);
    assert_string_equal(buf_str(&heard->last[0]), "<22>short");
    assert_int_not_equal(stat("dev-log", &st), 0);
    close(fd);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(many_files),  TEST(reloads),  TEST(is_fair),   TEST(stops_at_once),
        TEST(tcp_limits),  TEST(tcp_idle), TEST(udp_flood), TEST(tcp_waits_for_room),
        TEST(unix_socket),
    };
    return cmocka_run_group_tests(tests, sandbox_enter, sandbox_leave);
}
