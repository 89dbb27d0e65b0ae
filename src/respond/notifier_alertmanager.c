/* SPDX-License-Identifier: Apache-2.0
 *
 * Alertmanager: one alert an incident, known by its labels, which therefore hold only what never
 * changes while it is open: kind, names, id, and the severity that is usual for the kind. What
 * changes stands in annotations.
 *
 * Alertmanager ends an alert that is not repeated, so an open one is given an end of now + hold,
 * which each notice moves on; incident_book_repeat makes such notices. A closed one ends when it
 * closed.
 */
#include "respond/notifier_formats.h"

#include "base/escape.h"
#include "model/incident_words.h"
#include "model/suspect_words.h"

static void put_labels(const struct notice_item *item, json_t *alert)
{
    struct incident incident = item->incident;
    json_t *labels = json_value_object();
    CLEANUP_BUF struct buf name = {0};
    incident.severity = INCIDENT_USUAL;
    buf_addf(&name, "todoku-%s", incident_kind_word(incident.kind));
    json_value_put_text(labels, "alertname", buf_slice(&name));
    json_value_put_text(labels, "kind", slice_from_str(incident_kind_word(incident.kind)));
    json_value_put_text(labels, "severity",
                        slice_from_str(incident_severity_word(incident_severity(&incident))));
    json_value_put_text(labels, "incident", item->id);
    json_value_put_text(labels, "relay", incident.relay);
    json_value_put_text(labels, "source", incident.source);
    json_value_put_text(labels, "provider", incident.provider);
    json_value_put_text(labels, "login", incident.login);
    json_value_put_text(labels, "domain", incident.domain);
    json_value_put_text(labels, "name", incident.name);
    json_value_put(alert, "labels", labels);
}

/* An alert is one incident: its own top suspect, not the page's. */
static void put_suspects(const struct incident *incident, enum language language, json_t *notes)
{
    CLEANUP_BUF struct buf text = {0};
    if (incident->suspects[0].login.len == 0)
        return;
    escape_terminal(incident->suspects[0].login, &text);
    buf_add_str(&text, ": ");
    suspect_reason(&incident->suspects[0], language, &text);
    json_value_put_text(notes, "suspect", buf_slice(&text));
}

static void put_annotations(const struct notifier_job *job, const struct notice_item *item,
                            json_t *alert)
{
    const struct notice_message *message = job->message;
    json_t *notes = json_value_object();
    CLEANUP_BUF struct buf title = {0}, subject = {0};
    incident_subject(&item->incident, message->language, "→", &subject);
    buf_addf(&title, "%s: ", incident_title(item->incident.kind, message->language));
    buf_add(&title, buf_slice(&subject));
    json_value_put_text(notes, "summary", buf_slice(&title));
    json_value_put_text(notes, "description", message->summary);
    json_value_put_text(notes, "severity_now",
                        slice_from_str(incident_severity_word(incident_severity(&item->incident))));
    json_value_put_text(notes, "state", slice_from_str(incident_state_word(item->state)));
    json_value_put_text(notes, "page", job->notice->page);
    json_value_put_text(notes, "scope", slice_from_str(incident_scope_word(item->incident.scope)));
    put_suspects(&item->incident, message->language, notes);
    json_value_put_text(notes, "sample", message->sample);
    json_value_put_text(notes, "advice",
                        slice_from_str(incident_advice(&item->incident, message->language)));
    json_value_put_text(notes, "runbook_url", message->runbook);
    json_value_put_text(notes, "acknowledge", message->hint);
    json_value_put_text(notes, "route", message->route);
    json_value_put_text(notes, "approve", message->approve);
    json_value_put_text(notes, "deny", message->deny);
    json_value_put(alert, "annotations", notes);
}

static json_t *alert_of(const struct notifier_job *job, const struct notice_item *item)
{
    const struct incident *incident = &item->incident;
    json_t *alert = json_value_object();
    int64_t end_us = incident->closed_us;
    if (item->state != INCIDENT_STATE_CLOSED)
        end_us = job->now_us + job->settings->hold_us;
    else if (end_us > job->now_us)
        end_us = job->now_us;
    if (end_us <= incident->opened_us) /* refused otherwise; times are written in seconds */
        end_us = incident->opened_us + 1000000;
    put_labels(item, alert);
    put_annotations(job, item, alert);
    json_value_put_time(alert, "startsAt", incident->opened_us);
    json_value_put_time(alert, "endsAt", end_us);
    return alert;
}

void notifier_alertmanager(const struct notifier_job *job, struct outgoing *to)
{
    json_t *alerts = json_value_array();
    for (size_t i = 0; i < job->notice->count; i++)
        json_value_append(alerts, alert_of(job, &job->notice->items[i]));
    outgoing_url(to, job->settings->url, "/api/v2/alerts");
    notifier_json_body(to, alerts);
}
