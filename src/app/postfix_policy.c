/* SPDX-License-Identifier: Apache-2.0
 *
 * See postfix_policy.h.
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
static void add_place(const struct endpoint *endpoint, struct buf *to)
{
    if (endpoint->kind == ENDPOINT_TCP)
        buf_add_str(to, "inet:");
    endpoint_format(endpoint, to);
}

void postfix_policy_service(const struct settings_policy *policy, struct buf *to)
{
    if (policy->listen_count == 0)
        return;
    buf_add_str(to, "check_policy_service { ");
    add_place(best(policy), to);
    buf_add_str(to, ", timeout=2s, try_limit=1, default_action=DUNNO }");
}

void postfix_policy_print(const struct settings_policy *policy, struct buf *to)
{
    if (policy->listen_count == 0)
        return;
    buf_add_str(to,
                "\n# ---- sending limits ----\n"
                "# In master.cf, below the services that take mail from people who log in\n"
                "# (submission, submissions): what is over already is refused at once, and each\n"
                "# message is counted when it is whole.\n"
                "#   -o smtpd_recipient_restrictions=$todoku_policy,permit_sasl_authenticated,"
                "reject\n"
                "#   -o smtpd_end_of_data_restrictions=$todoku_policy\n");
    if (best(policy)->kind == ENDPOINT_UNIX)
        buf_add_str(to, "# A smtpd in a chroot (y in master.cf, the default of Debian) does not "
                        "see a socket\n# outside its queue directory: take it out, or listen at "
                        "127.0.0.1:8481.\n");
}

/* ---- checking ---- */

struct use {
    bool looks, counts;
};

static void note_use(const struct row_set *set, struct slice place, struct use *use)
{
    for (size_t i = 0; i < set->count; i++) {
        struct slice key = set->rows[i].key, value = set->rows[i].value;
        if (!slice_ends_with(key, SLICE("_restrictions")) || slice_find(value, place) == NULL)
            continue;
        if (slice_ends_with(key, SLICE("smtpd_data_restrictions")) ||
            slice_ends_with(key, SLICE("smtpd_end_of_data_restrictions")))
            use->counts = true;
        else
            use->looks = true;
    }
}

static bool needs_recipients(const struct settings_policy *policy)
{
    bool needs = false;
    for (size_t i = 0; i < policy->limit_count; i++)
        needs = needs || policy->limits[i].kind == SETTINGS_LIMIT_NEW_RECIPIENTS;
    return needs;
}

void postfix_policy_check(const struct settings_policy *policy, const struct postfix_state *state,
                          struct postfix_findings *findings)
{
    struct use use = {false, false};
    if (policy->listen_count == 0)
        return;
    for (size_t i = 0; i < policy->listen_count; i++) {
        CLEANUP_BUF struct buf place = {0};
        add_place(&policy->listen[i], &place);
        note_use(&state->main, buf_slice(&place), &use);
        note_use(&state->options, buf_slice(&place), &use);
    }
    if (use.counts && !use.looks && needs_recipients(policy))
        postfix_finding_add(findings,
                            "the policy listener is not asked about recipients: limits of "
                            "new_recipients see those of messages with one recipient only",
                            "master.cf: submission",
                            "-o smtpd_recipient_restrictions=$todoku_policy,"
                            "permit_sasl_authenticated,reject");
    if (use.counts)
        return;
    postfix_finding_add(findings,
                        use.looks ? "the policy listener is asked before a message is whole only: "
                                    "nothing is counted, so no limit is ever reached"
                                  : "no restriction asks the policy listener: nothing is limited",
                        "master.cf: submission",
                        "-o smtpd_end_of_data_restrictions=$todoku_policy");
}
