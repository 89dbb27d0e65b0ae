/* SPDX-License-Identifier: Apache-2.0
 *
 * HTTP calls that nobody waits for: one owner hands them in, worker threads make them, the owner
 * collects the results when its loop sees http_client_fd readable. Bounded; what does not fit is
 * refused at once. Whether and when to try again is the caller's business.
 */
#ifndef TD_IO_HTTP_CLIENT_H
#define TD_IO_HTTP_CLIENT_H

#include "io/http_call.h"

struct http_client;

/* threads: calls at a time; calls_max: handed in and not yet collected. NULL and err: no threads.
 */
struct http_client *http_client_start(size_t threads, size_t calls_max, struct err *err);

/* Ends: calls under way are aborted, results not collected are dropped. NULL is fine. */
void http_client_stop(struct http_client *client);

/* Hands in a call; all its strings and bytes are copied (`abort` must be NULL). `tag` comes back
 * with the result. False: full. */
bool http_client_send(struct http_client *client, const struct http_call *call, void *tag);

struct http_result {
    void *tag;
    bool answered; /* else err says why not */
    struct http_answer answer;
    struct err err;
};

/* The next result; false: none at the moment. End it with http_answer_done(&result->answer). */
bool http_client_take(struct http_client *client, struct http_result *result);

/* Readable while results wait. */
int http_client_fd(const struct http_client *client);

#endif
