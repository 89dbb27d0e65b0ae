/* SPDX-License-Identifier: Apache-2.0
 *
 * The table of what a server answers, and the search in it.
 */
#ifndef TD_IO_HTTP_ROUTE_H
#define TD_IO_HTTP_ROUTE_H

#include "io/http_message.h"

/* Fills the response, which begins as 200, application/json. `context` is the server's: any of its
 * threads may be here at the same time, see http_server.h. */
typedef void http_handler(void *context, const struct http_request *request,
                          struct http_response *response);

/* Which thread a handler runs on, and whether it judges for itself who asks. */
enum http_pace {
    HTTP_QUICK,       /* the web thread: never blocks, a millisecond at most */
    HTTP_SLOW,        /* a worker: may block, with a deadline of its own */
    HTTP_SLOW_SIGNED, /* the same, for any client: the handler checks a signature before all else */
};

struct http_route {
    enum http_method method; /* all but HTTP_GET write: see http_write_rule, HTTP_SLOW_SIGNED */
    enum http_pace pace;
    const char *path; /* whole; or a prefix that ends with '*': "/runbooks/" and a '*' */
    http_handler *handler;
};

/* Methods by bit (1 << method). */
typedef unsigned http_method_set;

/* The route for a method and path; the whole path wins over a prefix, a longer prefix over a
 * shorter one. NULL: none; *allowed then says which methods the path has (0: no such path). *rest:
 * what follows the prefix. */
const struct http_route *http_route_find(const struct http_route *routes, size_t count,
                                         enum http_method method, struct slice path,
                                         struct slice *rest, http_method_set *allowed);

/* The methods that any route has for the path. */
http_method_set http_route_methods(const struct http_route *routes, size_t count,
                                   struct slice path);

/* Appends the value of an Allow header: "GET, HEAD, OPTIONS". */
void http_route_allow(http_method_set methods, struct buf *to);

/* An HTTP method by name, case-sensitive as RFC 9110 wants. HEAD is HTTP_GET. False: another. */
bool http_route_method(struct slice name, enum http_method *method);

#endif
