/* SPDX-License-Identifier: Apache-2.0
 *
 * One HTTP request to another program, waited for: the verbs of the command line ask the daemon
 * over its control socket; http_client.h makes calls to receivers of notifications on threads of
 * its own. Every call has a deadline and a bound for the answer, follows no redirect (a 3xx is an
 * answer), verifies TLS, and uses no proxy unless asked to.
 */
#ifndef TD_IO_HTTP_CALL_H
#define TD_IO_HTTP_CALL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

enum { HTTP_CALL_HEADERS_MAX = 8 };

struct http_call {
    const char *method;      /* NULL: GET, or POST with a body */
    const char *url;         /* http: or https: */
    const char *unix_socket; /* path; NULL: by TCP to the host of the URL */
    struct slice body;
    const char *content_type;                   /* of the body; NULL: application/json */
    const char *headers[HTTP_CALL_HEADERS_MAX]; /* "Name: value"; NULL: no more */
    int64_t deadline_ms;                        /* for all of it; 0: 5,000 */
    size_t answer_bytes_max;                    /* 0: 1 MiB */
    const char *ca_file;      /* PEM of authorities instead of the system's; NULL: the system's */
    const char *proxy;        /* URL; NULL: none */
    bool environment_proxy;   /* with proxy NULL: what http_proxy and its kin say */
    const atomic_bool *abort; /* ends early when it becomes true; NULL: never */
};

struct http_answer {
    unsigned status;       /* 100 to 599 */
    bool cut;              /* the body was longer than the bound: the beginning is here */
    int64_t retry_after_s; /* of the header Retry-After in seconds; -1: none (or a date) */
    struct buf body;
};

/* True when an answer came, whatever its status; *answer is then filled (http_answer_done). False
 * and err: what failed, where, and what to do: ERR_USAGE (the URL is wrong), ERR_LIMIT (deadline,
 * or aborted), ERR_IO. Blocks its thread until the deadline at most. */
bool http_call(const struct http_call *call, struct http_answer *answer, struct err *err);

void http_answer_done(struct http_answer *answer);

#endif
