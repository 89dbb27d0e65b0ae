/* SPDX-License-Identifier: Apache-2.0
 *
 * The server and who asks it in one process: answers, bounds, and what who asks sees when the
 * owner or the loop stands still. A question is a line, its answer the line in capitals; `wait`
 * stands still until it is let go.
 */
#include "io/answer_server.h"

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

enum { QUESTION_MAX = 100, PATIENCE_MS = 20000, LIMIT = 60 };

struct still {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool standing, go;
};

static void stand_still(struct still *still)
{
    pthread_mutex_lock(&still->lock);
    still->standing = true;
    pthread_cond_broadcast(&still->changed);
    while (!still->go)
        pthread_cond_wait(&still->changed, &still->lock);
    still->standing = still->go = false;
    pthread_mutex_unlock(&still->lock);
}

static bool take(void *context, bool fed, const struct answer_peer *peer, struct slice *input,
                 struct buf *output)
{
    const char *end;
    (void)peer;
    while ((end = slice_find_char(*input, '\n')) != NULL) {
        struct slice line = slice_between(input->ptr, end);
        *input = slice_between(end + 1, slice_end(*input));
        if (slice_eq(line, SLICE("wait")))
            stand_still(context);
        if (slice_eq(line, SLICE("nonsense")))
            return false;
        for (size_t i = 0; i < line.len; i++)
            buf_add_char(output, line.ptr[i] >= 'a' && line.ptr[i] <= 'z'
                                     ? (char)(line.ptr[i] - 'a' + 'A')
                                     : line.ptr[i]);
        buf_add_str(output, fed ? "\n" : "?\n");
    }
    return true;
}

struct fixture {
    struct answer_server *server;
    struct still still;
    char path[100];
};

static struct fixture *start(int64_t unfed_us, int64_t stalled_us)
{
    static struct fixture fixture;
    char folder[64], address[120];
    struct err err = {0};
    fixture = (struct fixture){
        .still = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false, false}};
    assert_non_null(getcwd(folder, sizeof(folder)));
    snprintf(fixture.path, sizeof(fixture.path), "%s/asked", folder);
    snprintf(address, sizeof(address), "unix:%s", fixture.path);
    const char *const addresses[] = {address};
    fixture.server =
        answer_server_start(&(struct answer_server_options){.addresses = addresses,
                                                            .address_count = 1,
                                                            .take = take,
                                                            .context = &fixture.still,
                                                            .question_max = QUESTION_MAX,
                                                            .unfed_us = unfed_us,
                                                            .stalled_us = stalled_us},
                            &err);
    if (fixture.server == NULL)
        fail_msg("%s", err.text);
    return &fixture;
}

static void stop(struct fixture *fixture)
{
    answer_server_stop(fixture->server);
    assert_int_not_equal(access(fixture->path, F_OK), 0);
}

/* -1: refused. */
static int ask_at(const struct fixture *fixture)
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

