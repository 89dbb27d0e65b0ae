/* SPDX-License-Identifier: Apache-2.0
 *
 * See route_replay_text.h; the tables at the end are in route_replay_text_end.c.
 */
#include "app/route_replay_text.h"

#include <inttypes.h>

#include "app/report_words.h"
#include "base/civil.h"
#include "io/clock.h"

#define SAMPLE_MAX 300

static void add_time(int64_t us, struct buf *to)
{
    char time[20];
    buf_add_str(to, clock_format_local(us, time, sizeof(time)));
}

/* Only what a probe said is told, under its own name. */
static const char *word_of(const struct route_decision *decision)
{
    bool probe = decision->ended != NULL && decision->ended->action == AUDIT_PROBE;
    return audit_action_word(probe ? AUDIT_PROBE : decision->entry->action);
}

static void add_head(const struct text_style *style, const struct route_decision *decision,
                     struct buf *to)
{
    const struct audit_entry *entry = decision->entry;
    bool probe = entry->action == AUDIT_END && decision->ended != NULL &&
                 decision->ended->action == AUDIT_PROBE;
    add_time(entry->time_us, to);
    buf_addf(to, "  %-12s ", word_of(decision));
    text_add(style, entry->provider, to);
    if (entry->source.len > 0) {
        buf_add_str(to, "  ");
        text_add(style, entry->source, to);
    }
    if (!probe && !slice_eq(entry->before, entry->after)) {
        buf_add_str(to, "  ");
        text_add(style, entry->before, to);
        buf_add_str(to, " -> ");
        text_add(style, entry->after, to);
    }
    buf_add_char(to, '\n');
}

static void add_reason(const struct text_style *style, const struct audit_entry *entry,
                       struct buf *to)
{
    if (entry->reason.len == 0)
        return;
    buf_add_str(to, "    ");
    text_add(style, entry->reason, to);
    buf_add_char(to, '\n');
}

/* "mode auto; override o3 for incident 3k9d0q2m, until 2026-03-02 11:00:10 or renewed" */
static void add_terms(const struct text_style *style, const struct route_decision *decision,
                      struct buf *to)
{
    const struct audit_entry *entry = decision->entry;
    if (decision->expires_us == 0)
        return;
    buf_addf(to, "    mode %s", route_mode_word(decision->mode));
    if (entry->override_id.len > 0) {
        buf_add_str(to, "; override ");
        text_add(style, entry->override_id, to);
    }
    if (entry->incidents[0].len > 0) {
        buf_add_str(to, " for incident ");
        text_add(style, entry->incidents[0], to);
    }
    buf_add_str(to, ", until ");
    add_time(decision->expires_us, to);
    buf_add_str(to, " or renewed\n");
}

/* What the built-in rules say of the same replies: "addr_dead 12, unknown 1". */
static void add_classes(const uint64_t classes[REPLY_CLASS_COUNT], struct buf *to)
{
    bool any = false;
    for (size_t i = 0; i < REPLY_CLASS_COUNT; i++) {
        if (classes[i] == 0)
            continue;
        buf_addf(to, "%s%s %" PRIu64, any ? ", " : "", reply_class_word((enum reply_class)i),
                 classes[i]);
        any = true;
    }
}

static void add_rule(const struct text_style *style, const struct rule_hit *hit, struct buf *to)
{
    buf_add_str(to, "    rule ");
    text_add(style, hit->rule, to);
    if (hit->own)
        buf_addf(to, " (yours, line %u)", hit->line);
    buf_addf(to, ", %s: ", reply_class_word(hit->class));
    report_number(hit->replies, to);
    buf_add_str(to, hit->replies == 1 ? " reply" : " replies");
    if (hit->own) {
        buf_add_str(to, "; by the built-in rules ");
        add_classes(hit->otherwise, to);
    }
    buf_add_str(to, "\n        ");
    text_add(style, slice_first(hit->samples[0], SAMPLE_MAX), to);
    buf_add_char(to, '\n');
}

/* What the log shows while it lasted. */
static void add_traffic(const struct ledger_move *move, struct buf *to)
{
    const struct ledger_traffic *traffic = &move->traffic;
    buf_add_str(to, "    in the log, in these ");
    report_duration((double)(move->until_us - move->since_us) / US_PER_SECOND, to);
    buf_add_str(to, ": ");
    report_count(traffic->recipients, "recipient", to);
    buf_add_str(to, " (");
    report_percent(traffic->recipients, traffic->relay_recipients, to);
    buf_add_str(to, " of the relay's); of the tries ");
    report_number(traffic->delivered, to);
    buf_add_str(to, " delivered, ");
    report_number(traffic->deferred, to);
    buf_add_str(to, " put off, ");
    report_number(traffic->bounced, to);
    buf_add_str(to, " bounced\n");
}

void route_replay_text_decision(const struct text_style *style,
                                const struct route_decision *decision, struct buf *to)
{
    if (decision->entry->action == AUDIT_PROBE)
        return;
    add_head(style, decision, to);
    add_reason(style, decision->entry, to);
    add_terms(style, decision, to);
    for (size_t i = 0; i < decision->rule_count; i++)
        add_rule(style, decision->rules[i], to);
    if (decision->ended != NULL && decision->ended->action != AUDIT_PROBE)
        add_traffic(decision->ended, to);
}
