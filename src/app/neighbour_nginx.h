/* SPDX-License-Identifier: Apache-2.0
 *
 * What nginx' mail proxy needs to ask the auth backend: the part of nginx.conf. Peers: nginx'
 * documentation of ngx_mail_auth_http_module and ngx_mail_ssl_module; what each line is for is said
 * beside it.
 */
#ifndef TD_APP_NEIGHBOUR_NGINX_H
#define TD_APP_NEIGHBOUR_NGINX_H

#include "app/neighbour_terms.h"

/* Appends `mail { }` with a server{} for each protocol that has a backend. False: a secret cannot
 * be said, and the text is not whole. */
bool neighbour_nginx(const struct neighbour_terms *terms, struct buf *to, struct err *err);

#endif
