/* SPDX-License-Identifier: Apache-2.0
 *
 * The pool against servers on the same loop that answer, are silent, end, or say nonsense. What a
 * server does is said by the recipients that it is asked about: the letter before the `@`.
 *
 *      f, o  fits, over         s  never answers         e  ends the connection, no byte said
 *      h  half an answer, end   j  nonsense              t  two answers for one question
 */
#include "io/quota_pool.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <uv.h>

#include "base/memory.h"
#include "gate/quota_call.h"

enum { ASKS_MAX = 64, DEADLINE_US = 300000, GUESTS_MAX = 16, PATIENT_US = 20000000 };

struct guest {
    uv_tcp_t tcp;
    struct fake *fake;
    struct buf input;
    bool silent; /* from here on */
};

struct fake {
    uv_tcp_t listener;
    struct endpoint endpoint;
    size_t open, open_most, accepted, closed, questions;
    bool closes_at_once;
    struct guest *last; /* that came */
};

struct asked {
    struct quota_ask ask;
    struct quota_server *server;
    enum quota_outcome outcome;
    unsigned kind;
    int answers;
};

struct bench {
    uv_loop_t loop;
    struct quota_pool *pool;
    struct quota_marks marks;
    struct fake fakes[2];
    struct asked asks[ASKS_MAX];
    size_t count;
    int ups, downs;
};

/* ---- the fake ---- */

static void on_guest_closed(uv_handle_t *handle)
{
    struct guest *guest = handle->data;
    guest->fake->open--;
    buf_done(&guest->input);
    mem_free(guest);
}

static void close_guest(struct guest *guest)
{
    if (!uv_is_closing((uv_handle_t *)&guest->tcp))
        uv_close((uv_handle_t *)&guest->tcp, on_guest_closed);
    guest->fake->closed++;
}

static void say(struct guest *guest, const char *text)
{
    uv_buf_t bytes = uv_buf_init((char *)(uintptr_t)text, (unsigned)strlen(text));
    (void)uv_try_write((uv_stream_t *)&guest->tcp, &bytes, 1);
}

static void answer(struct guest *guest, char wish)
{
    guest->fake->questions++;
    if (guest->silent)
        return;
    switch (wish) {
    case 's':
        guest->silent = true;
        return;
    case 'o':
        say(guest, "action=552 5.2.2 full\n\n");
        return;
    case 'e':
        close_guest(guest);
        return;
    case 'h':
        say(guest, "action=DU");
        close_guest(guest);
        return;
    case 'j':
        say(guest, "* OK ready\r\n");
        return;
    case 't':
        say(guest, "action=DUNNO\n\naction=DUNNO\n\n");
        return;
    default:
        say(guest, "action=DUNNO\n\n");
        return;
    }
}

static void give_room(uv_handle_t *handle, size_t wish, uv_buf_t *room)
{
    (void)handle;
    *room = uv_buf_init(mem_new(1, wish), (unsigned)wish);
}

static void on_bytes(uv_stream_t *stream, ssize_t got, const uv_buf_t *room)
{
    struct guest *guest = stream->data;
    if (got > 0)
        buf_add(&guest->input, slice_of(room->base, (size_t)got));
    mem_free(room->base);
    if (got < 0)
        close_guest(guest);
    struct slice input = buf_slice(&guest->input);
    const char *end;
    while (!uv_is_closing((uv_handle_t *)stream) &&
           (end = slice_find(input, SLICE("\n\n"))) != NULL) {
        struct slice question = slice_between(input.ptr, end);
        input = slice_between(end + 2, slice_end(input));
        const char *at = slice_find_char(question, '@');
        assert_non_null(at);
        answer(guest, at != NULL ? at[-1] : 0);
    }
    if (input.len > 0)
        memmove(guest->input.ptr, input.ptr, input.len);
    guest->input.len = input.len;
}

static void on_guest(uv_stream_t *listener, int status)
{
    struct fake *fake = listener->data;
    struct guest *guest = MEM_NEW(struct guest);
    assert_int_equal(status, 0);
    guest->fake = fake;
    uv_tcp_init(listener->loop, &guest->tcp);
    guest->tcp.data = guest;
    assert_int_equal(uv_accept(listener, (uv_stream_t *)&guest->tcp), 0);
    fake->accepted++;
    fake->last = guest;
    if (++fake->open > fake->open_most)
        fake->open_most = fake->open;
    if (fake->closes_at_once)
        close_guest(guest);
    else
        uv_read_start((uv_stream_t *)&guest->tcp, give_room, on_bytes);
}

