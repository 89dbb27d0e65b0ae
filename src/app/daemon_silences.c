/* SPDX-License-Identifier: Apache-2.0
 *
 * Setting, ending and showing silences. See daemon_silences.h.
 */
#include "app/daemon_silences.h"

#include "base/civil.h"
#include "base/memory.h"
#include "model/json_value.h"
#include "respond/silence_json.h"

struct daemon_silences {
    struct daemon_silences_options options;
    char known[SILENCES_MAX][SILENCE_ID_MAX + 1]; /* ids that were shown last */
    size_t known_count;
    uint64_t shown_revision;
    bool was_hidden[INCIDENT_KIND_COUNT][INCIDENT_SEVERITY_COUNT]; /* has a series */
};

struct daemon_silences *daemon_silences_new(const struct daemon_silences_options *options)
{
    struct daemon_silences *silences = MEM_NEW(struct daemon_silences);
    silences->options = *options;
    silences->shown_revision = UINT64_MAX;
    return silences;
}

void daemon_silences_free(struct daemon_silences *silences)
{
    mem_free(silences);
}

static void note_known(struct daemon_silences *silences)
{
    const struct silence_list *list = incident_book_silences(silences->options.book);
    silences->known_count = silence_count(list);
    for (size_t i = 0; i < silences->known_count; i++)
        memcpy(silences->known[i], silence_at(list, i)->id, sizeof(silences->known[i]));
}

/* ---- what they hide ---- */

struct hidden {
    const struct silence_list *list;
    int64_t by[SILENCES_MAX]; /* open incidents, by the place of the silence */
    int64_t of[INCIDENT_KIND_COUNT][INCIDENT_SEVERITY_COUNT]; /* the same, by what they are */
};

static void count_hidden(void *data, const struct incident_view *view)
{
    struct hidden *hidden = data;
    if (view->silence == NULL || view->state == INCIDENT_STATE_CLOSED)
        return;
    for (size_t i = 0; i < silence_count(hidden->list); i++)
        hidden->by[i] += silence_at(hidden->list, i) == view->silence;
    hidden->of[view->incident->kind][incident_severity(view->incident)]++;
}

static void count_all(const struct daemon_silences *silences, int64_t now_us, struct hidden *hidden)
{
    *hidden = (struct hidden){.list = incident_book_silences(silences->options.book)};
    if (silence_count(hidden->list) > 0)
        incident_book_visit(silences->options.book, now_us, count_hidden, hidden);
}

/* The silence at a place of the list, and how many incidents it hides. */
static json_t *one_json(const struct hidden *hidden, size_t place, int64_t now_us)
{
    json_t *one = silence_json(silence_at(hidden->list, place), now_us);
    json_value_put_count(one, "hides", (uint64_t)hidden->by[place]);
    return one;
}

/* ---- requests ---- */

static void log_set(const struct daemon_silences *silences, const struct silence *silence)
{
    char until[24];
    CLEANUP_BUF struct buf kinds = {0};
    for (int i = 0; i < INCIDENT_KIND_COUNT; i++)
        if (silence->kinds & SILENCE_KIND(i))
            buf_addf(&kinds, "%s%s", kinds.len ? "," : "",
                     incident_kind_word((enum incident_kind)i));
    civil_format_utc(silence->until_us, until);
    OWN_LOG(silences->options.log, OWN_LOG_INFO, "silence_set", log_str("id", silence->id),
            log_text("kinds", kinds.len ? buf_slice(&kinds) : SLICE("all")),
            log_text("relay", silence->relay), log_text("source", silence->source),
            log_text("provider", silence->provider), log_text("login", silence->login),
            log_text("domain", silence->domain), log_text("name", silence->name),
            log_str("until", until), log_text("by", silence->by),
            log_text("comment", silence->comment));
}

