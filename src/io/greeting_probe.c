/* SPDX-License-Identifier: Apache-2.0
 *
 * See greeting_probe.h. A visit is one connection, with a timer: the deadline of the greeting, then
 * that of the leave. Both handles are closed together, and the visit is freed with the second.
 */
#include "io/greeting_probe.h"

#include <stdio.h>

#include <uv.h>

#include "base/escape.h"
#include "base/memory.h"
#include "io/clock.h"
#include "io/socket_address.h"

enum { PROXY_LINE_MAX = 108 /* its document: 107 and a NUL */, SHOWN_MAX = 120 };

struct visit {
    struct greeting_probe *probe;
    struct visit *next, *before;
    struct greeting_question question;
    int64_t begun_us;
    union {
        uv_handle_t handle;
        uv_stream_t stream;
        uv_tcp_t tcp;
        uv_pipe_t pipe;
    } at;
    uv_timer_t timer;
    uv_connect_t connect;
    uv_write_t hello, leave;
    char proxy_line[PROXY_LINE_MAX];
    bool told, closing;
    unsigned handles; /* not closed yet */
    size_t length;
    char bytes[GREETING_BYTES_MAX];
};

struct greeting_probe {
    uv_loop_t *loop;
    uint32_t most, busy;
    greeting_hear hear;
    void *context;
    struct visit *visits;
    bool given_up;
};

struct greeting_probe *greeting_probe_new(struct uv_loop_s *loop, uint32_t most, greeting_hear hear,
                                          void *context)
{
    struct greeting_probe *probe = MEM_NEW(struct greeting_probe);
    ASSERT(most > 0);
    probe->loop = loop;
    probe->most = most;
    probe->hear = hear;
    probe->context = context;
    return probe;
}

uint32_t greeting_probe_busy(const struct greeting_probe *probe)
{
    return probe->busy;
}

/* ---- the end of a visit ---- */

static void on_closed(uv_handle_t *handle)
{
    struct visit *visit = handle->data;
    struct greeting_probe *probe = visit->probe;
    if (--visit->handles > 0)
        return;
    if (visit->before != NULL)
        visit->before->next = visit->next;
    else
        probe->visits = visit->next;
    if (visit->next != NULL)
        visit->next->before = visit->before;
    mem_free(visit);
    probe->busy--;
    if (probe->given_up && probe->busy == 0)
        mem_free(probe);
}

static void end(struct visit *visit)
{
    if (visit->closing)
        return;
    visit->closing = true;
    uv_close(&visit->at.handle, on_closed);
    uv_close((uv_handle_t *)&visit->timer, on_closed);
}

void greeting_probe_free(struct greeting_probe *probe)
{
    if (probe == NULL)
        return;
    probe->given_up = true;
    for (struct visit *visit = probe->visits; visit != NULL; visit = visit->next)
        end(visit);
    if (probe->busy == 0)
        mem_free(probe);
}

/* ---- what is told ---- */

static void tell(struct visit *visit, bool ok, const char *reason)
{
    struct greeting_result result = {.ok = ok, .latency_us = clock_steady_us() - visit->begun_us};
    if (visit->told || visit->probe->given_up)
        return;
    visit->told = true;
    snprintf(result.reason, sizeof(result.reason), "%s", reason);
    visit->probe->hear(visit->probe->context, visit->question.token, &result);
}

static void fail(struct visit *visit, const char *reason)
{
    tell(visit, false, reason);
    end(visit);
}

static void fail_by_code(struct visit *visit, const char *what, int code)
{
    char reason[GREETING_REASON_MAX];
    snprintf(reason, sizeof(reason), "%s: %s", what, uv_strerror(code));
    fail(visit, reason);
}

static void fail_by_text(struct visit *visit, const char *what, struct slice text)
{
    CLEANUP_BUF struct buf reason = {0};
    buf_add_str(&reason, what);
    escape_ascii(slice_first(text, SHOWN_MAX), &reason);
    fail(visit, buf_str(&reason));
}

static void on_time(uv_timer_t *timer)
{
    struct visit *visit = timer->data;
    char reason[GREETING_REASON_MAX];
    snprintf(reason, sizeof(reason), "no %s within %u ms",
             uv_is_readable(&visit->at.stream) ? "greeting" : "connection",
             visit->question.deadline_ms);
    fail(visit, reason);
}

/* ---- the visit ---- */

/* What comes of it shows in what is read. */
static void on_written(uv_write_t *write, int status)
{
    (void)write, (void)status;
}

static void say(struct visit *visit, uv_write_t *write, char *text, size_t length)
{
    uv_buf_t bytes = uv_buf_init(text, (unsigned)length);
    (void)uv_write(write, &visit->at.stream, &bytes, 1, on_written);
}

static void take_leave(struct visit *visit)
{
    struct slice line = greeting_leave(visit->question.kind);
    if (visit->closing)
        return;
    memcpy(visit->bytes, line.ptr, line.len); /* nobody needs the greeting any more */
    say(visit, &visit->leave, visit->bytes, line.len);
    uv_timer_start(&visit->timer, on_time, GREETING_LEAVE_MS, 0);
}