static void say(int fd, const char *text)
{
    assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

/* What comes up to a newline, or to the end of the connection. */
static void hear(int fd, char *to, size_t size)
{
    size_t len = 0;
    while (len + 1 < size && (len == 0 || to[len - 1] != '\n')) {
        struct pollfd polled = {.fd = fd, .events = POLLIN};
        assert_int_equal(poll(&polled, 1, PATIENCE_MS), 1);
        if (recv(fd, to + len, 1, 0) != 1)
            break;
        len++;
    }
    to[len] = '\0';
}

static void check_said(int fd, const char *question, const char *answer)
{
    char said[300];
    if (question != NULL)
        say(fd, question);
    hear(fd, said, sizeof(said));
    assert_string_equal(said, answer);
}

static void check_closed(int fd)
{
    check_said(fd, NULL, "");
    close(fd);
}

static struct answer_counts counts_of(const struct fixture *fixture)
{
    struct answer_counts counts;
    answer_server_counts(fixture->server, &counts);
    return counts;
}

static void answers(void **state)
{
    (void)state;
    struct fixture *fixture = start(0, 0);
    int one = ask_at(fixture), two = ask_at(fixture);
    check_said(one, "abc\n", "ABC\n");
    check_said(two, "x\n", "X\n");
    check_said(one, "a\nb\nunfin", "A\n");
    check_said(one, NULL, "B\n");
    check_said(one, "ished\n", "UNFINISHED\n");
    assert_true(answer_server_feed(fixture->server));
    assert_int_equal(counts_of(fixture).open, 2);
    close(one);
    close(two);
    stop(fixture);
}

static void nonsense_ends_a_connection(void **state)
{
    (void)state;
    struct fixture *fixture = start(0, 0);
    char longest[QUESTION_MAX + 2];
    memset(longest, 'x', QUESTION_MAX + 1);
    longest[QUESTION_MAX + 1] = '\0';
    int one = ask_at(fixture), two = ask_at(fixture), three = ask_at(fixture);
    say(one, "nonsense\n");
    check_closed(one);
    say(two, longest);
    check_closed(two);
    check_said(three, "x\n", "X\n");
    assert_int_equal(counts_of(fixture).bad, 2);
    close(three);
    stop(fixture);
}

/* One that has asked and waits stays; of the others the oldest goes. */
static void who_is_idle_gives_way(void **state)
{
    (void)state;
    struct fixture *fixture = start(0, 0);
    int fds[ANSWER_CONNECTIONS + 1];
    for (size_t i = 0; i < ANSWER_CONNECTIONS; i++) {
        fds[i] = ask_at(fixture);
        check_said(fds[i], i == 0 ? "x\nhalf" : "x\n", "X\n");
    }
    fds[ANSWER_CONNECTIONS] = ask_at(fixture);
    check_said(fds[ANSWER_CONNECTIONS], "y\n", "Y\n");
    check_closed(fds[1]);
    check_said(fds[0], "\n", "HALF\n");
    struct answer_counts counts = counts_of(fixture);
    assert_int_equal(counts.gave_way, 1);
    assert_int_equal(counts.open, ANSWER_CONNECTIONS);
    for (size_t i = 0; i <= ANSWER_CONNECTIONS; i++)
        if (i != 1)
            close(fds[i]);
    stop(fixture);
}

/* The owner stands still: it is said so, and answered all the same. */
static void nobody_feeds(void **state)
{
    (void)state;
    struct fixture *fixture = start(1, 0);
    int fd = ask_at(fixture);
    usleep(1000);
    check_said(fd, "x\n", "X?\n");
    close(fd);
    stop(fixture);
}

static void wait_for_stillness(struct still *still)
{
    pthread_mutex_lock(&still->lock);
    while (!still->standing)
        pthread_cond_wait(&still->changed, &still->lock);
    pthread_mutex_unlock(&still->lock);
}

static void let_go(struct still *still)
{
    pthread_mutex_lock(&still->lock);
    still->go = true;
    pthread_cond_broadcast(&still->changed);
    pthread_mutex_unlock(&still->lock);
}

static void feed_until(const struct fixture *fixture, bool answers)
{
    for (int i = 0; answer_server_feed(fixture->server) != answers; i++) {
        if (i == LIMIT * 100)
            fail_msg("it %s answers", answers ? "never" : "still");
        usleep(10000);
    }
}

/* The loop stands still: whoever asked, has connected or connects now is told so, not kept. */
static void the_loop_stands_still(void **state)
{
    (void)state;
    struct fixture *fixture = start(0, 300000);
    int asked = ask_at(fixture), other = ask_at(fixture);
    check_said(other, "x\n", "X\n");
    say(asked, "wait\n");
    wait_for_stillness(&fixture->still);
    int waiting = ask_at(fixture);
    assert_true(waiting >= 0);
    say(waiting, "x\n");
    feed_until(fixture, false);
    check_closed(asked);
    check_closed(other);
    struct pollfd polled = {.fd = waiting, .events = POLLIN};
    assert_int_equal(poll(&polled, 1, PATIENCE_MS), 1);
    assert_true(recv(waiting, &(char){0}, 1, 0) <= 0);
    close(waiting);
    assert_int_equal(ask_at(fixture), -1);
    let_go(&fixture->still);
    feed_until(fixture, true);
    int again = ask_at(fixture);
    check_said(again, "x\n", "X\n");
    assert_true(counts_of(fixture).cut_off >= 1); /* a loaded machine stands still by itself */
    close(again);
    stop(fixture);
}

static void a_socket_that_was_removed_comes_again(void **state)
{
    (void)state;
    struct fixture *fixture = start(0, 0);
    int before = ask_at(fixture), after;
    assert_int_equal(unlink(fixture->path), 0);
    for (int i = 0; (after = ask_at(fixture)) < 0; i++) {
        if (i == LIMIT * 100)
            fail_msg("it does not come again");
        usleep(10000);
    }
    check_said(after, "x\n", "X\n");
    check_said(before, "x\n", "X\n");
    close(before);
    close(after);
    stop(fixture);
}

static void what_cannot_be_listened_at(void **state)
{
    (void)state;
    struct fixture *fixture = start(0, 0);
    static const char *const addresses[] = {"unix:/absent-folder/x", "x", "unix:/tmp"};
    struct answer_server_options options = {
        .address_count = 1, .take = take, .question_max = QUESTION_MAX};
    char taken[120];
    struct err err = {0};
    for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
        options.addresses = &addresses[i];
        assert_null(answer_server_start(&options, &err));
        assert_int_not_equal(err.code, ERR_NONE);
    }
    snprintf(taken, sizeof(taken), "unix:%s", fixture->path);
    options.addresses = (const char *const[]){taken};
    assert_null(answer_server_start(&options, &err));
    assert_non_null(strstr(err.text, "another process answers"));
    stop(fixture);
}

