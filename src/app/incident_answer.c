/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads incidents. See incident_answer.h.
 */
#include "app/incident_answer.h"

#include "model/incident_words.h"
#include "respond/incident_record.h"

#define WORD_MAX 64
/* The daemon keeps bytes; on the way one that is not UTF-8 becomes three. */
#define TEXT_MAX(bytes) (3u * (bytes))

static bool read_names(const json_t *object, struct incident *incident)
{
    const struct {
        const char *key;
        struct slice *to;
        size_t max;
    } texts[] = {
        {"relay", &incident->relay, INCIDENT_NAME_MAX},
        {"source", &incident->source, INCIDENT_NAME_MAX},
        {"provider", &incident->provider, INCIDENT_NAME_MAX},
        {"login", &incident->login, INCIDENT_NAME_MAX},
        {"domain", &incident->domain, INCIDENT_NAME_MAX},
        {"name", &incident->name, INCIDENT_NAME_MAX},
        {"list", &incident->list, INCIDENT_NAME_MAX},
        {"url", &incident->url, INCIDENT_URL_MAX},
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        if (!json_field_text(object, texts[i].key, TEXT_MAX(texts[i].max), texts[i].to))
            return false;
    return true;
}

static bool read_numbers(const json_t *object, struct incident *incident)
{
    const json_t *normal = json_object_get(object, "normal");
    incident->normal = json_is_number(normal) ? json_number_value(normal) : 0;
    return json_field_time(object, "opened", 0, &incident->opened_us) &&
           json_field_time(object, "closed", INCIDENT_OPEN, &incident->closed_us) &&
           json_field_time(object, "last_hit", 0, &incident->last_hit_us) &&
           json_field_count(object, "attempts", &incident->attempts) &&
           json_field_count(object, "hits", &incident->hits) &&
           json_field_count(object, "messages", &incident->messages) &&
           json_field_count(object, "recipients", &incident->recipients) &&
           json_field_count(object, "logins", &incident->logins);
}

/* Words that this version does not know leave what they stand for at its first value. */
static bool read_words(const json_t *object, struct incident_answer *answer)
{
    struct slice scope, severity, class;
    struct incident *incident = &answer->incident;
    if (!json_field_text(object, "kind", WORD_MAX, &answer->kind) ||
        !json_field_text(object, "scope", WORD_MAX, &scope) ||
        !json_field_text(object, "severity", WORD_MAX, &severity) ||
        !json_field_text(object, "class", WORD_MAX, &class))
        return false;
    answer->known = incident_kind_from_word(answer->kind, &incident->kind);
    (void)incident_scope_from_word(scope, &incident->scope);
    (void)incident_severity_from_word(severity, &incident->severity);
    if (!reply_class_from_word(class, &incident->class))
        incident->class = REPLY_CLASS_UNKNOWN;
    return true;
}

static bool read_evidence(const json_t *object, struct incident *incident)
{
    const json_t *lines;
    if (!json_field_array(object, "evidence", INCIDENT_EVIDENCE_MAX, &lines))
        return false;
    for (size_t i = 0; i < json_array_size(lines); i++) {
        const json_t *line = json_array_get(lines, i);
        if (!json_is_string(line))
            return false;
        incident->evidence[incident->evidence_count++] =
            slice_of(json_string_value(line), json_string_length(line));
    }
    return true;
}

static bool read_suspect(const json_t *object, struct incident_suspect *suspect)
{
    return json_is_object(object) &&
           json_field_text(object, "login", TEXT_MAX(INCIDENT_NAME_MAX), &suspect->login) &&
           json_field_count(object, "recipients", &suspect->recipients) &&
           json_field_count(object, "usual_per_hour", &suspect->usual) &&
           json_field_count(object, "active_hours_before", &suspect->hours) &&
           json_field_count(object, "new_domains_percent", &suspect->new_percent) &&
           json_field_count(object, "bounced_percent", &suspect->bounced_percent) &&
           json_field_count(object, "new_networks", &suspect->networks) &&
           json_field_count(object, "failed_logins", &suspect->refused);
}

static bool read_suspects(const json_t *object, struct incident *incident)
{
    const json_t *suspects;
    if (!json_field_array(object, "suspects", INCIDENT_SUSPECTS_MAX, &suspects))
        return false;
    for (size_t i = 0; i < json_array_size(suspects); i++)
        if (!read_suspect(json_array_get(suspects, i), &incident->suspects[i]))
            return false;
    return true;
}

static bool read_life(const json_t *object, struct incident_answer *answer)
{
    return json_field_text(object, "id", WORD_MAX, &answer->id) &&
           json_field_text(object, "state", WORD_MAX, &answer->state) &&
           json_field_text(object, "page", WORD_MAX, &answer->page) &&
           json_field_text(object, "by", TEXT_MAX(INCIDENT_NAME_MAX), &answer->by) &&
           json_field_text(object, "note", TEXT_MAX(INCIDENT_NAME_MAX), &answer->note) &&
           json_field_time(object, "acknowledged", 0, &answer->acknowledged_us) &&
           json_field_count(object, "flaps", &answer->flaps) &&
           json_field_bool(object, "closed_by_hand", &answer->by_hand) &&
           json_field_count(object, "reopens_after_hits", &answer->reopens_after) &&
           json_field_bool(object, "silenced", &answer->silenced) &&
           json_field_text(object, "silence", WORD_MAX, &answer->silence) &&
           json_field_time(object, "silenced_until", 0, &answer->silenced_until_us);
}

bool incident_answer_read(const json_t *object, struct incident_answer *out)
{
    *out = (struct incident_answer){0};
    return json_is_object(object) && read_words(object, out) &&
           read_names(object, &out->incident) && read_numbers(object, &out->incident) &&
           read_evidence(object, &out->incident) && read_suspects(object, &out->incident) &&
           read_life(object, out) && out->id.len > 0;
}

bool incident_answer_is_closed(const struct incident_answer *answer)
{
    return slice_eq(answer->state, SLICE("closed"));
}

struct slice incident_answer_title(const struct incident_answer *answer)
{
    return answer->known ? slice_from_str(incident_title(answer->incident.kind, LANGUAGE_EN))
                         : answer->kind;
}
