/* SPDX-License-Identifier: Apache-2.0
 *
 * The status in words. See status_text.h.
 */
#include "app/status_text.h"

#include "app/incident_text.h"
#include "app/report_words.h"
#include "app/status_itself.h"
#include "app/text_table.h"
#include "base/civil.h"
#include "mail/stamp.h"
#include "model/incident_words.h"

#define INCIDENTS_SHOWN 8
#define PATHS_SHOWN 10
#define VIEWS_INDENT 4
#define BUDGETS_SHOWN 2  /* of sources and groups that used up theirs */
#define BUDGET_LEAST 100 /* outcomes: what failed is known sooner than what did not */

static void add_seconds(int64_t us, struct buf *to)
{
    report_duration(us > 0 ? (double)us / US_PER_SECOND : 0, to);
}

void status_text_head(const struct status_answer *status, const struct text_style *style,
                      const char *title, struct buf *to)
{
    CLEANUP_BUF struct buf text = {0};
    const char *dot = text_glyph(style, GLYPH_DOT);
    if (status->relay.len > 0) {
        buf_add(&text, status->relay);
        buf_addf(&text, " %s ", dot);
    }
    report_time(status->now_us, STAMP_NONE, &text);
    buf_addf(&text, " %s up ", dot);
    add_seconds(status->now_us - status->started_us, &text);
    buf_addf(&text, " %s todoku %.*s", dot, SLICE_ARG(status->version));
    text_toned(style, TONE_STRONG, title, to);
    buf_add_str(to, "  ");
    text_wrap(style, buf_slice(&text), strlen(title) + 2, 1, to);
}

static void add_more(size_t shown, size_t count, const char *where, struct buf *to)
{
    if (count > shown)
        buf_addf(to, "  and %zu more%s\n", count - shown, where);
}

/* Does another incident of its page stand for it: its cause, or the first that sees the same? */
static const struct incident_answer *leader_of(const struct status_answer *status, size_t index)
{
    const struct incident_answer *one = &status->incidents[index], *first = one;
    if (!one->known || !incident_is_consequence(one->incident.kind) || one->page.len == 0)
        return one;
    for (size_t i = status->incident_count; i > 0; i--) {
        const struct incident_answer *other = &status->incidents[i - 1];
        if (!slice_eq(other->page, one->page))
            continue;
        bool cause = other->known && !incident_is_consequence(other->incident.kind);
        if (cause || !first->known || incident_is_consequence(first->incident.kind))
            first = other;
    }
    return first;
}

/* "and 3 more views of it: Mail is slow (docomo), ...": budgets and queues that say the same. */
static size_t add_views(const struct status_answer *status, const struct incident_answer *leader,
                        const struct text_style *style, struct buf *to)
{
    CLEANUP_BUF struct buf views = {0}, text = {0};
    size_t count = 0;
    for (size_t i = 0; i < status->incident_count; i++) {
        const struct incident_answer *one = &status->incidents[i];
        if (one == leader || leader_of(status, i) != leader)
            continue;
        buf_add_str(&views, count++ > 0 ? ", " : ": ");
        buf_add(&views, incident_answer_title(one));
        buf_add_str(&views, " (");
        incident_subject(&one->incident, LANGUAGE_EN, text_glyph(style, GLYPH_ARROW), &views);
        buf_add_char(&views, ')');
    }
    if (count == 0)
        return 0;
    buf_add_str(&text, "and ");
    report_count(count, "more view", &text);
    buf_add_str(&text, " of it");
    buf_add(&text, buf_slice(&views));
    buf_addf(to, "%*s", VIEWS_INDENT, "");
    text_wrap(style, buf_slice(&text), VIEWS_INDENT, 2, to);
    return count;
}