/* ---- several addresses, and as many as one likes ---- */

/* The address of who asks, in place of an answer. */
static bool tell_peer(void *context, bool fed, const struct answer_peer *peer, struct slice *input,
                      struct buf *output)
{
    (void)context;
    (void)fed;
    ip_address_format(&peer->ip, output);
    buf_add_char(output, '\n');
    *input = slice_skip(*input, input->len);
    return true;
}

static int ask_port(uint16_t port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
    return fd;
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

static void several_addresses(void **state)
{
    (void)state;
    static struct fixture fixture;
    char folder[64], by_file[120], by_port[64];
    struct err err = {0};
    uint16_t port = free_port();
    assert_non_null(getcwd(folder, sizeof(folder)));
    snprintf(fixture.path, sizeof(fixture.path), "%s/several", folder);
    snprintf(by_file, sizeof(by_file), "unix:%s", fixture.path);
    snprintf(by_port, sizeof(by_port), "127.0.0.1:%u", port);
    const char *const addresses[] = {by_file, by_port, by_port};
    struct answer_server_options options = {
        .addresses = addresses, .address_count = 3, .take = tell_peer, .question_max = 9};
    assert_null(answer_server_start(&options, &err)); /* one of them is taken */
    options.address_count = 2;
    fixture.server = answer_server_start(&options, &err);
    assert_non_null(fixture.server);
    int one = ask_at(&fixture), two = ask_port(port);
    check_said(one, "x", "\n");
    check_said(two, "x", "127.0.0.1\n");
    close(one);
    close(two);
    stop(&fixture);
}

/* Those that are at work stay; who comes when all are is turned away. */
static void all_are_at_work(void **state)
{
    (void)state;
    struct fixture *fixture = start(0, 0);
    int fds[ANSWER_CONNECTIONS];
    for (size_t i = 0; i < ANSWER_CONNECTIONS; i++) {
        fds[i] = ask_at(fixture);
        check_said(fds[i], "x\nunfinished", "X\n");
    }
    check_closed(ask_at(fixture));
    assert_true(counts_of(fixture).refused >= 1);
    for (size_t i = 0; i < ANSWER_CONNECTIONS; i++) {
        check_said(fds[i], "\n", "UNFINISHED\n");
        close(fds[i]);
    }
    stop(fixture);
}

/* New ones are turned away, old ones answered, and nothing spins. */
static void no_descriptor_left(void **state)
{
    (void)state;
    struct fixture *fixture = start(0, 0);
    int old = ask_at(fixture), taken[4096], late[3];
    size_t count = 0;
    check_said(old, "x\n", "X\n");
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
        check_said(late[i], NULL, "");
        check_said(old, "y\n", "Y\n");
    }
    while (count > 0)
        close(taken[--count]);
    for (size_t i = 0; i < 3; i++)
        close(late[i]);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_int_equal(counts_of(fixture).refused, 3);
    int after = ask_at(fixture);
    check_said(after, "z\n", "Z\n");
    close(after);
    close(old);
    stop(fixture);
}

