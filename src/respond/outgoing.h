/* SPDX-License-Identifier: Apache-2.0
 *
 * A message on its way out, ready for io: an HTTP POST, or a program with its standard input. Made
 * by the notifiers; C strings, since libcurl and exec take them.
 */
#ifndef TD_RESPOND_OUTGOING_H
#define TD_RESPOND_OUTGOING_H

#include "base/buf.h"
#include "base/memory.h"

#define OUTGOING_HEADERS_MAX 8
#define OUTGOING_ARGS_MAX 64

struct outgoing {
    struct arena *arena; /* owns all of it */
    const char *url;     /* of a POST; NULL: a program */
    const char *content_type;
    size_t header_count;
    const char *headers[OUTGOING_HEADERS_MAX]; /* more of them: "Name: value", no control bytes */
    size_t arg_count;
    const char *args[OUTGOING_ARGS_MAX + 1]; /* of a program, its path first; ends with NULL */
    struct slice body;                       /* of the POST, or standard input */
};

struct outgoing *outgoing_new(void);
void outgoing_free(struct outgoing *outgoing);

/* `base` followed by `path`; controls and blanks are left out. */
void outgoing_url(struct outgoing *outgoing, struct slice base, const char *path);

/* Copies; control bytes of the value are left out, so that it stays one header. */
void outgoing_header(struct outgoing *outgoing, const char *name, struct slice value);

/* False: there are OUTGOING_ARGS_MAX already. A NUL in the text ends it. */
bool outgoing_arg(struct outgoing *outgoing, struct slice text);

void outgoing_body(struct outgoing *outgoing, const struct buf *body);

#endif
