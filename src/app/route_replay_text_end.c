/* SPDX-License-Identifier: Apache-2.0
 *
 * What a replay of routes comes to, as text. See route_replay_text.h.
 */
#include "app/route_replay_text.h"

#include "app/report_words.h"
#include "app/text_table.h"
#include "base/civil.h"

#define MOVES_SHOWN 100
#define COLUMNS(table) (sizeof(table) / sizeof((table)[0]))

static void add_replies(uint64_t count, struct buf *to)
{
    report_number(count, to);
    buf_add_str(to, count == 1 ? " reply" : " replies");
}

/* ---- overrides ---- */

static const struct text_column move_columns[] = {
    {.title = "since"},
    {.title = "lasted", .right = true, .spare = 2},
    {.title = "what"},
    {.title = "mode", .spare = 5},
    {.title = "provider", .least = 14},
    {.title = "source", .least = 8},
    {.title = "route"},
    {.title = "recipients", .right = true},
    {.title = "of relay", .right = true, .spare = 1},
    {.title = "delivered", .right = true, .spare = 7},
    {.title = "put off", .right = true, .spare = 6},
    {.title = "bounced", .right = true, .spare = 3},
};

static void cell_text(const struct text_style *style, struct text_table *table, struct slice raw)
{
    text_add(style, raw, text_table_cell(table, TONE_PLAIN));
}

static void cell_number(struct text_table *table, uint64_t number)
{
    report_number(number, text_table_cell(table, TONE_PLAIN));
}

static void add_move(const struct text_style *style, struct text_table *table,
                     const struct ledger_move *move)
{
    report_time(move->since_us, STAMP_NONE, text_table_cell(table, TONE_PLAIN));
    struct buf *lasted = text_table_cell(table, TONE_PLAIN);
    if (move->until_us != INT64_MAX)
        report_duration((double)(move->until_us - move->since_us) / US_PER_SECOND, lasted);
    else
        buf_add_str(lasted, "not over");
    buf_add_str(text_table_cell(table, TONE_PLAIN), audit_action_word(move->action));
    buf_add_str(text_table_cell(table, TONE_PLAIN), route_mode_word(move->mode));
    cell_text(style, table, move->provider);
    cell_text(style, table, move->source);
    struct slice after = move->after; /* of a ramp only the share */
    cell_text(style, table, slice_cut(&after, ','));
    cell_number(table, move->traffic.recipients);
    report_percent(move->traffic.recipients, move->traffic.relay_recipients,
                   text_table_cell(table, TONE_PLAIN));
    cell_number(table, move->traffic.delivered);
    cell_number(table, move->traffic.deferred);
    cell_number(table, move->traffic.bounced);
}

static void add_moves(const struct text_style *style, const struct route_ledger *ledger,
                      struct buf *to)
{
    struct text_table *table = text_table_new(move_columns, COLUMNS(move_columns));
    size_t shown = 0, count = 0;
    for (size_t i = 0; i < route_ledger_count(ledger); i++) {
        const struct ledger_move *move = route_ledger_at(ledger, i);
        if (move->action == AUDIT_PROBE || count++ >= MOVES_SHOWN)
            continue;
        add_move(style, table, move);
        shown++;
    }
    if (shown > 0)
        text_table_print(table, style, to);
    text_table_free(table);
    if (count > shown)
        buf_addf(to, "  and %zu more: --format json has all\n", count - shown);
    uint64_t left_out = route_ledger_sums(ledger).left_out;
    if (left_out > 0) {
        buf_add_str(to, "  ");
        report_count(left_out, "override", to);
        buf_add_str(to, " had no room here\n");
    }
}

static void add_asked(const struct ledger_sums *sums, const struct route_replay_sums *all,
                      struct buf *to)
{
    if (sums->asked > 0) {
        report_count(sums->asked, "override", to);
        buf_add_str(to, " would have been asked for");
        if (all->capped > 0)
            buf_addf(to, ", %llu of them since a cap was reached", (unsigned long long)all->capped);
        buf_add_char(to, '\n');
    }
    if (sums->observed > 0) {
        report_count(sums->observed, "override", to);
        buf_add_str(to, " would only have been thought of: the mode is observe; --mode auto "
                        "shows what would come of it\n");
    }
    if (all->left > 0) {
        report_count(all->left, "time", to);
        buf_add_str(to, " there was trouble and nothing would have been done about it\n");
    }
}