static void on_room(uv_handle_t *handle, size_t wanted, uv_buf_t *to)
{
    struct visit *visit = handle->data;
    size_t from = visit->told ? GREETING_BYTES_MAX / 2 : visit->length;
    (void)wanted;
    *to = uv_buf_init(visit->bytes + from, (unsigned)(GREETING_BYTES_MAX - from));
}

static void judge(struct visit *visit)
{
    struct slice line;
    switch (greeting_judge(visit->question.kind, slice_of(visit->bytes, visit->length), &line)) {
    case GREETING_GOOD:
        tell(visit, true, "");
        take_leave(visit);
        return;
    case GREETING_BAD:
        fail_by_text(visit, "it greets with ", line);
        return;
    case GREETING_NEEDS_MORE:
        if (visit->length == GREETING_BYTES_MAX)
            fail(visit, "its greeting does not end");
        return;
    }
}

static void on_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *bytes)
{
    struct visit *visit = stream->data;
    (void)bytes;
    if (visit->told && count >= 0)
        return; /* its good-bye */
    if (count == UV_EOF && visit->length > 0)
        fail_by_text(visit, "it closed the connection after ",
                     slice_of(visit->bytes, visit->length));
    else if (count == UV_EOF)
        fail(visit, "it closed the connection without a greeting");
    else if (count < 0)
        fail_by_code(visit, "the connection broke", (int)count);
    if (count <= 0)
        return;
    visit->length += (size_t)count;
    judge(visit);
}

/* `PROXY TCP4 192.0.2.1 192.0.2.21 40000 143`; UNKNOWN where there are no addresses. */
static void say_proxy_line(struct visit *visit)
{
    struct sockaddr_storage from = {0}, to = {0};
    int from_length = sizeof(from), to_length = sizeof(to);
    char from_text[SOCKET_ADDRESS_TEXT], to_text[SOCKET_ADDRESS_TEXT];
    const struct sockaddr *source = (const struct sockaddr *)&from;
    const struct sockaddr *target = (const struct sockaddr *)&to;
    int length = snprintf(visit->proxy_line, PROXY_LINE_MAX, "PROXY UNKNOWN\r\n");
    if (visit->question.at.kind == ENDPOINT_TCP &&
        uv_tcp_getsockname(&visit->at.tcp, (struct sockaddr *)&from, &from_length) == 0 &&
        uv_tcp_getpeername(&visit->at.tcp, (struct sockaddr *)&to, &to_length) == 0) {
        socket_address_text(source, from_text);
        socket_address_text(target, to_text);
        length = snprintf(visit->proxy_line, PROXY_LINE_MAX, "PROXY TCP%c %s %s %u %u\r\n",
                          socket_address_ip(target).len == 4 ? '4' : '6', from_text, to_text,
                          socket_address_port(source), socket_address_port(target));
    }
    say(visit, &visit->hello, visit->proxy_line, (size_t)length);
}

static void on_connected(uv_connect_t *connect, int status)
{
    struct visit *visit = connect->data;
    if (visit->closing)
        return;
    if (status == 0 && visit->question.proxy_protocol)
        say_proxy_line(visit);
    if (status == 0)
        status = uv_read_start(&visit->at.stream, on_room, on_read);
    if (status < 0)
        fail_by_code(visit, "cannot connect", status);
}

static struct visit *visit_new(struct greeting_probe *probe,
                               const struct greeting_question *question)
{
    struct visit *visit = MEM_NEW(struct visit);
    visit->probe = probe;
    visit->question = *question;
    visit->begun_us = clock_steady_us();
    visit->next = probe->visits;
    if (visit->next != NULL)
        visit->next->before = visit;
    probe->visits = visit;
    probe->busy++;
    visit->handles = 2;
    (void)uv_timer_init(probe->loop, &visit->timer);
    if (question->at.kind == ENDPOINT_UNIX)
        (void)uv_pipe_init(probe->loop, &visit->at.pipe, 0);
    else
        (void)uv_tcp_init(probe->loop, &visit->at.tcp);
    visit->at.handle.data = visit->timer.data = visit->connect.data = visit;
    return visit;
}

bool greeting_probe_begin(struct greeting_probe *probe, const struct greeting_question *question)
{
    struct sockaddr_storage address;
    if (probe->busy >= probe->most)
        return false;
    struct visit *visit = visit_new(probe, question);
    (void)uv_update_time(probe->loop);
    uv_timer_start(&visit->timer, on_time, question->deadline_ms, 0);
    if (question->at.kind == ENDPOINT_UNIX) {
        uv_pipe_connect(&visit->connect, &visit->at.pipe, question->at.path, on_connected);
        return true;
    }
    (void)socket_address_of(&question->at, &address);
    int status = uv_tcp_connect(&visit->connect, &visit->at.tcp, (const struct sockaddr *)&address,
                                on_connected);
    if (status < 0)
        fail_by_code(visit, "cannot connect", status);
    return true;
}
