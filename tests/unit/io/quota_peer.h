/* SPDX-License-Identifier: Apache-2.0
 *
 * A quota server on the loop of the test. What it does is said by the recipients that it is asked
 * about: the letter before the `@`.
 *
 *      f, o  fits, over         s  silent from here on    e  ends the connection, no byte said
 *      h  half an answer, end   j  nonsense               t  two answers for one question
 */
#ifndef TD_TESTS_QUOTA_PEER_H
#define TD_TESTS_QUOTA_PEER_H

#include <uv.h>

#include "base/buf.h"
#include "base/endpoint.h"

struct quota_guest {
    uv_tcp_t tcp;
    struct quota_peer *peer;
    struct buf input;
    bool silent; /* from here on */
};

enum { QUOTA_GUESTS_MAX = 16 };

struct quota_peer {
    uv_tcp_t listener;
    struct endpoint endpoint;
    size_t open, open_most, accepted, closed, questions;
    bool closes_at_once;
    struct quota_guest *guests[QUOTA_GUESTS_MAX], *last; /* that are there; that came */
};

/* Listens on a free port of loopback. */
void quota_peer_start(struct quota_peer *peer, uv_loop_t *loop);

void quota_guest_close(struct quota_guest *guest);

/* Closes all of it; the loop has to turn then. */
void quota_peer_stop(struct quota_peer *peer);

#endif
