/* SPDX-License-Identifier: Apache-2.0
 *
 * See postfix_quota.h.
 */
#include "app/postfix_quota.h"

static const char rcpt[] = "smtpd_recipient_restrictions", end[] = "smtpd_end_of_data_restrictions";

/* A smtpd in a chroot sees no socket outside its queue directory: an address comes first. */
static const struct endpoint *best(const struct settings_quota *quota)
{
    for (size_t i = 0; i < quota->listen_count; i++)
        if (quota->listen[i].kind == ENDPOINT_TCP)
            return &quota->listen[i];
    return &quota->listen[0];
}

/* As Postfix writes it: inet:127.0.0.1:8483, unix:/run/todoku/quota. */
static void add_place(const struct endpoint *endpoint, struct buf *to)
{
    if (endpoint->kind == ENDPOINT_TCP)
        buf_add_str(to, "inet:");
    endpoint_format(endpoint, to);
}

void postfix_quota_service(const struct settings_quota *quota, struct buf *to)
{
    int64_t most_s = (3 * quota->deadline_us + 999999) / 1000000 + 1;
    buf_add_str(to, "check_policy_service { ");
    add_place(best(quota), to);
    buf_addf(to, ", timeout=%llds, try_limit=1, default_action=DUNNO }", (long long)most_s);
}

void postfix_quota_print(const struct settings_quota *quota, struct buf *to)
{
    if (quota->listen_count == 0)
        return;
    buf_add_str(to, "\n# ---- room in mailboxes ----\n"
                    "# In main.cf of the MX, both: the size of a message is known at its end only. "
                    "Last of the\n# recipients' restrictions, behind reject_unauth_destination.\n"
                    "todoku_quota = ");
    postfix_quota_service(quota, to);
    buf_add_char(to, '\n');
    buf_addf(to, "#   %s = ..., reject_unauth_destination, $todoku_quota\n", rcpt);
    buf_addf(to, "#   %s = $todoku_quota\n", end);
    if (best(quota)->kind == ENDPOINT_UNIX)
        buf_add_str(to, "# A smtpd in a chroot (y in master.cf, the default of Debian) does not "
                        "see a socket\n# outside its queue directory: take it out, or listen at "
                        "127.0.0.1:8483.\n");
}

/* ---- checking ---- */

static bool is_asked(const struct row_set *set, struct slice key, struct slice place)
{
    for (size_t i = 0; i < set->count; i++)
        if (slice_ends_with(set->rows[i].key, key) && slice_find(set->rows[i].value, place) != NULL)
            return true;
    return false;
}

static bool asks(const struct settings_quota *quota, const struct postfix_state *state,
                 const char *restriction)
{
    struct slice key = slice_from_str(restriction);
    for (size_t i = 0; i < quota->listen_count; i++) {
        CLEANUP_BUF struct buf place = {0};
        add_place(&quota->listen[i], &place);
        if (is_asked(&state->main, key, buf_slice(&place)) ||
            is_asked(&state->options, key, buf_slice(&place)))
            return true;
    }
    return false;
}

void postfix_quota_check(const struct settings_quota *quota, const struct postfix_state *state,
                         struct postfix_findings *findings)
{
    if (quota->listen_count == 0)
        return;
    if (!asks(quota, state, rcpt))
        postfix_finding_add(findings,
                            "the quota listener is not asked about recipients: mail for full "
                            "mailboxes is taken",
                            "main.cf", "smtpd_recipient_restrictions = ..., $todoku_quota");
    if (!asks(quota, state, end))
        postfix_finding_add(findings,
                            "the quota listener is not asked at the end of a message: mail whose "
                            "size was not said is taken, and bounces",
                            "main.cf", "smtpd_end_of_data_restrictions = $todoku_quota");
}
