/* SPDX-License-Identifier: Apache-2.0
 *
 * See quota_peer.h.
 */
#include "io/quota_peer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"

static void on_guest_closed(uv_handle_t *handle)
{
    struct quota_guest *guest = handle->data;
    guest->peer->open--;
    for (size_t i = 0; i < QUOTA_GUESTS_MAX; i++)
        if (guest->peer->guests[i] == guest)
            guest->peer->guests[i] = NULL;
    buf_done(&guest->input);
    mem_free(guest);
}

void quota_guest_close(struct quota_guest *guest)
{
    if (!uv_is_closing((uv_handle_t *)&guest->tcp))
        uv_close((uv_handle_t *)&guest->tcp, on_guest_closed);
    guest->peer->closed++;
}

static void say(struct quota_guest *guest, const char *text)
{
    uv_buf_t bytes = uv_buf_init((char *)(uintptr_t)text, (unsigned)strlen(text));
    (void)uv_try_write((uv_stream_t *)&guest->tcp, &bytes, 1);
}

static void answer(struct quota_guest *guest, char wish)
{
    guest->peer->questions++;
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
        quota_guest_close(guest);
        return;
    case 'h':
        say(guest, "action=DU");
        quota_guest_close(guest);
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
    struct quota_guest *guest = stream->data;
    if (got > 0)
        buf_add(&guest->input, slice_of(room->base, (size_t)got));
    mem_free(room->base);
    if (got < 0)
        quota_guest_close(guest);
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
    struct quota_peer *peer = listener->data;
    struct quota_guest *guest = MEM_NEW(struct quota_guest);
    assert_int_equal(status, 0);
    guest->peer = peer;
    uv_tcp_init(listener->loop, &guest->tcp);
    guest->tcp.data = guest;
    assert_int_equal(uv_accept(listener, (uv_stream_t *)&guest->tcp), 0);
    peer->accepted++;
    peer->last = guest;
    size_t slot = 0;
    while (slot < QUOTA_GUESTS_MAX - 1 && peer->guests[slot] != NULL)
        slot++;
    assert_null(peer->guests[slot]);
    peer->guests[slot] = guest;
    if (++peer->open > peer->open_most)
        peer->open_most = peer->open;
    if (peer->closes_at_once)
        quota_guest_close(guest);
    else
        uv_read_start((uv_stream_t *)&guest->tcp, give_room, on_bytes);
}

void quota_peer_start(struct quota_peer *peer, uv_loop_t *loop)
{
    struct sockaddr_in address;
    int len = sizeof(address);
    uv_ip4_addr("127.0.0.1", 0, &address);
    uv_tcp_init(loop, &peer->listener);
    peer->listener.data = peer;
    assert_int_equal(uv_tcp_bind(&peer->listener, (struct sockaddr *)&address, 0), 0);
    assert_int_equal(uv_listen((uv_stream_t *)&peer->listener, QUOTA_GUESTS_MAX, on_guest), 0);
    uv_tcp_getsockname(&peer->listener, (struct sockaddr *)&address, &len);
    peer->endpoint = (struct endpoint){.kind = ENDPOINT_TCP, .port = ntohs(address.sin_port)};
    assert_true(ip_address_parse(SLICE("127.0.0.1"), &peer->endpoint.ip));
}

void quota_peer_stop(struct quota_peer *peer)
{
    for (size_t i = 0; i < QUOTA_GUESTS_MAX; i++)
        if (peer->guests[i] != NULL)
            quota_guest_close(peer->guests[i]);
    if (!uv_is_closing((uv_handle_t *)&peer->listener))
        uv_close((uv_handle_t *)&peer->listener, NULL);
}