static void fake_start(struct fake *fake, uv_loop_t *loop)
{
    struct sockaddr_in address;
    int len = sizeof(address);
    uv_ip4_addr("127.0.0.1", 0, &address);
    uv_tcp_init(loop, &fake->listener);
    fake->listener.data = fake;
    assert_int_equal(uv_tcp_bind(&fake->listener, (struct sockaddr *)&address, 0), 0);
    assert_int_equal(uv_listen((uv_stream_t *)&fake->listener, GUESTS_MAX, on_guest), 0);
    uv_tcp_getsockname(&fake->listener, (struct sockaddr *)&address, &len);
    fake->endpoint = (struct endpoint){.kind = ENDPOINT_TCP, .port = ntohs(address.sin_port)};
    assert_true(ip_address_parse(SLICE("127.0.0.1"), &fake->endpoint.ip));
}

/* ---- the bench ---- */

static void on_changed(void *context, const struct quota_server *server, bool up)
{
    struct bench *bench = context;
    (void)server;
    bench->ups += up;
    bench->downs += !up;
}

static void set_servers(struct bench *bench, size_t count, size_t connections)
{
    struct quota_server_plan plans[2] = {
        {SLICE("mb1"), bench->fakes[0].endpoint, connections},
        {SLICE("mb2"), bench->fakes[1].endpoint, connections},
    };
    quota_pool_set_servers(bench->pool, plans, count);
}

static struct bench *bench_new(int64_t deadline_us, size_t connections)
{
    struct bench *bench = MEM_NEW(struct bench);
    uv_loop_init(&bench->loop);
    for (size_t i = 0; i < 2; i++)
        fake_start(&bench->fakes[i], &bench->loop);
    bench->pool = quota_pool_new(&(struct quota_pool_options){.deadline_us = deadline_us,
                                                              .waiting_max = ASKS_MAX / 2,
                                                              .changed = on_changed,
                                                              .changed_context = bench,
                                                              .take = quota_call_take,
                                                              .take_context = &bench->marks});
    quota_pool_begin(bench->pool, &bench->loop);
    set_servers(bench, 2, connections);
    return bench;
}

static void close_any(uv_handle_t *handle, void *context)
{
    (void)context;
    if (uv_is_closing(handle))
        return;
    if (handle->type == UV_TCP && handle->data != NULL &&
        ((struct fake *)handle->data)->listener.data != handle->data)
        close_guest(handle->data);
    else
        uv_close(handle, NULL);
}

static void bench_free(struct bench *bench)
{
    quota_pool_end(bench->pool);
    for (int i = 0; i < 3; i++)
        uv_run(&bench->loop, UV_RUN_NOWAIT);
    quota_pool_free(bench->pool);
    for (size_t i = 0; i < bench->count; i++)
        assert_int_equal(bench->asks[i].answers, 1);
    uv_walk(&bench->loop, close_any, NULL);
    uv_run(&bench->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&bench->loop), 0);
    mem_free(bench);
}

static void on_answered(struct quota_ask *ask, enum quota_outcome outcome,
                        const struct quota_said *said)
{
    struct asked *asked = (struct asked *)(void *)ask;
    assert_int_equal(said != NULL, outcome == QUOTA_ANSWERED);
    asked->outcome = outcome;
    asked->answers++;
    if (said != NULL)
        asked->kind = said->kind;
}

static struct asked *ask(struct bench *bench, size_t server, char wish)
{
    char recipient[] = "x@example.com";
    struct asked *asked = &bench->asks[bench->count++];
    recipient[0] = wish;
    asked->ask.answered = on_answered;
    asked->server = quota_pool_at(bench->pool, server);
    struct quota_question question = {.recipient = slice_from_str(recipient)};
    asked->outcome = quota_call(asked->server, &question, &asked->ask);
    asked->answers = asked->outcome != QUOTA_WAITING;
    return asked;
}

/* All that were asked are answered. */
static void settle(struct bench *bench)
{
    for (size_t i = 0; i < bench->count; i++)
        while (bench->asks[i].outcome == QUOTA_WAITING)
            uv_run(&bench->loop, UV_RUN_ONCE);
}

/* Closed connections are seen by both. */
static void turn_until(struct bench *bench, const size_t *count, size_t value)
{
    while (*count != value)
        uv_run(&bench->loop, UV_RUN_ONCE);
}

static const struct quota_numbers *numbers(struct bench *bench, size_t server)
{
    return quota_server_numbers(quota_pool_at(bench->pool, server));
}

static struct quota_health health(struct bench *bench, size_t server)
{
    return quota_server_health(quota_pool_at(bench->pool, server));
}