void status_text_incidents(const struct status_answer *status, const struct text_style *style,
                           size_t most, struct buf *to)
{
    size_t count = status->incident_count, shown = 0, told = 0;
    text_heading(style, "WRONG NOW", to);
    if (count == 0) {
        text_begin(style, TONE_GOOD, to);
        buf_addf(to, "  %s Nothing is wrong: no incident is open.", text_glyph(style, GLYPH_GOOD));
        text_end(style, TONE_GOOD, to);
        buf_add_char(to, '\n');
    }
    for (size_t i = 0; i < count && shown < most; i++) {
        const struct incident_answer *one = &status->incidents[i];
        if (leader_of(status, i) != one)
            continue;
        incident_text_brief(style, one, status->now_us, to);
        told += 1 + add_views(status, one, style, to);
        shown++;
    }
    add_more(told, count, ": todoku incident list", to);
}

/* ---- mail ---- */

static void add_share(const char *before, uint64_t part, uint64_t whole, const char *word,
                      struct buf *to)
{
    buf_add_str(to, before);
    report_percent(part, whole, to);
    buf_addf(to, " %s", word);
}

static void add_totals(const struct status_answer *status, const struct text_style *style,
                       struct buf *to)
{
    CLEANUP_BUF struct buf text = {0};
    const struct status_attempts *attempts = &status->attempts;
    report_count(attempts->total, "attempt", &text);
    if (attempts->total > 0) {
        add_share(": ", attempts->sent, attempts->total, "sent", &text);
        add_share(", ", attempts->deferred, attempts->total, "deferred", &text);
        add_share(", ", attempts->bounced, attempts->total, "bounced", &text);
    }
    status_text_part(style, TONE_DIM, "Deliveries", buf_slice(&text), to);
    buf_clear(&text);
    report_count(status->messages_open, "message", &text);
    buf_add_str(&text, " open");
    uint64_t settled = status->reached + status->unreached;
    if (settled > 0) {
        buf_add_str(&text, "; ");
        report_count(settled, "recipient", &text);
        add_share(" settled, ", status->reached, settled, "reached", &text);
    }
    status_text_part(style, TONE_DIM, "Messages", buf_slice(&text), to);
    buf_clear(&text);
    report_count(status->lines, "line", &text);
    buf_add_str(&text, " read, ");
    report_number(status->lines_unknown, &text);
    bool many = status->lines_unknown > 0 && status->lines_unknown >= status->lines / 100;
    buf_add_str(&text, many ? " not understood: the numbers may be wrong (todoku parse shows them)"
                            : " not understood");
    if (status->newest_line_us != STAMP_NONE) {
        buf_add_str(&text, "; the newest is of ");
        report_time(status->newest_line_us, status->now_us, &text);
    }
    status_text_part(style, many ? TONE_WARN : TONE_DIM, "Lines", buf_slice(&text), to);
}

/* "out-a reachability 240 % (24 bad of 1,000)" */
static void add_budget(const struct status_budget *budget, struct buf *to)
{
    struct slice names[] = {budget->relay, budget->source, budget->group};
    for (size_t i = 0; i < 3; i++) {
        if (names[i].len == 0)
            continue;
        buf_add(to, names[i]);
        buf_add_char(to, i == 0 && budget->source.len > 0 ? '/' : ' ');
    }
    buf_add(to, budget->objective);
    buf_add_char(to, ' ');
    report_number((uint64_t)(budget->used * 100 + 0.5), to);
    buf_add_str(to, " % used (");
    report_number(budget->bad, to);
    buf_add_str(to, " bad of ");
    report_number(budget->good + budget->bad, to);
    buf_add_char(to, ')');
}

/* Of all mail, and of the worst sources and groups that have used up theirs. */
static void add_budgets(const struct status_answer *status, const struct text_style *style,
                        struct buf *to)
{
    CLEANUP_BUF struct buf text = {0};
    size_t shown = 0, exhausted = 0, used_up = 0;
    for (size_t i = 0; i < status->budget_count; i++) {
        const struct status_budget *budget = &status->budgets[i];
        bool of_all = budget->relay.len + budget->source.len + budget->group.len == 0;
        if (budget->good + budget->bad < BUDGET_LEAST)
            continue;
        exhausted += budget->used >= 1;
        if (!of_all && (budget->used < 1 || used_up == BUDGETS_SHOWN))
            continue;
        used_up += !of_all;
        buf_add_str(&text, shown++ > 0 ? "; " : "");
        add_budget(budget, &text);
    }
    if (shown > 0)
        status_text_part(style, exhausted > 0 ? TONE_WARN : TONE_DIM, "Budgets", buf_slice(&text),
                         to);
}

