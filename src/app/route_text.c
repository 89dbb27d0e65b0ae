/* SPDX-License-Identifier: Apache-2.0
 *
 * Routes in words. See route_text.h.
 */
#include "app/route_text.h"

#include <inttypes.h>

#include "app/report_words.h"
#include "app/text_table.h"
#include "mail/stamp.h"

#define INDENT 4

/* ---- overrides ---- */

static void add_target(struct slice target, struct buf *to)
{
    if (target.len > 0)
        buf_add(to, target);
    else
        buf_add_str(to, "it waits");
}

static void add_share(const struct route_answer_override *override, struct buf *to)
{
    bool ramps = slice_eq(override->kind, SLICE("ramp"));
    buf_addf(to, "%" PRIu64 " %% by ", override->share);
    add_target(ramps ? override->source : override->target, to);
    if (!ramps)
        return;
    buf_add_str(to, ", else ");
    add_target(override->target, to);
}

void route_text_what(const struct route_answer_override *override, struct buf *to)
{
    if (slice_eq(override->kind, SLICE("probe"))) {
        if (override->recipient.len > 0)
            buf_add(to, override->recipient);
        else
            buf_add_str(to, "a few");
        buf_add_str(to, " by ");
        buf_add(to, override->source);
    } else if (slice_eq(override->kind, SLICE("throttle"))) {
        buf_add(to, override->source);
        buf_addf(to, ", at most %" PRIu64 " an hour", override->per_hour);
    } else if (override->share > 0 && override->share < 100) {
        add_share(override, to);
    } else {
        buf_add_str(to, override->target.len > 0 ? "by " : "");
        add_target(override->target, to);
    }
}

static void add_override(struct text_table *table, const struct text_style *style,
                         const struct route_answer_override *override, int64_t now_us)
{
    CLEANUP_BUF struct buf what = {0};
    bool proposed = slice_eq(override->state, SLICE("proposed"));
    route_text_what(override, &what);
    text_add(style, override->id, text_table_cell(table, TONE_STRONG));
    text_add(style, override->state, text_table_cell(table, proposed ? TONE_WARN : TONE_PLAIN));
    text_add(style, override->provider, text_table_cell(table, TONE_PLAIN));
    text_add(style, override->kind, text_table_cell(table, TONE_PLAIN));
    text_add(style, buf_slice(&what), text_table_cell(table, TONE_PLAIN));
    report_time(override->since_us, now_us, text_table_cell(table, TONE_DIM));
    report_time(override->expires_us, now_us, text_table_cell(table, TONE_DIM));
    text_add(style, override->actor, text_table_cell(table, TONE_PLAIN));
    text_add(style, override->incident, text_table_cell(table, TONE_DIM));
    text_add(style, override->reason, text_table_cell(table, TONE_PLAIN));
}

static void list_overrides(const struct text_style *style, const struct route_answer *answer,
                           int64_t now_us, struct buf *to)
{
    static const struct text_column columns[] = {
        {"id", false, 0, 0},       {"state", false, 0, 0},     {"provider", false, 0, 12},
        {"kind", false, 0, 0},     {"its mail", false, 0, 24}, {"since", false, 3, 16},
        {"until", false, 1, 16},   {"by", false, 2, 12},       {"incident", false, 4, 8},
        {"because", false, 5, 24},
    };
    if (answer->override_count == 0) {
        buf_add_str(to, "All mail takes its usual route.\n");
        return;
    }
    struct text_table *table = text_table_new(columns, sizeof(columns) / sizeof(columns[0]));
    for (size_t i = 0; i < answer->override_count; i++)
        add_override(table, style, &answer->overrides[i], now_us);
    text_table_print(table, style, to);
    text_table_free(table);
}

