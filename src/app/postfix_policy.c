/* SPDX-License-Identifier: Apache-2.0
 *
 * See postfix_policy.h. Deadlines are short and the default is to take the mail: a policy server
 * that is gone or hung must not stop it (Postfix' own defaults wait 100 s, then defer).
 */
#include "app/postfix_policy.h"

/* A smtpd in a chroot, as Debian has it, sees no socket outside its queue directory: an address
 * comes first. */
static const struct endpoint *best(const struct settings_policy *policy)
{
    for (size_t i = 0; i < policy->listen_count; i++)
        if (policy->listen[i].kind == ENDPOINT_TCP)
            return &policy->listen[i];
    return &policy->listen[0];
}

/* As Postfix writes it: inet:127.0.0.1:8481, unix:/run/todoku/policy. */
static void add_service(const struct endpoint *endpoint, struct buf *to)
{
    if (endpoint->kind == ENDPOINT_TCP)
        buf_add_str(to, "inet:");
    endpoint_format(endpoint, to);
}

void postfix_policy_print(const struct settings_policy *policy, struct buf *to)
{
    if (policy->listen_count == 0)
        return;
    const struct endpoint *endpoint = best(policy);
    buf_add_str(to, "\n# main.cf: sending limits. Without an answer in 2 s the mail is taken.\n"
                    "todoku_policy = check_policy_service { ");
    add_service(endpoint, to);
    buf_add_str(to, ", timeout=2s, try_limit=1, default_action=DUNNO }\n"
                    "# master.cf: below the services that take mail from people who log in\n"
                    "# (submission, submissions): refused at once what is over already, counted\n"
                    "# when the message is whole.\n"
                    "#  -o smtpd_recipient_restrictions=$todoku_policy,permit_sasl_authenticated,"
                    "reject\n"
                    "#  -o smtpd_end_of_data_restrictions=$todoku_policy\n");
    if (endpoint->kind == ENDPOINT_UNIX)
        buf_add_str(to, "# A smtpd in a chroot (y in master.cf, the default of Debian) does not "
                        "see this socket:\n# take the service out of it, or listen at "
                        "127.0.0.1:8481.\n");
    if (policy->slow_transport != NULL)
        buf_addf(to,
                 "# master.cf: the way of mail that is slowed down; its pace is main.cf's.\n"
                 "%s unix - - y - 1 smtp\n"
                 "# main.cf\n"
                 "%s_destination_rate_delay = 10s\n"
                 "%s_destination_concurrency_limit = 1\n",
                 policy->slow_transport, policy->slow_transport, policy->slow_transport);
}