static void add_sums(const struct route_replay *replay, struct buf *to)
{
    struct ledger_sums sums = route_ledger_sums(route_replay_ledger(replay));
    struct route_replay_sums all = route_replay_sums(replay);
    report_count(sums.in_force, "override", to);
    buf_add_str(to, " would have been made, ");
    report_number(sums.most_at_once, to);
    buf_add_str(to, " at once at most");
    if (sums.in_force > 0) {
        buf_add_str(to, "; ");
        report_number(sums.moved, to);
        buf_add_str(to, " of ");
        report_count(sums.recipients, "recipient", to);
        buf_add_str(to, " (");
        report_percent(sums.moved, sums.recipients, to);
        buf_add_str(to, ") were under one");
    }
    buf_add_char(to, '\n');
    add_asked(&sums, &all, to);
}

/* Nothing fits the configuration: most likely it is another relay's. */
static void add_elsewhere(const struct text_style *style, const struct route_replay *replay,
                          struct buf *to)
{
    struct route_replay_sums all = route_replay_sums(replay);
    if (all.elsewhere == 0)
        return;
    report_count(all.elsewhere, "delivery attempt", to);
    buf_add_str(to, " of other relays, or by sources that the configuration does not have, as ");
    text_add(style, all.elsewhere_source, to);
    buf_add_str(to, " of ");
    text_add(style, all.elsewhere_relay, to);
    buf_add_str(to, ", were left out");
    if (all.attempts == 0) {
        buf_add_str(to, ": nothing was sent by a source of ");
        text_add(style, route_replay_fleet(replay)->relay, to);
        buf_add_str(to, "; --relay says as which one to decide");
    }
    buf_add_char(to, '\n');
}

/* ---- rules ---- */

static void add_otherwise(const struct text_style *style, const struct rule_story *story,
                          struct buf *to)
{
    bool any = false;
    buf_add_str(to, "      by the built-in rules: ");
    for (size_t i = 0; i < REPLY_CLASS_COUNT; i++) {
        if (story->otherwise[i] == 0)
            continue;
        buf_addf(to, "%s%s ", any ? ", " : "", reply_class_word((enum reply_class)i));
        report_number(story->otherwise[i], to);
        any = true;
    }
    buf_add_char(to, '\n');
    if (story->contradicted == 0)
        return;
    CLEANUP_BUF struct buf text = {0};
    buf_addf(&text, "THIS RULE LOOKS WRONG: it says %s of ", reply_class_word(story->class));
    add_replies(story->contradicted, &text);
    buf_addf(&text, " that mean \"%s\"", reply_class_meaning(story->instead));
    if (story->instead_rule.len > 0)
        buf_addf(&text, " (rule %.*s)", SLICE_ARG(story->instead_rule));
    buf_add_str(&text, ": no other source would be taken any better. ");
    report_number(story->bounced, &text);
    buf_add_str(&text, " of these bounced in the log; with this rule in hold.pcre they would wait "
                       "in the queue instead. Mend it, or leave it out, before it is enabled.");
    buf_add_str(to, "      ");
    text_begin(style, TONE_BAD, to);
    text_wrap(style, buf_slice(&text), 6, 8, to);
    text_end(style, TONE_BAD, to);
}

static void add_blame(const struct rule_story *story, uint64_t relay_recipients, struct buf *to)
{
    if (story->overrides + story->asked == 0) {
        buf_add_str(to, "      nothing would have been done for it\n");
        return;
    }
    buf_add_str(to, "      behind ");
    report_count(story->overrides, "override", to);
    if (story->asked > 0) {
        buf_add_str(to, " and ");
        report_number(story->asked, to);
        buf_add_str(to, " that were asked for or thought of");
    }
    buf_add_str(to, ", with ");
    report_count(story->recipients, "recipient", to);
    buf_add_str(to, ": ");
    report_percent(story->recipients, relay_recipients, to);
    buf_add_str(to, " of the relay's mail in these logs\n");
}

