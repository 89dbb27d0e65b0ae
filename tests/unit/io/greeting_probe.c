/* SPDX-License-Identifier: Apache-2.0
 *
 * Greetings of real connections, whole and in pieces; servers that refuse, are silent, hang up or
 * never end; the PROXY line; how it takes its leave. The judgement itself as a table.
 */
#include "io/greeting_probe.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>
#include <uv.h>

#include "base/memory.h"
#include "io/socket_address.h"

enum { LONG_MS = 20000, PIECES = 4 };

static void judgement(void **state)
{
    static const struct {
        enum greeting_kind kind;
        const char *text;
        enum greeting_state state;
    } rows[] = {
        {GREETING_IMAP, "* OK ready\r\n", GREETING_GOOD},
        {GREETING_IMAP, "* ok\n", GREETING_GOOD},
        {GREETING_IMAP, "* PREAUTH hello\r\n", GREETING_GOOD},
        {GREETING_IMAP, "* OK ready\r", GREETING_NEEDS_MORE},
        {GREETING_IMAP, "", GREETING_NEEDS_MORE},
        {GREETING_IMAP, "* BYE full\r\n", GREETING_BAD},
        {GREETING_IMAP, "* OKAY\r\n", GREETING_BAD},
        {GREETING_IMAP, "+OK\r\n", GREETING_BAD},
        {GREETING_IMAP, "\r\n", GREETING_BAD},
        {GREETING_POP3, "+OK <1.2@x>\r\n", GREETING_GOOD},
        {GREETING_POP3, "-ERR busy\r\n", GREETING_BAD},
        {GREETING_SMTP, "220 mx ESMTP\r\n", GREETING_GOOD},
        {GREETING_SMTP, "220-wait\r\n220 mx\r\n", GREETING_GOOD},
        {GREETING_SMTP, "220-wait\r\n", GREETING_NEEDS_MORE},
        {GREETING_SMTP, "220-wait\r\n554 no\r\n", GREETING_BAD},
        {GREETING_SMTP, "2200 mx\r\n", GREETING_BAD},
        {GREETING_SMTP, "421 4.3.2 later\r\n", GREETING_BAD},
        {GREETING_SIEVE, "\"IMPLEMENTATION\" \"x\"\r\n\"STARTTLS\"\r\nOK \"go\"\r\n",
         GREETING_GOOD},
        {GREETING_SIEVE, "\"IMPLEMENTATION\" \"x\"\r\n", GREETING_NEEDS_MORE},
        {GREETING_SIEVE, "BYE \"full\"\r\n", GREETING_BAD},
        {GREETING_SIEVE, "* OK\r\n", GREETING_BAD},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct slice line = SLICE("none");
        enum greeting_state is = greeting_judge(rows[i].kind, slice_from_str(rows[i].text), &line);
        if (is != rows[i].state || slice_eq(line, SLICE("none")) == (is == GREETING_BAD))
            fail_msg("row %zu", i);
    }
}

/* ---- a server in the same loop ---- */

struct server {
    uv_loop_t *loop;
    uv_tcp_t listener;
    uv_tcp_t client;
    uv_timer_t pause;
    const char *pieces[PIECES]; /* one after the other; NULL: silent */
    size_t said;
    bool hangs_up; /* after the last piece */
    bool waits;    /* for a first line before it says anything */
    bool endless;  /* the first piece over and over */
    bool accepted, gone;
    char heard[512];
    size_t length;
    char room[512];
    uv_write_t write[PIECES];
    struct endpoint at;
};

static void on_gone(uv_handle_t *handle)
{
    struct server *server = handle->data;
    server->gone = true;
}

static void hang_up(struct server *server)
{
    if (!uv_is_closing((uv_handle_t *)&server->client))
        uv_close((uv_handle_t *)&server->client, on_gone);
}

static void say_next(uv_timer_t *timer)
{
    struct server *server = timer->data;
    const char *piece = server->said < PIECES ? server->pieces[server->said] : NULL;
    if (uv_is_closing((uv_handle_t *)&server->client))
        return;
    if (piece == NULL) {
        if (server->hangs_up)
            hang_up(server);
        return;
    }
    char *text = server->room;
    size_t length = strlen(piece);
    memcpy(text, piece, length);
    uv_buf_t bytes = uv_buf_init(text, (unsigned)length);
    assert_true(uv_try_write((uv_stream_t *)&server->client, &bytes, 1) >= 0);
    server->said += !server->endless;
    uv_timer_start(timer, say_next, 1, 0);
}

static void on_room(uv_handle_t *handle, size_t wanted, uv_buf_t *to)
{
    struct server *server = handle->data;
    (void)wanted;
    *to = uv_buf_init(server->heard + server->length,
                      (unsigned)(sizeof(server->heard) - 1 - server->length));
}

static void on_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *bytes)
{
    struct server *server = stream->data;
    (void)bytes;
    if (count < 0) {
        hang_up(server);
        return;
    }
    server->length += (size_t)count;
    if (server->waits && strchr(server->heard, '\n') != NULL) {
        server->waits = false;
        say_next(&server->pause);
    }
    if (strstr(server->heard, "QUIT\r\n") != NULL || strstr(server->heard, "LOGOUT\r\n") != NULL)
        hang_up(server);
}

