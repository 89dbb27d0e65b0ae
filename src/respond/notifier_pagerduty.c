/* SPDX-License-Identifier: Apache-2.0
 *
 * PagerDuty Events API v2: a page of ours is an alert of theirs, known by its dedup_key. Limits:
 * summary 1024 characters, dedup_key 255.
 */
#include "respond/notifier_formats.h"

#include "base/escape.h"

/* Names have 256 bytes at most, so that marks of no width cannot make it 1024 characters. */
#define SUMMARY_COLUMNS 300

static const char *action_of(const struct notice *notice)
{
    switch (notice->transition) {
    case NOTICE_OPENED:
    case NOTICE_UPDATED:
    case NOTICE_ESCALATED:
    case NOTICE_REOPENED:
    case NOTICE_CURRENT:
    case NOTICE_DIGEST: /* comes page by page: notifier_push */
        return "trigger";
    case NOTICE_ACKNOWLEDGED:
        return "acknowledge";
    case NOTICE_CLOSED:
        return "resolve";
    case NOTICE_ROUTE: /* of a page that is over it must open nothing */
        return notice->state == INCIDENT_STATE_CLOSED ? "resolve" : "trigger";
    }
    return "trigger";
}

static json_t *details_of(const struct notice_message *message)
{
    json_t *details = json_value_object();
    for (size_t i = 0; i < message->fact_count; i++) {
        CLEANUP_BUF struct buf label = {0};
        buf_add(&label, message->facts[i].label);
        json_value_put_text(details, buf_str(&label), message->facts[i].text);
    }
    if (message->suspect_count > 0) { /* of the page that wakes somebody: the top one alone */
        CLEANUP_BUF struct buf label = {0};
        buf_add(&label, message->suspects_title);
        json_value_put_text(details, buf_str(&label), message->suspects[0]);
    }
    json_value_put_text(details, "sample", message->sample);
    json_value_put_text(details, "advice", message->advice);
    json_value_put_text(details, "acknowledge", message->hint);
    json_value_put_text(details, "approve", message->approve);
    json_value_put_text(details, "deny", message->deny);
    return details;
}

static json_t *payload_of(const struct notifier_job *job)
{
    const struct notice *notice = job->notice;
    const struct incident *incident = &notice->items[0].incident;
    json_t *payload = json_value_object();
    json_value_put_text(payload, "summary", escape_cut(job->message->title, SUMMARY_COLUMNS));
    json_value_put_text(payload, "source", incident->relay.len ? incident->relay : SLICE("todoku"));
    json_value_put_text(payload, "severity",
                        slice_from_str(incident_severity_word(notice->severity)));
    json_value_put_time(payload, "timestamp", incident->opened_us);
    json_value_put_text(payload, "component", incident->source);
    json_value_put_text(payload, "group", incident->provider);
    json_value_put_text(payload, "class", slice_from_str(incident_kind_word(incident->kind)));
    json_value_put(payload, "custom_details", details_of(job->message));
    return payload;
}

static json_t *links_of(const struct notice_message *message)
{
    const struct {
        struct slice title, url;
    } pairs[] = {{message->runbook_title, message->runbook}, {message->link_title, message->link}};
    json_t *links = json_value_array();
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        if (!slice_istarts_with(pairs[i].url, SLICE("http")))
            continue;
        json_t *link = json_value_object();
        json_value_put_text(link, "href", pairs[i].url);
        json_value_put_text(link, "text", pairs[i].title);
        json_value_append(links, link);
    }
    return links;
}

void notifier_pagerduty(const struct notifier_job *job, struct outgoing *to)
{
    const struct notifier_settings *settings = job->settings;
    json_t *event = json_value_object();
    const char *action = action_of(job->notice);
    CLEANUP_BUF struct buf key = {0};
    buf_add_str(&key, "todoku-");
    buf_add(&key, job->notice->page);
    json_value_put_text(event, "routing_key", settings->token);
    json_value_put_text(event, "event_action", slice_from_str(action));
    json_value_put_text(event, "dedup_key", buf_slice(&key));
    if (strcmp(action, "trigger") == 0) {
        json_value_put_text(event, "client", SLICE("todoku"));
        json_value_put(event, "payload", payload_of(job));
        json_value_put(event, "links", links_of(job->message));
    }
    outgoing_url(to, settings->url.len ? settings->url : SLICE(NOTIFIER_PAGERDUTY_URL),
                 "/v2/enqueue");
    notifier_json_body(to, event);
}
