/* SPDX-License-Identifier: Apache-2.0
 *
 * See incident_delist.h.
 */
#include "app/incident_delist.h"

#include "app/incident_answer.h"
#include "app/settings_fleet.h"
#include "base/data.h"
#include "base/escape.h"
#include "base/host_name.h"
#include "io/file_text.h"
#include "model/json_field.h"
#include "model/json_value.h"
#include "respond/delist.h"

enum { SUBJECT_MAX = 1000, BODY_MAX = 20000, LIST_COLUMNS = 4 };

static bool is_delistable(const struct incident_answer *answer)
{
    enum incident_kind kind = answer->incident.kind;
    return answer->known && (kind == INCIDENT_BLOCK || kind == INCIDENT_SILENT_BLOCK);
}

/* The page of a list by its name (data/lists.tsv); empty: none is known. */
static struct slice page_of_list(struct slice name)
{
    struct slice rest = data_lists();
    while (name.len > 0 && rest.len > 0) {
        struct slice line = slice_cut(&rest, '\n'), columns[LIST_COLUMNS];
        for (size_t i = 0; i < LIST_COLUMNS; i++)
            columns[i] = slice_cut(&line, '\t');
        if (slice_eq(columns[1], name) && columns[3].len > 1)
            return columns[3];
    }
    return SLICE("");
}

static struct provider_table *providers_of(const struct settings *settings, struct err *err)
{
    CLEANUP_BUF struct buf extra = {0};
    if (settings->providers != NULL && !file_text_read(settings->providers, &extra, err))
        return NULL;
    struct provider_table *table = provider_table_new(buf_slice(&extra), err);
    if (table == NULL)
        err_at(err, "%s", settings->providers != NULL ? settings->providers : "providers");
    return table;
}

static json_t *value_of(const struct delist_text *text, enum language language)
{
    json_t *value = json_value_object(), *places = json_value_array();
    json_value_put_text(value, "subject", buf_slice(&text->subject));
    json_value_put_text(value, "body", buf_slice(&text->body));
    for (size_t i = 0; i < text->place_count; i++) {
        json_t *place = json_value_object();
        json_value_put_word(place, "title", delist_place_title(text->places[i].kind, language));
        json_value_put_text(place, "url", text->places[i].url);
        json_value_append(places, place);
    }
    json_value_put(value, "places", places);
    return value;
}

/* What the planner knows of the path; what is missing or of another form is not known. */
static void read_path(const json_t *path, struct delist_facts *facts)
{
    const struct json_range count = {0, INT64_MAX, 0};
    int64_t usual_day, last_day;
    if (!json_is_object(path))
        return;
    if (!json_field_text(path, "ptr", HOST_NAME_BYTES_MAX, &facts->ptr))
        facts->ptr = SLICE("");
    if (json_field_int(path, "usual_day", count, &usual_day) &&
        json_field_int(path, "last_day", count, &last_day))
        facts->volume = (struct route_volume){(double)usual_day, (double)last_day, 0};
    if (!json_field_time(path, "moved", 0, &facts->moved_us))
        facts->moved_us = 0;
}

json_t *incident_delist(const json_t *answer, const struct settings *settings,
                        const struct incident_delist_words *words, struct err *err)
{
    struct incident_answer incident;
    if (!incident_answer_read(answer, &incident) || !is_delistable(&incident)) {
        err_set(err, ERR_NONE, "of an incident of this kind nobody is to be asked off a list");
        return NULL;
    }
    struct provider_table *table = providers_of(settings, err);
    if (table == NULL)
        return NULL;
    struct arena *arena = arena_new(4096);
    struct fleet fleet;
    struct delist_text text = {0};
    settings_fleet_make(&settings->fleet, settings_fleet_host(arena), arena, &fleet);
    struct delist_facts facts = {
        .incident = &incident.incident,
        .provider = provider_named(table, incident.incident.provider),
        .source = fleet_source_named(&fleet, incident.incident.source),
        .list_page = page_of_list(incident.incident.list),
        .contact = words->contact,
        .mended = words->fixed,
        .mended_count = words->fixed_count,
    };
    read_path(json_object_get(answer, "path"), &facts);
    delist_text_make(&facts, words->language, &text);
    json_t *value = value_of(&text, words->language);
    delist_text_done(&text);
    provider_table_free(table);
    arena_free(arena);
    return value;
}

/* ---- for people ---- */

static void add_lines(struct slice text, struct buf *to)
{
    while (text.ptr != NULL) {
        escape_terminal(slice_cut(&text, '\n'), to);
        buf_add_char(to, '\n');
    }
}

bool incident_delist_text(const json_t *value, struct buf *to)
{
    struct slice subject, body;
    const json_t *places = json_object_get(value, "places");
    if (!json_is_object(value) || !json_field_text(value, "subject", SUBJECT_MAX, &subject) ||
        !json_field_text(value, "body", BODY_MAX, &body) || !json_is_array(places))
        return false;
    add_lines(subject, to);
    buf_add_char(to, '\n');
    add_lines(slice_trim(body), to);
    buf_add_str(to, json_array_size(places) > 0
                        ? "\nWhere to send it:\n"
                        : "\nNo page is known: write to postmaster@ of the provider's domain.\n");
    for (size_t i = 0; i < json_array_size(places); i++) {
        const json_t *place = json_array_get(places, i);
        struct slice title, url;
        if (!json_field_text(place, "title", SUBJECT_MAX, &title) ||
            !json_field_text(place, "url", BODY_MAX, &url))
            return false;
        buf_add_str(to, "  ");
        escape_terminal(title, to);
        buf_add_str(to, ": ");
        escape_terminal(url, to);
        buf_add_char(to, '\n');
    }
    return true;
}
