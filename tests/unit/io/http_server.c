/* SPDX-License-Identifier: Apache-2.0
 *
 * Server and clients in one process, over a unix socket and TCP: what the tests from outside
 * (tests/e2e/test_http_server.py) cannot see, and our own client.
 */
#include "io/http_server.h"

#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "io/http_call.h"
#include "io/http_client.h"
#include "io/sandbox.h"
#include "io/snapshot.h"

#define TOKEN "a-token-of-20-bytes!"

enum { CALLS = 200, BIG_BYTES = 3 << 20 };

static void status(void *context, const struct http_request *request,
                   struct http_response *response)
{
    (void)request;
    response->shared = snapshot_place_get(context);
}

static void echo(void *context, const struct http_request *request, struct http_response *response)
{
    (void)context;
    buf_addf(&response->body, "%s %s %.*s %.*s ", http_method_name(request->method),
             request->peer.is_unix ? "unix" : "tcp", SLICE_ARG(request->rest),
             SLICE_ARG(request->content_type));
    buf_add(&response->body, request->body);
    if (request->peer.is_unix)
        assert_int_equal(request->peer.pid, getpid());
}

static void show_signature(void *context, const struct http_request *request,
                           struct http_response *response)
{
    (void)context;
    buf_addf(&response->body, "%.*s|%.*s|%d", SLICE_ARG(request->signature[0]),
             SLICE_ARG(request->signature[1]), request->may_write);
}

static void wait_for(void *context, const struct http_request *request,
                     struct http_response *response)
{
    (void)context;
    uint64_t ms = 0;
    slice_to_u64(http_request_parameter(request, "ms"), 60000, &ms);
    usleep((useconds_t)ms * 1000);
    buf_addf(&response->body, "%ju", (uintmax_t)ms);
}

static void be_busy(void *context, const struct http_request *request,
                    struct http_response *response)
{
    (void)context;
    http_response_header(response, "Retry-After", SLICE("17"));
    http_response_error(response, 503, SLICE("busy"), request->path, SLICE("wait"));
}

static void redirect(void *context, const struct http_request *request,
                     struct http_response *response)
{
    (void)context;
    (void)request;
    response->status = 302;
    http_response_header(response, "Location", SLICE("http://127.0.0.1:1/secret"));
}

static void big(void *context, const struct http_request *request, struct http_response *response)
{
    (void)context;
    (void)request;
    memset(buf_reserve(&response->body, BIG_BYTES), 'x', BIG_BYTES);
    response->body.len = BIG_BYTES;
}

static const struct http_route routes[] = {
    {HTTP_GET, HTTP_QUICK, "/status", status},
    {HTTP_POST, HTTP_QUICK, "/echo/*", echo},
    {HTTP_PUT, HTTP_SLOW, "/echo/*", echo},
    {HTTP_GET, HTTP_SLOW, "/wait", wait_for},
    {HTTP_GET, HTTP_QUICK, "/fail", be_busy},
    {HTTP_GET, HTTP_QUICK, "/redirect", redirect},
    {HTTP_GET, HTTP_QUICK, "/big", big},
    {HTTP_POST, HTTP_SLOW_SIGNED, "/signed", show_signature},
};

struct fixture {
    char socket[256], address[300], url[64];
    struct snapshot_place *place;
    struct http_server *server;
};

static void fixture_begin(struct fixture *fixture, const struct http_limits *limits)
{
    struct err err = {0};
    char folder[200];
    assert_non_null(getcwd(folder, sizeof(folder)));
    snprintf(fixture->socket, sizeof(fixture->socket), "%s/control", folder);
    snprintf(fixture->address, sizeof(fixture->address), "unix:%s", fixture->socket);
    fixture->place = snapshot_place_new();
    struct buf text = {0};
    buf_add_str(&text, "{\"number\": 0}");
    snapshot_place_put(fixture->place, snapshot_new(&text));
    const struct http_listener listeners[] = {
        {.address = fixture->address, .write = HTTP_WRITE_ALWAYS},
        {.address = "127.0.0.1:0", .write = HTTP_WRITE_WITH_TOKEN},
    };
    fixture->server = http_server_start(
        &(struct http_server_options){.routes = routes,
                                      .route_count = sizeof(routes) / sizeof(routes[0]),
                                      .context = fixture->place,
                                      .limits = *limits,
                                      .token = TOKEN,
                                      .signature = {"X-Stamp", "X-Signature"}},
        listeners, 2, &err);
    if (fixture->server == NULL)
        fail_msg("%s", err.text);
    snprintf(fixture->url, sizeof(fixture->url), "http://127.0.0.1:%d",
             http_server_port(fixture->server, 1));
}