static void log_ended(const struct daemon_silences *silences, const char *id, const char *reason,
                      struct slice by)
{
    OWN_LOG(silences->options.log, OWN_LOG_INFO, "silence_ended", log_str("id", id),
            log_str("reason", reason), log_text("by", by));
}

static void set(struct daemon_silences *silences, struct daemon_request *request, int64_t now_us)
{
    struct incident_book *book = silences->options.book;
    const char *id = incident_book_silence(book, &request->silence, now_us, &request->err);
    request->found = true;
    request->good = id != NULL;
    if (id == NULL)
        return;
    struct hidden hidden;
    count_all(silences, now_us, &hidden);
    size_t newest = silence_count(hidden.list) - 1;
    json_t *one = one_json(&hidden, newest, now_us);
    if (request->doubts != NULL)
        json_value_put(one, "warnings", json_incref(request->doubts));
    json_value_print(one, true, &request->answer);
    log_set(silences, silence_at(hidden.list, newest));
}

static void end(struct daemon_silences *silences, struct daemon_request *request, int64_t now_us)
{
    struct incident_book *book = silences->options.book;
    struct slice id = buf_slice(&request->id);
    const struct silence *silence = silence_find(incident_book_silences(book), id);
    request->found = request->good = silence != NULL;
    if (silence == NULL)
        return;
    json_value_print(silence_json(silence, now_us), true, &request->answer);
    log_ended(silences, silence->id, "by hand", buf_slice(&request->by));
    incident_book_unsilence(book, id, now_us);
    note_known(silences);
}

void daemon_silences_answer(struct daemon_silences *silences, struct daemon_request *request,
                            int64_t now_us)
{
    if (request->kind == DAEMON_REQUEST_SILENCE)
        set(silences, request, now_us);
    else
        end(silences, request, now_us);
    daemon_silences_show(silences, now_us);
}

/* ---- showing ---- */

static void note_ended(struct daemon_silences *silences, const struct silence_list *list)
{
    for (size_t i = 0; i < silences->known_count; i++)
        if (silence_find(list, slice_from_str(silences->known[i])) == NULL)
            log_ended(silences, silences->known[i], "time", (struct slice){NULL, 0});
    note_known(silences);
}

/* What was never hidden has no series; what was stays at zero. */
static void measure(struct daemon_silences *silences, const struct hidden *hidden)
{
    for (size_t kind = 0; kind < INCIDENT_KIND_COUNT; kind++)
        for (size_t severity = 0; severity < INCIDENT_SEVERITY_COUNT; severity++) {
            int64_t count = hidden->of[kind][severity];
            struct slice labels[] = {
                slice_from_str(incident_kind_word((enum incident_kind)kind)),
                slice_from_str(incident_severity_word((enum incident_severity)severity))};
            silences->was_hidden[kind][severity] |= count > 0;
            if (silences->was_hidden[kind][severity])
                daemon_metrics_set(silences->options.metrics, DAEMON_METRIC_INCIDENTS_SILENCED,
                                   labels, count);
        }
}

void daemon_silences_show(struct daemon_silences *silences, int64_t now_us)
{
    const struct daemon_silences_options *options = &silences->options;
    uint64_t revision = incident_book_revision(options->book);
    if (revision == silences->shown_revision)
        return;
    silences->shown_revision = revision;
    struct hidden hidden;
    int64_t active = 0;
    count_all(silences, now_us, &hidden);
    note_ended(silences, hidden.list);
    json_t *all = json_value_array();
    for (size_t i = 0; i < silence_count(hidden.list); i++) {
        json_value_append(all, one_json(&hidden, i, now_us));
        active += silence_is_active(silence_at(hidden.list, i), now_us);
    }
    struct buf text = {0};
    json_value_print(all, true, &text);
    snapshot_place_put(options->shown, snapshot_new(&text));
    daemon_metrics_set(options->metrics, DAEMON_METRIC_SILENCES, NULL, active);
    measure(silences, &hidden);
}