/* Many at once, while the owner feeds and looks. */
static void *ask_much(void *data)
{
    const struct fixture *fixture = data;
    for (int i = 0; i < 20; i++) {
        int fd = ask_at(fixture);
        for (int k = 0; k < 50; k++)
            check_said(fd, "abc\n", "ABC\n");
        close(fd);
    }
    return NULL;
}

static void many_ask(void **state)
{
    (void)state;
    struct fixture *fixture = start(0, 0);
    pthread_t threads[4];
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, ask_much, fixture), 0);
    for (int i = 0; i < 100; i++) {
        (void)answer_server_feed(fixture->server);
        (void)counts_of(fixture);
    }
    for (size_t i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(counts_of(fixture).connections, 80);
    stop(fixture);
}

/* ---- answers that are given later ---- */

struct later {
    atomic_bool go;
    atomic_int gone, waiting;
    bool ready; /* of the one that is gone on with */
    struct answer_ticket tickets[4];
    size_t count;
    atomic_int begun, ended;
};

/* As take; `later` is answered when it is let go. */
static bool take_later(void *context, bool fed, const struct answer_peer *peer, struct slice *input,
                       struct buf *output)
{
    struct later *later = context;
    const char *end;
    (void)fed;
    while ((end = slice_find_char(*input, '\n')) != NULL) {
        struct slice line = slice_between(input->ptr, end + 1);
        if (slice_eq(line, SLICE("later\n")) && !later->ready) {
            later->tickets[later->count++] = peer->ticket;
            answer_wait(&peer->ticket);
            atomic_fetch_add(&later->waiting, 1);
            return true;
        }
        later->ready = false;
        buf_add(output, line);
        *input = slice_skip(*input, line.len);
    }
    return true;
}

static void go_on_later(void *context)
{
    struct later *later = context;
    struct answer_ticket tickets[4];
    size_t count = later->count;
    if (!atomic_exchange(&later->go, false))
        return;
    memcpy(tickets, later->tickets, sizeof(tickets));
    later->count = 0;
    for (size_t i = 0; i < count; i++) {
        later->ready = true;
        if (!answer_resume(&tickets[i]))
            atomic_fetch_add(&later->gone, 1);
        later->ready = false;
    }
}

static void begin_later(void *context, struct uv_loop_s *loop)
{
    assert_non_null(loop);
    atomic_fetch_add(&((struct later *)context)->begun, 1);
}

static void end_later(void *context)
{
    atomic_fetch_add(&((struct later *)context)->ended, 1);
}

static void start_later(struct fixture *fixture, struct later *later)
{
    char folder[64], address[120];
    struct err err = {0};
    *fixture = (struct fixture){0};
    *later = (struct later){0};
    assert_non_null(getcwd(folder, sizeof(folder)));
    snprintf(fixture->path, sizeof(fixture->path), "%s/later", folder);
    snprintf(address, sizeof(address), "unix:%s", fixture->path);
    const char *const addresses[] = {address};
    fixture->server =
        answer_server_start(&(struct answer_server_options){.addresses = addresses,
                                                            .address_count = 1,
                                                            .take = take_later,
                                                            .tick = go_on_later,
                                                            .begin = begin_later,
                                                            .end = end_later,
                                                            .context = later,
                                                            .question_max = QUESTION_MAX},
                            &err);
    assert_non_null(fixture->server);
}