/* One that is in force and moves nothing. */
static void list_idle(const struct text_style *style, const struct route_answer *answer,
                      struct buf *to)
{
    for (size_t i = 0; i < answer->override_count; i++) {
        const struct route_answer_override *one = &answer->overrides[i];
        if (one->domains > 0 || !slice_eq(one->state, SLICE("active")) || one->recipient.len > 0)
            continue;
        CLEANUP_BUF struct buf line = {0};
        buf_addf(&line,
                 "%.*s moves nothing until mail for a domain of %.*s is seen: none is known.",
                 SLICE_ARG(one->id), SLICE_ARG(one->provider));
        buf_add_char(to, '\n');
        text_wrap(style, buf_slice(&line), 0, 3, to);
    }
}

/* ---- paths ---- */

static void add_path(struct text_table *table, const struct text_style *style,
                     const struct route_answer_path *path, int64_t now_us)
{
    bool good = slice_eq(path->stage, SLICE("ok"));
    text_add(style, path->provider, text_table_cell(table, TONE_PLAIN));
    text_add(style, path->source, text_table_cell(table, TONE_PLAIN));
    struct buf *stage = text_table_cell(table, good ? TONE_GOOD : TONE_BAD);
    text_add(style, path->stage, stage);
    if (slice_eq(path->stage, SLICE("ramping")))
        buf_addf(stage, " %" PRIu64 " %%", path->share);
    if (slice_eq(path->stage, SLICE("throttled")) && path->left.len == 0)
        buf_addf(stage, " %" PRIu64 "/h", path->per_hour);
    report_time(path->since_us, now_us, text_table_cell(table, TONE_PLAIN));
    struct buf *due = text_table_cell(table, TONE_DIM);
    if (path->due_us > now_us)
        report_time(path->due_us, now_us, due);
    text_add(style, path->mode, text_table_cell(table, TONE_DIM));
    text_add(style, path->incident, text_table_cell(table, TONE_DIM));
}

static void list_paths(const struct text_style *style, const struct route_answer *answer,
                       int64_t now_us, struct buf *to)
{
    static const struct text_column columns[] = {
        {"provider", false, 0, 12}, {"source", false, 0, 8}, {"stage", false, 0, 0},
        {"since", false, 0, 16},    {"next", false, 1, 16},  {"mode", false, 3, 0},
        {"incident", false, 2, 8},
    };
    if (answer->path_count == 0)
        return;
    buf_add_char(to, '\n');
    struct text_table *table = text_table_new(columns, sizeof(columns) / sizeof(columns[0]));
    for (size_t i = 0; i < answer->path_count; i++)
        add_path(table, style, &answer->paths[i], now_us);
    text_table_print(table, style, to);
    text_table_free(table);
}

void route_text_left(const struct route_answer_path *path, struct buf *to)
{
    buf_addf(to, "of %.*s at %.*s nothing is moved or slowed down: %.*s", SLICE_ARG(path->source),
             SLICE_ARG(path->provider), SLICE_ARG(path->left));
}

/* Of which something should be done, and is not. */
static void list_left(const struct text_style *style, const struct route_answer *answer,
                      struct buf *to)
{
    for (size_t i = 0; i < answer->path_count; i++) {
        CLEANUP_BUF struct buf line = {0};
        if (answer->paths[i].left.len == 0)
            continue;
        route_text_left(&answer->paths[i], &line);
        buf_add_char(to, '\n');
        text_wrap(style, buf_slice(&line), 0, 3, to);
    }
}

void route_text_standing(const struct route_answer_standing *standing, struct buf *to)
{
    if (standing->zone.len > 0 && standing->source.len == 0)
        buf_addf(to, "blocklist %.*s is not believed: it %.*s", SLICE_ARG(standing->zone),
                 SLICE_ARG(standing->fault));
    else if (standing->shared)
        buf_addf(to, "%.*s %.*s; so have all sources, and it decides nothing",
                 SLICE_ARG(standing->source), SLICE_ARG(standing->fault));
    else if (standing->spf)
        buf_addf(to, "%.*s is passed over where much of the mail is of that domain: it %.*s",
                 SLICE_ARG(standing->source), SLICE_ARG(standing->fault));
    else
        buf_addf(to, "%.*s takes no other's mail: it %.*s", SLICE_ARG(standing->source),
                 SLICE_ARG(standing->fault));
}

