/* SPDX-License-Identifier: Apache-2.0
 *
 * Sentences about incidents for the text and the HTML report.
 */
#include "app/report_words.h"

#include "base/civil.h"
#include "model/incident_words.h"

/* What happened to the hits of a kind. */
static const char *const verbs[] = {
    [INCIDENT_BLOCK] = "refused",
    [INCIDENT_SILENT_BLOCK] = "failed",
    [INCIDENT_OUTAGE] = "failed",
    [INCIDENT_UNREACHABLE] = "failed",
    [INCIDENT_SLOW_DOWN] = "put off",
    [INCIDENT_CONFIGURATION] = "refused",
    [INCIDENT_SURGE] = "above normal",
    [INCIDENT_CONTENT] = "refused",
    [INCIDENT_AUTHENTICATION] = "refused",
    [INCIDENT_DNS] = "refused",
    [INCIDENT_GROWTH] = "above normal",
    [INCIDENT_REACHABILITY] = "failed",
    [INCIDENT_LATENCY] = "late",
    [INCIDENT_QUEUE_AGE] = "late",
    [INCIDENT_BACKLOG] = "waiting",
    [INCIDENT_BRUTE_FORCE] = "failed",
    [INCIDENT_LOG_SILENT] = "missing",
    [INCIDENT_LOG_UNREAD] = "not understood",
    [INCIDENT_HISTORY] = "failed",
    [INCIDENT_NOTIFIER] = "failed",
    [INCIDENT_ROUTING] = "failed",
    [INCIDENT_ACCOUNT_HIJACKED] = "above normal",
    [INCIDENT_AUTH_BACKEND_DOWN] = "failed",
    [INCIDENT_MAILBOX_SERVER_QUOTA_DOWN] = "failed",
};

/* What they are counted among, as in the message; NULL: attempts. */
static const char *const nouns[INCIDENT_KIND_COUNT] = {
    [INCIDENT_SURGE] = "recipient",
    [INCIDENT_GROWTH] = "recipient",
    [INCIDENT_LATENCY] = "recipient",
    [INCIDENT_QUEUE_AGE] = "recipient",
    [INCIDENT_BRUTE_FORCE] = "login",
    [INCIDENT_LOG_UNREAD] = "line",
    [INCIDENT_ACCOUNT_HIJACKED] = "recipient",
};

const char *report_incident_title(enum incident_kind kind)
{
    return incident_title(kind, LANGUAGE_EN);
}

bool report_incident_is_grave(const struct incident *incident)
{
    return incident_severity(incident) == INCIDENT_CRITICAL;
}

size_t report_open_incidents(const struct summary *summary)
{
    size_t open = 0;
    for (size_t i = 0; i < summary->incident_count; i++)
        open += incident_is_open(&summary->incidents[i]);
    return open;
}

enum report_state report_state_of(const struct summary *summary)
{
    if (summary->attempts.total == 0)
        return REPORT_NO_MAIL;
    switch (
        report_judge(summary->reachability_good, summary->reachability_bad, REPORT_REACH_TARGET)) {
    case REPORT_TOO_FEW:
        return REPORT_LITTLE_MAIL;
    case REPORT_MISSED:
        return REPORT_BEHIND;
    case REPORT_MET:
    case REPORT_UNSURE:
        break;
    }
    return REPORT_WELL;
}

void report_state_say(const struct summary *summary, struct buf *to)
{
    uint64_t judged = summary->reachability_good + summary->reachability_bad;
    switch (report_state_of(summary)) {
    case REPORT_NO_MAIL:
        buf_add_str(to, "No mail was sent in this period: there is nothing to judge.");
        return;
    case REPORT_LITTLE_MAIL:
        buf_add_str(to, "No incident is open, but there is not enough mail to judge: ");
        report_count(judged, "recipient", to);
        buf_addf(to, ", at least %d are needed.", REPORT_ENOUGH);
        return;
    case REPORT_BEHIND:
        buf_add_str(to, "No incident is open, yet only ");
        report_percent(summary->reachability_good, judged, to);
        buf_addf(to, " of the recipients were reached: the target is %.0f %%.",
                 REPORT_REACH_TARGET * 100);
        return;
    case REPORT_WELL:
        buf_add_str(to, "Nothing is wrong: no incident is open.");
        return;
    }
}

static bool names_match(struct slice a, struct slice b)
{
    return a.len == 0 || b.len == 0 || slice_eq(a, b);
}

bool report_path_open(const struct summary *summary, const struct summary_path *path)
{
    for (size_t i = 0; i < summary->incident_count; i++) {
        const struct incident *incident = &summary->incidents[i];
        if (incident_is_open(incident) && incident->kind != INCIDENT_SURGE &&
            names_match(incident->relay, path->relay) &&
            names_match(incident->source, path->source) &&
            names_match(incident->provider, path->provider))
            return true;
    }
    return false;
}

void report_incident_subject(const struct incident *incident, const char *arrow, struct buf *to)
{
    incident_subject(incident, LANGUAGE_EN, arrow, to);
}

void report_incident_counts(const struct incident *incident, struct buf *to)
{
    bool surge = incident->kind == INCIDENT_SURGE;
    report_number(incident->hits, to);
    buf_add_str(to, " of ");
    const char *noun = nouns[incident->kind];
    report_count(incident->attempts, noun != NULL ? noun : "attempt", to);
    buf_addf(to, " %s (", verbs[incident->kind]);
    report_percent(incident->hits, incident->attempts, to);
    buf_add_char(to, ')');
    if (incident->messages > 0) { /* 0: of this kind they are not counted */
        buf_add_str(to, ", ");
        report_count(incident->messages, "message", to);
    }
    if (surge)
        buf_addf(to, "; normal is about %.0f an hour", incident->normal);
}

void report_incident_span(const struct incident *incident, const struct summary *summary,
                          const char *dash, struct buf *to)
{
    bool open = incident_is_open(incident);
    int64_t end = open ? summary->last_us : incident->closed_us;
    buf_add_str(to, open ? "since " : "");
    report_time(incident->opened_us, summary->last_us, to);
    if (!open) {
        buf_addf(to, " %s ", dash);
        report_time(end, incident->opened_us, to);
    }
    buf_add_str(to, " (");
    report_duration((double)(end - incident->opened_us) / US_PER_SECOND, to);
    buf_add_char(to, ')');
}

struct slice report_incident_link(const struct incident *incident,
                                  const struct provider_table *providers)
{
    if (incident->url.len > 0)
        return incident->url;
    bool refused = incident->kind == INCIDENT_BLOCK || incident->kind == INCIDENT_SILENT_BLOCK;
    const struct provider *provider =
        refused && providers ? provider_named(providers, incident->provider) : NULL;
    if (!provider)
        return (struct slice){NULL, 0};
    return provider->delist.len ? provider->delist : provider->postmaster;
}
