/* SPDX-License-Identifier: Apache-2.0
 *
 * See neighbour_postfix.h. Measured with Postfix 3.7.11 behind nginx 1.22.1.
 */
#include "app/neighbour_postfix.h"

#include "app/neighbour_terms.h"

static const char head[] =
    "\n# ---- behind nginx ----\n"
    "# In master.cf, below the service that nginx leads people to who have logged in "
    "(auth.backends: "
    "smtp). nginx\n"
    "# says who they are by XCLIENT, from an address of auth.callers; the log has "
    "sasl_method=XCLIENT.\n";

static const char logins[] =
    "#   -o smtpd_sasl_auth_enable=yes\n"
    "#   -o smtpd_sasl_type=dovecot\n"
    "#   -o smtpd_sasl_path=private/auth\n"
    "#   -o smtpd_relay_restrictions=permit_sasl_authenticated,reject\n"
    "# smtpd believes no XCLIENT LOGIN without a SASL server, though it asks it nothing: without "
    "one it ends with\n"
    "# \"no SASL authentication mechanisms\". Dovecot's, in 10-master.conf:\n"
    "#   service auth { unix_listener /var/spool/postfix/private/auth { mode = 0660 user = postfix "
    "group = postfix } }\n";

void neighbour_postfix(const struct settings_auth *auth, struct buf *to)
{
    if (auth->listen_count == 0 || !neighbour_serves(auth, AUTH_SMTP))
        return;
    buf_add_str(to, head);
    buf_add_str(to, "#   -o smtpd_authorized_xclient_hosts=");
    neighbour_add_callers(auth, ",", true, to);
    buf_add_char(to, '\n');
    buf_add_str(to, logins);
    if (auth->backends.inbound.port != 0 && neighbour_has(auth, AUTH_NONE))
        buf_add_str(to, "# And below the one of mail from elsewhere (auth.backends: inbound), "
                        "smtpd_authorized_xclient_hosts alone.\n");
}
