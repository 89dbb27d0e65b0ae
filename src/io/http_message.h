/* SPDX-License-Identifier: Apache-2.0
 *
 * What a handler of the HTTP server is given and what it answers with. Values only; nothing here
 * knows the library behind the server.
 */
#ifndef TD_IO_HTTP_MESSAGE_H
#define TD_IO_HTTP_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/slice.h"
#include "io/snapshot.h"

enum http_method {
    HTTP_GET, /* HEAD too: the body is left out on the way */
    HTTP_POST,
    HTTP_PUT,
    HTTP_PATCH,
    HTTP_DELETE,
};
#define HTTP_METHODS 5

enum {
    HTTP_PARAMETERS_MAX = 32,
    HTTP_SIGNATURE_MAX = 2,
    HTTP_HEADERS_MAX = 6,
    HTTP_HEADER_BYTES_MAX = 512,
};

/* "GET". */
const char *http_method_name(enum http_method method);

/* Who asks. */
struct http_peer {
    bool is_unix;
    uid_t uid; /* uid, gid and pid: unix sockets only (SO_PEERCRED) */
    gid_t gid;
    pid_t pid;
    char text[64]; /* "192.0.2.9:50001", "[2001:db8::1]:50001", "unix pid 12 uid 0" */
};

struct http_parameter {
    struct slice name, value; /* percent-decoded; '+' is a blank; any bytes */
};

/* Borrowed: valid until the handler returns. */
struct http_request {
    enum http_method method;
    struct slice path; /* percent-decoded, begins with '/', holds no NUL; dots are not resolved */
    struct slice rest; /* of a prefix route: what follows the prefix; else empty */
    const struct http_parameter *parameters;          /* in the order of the request */
    size_t parameter_count;                           /* <= HTTP_PARAMETERS_MAX */
    struct slice content_type, accept, if_none_match; /* empty when not sent */
    struct slice signature[HTTP_SIGNATURE_MAX];       /* see http_server_options */
    struct slice body;
    bool may_write; /* this client may change things (socket, or token) */
    struct http_peer peer;
};

/* Value of the first parameter of that name; ptr is NULL when there is none. */
struct slice http_request_parameter(const struct http_request *request, const char *name);

struct http_header {
    const char *name; /* static */
    char value[HTTP_HEADER_BYTES_MAX];
};

/* Begins as 200, application/json, no body. The server ends it. */
struct http_response {
    unsigned status;
    const char *content_type; /* static; "text/html..." gets the headers that protect pages */
    struct buf body;
    struct snapshot *shared; /* instead of body: one reference, the response's */
    struct http_header headers[HTTP_HEADERS_MAX];
    size_t header_count;
    bool error_pages; /* errors are for a browser: see http_response_error */
};

/* Does an Accept header ask for pages, as browsers do? */
bool http_wants_page(struct slice accept);

/* 200, application/json, an empty body. */
void http_response_init(struct http_response *response);

/* Frees the body and lets go of what is shared. */
void http_response_done(struct http_response *response);

/* Adds a header, or replaces the one of that name, also one that the server would set by itself
 * (Cache-Control, Content-Security-Policy). `name` is static. False when it was left out: control
 * bytes in the value, too long, or too many. */
bool http_response_header(struct http_response *response, const char *name, struct slice value);

/* Answers {"error": {"what": .., "where": .., "advice": ..}} instead of whatever is in the body, or
 * with error_pages a page that says the same and leads to /. The three may hold any bytes: what,
 * the fault; where, the part of the request; advice, the way out. */
void http_response_error(struct http_response *response, unsigned status, struct slice what,
                         struct slice where, struct slice advice);

#endif