static void fixture_end(struct fixture *fixture)
{
    http_server_stop(fixture->server);
    snapshot_place_free(fixture->place);
    assert_int_not_equal(access(fixture->socket, F_OK), 0);
}

static const struct {
    const char *method, *path, *body, *type, *header;
    bool tcp;
    unsigned status;
    const char *answer; /* NULL: do not look */
} calls[] = {
    {NULL, "/status", "", NULL, NULL, false, 200, "{\"number\": 0}"},
    {NULL, "/status", "", NULL, NULL, true, 200, "{\"number\": 0}"},
    {NULL, "/echo/a", "b", NULL, NULL, false, 200, "POST unix a application/json b"},
    {"PUT", "/echo/", "b", "text/plain", NULL, false, 200, "PUT unix  text/plain b"},
    {"POST", "/echo/", "", NULL, NULL, false, 200, NULL},
    {NULL, "/echo/a", "b", NULL, NULL, true, 401, NULL},
    {NULL, "/echo/a", "b", NULL, "Authorization: Bearer " TOKEN, true, 200,
     "POST tcp a application/json b"},
    {"POST", "/signed", "", NULL, "x-signature: abc", true, 200, "|abc|0"},
    {"POST", "/signed", "", NULL, "X-Stamp: 17", false, 200, "17||1"},
    {"GET", "/signed", "", NULL, NULL, true, 405, NULL},
    {"DELETE", "/status", "", NULL, NULL, false, 405, NULL},
    {NULL, "/wait?ms=5", "", NULL, NULL, false, 200, "5"},
    {NULL, "/nothing", "", NULL, NULL, false, 404, NULL},
    {NULL, "/redirect", "", NULL, NULL, false, 302, ""},
};

static void asked_by_our_client(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_begin(&fixture, &(struct http_limits){0});
    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
        char url[512];
        struct http_answer answer;
        struct err err = {0};
        snprintf(url, sizeof(url), "%s%s", calls[i].tcp ? fixture.url : "http://todoku",
                 calls[i].path);
        struct http_call call = {
            .method = calls[i].method,
            .url = url,
            .unix_socket = calls[i].tcp ? NULL : fixture.socket,
            .body = slice_from_str(calls[i].body),
            .content_type = calls[i].type,
            .headers = {calls[i].header},
        };
        assert_true(http_call(&call, &answer, &err));
        assert_int_equal(answer.status, calls[i].status);
        if (calls[i].answer)
            assert_string_equal(buf_str(&answer.body), calls[i].answer);
        http_answer_done(&answer);
    }
    struct http_server_counts counts = http_server_counts(fixture.server);
    assert_int_equal(counts.responses[2], 9);
    assert_int_equal(counts.responses[3], 1);
    assert_int_equal(counts.responses[4], 4);
    fixture_end(&fixture);
}

static void bounds_of_an_answer(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_begin(&fixture, &(struct http_limits){0});
    struct http_call call = {.url = "http://todoku/big", .unix_socket = fixture.socket};
    struct http_answer answer;
    struct err err = {0};
    assert_true(http_call(&call, &answer, &err));
    assert_int_equal(answer.body.len, 1 << 20);
    assert_true(answer.cut);
    http_answer_done(&answer);
    call.answer_bytes_max = BIG_BYTES;
    assert_true(http_call(&call, &answer, &err));
    assert_int_equal(answer.body.len, BIG_BYTES);
    assert_false(answer.cut);
    http_answer_done(&answer);
    call.url = "http://todoku/fail";
    assert_true(http_call(&call, &answer, &err));
    assert_int_equal(answer.status, 503);
    assert_int_equal(answer.retry_after_s, 17);
    http_answer_done(&answer);
    fixture_end(&fixture);
}