void route_text_exact(const struct route_answer_exact *exact, struct buf *to)
{
    buf_add_str(to, "Postfix may ask about ");
    report_count(exact->overrides, "route", to);
    buf_add_str(to, "; ");
    report_count(exact->routed + exact->unrouted, "question", to);
    buf_add_str(to, " so far, ");
    report_number(exact->routed, to);
    buf_add_str(to, " had a route for an answer");
    if (exact->unfed > 0) {
        buf_add_str(to, ", ");
        report_number(exact->unfed, to);
        buf_add_str(to, " had none since todoku stood still");
    }
}

void route_text_list(const struct text_style *style, const struct route_answer *answer,
                     int64_t now_us, struct buf *to)
{
    list_overrides(style, answer, now_us, to);
    list_idle(style, answer, to);
    list_paths(style, answer, now_us, to);
    list_left(style, answer, to);
    if (answer->to_release > 0) {
        buf_add_str(to, "\nTo be tried by its new route: ");
        report_count(answer->to_release, "message", to);
        buf_add_str(to, ".\n");
    }
    if (answer->exact.answers) {
        buf_add_str(to, "\nExact mode: ");
        route_text_exact(&answer->exact, to);
        buf_add_str(to, ".\n");
    }
    for (size_t i = 0; i < answer->standing_count; i++) {
        CLEANUP_BUF struct buf line = {0};
        route_text_standing(&answer->standing[i], &line);
        text_toned(style, TONE_WARN, i == 0 ? "\nStanding: " : "Standing: ", to);
        text_wrap(style, buf_slice(&line), INDENT, 3, to);
    }
    for (size_t i = 0; i < ROUTE_ANSWER_FAULTS && answer->faults[i].len > 0; i++) {
        buf_add_char(to, '\n');
        text_toned(style, TONE_BAD, "Could not be done, and is tried again: ", to);
        text_wrap(style, answer->faults[i], INDENT, 3, to);
    }
}

/* ---- the trail ---- */

static void add_work(const struct override_work *work, struct buf *to)
{
    buf_addf(to, "; it delivered %" PRIu64 ", put off %" PRIu64 " and bounced %" PRIu64,
             work->delivered, work->deferred, work->bounced);
    if (work->held_before > 0)
        buf_addf(to, "; %" PRIu64 " waited when it began", work->held_before);
}

static void add_entry(const struct text_style *style, const struct route_answer_entry *entry,
                      int64_t beside_us, struct buf *to)
{
    CLEANUP_BUF struct buf line = {0};
    report_time(entry->time_us, beside_us, &line);
    buf_addf(&line, "  %.*s", SLICE_ARG(entry->action));
    if (entry->override_id.len > 0)
        buf_addf(&line, " %.*s", SLICE_ARG(entry->override_id));
    if (!slice_eq(entry->before, entry->after))
        buf_addf(&line, ", %.*s instead of %.*s", SLICE_ARG(entry->after),
                 SLICE_ARG(entry->before));
    buf_addf(&line, ", by %.*s: %.*s", SLICE_ARG(entry->actor), SLICE_ARG(entry->reason));
    if (entry->measured)
        add_work(&entry->work, &line);
    buf_addf(to, "%*s", INDENT, "");
    text_wrap(style, buf_slice(&line), INDENT, 4, to);
}

bool route_text_trail(const struct text_style *style, const json_t *entries, struct buf *to)
{
    int64_t beside_us = STAMP_NONE;
    for (size_t i = 0; i < json_array_size(entries); i++) {
        struct route_answer_entry entry;
        if (!route_answer_entry_read(json_array_get(entries, i), &entry))
            return false;
        if (i == 0)
            text_heading(style, "ITS ROUTES", to);
        add_entry(style, &entry, beside_us, to);
        beside_us = entry.time_us;
    }
    return true;
}
