/* SPDX-License-Identifier: Apache-2.0
 *
 * todoku config nginx, todoku config dovecot. See verb_config_neighbour.h.
 */
#include "app/verb_config_neighbour.h"

#include <stdio.h>
#include <string.h>

#include "app/neighbour_dovecot.h"
#include "app/neighbour_nginx.h"

static int refuse(const struct verb *verb, const struct err *err)
{
    (void)verb_fail(verb, err);
    return VERB_NO;
}

int config_neighbour_print(const struct verb *verb, const struct neighbour_terms *terms,
                           bool dovecot)
{
    CLEANUP_BUF struct buf text = {0};
    struct err err;
    if (terms->auth->listen_count == 0) {
        (void)err_set(&err, ERR_INPUT,
                      "%s: auth.listen: nobody is asked about logins; accepted: "
                      "auth: { listen: [\"unix:/run/todoku/auth\"], ... }",
                      terms->config);
        return refuse(verb, &err);
    }
    bool good =
        dovecot ? neighbour_dovecot(terms, &text, &err) : neighbour_nginx(terms, &text, &err);
    if (good)
        fwrite(text.ptr, 1, text.len, stdout);
    if (text.ptr != NULL)
        explicit_bzero(text.ptr, text.cap);
    return good ? VERB_FINE : refuse(verb, &err);
}
