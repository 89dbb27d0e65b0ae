/* SPDX-License-Identifier: Apache-2.0
 *
 * Words and advice for incidents.
 */
#include "model/incident.h"

static const char *const kind_words[] = {
#define X(name, word) [INCIDENT_##name] = word,
    INCIDENT_KINDS(X)
#undef X
};

static const char *const scope_words[] = {
#define X(name, word) [INCIDENT_SCOPE_##name] = word,
    INCIDENT_SCOPES(X)
#undef X
};

const char *incident_kind_word(enum incident_kind kind)
{
    return kind_words[kind];
}

const char *incident_scope_word(enum incident_scope scope)
{
    return scope_words[scope];
}

const char *incident_advice(const struct incident *incident)
{
    switch (incident->kind) {
    case INCIDENT_BLOCK:
        if (incident->class == REPLY_CLASS_BLOCK_DOMAIN)
            return "Find the listed domain or link and stop that mail; another source does not "
                   "help.";
        return "Send this provider's mail by another source, stop what caused it, then ask for "
               "delisting.";
    case INCIDENT_SILENT_BLOCK:
        return "Other sources get through: send by one of them and write to the provider's "
               "postmaster.";
    case INCIDENT_OUTAGE:
        return "Their trouble, not ours: leave the mail queued, another source does not help.";
    case INCIDENT_UNREACHABLE:
        return "Try the provider's MX by hand from another address to tell a block from an outage.";
    case INCIDENT_SLOW_DOWN:
        return "Lower connections and messages per connection for this provider on this source.";
    case INCIDENT_CONFIGURATION:
        return "Give the reply to whoever owns DNS and this relay: the check that it names must be "
               "mended.";
    case INCIDENT_SURGE:
        return "Ask the owner whether this mail is theirs; if not, suspend the login and reset its "
               "password.";
    }
    return "";
}