/* ---- cases ---- */

static void answers_in_order(void **state)
{
    (void)state;
    struct bench *bench = bench_new(PATIENT_US, 2);
    for (int i = 0; i < 30; i++)
        (void)ask(bench, 0, i % 3 == 0 ? 'o' : 'f');
    settle(bench);
    for (int i = 0; i < 30; i++) {
        assert_int_equal(bench->asks[i].outcome, QUOTA_ANSWERED);
        assert_int_equal(bench->asks[i].kind, i % 3 == 0 ? QUOTA_OVER : QUOTA_FITS);
    }
    for (int i = 0; i < 30; i++) /* with connections that are up */
        (void)ask(bench, 0, 'f');
    settle(bench);
    assert_in_range(bench->fakes[0].open_most, 1, 2);
    assert_int_equal(bench->fakes[1].accepted, 0);
    assert_int_equal(numbers(bench, 0)->answered[QUOTA_FITS], 50);
    assert_int_equal(numbers(bench, 0)->asked, 60);
    assert_true(health(bench, 0).delay_us > 0);
    bench_free(bench);
}

static void never_more_than_its_connections(void **state)
{
    (void)state;
    struct bench *bench = bench_new(PATIENT_US, 4);
    for (int round = 0; round < 6; round++) {
        for (int i = 0; i < 10; i++)
            (void)ask(bench, 0, 'f');
        settle(bench);
    }
    assert_in_range(bench->fakes[0].open_most, 2, 4);
    set_servers(bench, 2, 1);
    turn_until(bench, &bench->fakes[0].open, 1);
    (void)ask(bench, 0, 'f');
    settle(bench);
    assert_int_equal(health(bench, 0).connections, 1);
    bench_free(bench);
}

static void silence(void **state)
{
    (void)state;
    struct bench *bench = bench_new(DEADLINE_US, 1);
    struct asked *silent = ask(bench, 0, 's'), *behind = ask(bench, 0, 'f');
    struct asked *other = ask(bench, 1, 'f');
    while (other->outcome == QUOTA_WAITING)
        uv_run(&bench->loop, UV_RUN_ONCE);
    assert_int_equal(silent->outcome, QUOTA_WAITING);
    settle(bench);
    assert_int_equal(silent->outcome, QUOTA_LATE);
    assert_int_equal(behind->outcome, QUOTA_LATE); /* of the same moment */
    assert_int_equal(ask(bench, 0, 'f')->outcome, QUOTA_WAITING);
    settle(bench);
    assert_int_equal(bench->asks[3].outcome, QUOTA_ANSWERED);
    turn_until(bench, &bench->fakes[0].closed, 1);
    assert_int_equal(numbers(bench, 0)->late, 2);
    assert_int_equal(numbers(bench, 1)->late, 0);
    bench_free(bench);
}

/* Asked later, so that there is time left: goes to a new connection. */
static void behind_silence(void **state)
{
    (void)state;
    struct bench *bench = bench_new(DEADLINE_US, 1);
    struct asked *silent = ask(bench, 0, 's');
    quota_pool_set_deadline(bench->pool, PATIENT_US);
    struct asked *behind = ask(bench, 0, 'o');
    settle(bench);
    assert_int_equal(silent->outcome, QUOTA_LATE);
    assert_int_equal(behind->outcome, QUOTA_ANSWERED);
    assert_int_equal(behind->kind, QUOTA_OVER);
    assert_int_equal(numbers(bench, 0)->retried, 1);
    bench_free(bench);
}

static void a_silent_server_is_left_alone(void **state)
{
    (void)state;
    struct bench *bench = bench_new(50000, 1);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(ask(bench, 0, 's')->outcome, QUOTA_WAITING);
        settle(bench);
    }
    assert_int_equal(bench->downs, 1);
    assert_true(health(bench, 0).open);
    assert_true(health(bench, 0).wait_us > 0);
    assert_non_null(strstr(health(bench, 0).fault->text, "mb1"));
    size_t asked = bench->fakes[0].questions;
    assert_int_equal(ask(bench, 0, 'f')->outcome, QUOTA_DOWN);
    quota_pool_set_deadline(bench->pool, PATIENT_US);
    (void)ask(bench, 1, 'f');
    settle(bench);
    assert_int_equal(bench->asks[4].outcome, QUOTA_ANSWERED);
    assert_int_equal(bench->fakes[0].questions, asked);
    assert_int_equal(health(bench, 0).connections, 0);
    bench_free(bench);
}

