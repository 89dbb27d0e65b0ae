/* SPDX-License-Identifier: Apache-2.0
 *
 * Saved incidents. See saved_incidents.h; app/daemon_desk.c writes them.
 */
#include "app/saved_incidents.h"

#include "app/settings_glance.h"
#include "model/json_field.h"
#include "store/history_reader.h"

#define INCIDENTS_MAX 10000

struct taking {
    json_t *list;
    int64_t newest_us;
};

static void take(void *data, const struct history_incident *row)
{
    struct taking *taking = data;
    json_t *body = json_field_parse(row->body, HISTORY_BODY_MAX);
    if (row->updated_us > taking->newest_us)
        taking->newest_us = row->updated_us;
    if (json_is_object(body))
        json_value_append(taking->list, json_incref(body));
    json_decref(body);
}

static bool read_list(struct history_reader *reader, const struct saved_question *question,
                      struct taking *taking, struct err *err)
{
    struct history_extent extent;
    struct history_incident_query query = {
        .only_open = !question->closed && question->id == NULL,
        .since_us = question->since_us,
        .until_us = INT64_MAX,
        .id = slice_from_str(question->id ? question->id : ""),
        .limit = INCIDENTS_MAX,
    };
    if (!history_extent_get(reader, &extent, err) ||
        !history_incidents(reader, &query, take, taking, err))
        return false;
    if (extent.rows > 0 && extent.end_us > taking->newest_us)
        taking->newest_us = extent.end_us;
    return true;
}

json_t *saved_incidents(const struct saved_question *question, int64_t *as_of_us, struct err *err)
{
    struct settings *settings = settings_glance(question->config, err);
    struct history_reader *reader = settings ? history_reader_open(settings->state, err) : NULL;
    struct taking taking = {.list = reader ? json_value_array() : NULL};
    if (reader != NULL && !read_list(reader, question, &taking, err)) {
        json_decref(taking.list);
        taking.list = NULL;
    }
    *as_of_us = taking.newest_us;
    history_reader_free(reader);
    settings_free(settings);
    return taking.list;
}