static void until_waiting(struct later *later, int count)
{
    for (int i = 0; atomic_load(&later->waiting) != count; i++) {
        if (i == LIMIT * 100)
            fail_msg("%d wait", atomic_load(&later->waiting));
        usleep(10000);
    }
}

/* In their order on each connection; others do not wait. */
static void later_in_order(void **state)
{
    (void)state;
    static struct fixture fixture;
    static struct later later;
    start_later(&fixture, &later);
    int one = ask_at(&fixture), two = ask_at(&fixture);
    check_said(one, "a\nlater\nb\nlater\nc\n", "a\n");
    until_waiting(&later, 1);
    check_said(two, "x\n", "x\n");
    say(one, "d\n"); /* what comes meanwhile is read later */
    atomic_store(&later.go, true);
    check_said(one, NULL, "later\n");
    check_said(one, NULL, "b\n");
    until_waiting(&later, 2);
    atomic_store(&later.go, true);
    check_said(one, NULL, "later\n");
    check_said(one, NULL, "c\n");
    check_said(one, NULL, "d\n");
    check_said(one, "e\n", "e\n");
    close(one);
    close(two);
    stop(&fixture);
    assert_int_equal(atomic_load(&later.begun), 1);
    assert_int_equal(atomic_load(&later.ended), 1);
}

/* Questions behind one that waits may be more than one question may be. */
static void many_behind_one_that_waits(void **state)
{
    (void)state;
    static struct fixture fixture;
    static struct later later;
    char all[sizeof("later\n") + 2 * QUESTION_MAX + 1] = "later\n";
    start_later(&fixture, &later);
    for (size_t i = 0; i < QUESTION_MAX; i++)
        strncat(all, "x\n", 3);
    int one = ask_at(&fixture);
    say(one, all);
    until_waiting(&later, 1);
    atomic_store(&later.go, true);
    check_said(one, NULL, "later\n");
    for (size_t i = 0; i < QUESTION_MAX; i++)
        check_said(one, NULL, "x\n");
    assert_int_equal(counts_of(&fixture).bad, 0);
    close(one);
    stop(&fixture);
}

/* Its place may be another's by then. */
static void who_waits_and_goes(void **state)
{
    (void)state;
    static struct fixture fixture;
    static struct later later;
    start_later(&fixture, &later);
    int one = ask_at(&fixture), two = ask_at(&fixture);
    say(one, "later\n");
    say(two, "later\n");
    until_waiting(&later, 2);
    close(one);
    for (int i = 0; counts_of(&fixture).open != 0; i++) { /* after 5 s, both */
        if (i == LIMIT * 100)
            fail_msg("they stay");
        usleep(10000);
    }
    check_closed(two);
    int three = ask_at(&fixture);
    check_said(three, "x\n", "x\n");
    atomic_store(&later.go, true);
    for (int i = 0; atomic_load(&later.gone) != 2; i++) {
        if (i == LIMIT * 100)
            fail_msg("%d are gone", atomic_load(&later.gone));
        usleep(10000);
    }
    check_said(three, "y\nlater\n", "y\n");
    until_waiting(&later, 3);
    stop(&fixture);
    close(three);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers),
        cmocka_unit_test(nonsense_ends_a_connection),
        cmocka_unit_test(who_is_idle_gives_way),
        cmocka_unit_test(nobody_feeds),
        cmocka_unit_test(the_loop_stands_still),
        cmocka_unit_test(a_socket_that_was_removed_comes_again),
        cmocka_unit_test(what_cannot_be_listened_at),
        cmocka_unit_test(several_addresses),
        cmocka_unit_test(all_are_at_work),
        cmocka_unit_test(no_descriptor_left),
        cmocka_unit_test(later_in_order),
        cmocka_unit_test(many_behind_one_that_waits),
        cmocka_unit_test(who_waits_and_goes),
        cmocka_unit_test(many_ask),
    };
    return cmocka_run_group_tests(tests, sandbox_enter, sandbox_leave);
}
