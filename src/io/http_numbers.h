/* SPDX-License-Identifier: Apache-2.0
 *
 * What an HTTP server counts, as series of a registry of metrics.
 */
#ifndef TD_IO_HTTP_NUMBERS_H
#define TD_IO_HTTP_NUMBERS_H

#include "io/http_server.h"
#include "io/metrics.h"

/* A server that is made anew, as by a reload, counts on in those of the one before. */
struct http_numbers {
    struct metrics *own; /* when nobody gave a registry */
    struct metric_series *open, *accepted, *refused, *gave_way, *timed_out;
    struct metric_series *responses[6]; /* [2] to [5] */
};

/* Registers todoku_http_*; registry NULL: in one of its own. */
void http_numbers_init(struct http_numbers *numbers, struct metrics *registry);
void http_numbers_done(struct http_numbers *numbers);

struct http_server_counts http_numbers_read(const struct http_numbers *numbers);

#endif
