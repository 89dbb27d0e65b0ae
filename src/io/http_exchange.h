/* SPDX-License-Identifier: Apache-2.0
 *
 * One request on its way through the server, as libmicrohttpd calls for it. Web thread.
 */
#ifndef TD_IO_HTTP_EXCHANGE_H
#define TD_IO_HTTP_EXCHANGE_H

#include <microhttpd.h>

#include "io/http_server_private.h"

/* The first line is there; `server` is a struct http_server. Returns the struct http_exchange. */
void *http_exchange_begin(void *server, const char *target, struct MHD_Connection *handle);

/* The library's handler of requests, see MHD_AccessHandlerCallback. */
enum MHD_Result http_exchange_step(struct http_exchange *exchange, const char *path,
                                   const char *method, const char *bytes, size_t *length);

/* A worker is done with it: goes on. */
void http_exchange_resume(struct http_exchange *exchange);

/* The library is done with it. */
void http_exchange_free(struct http_exchange *exchange);

#endif
