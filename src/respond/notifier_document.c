/* SPDX-License-Identifier: Apache-2.0
 *
 * A notice as a JSON document for programs: webhook and command. Facts have the names and forms of
 * the report's JSON; words for people stand apart under "text". The schema's number changes when a
 * field changes its meaning or goes; new fields may come at any time.
 */
#include "respond/incident_json.h"
#include "respond/notifier_formats.h"

#define SCHEMA "todoku.notice/1"

static json_t *lines_json(const struct slice *lines, size_t count)
{
    json_t *list = json_value_array();
    for (size_t i = 0; i < count; i++)
        json_value_append(list, json_value_text(lines[i]));
    return list;
}

static json_t *text_json(const struct notice_message *message)
{
    json_t *object = json_value_object(), *facts = json_value_array();
    json_value_put_word(object, "language", language_word(message->language));
    json_value_put_text(object, "title", message->title);
    json_value_put_text(object, "status", message->status);
    json_value_put_text(object, "summary", message->summary);
    for (size_t i = 0; i < message->fact_count; i++) {
        json_t *fact = json_value_object();
        json_value_put_text(fact, "label", message->facts[i].label);
        json_value_put_text(fact, "text", message->facts[i].text);
        json_value_append(facts, fact);
    }
    json_value_put(object, "facts", facts);
    if (message->suspect_count > 0)
        json_value_put(object, "suspects", lines_json(message->suspects, message->suspect_count));
    json_value_put_text(object, "sample", message->sample);
    json_value_put_text(object, "advice", message->advice);
    json_value_put_text(object, "link", message->link);
    json_value_put_text(object, "runbook", message->runbook);
    json_value_put_text(object, "hint", message->hint);
    json_value_put_text(object, "approve", message->approve);
    json_value_put_text(object, "deny", message->deny);
    return object;
}

json_t *notifier_document(const struct notifier_job *job)
{
    const struct notice *notice = job->notice;
    json_t *object = json_value_object(), *incidents = json_value_array();
    CLEANUP_BUF struct buf key = {0};
    notice_key(notice, &key);
    json_value_put_word(object, "schema", SCHEMA);
    json_value_put_text(object, "key", buf_slice(&key));
    json_value_put_word(object, "transition", notice_transition_word(notice->transition));
    json_value_put_word(object, "state", incident_state_word(notice->state));
    json_value_put_word(object, "severity", incident_severity_word(notice->severity));
    json_value_put_word(object, "axis", notice_axis_word(notice->axis));
    json_value_put_time(object, "at", notice->at_us);
    json_value_put_text(object, "page", notice->page);
    json_value_put_count(object, "serial", notice->serial);
    json_value_put_count(object, "flaps", notice->flaps);
    json_value_put_count(object, "escalation", notice->escalation);
    json_value_put_text(object, "by", notice->by);
    json_value_put_text(object, "note", notice->note);
    json_value_put_count(object, "total", notice->total);
    for (size_t i = 0; i < notice->count; i++) {
        const struct notice_item *item = &notice->items[i];
        json_t *incident = incident_json(item->id, item->state, &item->incident);
        json_value_put_text(incident, "page", item->page);
        if (item->fresh)
            json_value_put(incident, "new", json_true());
        json_value_append(incidents, incident);
    }
    json_value_put(object, "incidents", incidents);
    if (notice->route != NULL)
        json_value_put(object, "route", audit_entry_json(notice->route));
    json_value_put(object, "text", text_json(job->message));
    return object;
}

void notifier_json_body(struct outgoing *to, json_t *value)
{
    CLEANUP_BUF struct buf body = {0};
    json_value_print(value, false, &body);
    to->content_type = "application/json; charset=utf-8";
    outgoing_body(to, &body);
}