static void calls_that_fail(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_begin(&fixture, &(struct http_limits){0});
    char secret[128], slow[128];
    snprintf(secret, sizeof(secret), "http://user:pa55@127.0.0.1:1/services/s3cret?k=s3cret");
    snprintf(slow, sizeof(slow), "%s/wait?ms=2000", fixture.url);
    const struct {
        struct http_call call;
        enum err_code code;
        const char *words;
    } failing[] = {
        {{.url = "http://todoku/", .unix_socket = "/nowhere/at/all"},
         ERR_IO,
         "no daemon answers there: is it running?"},
        {{.url = secret}, ERR_IO, "127.0.0.1:1"},
        {{.url = "http://no-such-host.invalid/s3cret"}, ERR_IO, "no-such-host.invalid"},
        {{.url = "file:///etc/passwd"}, ERR_USAGE, ""},
        {{.url = "gopher://127.0.0.1/s3cret"}, ERR_USAGE, ""},
        {{.url = "http://[bad/s3cret"}, ERR_USAGE, ""},
        {{.url = "nonsense"}, ERR_IO, ""},
        {{.url = slow, .deadline_ms = 100}, ERR_LIMIT, "127.0.0.1"},
        {{.url = slow, .headers = {"X: a\r\nHost: b"}}, ERR_USAGE, "line end"},
        {{.url = slow, .content_type = "a\nb"}, ERR_USAGE, "line end"},
    };
    for (size_t i = 0; i < sizeof(failing) / sizeof(failing[0]); i++) {
        struct http_answer answer;
        struct err err = {0};
        assert_false(http_call(&failing[i].call, &answer, &err));
        assert_int_equal(err.code, failing[i].code);
        assert_non_null(strstr(err.text, failing[i].words));
        assert_null(strstr(err.text, "s3cret"));
        assert_null(strstr(err.text, "pa55"));
    }
    fixture_end(&fixture);
}

static void proxy_of_the_environment_is_not_used(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_begin(&fixture, &(struct http_limits){0});
    char url[128];
    struct http_answer answer;
    struct err err = {0};
    snprintf(url, sizeof(url), "%s/status", fixture.url);
    setenv("http_proxy", "http://127.0.0.1:1", 1);
    assert_true(http_call(&(struct http_call){.url = url}, &answer, &err));
    http_answer_done(&answer);
    assert_false(
        http_call(&(struct http_call){.url = url, .environment_proxy = true}, &answer, &err));
    unsetenv("http_proxy");
    assert_false(
        http_call(&(struct http_call){.url = url, .proxy = "http://127.0.0.1:1"}, &answer, &err));
    fixture_end(&fixture);
}

static struct http_client *start_client(size_t threads, size_t most)
{
    struct err err = {0};
    struct http_client *client = http_client_start(threads, most, &err);
    assert_non_null(client);
    return client;
}

static void await_result(struct http_client *client, struct http_result *result)
{
    struct pollfd polled = {.fd = http_client_fd(client), .events = POLLIN};
    assert_int_equal(poll(&polled, 1, 60000), 1);
    assert_true(http_client_take(client, result));
}

/* The domain thread publishes meanwhile; every text is whole. */
static void many_calls_at_once(void **state)
{
    (void)state;
    static bool seen[CALLS];
    struct fixture fixture;
    fixture_begin(&fixture, &(struct http_limits){.workers = 3});
    struct http_client *client = start_client(4, CALLS);
    for (size_t i = 0; i < CALLS; i++) {
        char url[128];
        snprintf(url, sizeof(url), "%s%s", fixture.url, i % 4 == 0 ? "/wait?ms=3" : "/status");
        assert_true(http_client_send(client, &(struct http_call){.url = url, .deadline_ms = 60000},
                                     &seen[i]));
        struct buf text = {0};
        buf_addf(&text, "{\"number\": %zu}", i);
        snapshot_place_put(fixture.place, snapshot_new(&text));
    }
    assert_false(http_client_send(client, &(struct http_call){.url = fixture.url}, NULL));
    for (size_t i = 0; i < CALLS; i++) {
        struct http_result result;
        await_result(client, &result);
        bool *mine = result.tag;
        assert_false(*mine);
        *mine = true;
        assert_true(result.answered);
        assert_true(result.answer.status == 200 || result.answer.status == 503);
        http_answer_done(&result.answer);
    }
    struct http_result none;
    assert_false(http_client_take(client, &none));
    http_client_stop(client);
    fixture_end(&fixture);
}

