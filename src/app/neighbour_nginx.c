/* SPDX-License-Identifier: Apache-2.0
 *
 * See neighbour_nginx.h. Measured with nginx 1.22.1 and 1.31's source.
 */
#include "app/neighbour_nginx.h"

static const char head[] =
    "# For nginx.conf, beside http { } and not in it. nginx -t says whether it is right, nginx -s "
    "reload has it\n"
    "# in effect. The mail module is Debian's package libnginx-mod-mail, which loads it by itself; "
    "elsewhere:\n"
    "# load_module modules/ngx_mail_module.so;\n";

static const char manner[] =
    "\n"
    "    # An answer that comes later is none, and the client is told of an internal error; the "
    "default is a minute.\n"
    "    auth_http_timeout 3s;\n";

static const char common[] =
    "\n"
    "    # What the mailbox server says when it refuses somebody reaches him.\n"
    "    proxy_pass_error_message on;\n"
    "\n"
    "    # Yours: the certificate of the name that clients are set to.\n"
    "    ssl_certificate     /etc/nginx/mail.crt;\n"
    "    ssl_certificate_key /etc/nginx/mail.key;\n";

static const char certificates[] =
    "\n"
    "    # Logins by certificate (external): who has signed those of your users. Others go on with "
    "a password.\n"
    "    ssl_client_certificate /etc/nginx/users-ca.crt;\n"
    "    ssl_verify_client      optional;\n";

static const char balancer[] =
    "\n"
    "    # Clients over IPv6: add listen [::]:PORT beside each listen.\n"
    "    # Behind a load balancer that says the client's address (PROXY protocol), in each "
    "server:\n"
    "    #     listen PORT proxy_protocol;  set_real_ip_from ITS_ADDRESS;\n"
    "    # Else every failure counts against the balancer.\n";

static const struct {
    enum auth_protocol protocol;
    const char *name, *directive;
    unsigned port, tls_port;
    const char *words[AUTH_METHODS]; /* by method; NULL: nginx has none */
} servers[] = {
    {AUTH_IMAP,
     "imap",
     "imap_auth",
     143,
     993,
     {[AUTH_PLAIN] = "plain login", [AUTH_CRAM_MD5] = "cram-md5", [AUTH_EXTERNAL] = "external"}},
    {AUTH_POP3,
     "pop3",
     "pop3_auth",
     110,
     995,
     {[AUTH_PLAIN] = "plain",
      [AUTH_CRAM_MD5] = "cram-md5",
      [AUTH_APOP] = "apop",
      [AUTH_EXTERNAL] = "external"}},
    {AUTH_SMTP,
     "smtp",
     "smtp_auth",
     587,
     465,
     {[AUTH_PLAIN] = "plain login", [AUTH_CRAM_MD5] = "cram-md5", [AUTH_EXTERNAL] = "external"}},
};

/* A unix socket costs half of what TCP does. */
static const struct endpoint *best(const struct settings_auth *auth)
{
    for (size_t i = 0; i < auth->listen_count; i++)
        if (auth->listen[i].kind == ENDPOINT_UNIX)
            return &auth->listen[i];
    return &auth->listen[0];
}

static void add_listener(const struct settings_auth *auth, struct buf *to)
{
    struct endpoint at = *best(auth);
    if (at.kind == ENDPOINT_UNIX) {
        buf_addf(to,
                 "    # todoku (auth.listen). nginx' workers must be in the group of the socket "
                 "(auth.group: %s).\n"
                 "    auth_http unix:%s:/auth;\n",
                 auth->group != NULL ? auth->group : "the daemon's own", at.path);
        return;
    }
    at.ip = ip_address_of_listener(&at.ip);
    buf_add_str(to, "    # todoku (auth.listen), from an address of auth.callers. A unix socket "
                    "costs half of this.\n"
                    "    auth_http ");
    endpoint_format(&at, to);
    buf_add_str(to, "/auth;\n");
}

static bool add_key(const struct neighbour_terms *terms, struct buf *to, struct err *err)
{
    if (terms->auth->key == NULL)
        return true;
    buf_add_str(to, "\n    # Who does not say it is refused. Only root needs to read the file that "
                    "it stands in.\n"
                    "    auth_http_header X-Auth-Key \"");
    bool good = neighbour_add_secret(terms, "auth.key", terms->auth->key, '\0', to, err);
    buf_add_str(to, "\";\n");
    return good;
}

/* The words of its methods; false: it has none. */
static bool add_words(const struct settings_auth *auth, size_t server, struct buf *to)
{
    size_t before = to->len;
    for (size_t i = 0; i < AUTH_METHODS; i++)
        if (servers[server].words[i] != NULL && neighbour_has(auth, (enum auth_method)i))
            buf_addf(to, " %s", servers[server].words[i]);
    return to->len > before;
}

static void add_behind(const struct settings_auth *auth, enum auth_protocol protocol,
                       struct buf *to)
{
    if (protocol == AUTH_SMTP)
        buf_add_str(to, "        xclient on;  # Postfix hears who it is, and from where\n");
    else if (auth->proxy_protocol)
        buf_add_str(to, "        proxy_protocol on;  # so does Dovecot (auth.proxy_protocol)\n");
}

static void add_server(const struct settings_auth *auth, size_t server, struct buf *to)
{
    CLEANUP_BUF struct buf words = {0};
    if (!neighbour_serves(auth, servers[server].protocol) || !add_words(auth, server, &words))
        return;
    buf_addf(to,
             "\n    server {\n"
             "        listen %u;\n"
             "        listen %u ssl;\n"
             "        protocol %s;\n"
             "        starttls only;  # no password in clear\n"
             "        %s%s;\n",
             servers[server].port, servers[server].tls_port, servers[server].name,
             servers[server].directive, buf_str(&words));
    add_behind(auth, servers[server].protocol, to);
    buf_add_str(to, "    }\n");
}

/* Mail from other hosts, which do not log in. */
static void add_inbound(const struct settings_auth *auth, struct buf *to)
{
    if (auth->backends.inbound.port == 0 || !neighbour_has(auth, AUTH_NONE))
        return;
    buf_add_str(to, "\n    server {\n"
                    "        listen 25;\n"
                    "        protocol smtp;\n"
                    "        starttls on;\n"
                    "        smtp_auth none;  # mail of other hosts, to auth.backends.inbound\n"
                    "        xclient on;\n"
                    "    }\n");
}

bool neighbour_nginx(const struct neighbour_terms *terms, struct buf *to, struct err *err)
{
    const struct settings_auth *auth = terms->auth;
    buf_addf(to, "%s\nmail {\n", head);
    add_listener(auth, to);
    buf_add_str(to, manner);
    if (!add_key(terms, to, err))
        return false;
    buf_add_str(to, common);
    if (neighbour_has(auth, AUTH_EXTERNAL))
        buf_add_str(to, certificates);
    buf_add_str(to, balancer);
    for (size_t i = 0; i < sizeof(servers) / sizeof(servers[0]); i++)
        add_server(auth, i, to);
    add_inbound(auth, to);
    buf_add_str(to, "}\n");
    return true;
}