/* "relay1/out-a -> docomo", escaped. */
static void add_path_name(const struct status_path *path, const struct text_style *style,
                          struct buf *to)
{
    text_add(style, path->relay, to);
    buf_add_str(to, path->relay.len > 0 && path->source.len > 0 ? "/" : "");
    text_add(style, path->source, to);
    buf_addf(to, " %s ", text_glyph(style, GLYPH_ARROW));
    text_add(style, path->provider, to);
}

static bool names_match(struct slice incident, struct slice path)
{
    return incident.len == 0 || slice_eq(incident, path);
}

/* An incident that names no side of a path is about none. */
bool status_path_is_bad(const struct status_answer *status, const struct status_path *path)
{
    for (size_t i = 0; i < status->incident_count; i++) {
        const struct incident *incident = &status->incidents[i].incident;
        if ((incident->provider.len > 0 || incident->source.len > 0) &&
            names_match(incident->relay, path->relay) &&
            names_match(incident->source, path->source) &&
            names_match(incident->provider, path->provider))
            return true;
    }
    return false;
}

void status_path_cell(struct text_table *table, const struct status_answer *status,
                      const struct status_path *path, const struct text_style *style)
{
    bool bad = status_path_is_bad(status, path);
    struct buf *name = text_table_cell(table, bad ? TONE_BAD : TONE_PLAIN);
    if (status->incident_count > 0)
        buf_addf(name, "%s ", bad ? text_glyph(style, GLYPH_OPEN) : " ");
    add_path_name(path, style, name);
}

static void add_path(struct text_table *table, const struct status_answer *status,
                     const struct status_path *path, const struct text_style *style)
{
    const struct status_attempts *attempts = &path->attempts;
    status_path_cell(table, status, path, style);
    report_number(attempts->total, text_table_cell(table, TONE_PLAIN));
    report_percent(attempts->sent, attempts->total, text_table_cell(table, TONE_PLAIN));
    report_percent(attempts->deferred, attempts->total, text_table_cell(table, TONE_PLAIN));
    report_percent(attempts->bounced, attempts->total, text_table_cell(table, TONE_PLAIN));
    struct buf *last = text_table_cell(table, TONE_PLAIN);
    if (path->last_us != STAMP_NONE)
        report_time(path->last_us, status->now_us, last);
}

static void add_paths(const struct status_answer *status, const struct text_style *style,
                      struct buf *to)
{
    static const struct text_column columns[] = {
        {"", false, 0, 30},       {"attempts", true, 0, 0}, {"sent", true, 0, 0},
        {"deferred", true, 0, 0}, {"bounced", true, 0, 0},  {"last", true, 1, 0},
    };
    if (status->path_count == 0)
        return;
    size_t shown = status->path_count < PATHS_SHOWN ? status->path_count : PATHS_SHOWN;
    text_heading(style, "LARGEST PATHS", to);
    struct text_table *table = text_table_new(columns, sizeof(columns) / sizeof(columns[0]));
    for (size_t i = 0; i < shown; i++)
        add_path(table, status, &status->paths[i], style);
    text_table_print(table, style, to);
    text_table_free(table);
    add_more(shown, status->path_count, ": todoku status --format json", to);
}

void status_text(const struct status_answer *status, const struct text_style *style, struct buf *to)
{
    status_text_head(status, style, "todoku status", to);
    status_text_incidents(status, style, INCIDENTS_SHOWN, to);
    status_itself(status, style, SIZE_MAX, to);
    text_heading(style, "MAIL SINCE THE START", to);
    add_totals(status, style, to);
    add_budgets(status, style, to);
    add_paths(status, style, to);
}
