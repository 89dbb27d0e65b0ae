/* SPDX-License-Identifier: Apache-2.0
 *
 * Incidents as JSON for others. See incident_json.h.
 */
#include "respond/incident_json.h"

#include "model/suspect_words.h"

/* Shares in whole per cent; what was usual only for those who have a past. */
static json_t *suspect_json(const struct incident_suspect *suspect)
{
    json_t *object = json_value_object();
    CLEANUP_BUF struct buf reason = {0};
    suspect_reason(suspect, LANGUAGE_EN, &reason);
    json_value_put_text(object, "login", suspect->login);
    json_value_put_text(object, "reason", buf_slice(&reason));
    json_value_put_count(object, "recipients", suspect->recipients);
    if (suspect->hours > 0)
        json_value_put_count(object, "usual_per_hour", suspect->usual);
    json_value_put_count(object, "active_hours_before", suspect->hours);
    json_value_put_count(object, "new_domains_percent", suspect->new_percent);
    json_value_put_count(object, "bounced_percent", suspect->bounced_percent);
    json_value_put_count(object, "new_networks", suspect->networks);
    json_value_put_count(object, "failed_logins", suspect->refused);
    return object;
}

static void put_suspects(json_t *object, const struct incident *incident)
{
    json_t *suspects = json_value_array();
    for (size_t i = 0; i < INCIDENT_SUSPECTS_MAX && incident->suspects[i].login.len > 0; i++)
        json_value_append(suspects, suspect_json(&incident->suspects[i]));
    json_value_put(object, "suspects", suspects);
}

json_t *incident_json(struct slice id, enum incident_state state, const struct incident *incident)
{
    json_t *object = json_value_object(), *evidence = json_value_array();
    json_value_put_text(object, "id", id);
    json_value_put_word(object, "state", incident_state_word(state));
    json_value_put_word(object, "kind", incident_kind_word(incident->kind));
    json_value_put_word(object, "scope", incident_scope_word(incident->scope));
    json_value_put_word(object, "severity", incident_severity_word(incident_severity(incident)));
    json_value_put_text(object, "relay", incident->relay);
    json_value_put_text(object, "source", incident->source);
    json_value_put_text(object, "provider", incident->provider);
    json_value_put_text(object, "login", incident->login);
    json_value_put_text(object, "domain", incident->domain);
    json_value_put_text(object, "name", incident->name);
    json_value_put_time(object, "opened", incident->opened_us);
    json_value_put_time(object, "closed", incident->closed_us);
    json_value_put_time(object, "last_hit", incident->last_hit_us);
    json_value_put_count(object, "attempts", incident->attempts);
    json_value_put_count(object, "hits", incident->hits);
    json_value_put_count(object, "messages", incident->messages);
    json_value_put_count(object, "recipients", incident->recipients);
    json_value_put_count(object, "logins", incident->logins);
    if (incident->normal > 0)
        json_value_put_real(object, "normal", incident->normal);
    json_value_put_word(object, "class", reply_class_word(incident->class));
    json_value_put_text(object, "list", incident->list);
    json_value_put_text(object, "url", incident->url);
    for (size_t i = 0; i < incident->evidence_count; i++)
        json_value_append(evidence, json_value_text(incident->evidence[i]));
    json_value_put(object, "evidence", evidence);
    if (incident->suspects[0].login.len > 0)
        put_suspects(object, incident);
    return object;
}

json_t *incident_view_json(const struct incident_view *view)
{
    json_t *object = incident_json(view->id, view->state, view->incident);
    json_value_put_text(object, "page", view->page);
    json_value_put(object, "silenced", json_boolean(view->silence != NULL));
    if (view->silence != NULL) {
        json_value_put_text(object, "silence", slice_from_str(view->silence->id));
        json_value_put_time(object, "silenced_until", view->silence->until_us);
    }
    json_value_put_count(object, "flaps", view->flaps);
    json_value_put_count(object, "escalation", view->escalation);
    if (view->acknowledged_us != 0)
        json_value_put_time(object, "acknowledged", view->acknowledged_us);
    json_value_put_text(object, "by", view->by);
    json_value_put_text(object, "note", view->note);
    json_value_put_time(object, "seen", view->seen_us);
    if (view->by_hand) {
        json_value_put(object, "closed_by_hand", json_true());
        json_value_put_count(object, "reopens_after_hits", view->reopens_after);
    }
    return object;
}