static void ended_before_the_answer(void **state)
{
    (void)state;
    struct bench *bench = bench_new(PATIENT_US, 1);
    (void)ask(bench, 0, 'f');
    settle(bench); /* the connection has answered: what follows is no failure */
    struct asked *ends = ask(bench, 0, 'e'), *behind = ask(bench, 0, 'o');
    settle(bench);
    assert_int_equal(ends->outcome, QUOTA_DOWN); /* asked twice, ended twice */
    assert_int_equal(behind->outcome, QUOTA_DOWN);
    assert_int_equal(numbers(bench, 0)->retried, 2);
    assert_int_equal(ask(bench, 0, 'o')->outcome, QUOTA_WAITING);
    settle(bench);
    assert_int_equal(bench->asks[3].kind, QUOTA_OVER);
    bench_free(bench);
}

/* As an idle server or a reload does: nobody minds, and the next question finds another one. */
static void idle_connections_end(void **state)
{
    (void)state;
    struct bench *bench = bench_new(PATIENT_US, 1);
    for (size_t i = 0; i < 5; i++) {
        (void)ask(bench, 0, 'f');
        settle(bench);
        assert_int_equal(bench->asks[i].outcome, QUOTA_ANSWERED);
        assert_non_null(bench->fakes[0].last);
        close_guest(bench->fakes[0].last);
        while (i % 2 == 0 && health(bench, 0).connections > 0)
            uv_run(&bench->loop, UV_RUN_ONCE); /* else it is found out by asking */
    }
    assert_int_equal(bench->fakes[0].accepted, 5);
    assert_int_equal(numbers(bench, 0)->retried, 2);
    assert_int_equal(numbers(bench, 0)->opened, 0);
    bench_free(bench);
}

static void half_an_answer(void **state)
{
    (void)state;
    struct bench *bench = bench_new(PATIENT_US, 1);
    struct asked *half = ask(bench, 0, 'h'), *behind = ask(bench, 0, 'o');
    settle(bench);
    assert_int_equal(half->outcome, QUOTA_DOWN);
    assert_int_equal(behind->outcome, QUOTA_ANSWERED);
    assert_int_equal(bench->fakes[0].questions, 2);
    bench_free(bench);
}

static void nonsense(void **state)
{
    (void)state;
    struct bench *bench = bench_new(PATIENT_US, 1);
    struct asked *junk = ask(bench, 0, 'j'), *behind = ask(bench, 0, 'o');
    settle(bench);
    assert_int_equal(junk->outcome, QUOTA_DOWN);
    assert_int_equal(behind->outcome, QUOTA_ANSWERED);
    assert_int_equal(numbers(bench, 0)->junk, 1);
    bench_free(bench);
}

/* The second answer is nobody's: the next question must not get it. */
static void an_answer_too_many(void **state)
{
    (void)state;
    struct bench *bench = bench_new(PATIENT_US, 1);
    (void)ask(bench, 0, 't');
    settle(bench);
    struct asked *next = ask(bench, 0, 'o');
    settle(bench);
    assert_int_equal(bench->asks[0].kind, QUOTA_FITS);
    assert_int_equal(next->outcome, QUOTA_ANSWERED);
    assert_int_equal(next->kind, QUOTA_OVER);
    assert_int_equal(numbers(bench, 0)->junk, 1);
    bench_free(bench);
}

static void refused(void **state)
{
    (void)state;
    struct bench *bench = bench_new(PATIENT_US, 2);
    uv_close((uv_handle_t *)&bench->fakes[0].listener, NULL);
    uv_run(&bench->loop, UV_RUN_NOWAIT);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(ask(bench, 0, 'f')->outcome, i < 3 ? QUOTA_WAITING : QUOTA_DOWN);
        settle(bench);
        assert_int_equal(bench->asks[i].outcome, QUOTA_DOWN);
    }
    assert_int_equal(numbers(bench, 0)->not_connected, 3);
    assert_int_equal(numbers(bench, 0)->opened, 1);
    bench_free(bench);
}

static void no_such_socket(void **state)
{
    (void)state;
    struct bench *bench = bench_new(PATIENT_US, 1);
    bench->fakes[0].endpoint = (struct endpoint){.kind = ENDPOINT_UNIX, .path = "/nonexistent/s"};
    set_servers(bench, 2, 1);
    struct asked *asked = ask(bench, 0, 'f');
    settle(bench);
    assert_int_equal(asked->outcome, QUOTA_DOWN);
    /* An address that connect(2) refuses at once. */
    bench->fakes[0].endpoint = (struct endpoint){.kind = ENDPOINT_TCP, .port = 9};
    assert_true(ip_address_parse(SLICE("255.255.255.255"), &bench->fakes[0].endpoint.ip));
    set_servers(bench, 2, 1);
    asked = ask(bench, 0, 'f');
    assert_int_equal(asked->outcome, QUOTA_WAITING);
    settle(bench);
    assert_int_equal(asked->outcome, QUOTA_DOWN);
    bench_free(bench);
}