static void a_client_that_is_stopped_aborts(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_begin(&fixture, &(struct http_limits){0});
    char url[128];
    struct http_client *client = start_client(1, 10);
    snprintf(url, sizeof(url), "%s/wait?ms=1500", fixture.url);
    for (size_t i = 0; i < 10; i++)
        assert_true(
            http_client_send(client, &(struct http_call){.url = url, .deadline_ms = 600000}, NULL));
    http_client_stop(client); /* ten answers in a row would be 15 s; the test's time-out sees it */
    http_client_stop(NULL);
    fixture_end(&fixture);
}

static bool answers(const struct fixture *fixture, const char *url)
{
    struct err err = {0};
    struct http_answer answer;
    struct http_call call = {.url = url,
                             .unix_socket = url == fixture->url ? NULL : fixture->socket};
    bool good = http_call(&call, &answer, &err) && answer.status == 404;
    http_answer_done(&answer);
    return good;
}

/* Sockets outlive a server: the next one has them, also after one that could not be started; those
 * that nobody wants are closed. */
static void sockets_are_handed_on(void **state)
{
    (void)state;
    struct fixture fixture;
    struct err err = {0};
    struct http_sockets kept = {.count = 0};
    fixture_begin(&fixture, &(struct http_limits){0});
    http_server_stop_keeping(fixture.server, &kept);
    assert_int_equal(kept.count, 2);
    assert_int_equal(access(fixture.socket, F_OK), 0);
    const struct http_server_options options = {.routes = routes, .route_count = 1, .kept = &kept};
    const struct http_listener wrong[] = {{.address = fixture.address}, {.address = "nonsense"}};
    assert_null(http_server_start(&options, wrong, 2, &err));
    assert_int_equal(kept.count, 2);
    const struct http_listener listeners[] = {{.address = "127.0.0.1:0"},
                                              {.address = fixture.address}};
    fixture.server = http_server_start(&options, listeners, 2, &err);
    assert_non_null(fixture.server);
    assert_int_equal(kept.count, 0);
    assert_true(answers(&fixture, fixture.url));
    assert_true(answers(&fixture, "http://todoku"));
    http_server_stop_keeping(fixture.server, &kept);
    fixture.server = http_server_start(&options, listeners, 1, &err);
    assert_int_equal(kept.count, 1);
    http_sockets_close(&kept);
    assert_int_not_equal(access(fixture.socket, F_OK), 0);
    assert_true(answers(&fixture, fixture.url));
    http_server_stop_keeping(NULL, &kept);
    fixture_end(&fixture);
}

static void starts_that_fail(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_begin(&fixture, &(struct http_limits){0});
    struct err err = {0};
    const struct http_server_options options = {.routes = routes, .route_count = 1};
    const struct http_listener listeners[] = {{.address = "127.0.0.1:0"},
                                              {.address = fixture.address}};
    assert_null(http_server_start(&options, listeners, 2, &err));
    assert_non_null(strstr(err.text, "already running"));
    assert_null(http_server_start(
        &(struct http_server_options){.routes = routes, .route_count = 1, .token = "short"},
        listeners, 1, &err));
    const struct http_listener grouped = {.address = "unix:/tmp/x", .group = "no such group"};
    assert_null(http_server_start(&options, &grouped, 1, &err));
    assert_non_null(strstr(err.text, "no such group"));
    http_server_stop(NULL);
    assert_int_equal(access(fixture.socket, F_OK), 0); /* the living one's is still there */
    fixture_end(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(asked_by_our_client),
        cmocka_unit_test(bounds_of_an_answer),
        cmocka_unit_test(calls_that_fail),
        cmocka_unit_test(proxy_of_the_environment_is_not_used),
        cmocka_unit_test(many_calls_at_once),
        cmocka_unit_test(a_client_that_is_stopped_aborts),
        cmocka_unit_test(starts_that_fail),
        cmocka_unit_test(sockets_are_handed_on),
    };
    return cmocka_run_group_tests(tests, sandbox_enter, sandbox_leave);
}