static void add_story(const struct text_style *style, const struct rule_story *story,
                      const char *rules_path, struct buf *to)
{
    buf_add_str(to, "  ");
    text_add(style, story->rule, to);
    if (story->own && rules_path != NULL) {
        buf_add_str(to, " (yours, ");
        text_add(style, slice_from_str(rules_path), to);
        buf_addf(to, ":%u)", story->line);
    }
    buf_addf(to, " says %s of ", reply_class_word(story->class));
    add_replies(story->replies, to);
    buf_addf(to, " on %zu path%s at %zu provider%s\n", story->paths, story->paths == 1 ? "" : "s",
             story->providers, story->providers == 1 ? "" : "s");
}

static void add_sample(const struct text_style *style, const struct story_sample *sample,
                       struct buf *to)
{
    buf_add_str(to, "      ");
    text_add(style, sample->provider, to);
    buf_add_str(to, ", ");
    text_add(style, sample->source, to);
    buf_add_str(to, ": ");
    text_add(style, sample->text, to);
    buf_add_char(to, '\n');
}

struct stories {
    struct rule_story *items;
    size_t count;
};

static void add_rules(const struct text_style *style, const struct stories *stories,
                      uint64_t relay_recipients, const char *rules_path, struct buf *to)
{
    if (stories->count > 0)
        buf_add_str(to, "\nRules behind them\n");
    for (size_t i = 0; i < stories->count; i++) {
        const struct rule_story *story = &stories->items[i];
        add_story(style, story, rules_path, to);
        add_blame(story, relay_recipients, to);
        if (story->own)
            add_otherwise(style, story, to);
        for (size_t k = 0; k < story->sample_count; k++)
            add_sample(style, &story->samples[k], to);
    }
}

/* What is to be read before anything else. */
static void add_alarm(const struct text_style *style, const struct stories *stories, struct buf *to)
{
    for (size_t i = 0; i < stories->count; i++) {
        if (stories->items[i].contradicted == 0)
            continue;
        text_begin(style, TONE_BAD, to);
        buf_add_str(to, "your rule ");
        text_add(style, stories->items[i].rule, to);
        buf_add_str(to, " looks wrong, see below");
        text_end(style, TONE_BAD, to);
        buf_add_char(to, '\n');
    }
}

/* ---- what is open ---- */

static void add_path(const struct text_style *style, const struct route_replay *replay,
                     const struct route_path_view *view, struct buf *to)
{
    buf_add_str(to, "  ");
    text_add(style, view->path.source, to);
    buf_add_str(to, " at ");
    text_add(style, view->path.provider, to);
    buf_addf(to, ": %s since ", route_stage_word(view->stage));
    report_time(view->since_us, STAMP_NONE, to);
    if (route_replay_waits(replay, &view->path))
        buf_add_str(to, "; a probe is due, and the log has no later delivery on this path: whether "
                        "it would have been given back is not known");
    buf_add_char(to, '\n');
}

static void add_open(const struct text_style *style, const struct route_replay *replay,
                     struct buf *to)
{
    struct route_path_view view;
    bool any = false;
    for (size_t i = 0; route_plan_path(route_replay_plan(replay), i, &view); i++) {
        if (view.stage == ROUTE_STAGE_OK)
            continue;
        if (!any)
            buf_add_str(to, "\nWhen the logs end\n");
        any = true;
        add_path(style, replay, &view, to);
    }
}

static void add_limits(struct buf *to)
{
    buf_add_str(
        to, "\nNobody answers in a replay. A probe is the next real delivery of the log on its "
            "path; without one its\nresult is unknown and the path waits. What would have become "
            "of mail on another way is not known: the\ncounts are those of the log, in which it "
            "went its own way (todoku-replay(1)).\n");
}

void route_replay_text_end(const struct text_style *style, const struct route_replay *replay,
                           const char *rules_path, struct buf *to)
{
    const struct ledger_sums sums = route_ledger_sums(route_replay_ledger(replay));
    struct arena *arena = arena_new(4096);
    struct stories stories;
    stories.items = rule_story_list(replay, arena, &stories.count);
    buf_add_str(to, "\nRoutes of ");
    text_add(style, route_replay_fleet(replay)->relay, to);
    buf_add_str(to, "\n");
    add_alarm(style, &stories, to);
    add_sums(replay, to);
    add_elsewhere(style, replay, to);
    add_moves(style, route_replay_ledger(replay), to);
    add_rules(style, &stories, sums.recipients, rules_path, to);
    add_open(style, replay, to);
    if (sums.in_force + sums.asked + sums.observed > 0)
        add_limits(to);
    buf_add_char(to, '\n');
    arena_free(arena);
}