static void on_client(uv_stream_t *listener, int status)
{
    struct server *server = listener->data;
    assert_int_equal(status, 0);
    assert_false(server->accepted);
    assert_int_equal(uv_tcp_init(server->loop, &server->client), 0);
    server->client.data = server;
    assert_int_equal(uv_accept(listener, (uv_stream_t *)&server->client), 0);
    server->accepted = true;
    uv_read_start((uv_stream_t *)&server->client, on_room, on_read);
    if (!server->waits)
        say_next(&server->pause);
}

static void server_init(struct server *server, uv_loop_t *loop, const char *address)
{
    struct sockaddr_storage bound;
    int length = sizeof(bound);
    assert_true(endpoint_parse(slice_from_str(address), &server->at));
    (void)socket_address_of(&server->at, &bound);
    server->loop = loop;
    assert_int_equal(uv_tcp_init(loop, &server->listener), 0);
    assert_int_equal(uv_timer_init(loop, &server->pause), 0);
    server->listener.data = server->pause.data = server;
    assert_int_equal(uv_tcp_bind(&server->listener, (struct sockaddr *)&bound, 0), 0);
    assert_int_equal(uv_listen((uv_stream_t *)&server->listener, 8, on_client), 0);
    uv_tcp_getsockname(&server->listener, (struct sockaddr *)&bound, &length);
    server->at.port = socket_address_port((struct sockaddr *)&bound);
}

static void server_done(struct server *server)
{
    uv_close((uv_handle_t *)&server->listener, NULL);
    uv_close((uv_handle_t *)&server->pause, NULL);
    if (server->accepted)
        hang_up(server);
}

/* ---- the one who asks ---- */

struct asker {
    uv_loop_t loop;
    struct greeting_probe *probe;
    size_t told;
    uint64_t token;
    struct greeting_result result;
};

static void hear(void *context, uint64_t token, const struct greeting_result *result)
{
    struct asker *asker = context;
    asker->told++;
    asker->token = token;
    asker->result = *result;
}

static void asker_init(struct asker *asker, uint32_t most)
{
    *asker = (struct asker){0};
    assert_int_equal(uv_loop_init(&asker->loop), 0);
    asker->probe = greeting_probe_new(&asker->loop, most, hear, asker);
}

static void asker_done(struct asker *asker)
{
    greeting_probe_free(asker->probe);
    uv_run(&asker->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&asker->loop), 0);
}

static void turn_until_told(struct asker *asker, size_t times)
{
    while (asker->told < times)
        uv_run(&asker->loop, UV_RUN_ONCE);
}

