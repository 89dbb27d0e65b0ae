/* SPDX-License-Identifier: Apache-2.0
 *
 * See neighbour_dovecot.h. Measured with Dovecot 2.3.19: allow_nets is about the address that the
 * PROXY protocol says, so behind it only haproxy_trusted_networks knows nginx.
 */
#include "app/neighbour_dovecot.h"

static const char head[] =
    "# For a file of its own, as /etc/dovecot/conf.d/99-nginx.conf (Dovecot 2.3). doveconf -n says "
    "whether it is\n"
    "# right, doveadm reload has it in effect. The addresses are those that nginx comes from "
    "(auth.callers).\n"
    "\n"
    "# nginx has TLS with the clients, and comes in clear.\n"
    "disable_plaintext_auth = no\n";

static const char own_passwords[] =
    "\n"
    "# No auth.internal_password: what the user said is sent on, and your password database "
    "(passdb) checks it again.\n"
    "# It is not enough for cram-md5, apop and external, where nobody has the password.\n";

static const char password[] =
    "\n"
    "# nginx logs everybody in with this (auth.internal_password), after todoku has seen the "
    "user's own; userdb stays\n"
    "# as it is. {CRYPT}* is a password that nobody has: put the right one in its place.\n"
    "# Whoever knows it is anybody: comment out every other passdb, and let nobody but nginx reach "
    "Dovecot's ports.\n"
    "passdb {\n"
    "  driver = static\n";

static const char penalty[] =
    "\n"
    "# Without the PROXY protocol Dovecot takes nginx for the client and delays everybody after a "
    "few failures.\n"
    "# todoku has refused guesses before they come here. Better: auth.proxy_protocol: true.\n";

static const char no_penalty[] = "service anvil {\n"
                                 "  unix_listener anvil-auth-penalty {\n"
                                 "    mode = 0\n"
                                 "  }\n"
                                 "}\n";

/* A password that begins with a brace is not the name of a scheme; where none is said there is
 * none that anybody could guess. */
static const char *scheme(const struct neighbour_terms *terms)
{
    if (!terms->with_secrets)
        return "{CRYPT}*";
    return terms->auth->internal_password[0] == '{' ? "{PLAIN}" : "";
}

static bool add_password(const struct neighbour_terms *terms, struct buf *to, struct err *err)
{
    const struct settings_auth *auth = terms->auth;
    if (auth->internal_password == NULL) {
        buf_add_str(to, own_passwords);
        return true;
    }
    buf_addf(to, "%s  args = \"password=%s", password, scheme(terms));
    if (!neighbour_add_secret(terms, "auth.internal_password", auth->internal_password, '%', to,
                              err))
        return false;
    if (!auth->proxy_protocol) {
        buf_add_str(to, " allow_nets=");
        neighbour_add_callers(auth, ",", false, to);
    }
    buf_add_str(to, "\"\n}\n");
    return true;
}

static void add_listener(const struct settings_auth *auth, enum auth_protocol protocol,
                         struct buf *to)
{
    const char *name = auth_protocol_word(protocol);
    if (!neighbour_serves(auth, protocol))
        return;
    buf_addf(to,
             "service %s-login {\n"
             "  inet_listener %s {\n"
             "    port = %u\n"
             "    haproxy = yes\n"
             "  }\n"
             "}\n",
             name, name, (unsigned)neighbour_backend(auth, protocol)->port);
}

static void add_addresses(const struct settings_auth *auth, struct buf *to)
{
    buf_add_str(to, "\n# nginx says the client's address first (auth.proxy_protocol); who is not "
                    "of these networks is not heard.\n"
                    "haproxy_trusted_networks = ");
    neighbour_add_callers(auth, " ", false, to);
    buf_add_char(to, '\n');
    add_listener(auth, AUTH_IMAP, to);
    add_listener(auth, AUTH_POP3, to);
}

/* An internal password is never wrong: nothing is to be delayed then. */
static void add_penalty(const struct settings_auth *auth, struct buf *to)
{
    buf_add_str(to, penalty);
    if (auth->internal_password == NULL)
        buf_add_str(to, no_penalty);
}

bool neighbour_dovecot(const struct neighbour_terms *terms, struct buf *to, struct err *err)
{
    buf_add_str(to, head);
    if (!add_password(terms, to, err))
        return false;
    if (terms->auth->proxy_protocol)
        add_addresses(terms->auth, to);
    else
        add_penalty(terms->auth, to);
    return true;
}