static void closes_at_once(void **state)
{
    (void)state;
    struct bench *bench = bench_new(PATIENT_US, 1);
    bench->fakes[0].closes_at_once = true;
    for (int i = 0; i < 4; i++)
        (void)ask(bench, 0, 'f');
    settle(bench);
    for (int i = 0; i < 4; i++)
        assert_int_equal(bench->asks[i].outcome, QUOTA_DOWN);
    assert_in_range(bench->fakes[0].accepted, 2, 3);
    bench_free(bench);
}

static void too_many(void **state)
{
    (void)state;
    struct bench *bench = bench_new(DEADLINE_US, 2);
    for (int i = 0; i < ASKS_MAX / 2; i++)
        assert_int_equal(ask(bench, 0, 's')->outcome, QUOTA_WAITING);
    assert_int_equal(ask(bench, 0, 's')->outcome, QUOTA_BUSY);
    assert_int_equal(ask(bench, 1, 'f')->outcome, QUOTA_WAITING);
    settle(bench);
    assert_int_equal(numbers(bench, 0)->busy, 1);
    bench_free(bench);
}

static void unsayable(void **state)
{
    (void)state;
    struct bench *bench = bench_new(PATIENT_US, 1);
    assert_int_equal(ask(bench, 0, '\n')->outcome, QUOTA_UNSAYABLE);
    bench_free(bench);
}

static void servers_come_and_go(void **state)
{
    (void)state;
    struct bench *bench = bench_new(PATIENT_US, 1);
    struct asked *goes = ask(bench, 1, 'o'), *stays = ask(bench, 0, 'f');
    struct quota_server *kept = quota_pool_find(bench->pool, SLICE("mb1"));
    set_servers(bench, 1, 1);
    assert_ptr_equal(quota_pool_find(bench->pool, SLICE("mb1")), kept);
    assert_null(quota_pool_find(bench->pool, SLICE("mb2")));
    settle(bench);
    assert_int_equal(goes->kind, QUOTA_OVER);
    assert_int_equal(stays->outcome, QUOTA_ANSWERED);
    turn_until(bench, &bench->fakes[1].open, 0);
    set_servers(bench, 2, 1);
    (void)ask(bench, 1, 'o');
    settle(bench);
    assert_int_equal(bench->asks[2].kind, QUOTA_OVER);
    (void)ask(bench, 1, 's'); /* given up by the end */
    bench_free(bench);
}

static void chain(struct quota_ask *one, enum quota_outcome outcome, const struct quota_said *said)
{
    struct asked *asked = (struct asked *)(void *)one;
    struct quota_question question = {.recipient = SLICE("f@example.com")};
    (void)said;
    if (outcome == QUOTA_ANSWERED && asked->kind++ < 4)
        outcome = quota_call(asked->server, &question, one);
    asked->outcome = outcome;
    asked->answers = outcome != QUOTA_WAITING;
}

/* The next question from within the answer, also when it says that there is none. */
static void asks_from_an_answer(void **state)
{
    (void)state;
    struct bench *bench = bench_new(PATIENT_US, 1);
    struct asked *first = ask(bench, 0, 'f');
    first->ask.answered = chain;
    settle(bench);
    assert_int_equal(first->kind, 5);
    assert_int_equal(numbers(bench, 0)->answered[QUOTA_FITS], 5);
    bench_free(bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_in_order),
        cmocka_unit_test(never_more_than_its_connections),
        cmocka_unit_test(silence),
        cmocka_unit_test(behind_silence),
        cmocka_unit_test(a_silent_server_is_left_alone),
        cmocka_unit_test(ended_before_the_answer),
        cmocka_unit_test(idle_connections_end),
        cmocka_unit_test(half_an_answer),
        cmocka_unit_test(nonsense),
        cmocka_unit_test(an_answer_too_many),
        cmocka_unit_test(refused),
        cmocka_unit_test(no_such_socket),
        cmocka_unit_test(closes_at_once),
        cmocka_unit_test(too_many),
        cmocka_unit_test(unsayable),
        cmocka_unit_test(servers_come_and_go),
        cmocka_unit_test(asks_from_an_answer),
    };
    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