static void visits(void **state)
{
    static const struct {
        enum greeting_kind kind;
        bool proxy;
        const char *pieces[PIECES];
        bool hangs_up, ok;
        const char *heard, *reason; /* parts of it */
    } rows[] = {
        {GREETING_IMAP,
         false,
         {"* OK [CAPABILITY IMAP4rev1] ready\r\n"},
         false,
         true,
         "a LOGOUT\r\n",
         ""},
        {GREETING_IMAP, false, {"* O", "K rea", "dy\r", "\n"}, false, true, "a LOGOUT\r\n", ""},
        {GREETING_POP3, false, {"+OK\r\n"}, false, true, "QUIT\r\n", ""},
        {GREETING_SMTP, false, {"220-mx\r\n", "220 mx\r\n"}, false, true, "QUIT\r\n", ""},
        {GREETING_SIEVE, false, {"\"SASL\" \"\"\r\n", "OK\r\n"}, false, true, "LOGOUT\r\n", ""},
        {GREETING_POP3, true, {"+OK\r\n"}, false, true, "PROXY TCP4 127.0.0.1 127.0.0.1 ", ""},
        {GREETING_SMTP,
         false,
         {"554 no\x1b[2J \xff\r\n"},
         false,
         false,
         "",
         "it greets with 554 no\\x1b[2J \\xff"},
        {GREETING_IMAP,
         false,
         {"* OK half"},
         true,
         false,
         "",
         "closed the connection after * OK half"},
        {GREETING_IMAP, false, {NULL}, true, false, "", "closed the connection without a greeting"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct asker asker;
        struct server server = {.hangs_up = rows[i].hangs_up, .waits = rows[i].proxy};
        memcpy(server.pieces, rows[i].pieces, sizeof(server.pieces));
        asker_init(&asker, 1);
        server_init(&server, &asker.loop, "127.0.0.1:0");
        struct greeting_question question = {.at = server.at,
                                             .kind = rows[i].kind,
                                             .proxy_protocol = rows[i].proxy,
                                             .deadline_ms = LONG_MS,
                                             .token = i};
        assert_true(greeting_probe_begin(asker.probe, &question));
        while (asker.told == 0 || !server.gone)
            uv_run(&asker.loop, UV_RUN_ONCE);
        if (asker.result.ok != rows[i].ok || asker.token != i || asker.told != 1 ||
            strstr(server.heard, rows[i].heard) == NULL ||
            strstr(asker.result.reason, rows[i].reason) == NULL)
            fail_msg("row %zu: heard %s, told %s", i, server.heard, asker.result.reason);
        assert_true(asker.result.latency_us >= 0);
        server_done(&server);
        asker_done(&asker);
        assert_int_equal(asker.told, 1);
    }
}

static bool has_six(void)
{
    struct sockaddr_in6 loopback = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool has = fd >= 0 && bind(fd, (struct sockaddr *)&loopback, sizeof(loopback)) == 0;
    if (fd >= 0)
        close(fd);
    return has;
}

/* The whole line, of the two ends of the connection. */
static void proxy_line_of_six(void **state)
{
    struct asker asker;
    struct server server = {.waits = true, .pieces = {"+OK\r\n"}};
    char end[64];
    (void)state;
    if (!has_six())
        skip();
    asker_init(&asker, 1);
    server_init(&server, &asker.loop, "[::1]:0");
    struct greeting_question question = {
        .at = server.at, .kind = GREETING_POP3, .proxy_protocol = true, .deadline_ms = LONG_MS};
    assert_true(greeting_probe_begin(asker.probe, &question));
    while (asker.told == 0 || !server.gone)
        uv_run(&asker.loop, UV_RUN_ONCE);
    assert_true(asker.result.ok);
    snprintf(end, sizeof(end), " %u\r\nQUIT\r\n", server.at.port);
    assert_true(slice_starts_with(slice_from_str(server.heard), SLICE("PROXY TCP6 ::1 ::1 ")));
    assert_true(slice_ends_with(slice_from_str(server.heard), slice_from_str(end)));
    server_done(&server);
    asker_done(&asker);
}

static void nobody_there(void **state)
{
    struct asker asker;
    struct server server = {0};
    (void)state;
    asker_init(&asker, 1);
    server_init(&server, &asker.loop, "127.0.0.1:0");
    struct greeting_question question = {.at = server.at, .deadline_ms = LONG_MS};
    server_done(&server);
    uv_run(&asker.loop, UV_RUN_NOWAIT);
    assert_true(greeting_probe_begin(asker.probe, &question));
    turn_until_told(&asker, 1);
    assert_false(asker.result.ok);
    assert_string_equal(asker.result.reason, "cannot connect: connection refused");
    question.at = (struct endpoint){.kind = ENDPOINT_UNIX, .path = "/nowhere/at-all"};
    while (greeting_probe_busy(asker.probe) > 0)
        uv_run(&asker.loop, UV_RUN_ONCE);
    assert_true(greeting_probe_begin(asker.probe, &question));
    turn_until_told(&asker, 2);
    assert_string_equal(asker.result.reason, "cannot connect: no such file or directory");
    asker_done(&asker);
}

static void silent(void **state)
{
    struct asker asker;
    struct server server = {0};
    (void)state;
    asker_init(&asker, 1);
    server_init(&server, &asker.loop, "127.0.0.1:0");
    struct greeting_question question = {.at = server.at, .deadline_ms = 20};
    assert_true(greeting_probe_begin(asker.probe, &question));
    turn_until_told(&asker, 1);
    assert_false(asker.result.ok);
    assert_string_equal(asker.result.reason, "no greeting within 20 ms");
    server_done(&server);
    asker_done(&asker);
}

/* As many as there may be; the rest is refused, and nobody hears of what is given up. */
static void bounded(void **state)
{
    struct asker asker;
    struct server servers[3] = {{0}, {0}, {0}};
    (void)state;
    asker_init(&asker, 2);
    for (size_t i = 0; i < 3; i++) {
        server_init(&servers[i], &asker.loop, "127.0.0.1:0");
        struct greeting_question question = {.at = servers[i].at, .deadline_ms = LONG_MS};
        assert_int_equal(greeting_probe_begin(asker.probe, &question), i < 2);
    }
    assert_int_equal(greeting_probe_busy(asker.probe), 2);
    while (!servers[0].accepted || !servers[1].accepted)
        uv_run(&asker.loop, UV_RUN_ONCE);
    for (size_t i = 0; i < 3; i++)
        server_done(&servers[i]);
    asker_done(&asker);
    assert_int_equal(asker.told, 0);
    greeting_probe_free(NULL);
}

/* A greeting without an end is given up when it is as long as one may be. */
static void endless(void **state)
{
    static char line[500];
    struct asker asker;
    struct server server = {.pieces = {line}, .endless = true};
    (void)state;
    memset(line, 'x', sizeof(line) - 1);
    asker_init(&asker, 1);
    server_init(&server, &asker.loop, "127.0.0.1:0");
    struct greeting_question question = {.at = server.at, .deadline_ms = LONG_MS};
    assert_true(greeting_probe_begin(asker.probe, &question));
    turn_until_told(&asker, 1);
    assert_string_equal(asker.result.reason, "its greeting does not end");
    server_done(&server);
    asker_done(&asker);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(judgement),
        cmocka_unit_test(visits),
        cmocka_unit_test(proxy_line_of_six),
        cmocka_unit_test(nobody_there),
        cmocka_unit_test(silent),
        cmocka_unit_test(bounded),
        cmocka_unit_test(endless),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
