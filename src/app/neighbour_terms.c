/* SPDX-License-Identifier: Apache-2.0
 *
 * See neighbour_terms.h.
 */
#include "app/neighbour_terms.h"

#include <string.h>

#include "base/memory.h"

#define ROWS(whose) \
    { \
        [AUTH_IMAP] = &(whose)->imap, [AUTH_POP3] = &(whose)->pop3, [AUTH_SMTP] = &(whose)->smtp, \
        [AUTH_SIEVE] = &(whose)->sieve, \
    }

static const struct endpoint *of_backends(const struct settings_auth_backends *backends,
                                          enum auth_protocol protocol)
{
    const struct endpoint *const rows[AUTH_PROTOCOLS] = ROWS(backends);
    return rows[protocol];
}

static const struct endpoint *of_server(const struct settings_auth_server *server,
                                        enum auth_protocol protocol)
{
    const struct endpoint *const rows[AUTH_PROTOCOLS] = ROWS(server);
    return rows[protocol];
}

static const struct endpoint *find(const struct settings_auth *auth, enum auth_protocol protocol)
{
    if (of_backends(&auth->backends, protocol)->port != 0)
        return of_backends(&auth->backends, protocol);
    for (size_t i = 0; i < auth->server_count; i++)
        if (of_server(&auth->servers[i], protocol)->port != 0)
            return of_server(&auth->servers[i], protocol);
    return NULL;
}

bool neighbour_serves(const struct settings_auth *auth, enum auth_protocol protocol)
{
    return find(auth, protocol) != NULL;
}

const struct endpoint *neighbour_backend(const struct settings_auth *auth,
                                         enum auth_protocol protocol)
{
    const struct endpoint *found = find(auth, protocol);
    ASSERT(found != NULL);
    return found;
}

bool neighbour_has(const struct settings_auth *auth, enum auth_method method)
{
    for (size_t i = 0; i < auth->method_count; i++)
        if (auth->methods[i] == method)
            return true;
    return false;
}

static bool is_sayable(const char *secret)
{
    for (const char *at = secret; *at != '\0'; at++)
        if (*at <= ' ' || *at > '~')
            return false;
    return true;
}

/* The name of a file may be hostile to a configuration, too; what stands here is no secret then. */
static void add_place(const struct neighbour_terms *terms, const char *setting, struct buf *to)
{
    buf_addf(to, "<%s of ", setting);
    for (const char *at = terms->config; *at != '\0'; at++)
        buf_add_char(to, *at <= ' ' || *at > '~' || strchr("\"\\%", *at) != NULL ? '?' : *at);
    buf_add_char(to, '>');
}

bool neighbour_add_secret(const struct neighbour_terms *terms, const char *setting,
                          const char *secret, char doubled, struct buf *to, struct err *err)
{
    if (terms->with_secrets && !is_sayable(secret))
        return err_set(err, ERR_INPUT,
                       "%s holds a blank or what is not ASCII: letters, digits and signs only can "
                       "stand in every configuration",
                       setting);
    if (!terms->with_secrets)
        add_place(terms, setting, to);
    for (const char *at = terms->with_secrets ? secret : ""; *at != '\0'; at++) {
        if (*at == '"' || *at == '\\')
            buf_add_char(to, '\\');
        if (*at == doubled)
            buf_add_char(to, *at);
        buf_add_char(to, *at);
    }
    return true;
}

void neighbour_add_callers(const struct settings_auth *auth, const char *before, bool brackets,
                           struct buf *to)
{
    for (size_t i = 0; i < auth->caller_count; i++) {
        const struct ip_network *caller = &auth->callers[i];
        CLEANUP_BUF struct buf ip = {0};
        ip_address_format(&caller->ip, &ip);
        buf_addf(to, brackets && caller->ip.len == 16 ? "%s[%s]/%u" : "%s%s/%u", i ? before : "",
                 buf_str(&ip), (unsigned)caller->bits);
    }
}
