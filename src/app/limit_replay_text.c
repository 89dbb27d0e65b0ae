/* SPDX-License-Identifier: Apache-2.0
 *
 * See limit_replay_text.h.
 */
#include "app/limit_replay_text.h"

#include "app/limit_proposal.h"
#include "app/report_words.h"
#include "app/text_table.h"
#include "base/civil.h"
#include "base/duration.h"
#include "gate/policy_words.h"

enum { KEYS_SHOWN = 10 }; /* of a rule */

static const char *const spans[VOLUME_SPANS] = {
    [VOLUME_MESSAGE] = "a message", [VOLUME_HOUR] = "an hour", [VOLUME_DAY] = "a day"};

#define COLUMNS(table) (sizeof(table) / sizeof((table)[0]))
#define ENOUGH_US (7 * SECONDS_PER_DAY * US_PER_SECOND)

static void cell_number(struct text_table *table, uint64_t number)
{
    report_number(number, text_table_cell(table, TONE_PLAIN));
}

/* "12 messages to 340 recipients" */
static void add_count(const struct limit_replay_count *count, struct buf *to)
{
    report_count(count->messages, "message", to);
    buf_add_str(to, " to ");
    report_count(count->recipients, "recipient", to);
}

/* ---- who would have been limited ---- */

static const struct text_column key_columns[] = {
    {.title = "who", .least = 20},
    {.title = "first"},
    {.title = "last", .spare = 2},
    {.title = "messages", .right = true, .spare = 1},
    {.title = "recipients", .right = true},
    {.title = "at most", .right = true},
    {.title = "limit", .right = true, .spare = 3},
};

static void add_key(const struct text_style *style, const struct limit_replay_key *key,
                    struct text_table *table)
{
    struct buf *who = text_table_cell(table, TONE_PLAIN);
    if (key->who.len > 0)
        text_add(style, key->who, who);
    else
        buf_add_str(who, "all mail");
    report_time(key->over.first_us, STAMP_NONE, text_table_cell(table, TONE_PLAIN));
    report_time(key->over.last_us, key->over.first_us, text_table_cell(table, TONE_PLAIN));
    cell_number(table, key->over.messages);
    cell_number(table, key->over.recipients);
    cell_number(table, key->wanted);
    cell_number(table, key->limit);
}

static void add_keys(const struct text_style *style, const struct limit_replay *replay,
                     const struct limit_replay_rule *rule, struct buf *to)
{
    struct text_table *table = text_table_new(key_columns, COLUMNS(key_columns));
    for (size_t i = 0; i < rule->key_count && i < KEYS_SHOWN; i++)
        add_key(style, limit_replay_key(replay, rule->first_key + i), table);
    if (rule->key_count > 0)
        text_table_print(table, style, to);
    text_table_free(table);
    if (rule->key_count > KEYS_SHOWN)
        buf_addf(to, "  and %zu more: --format json has all\n", rule->key_count - KEYS_SHOWN);
}

/* "user-hour (500 recipients in 1h, defer, in shadow)" */
static void add_rule_name(const struct text_style *style, const struct limit_rule *rule,
                          struct buf *to)
{
    text_add(style, rule->name, to);
    buf_add_str(to, " (");
    report_number(rule->count, to);
    buf_addf(to, " %s", limit_unit_word(rule->unit, LANGUAGE_EN));
    if (rule->within_us > 0) {
        buf_add_str(to, " in ");
        duration_format(rule->within_us, to);
    } else {
        buf_add_str(to, " of a message");
    }
    buf_addf(to, ", %s%s): ", limit_action_word(rule->action), rule->shadow ? ", in shadow" : "");
}

static void add_rule(const struct text_style *style, const struct limit_replay *replay,
                     const struct limit_replay_rule *rule, struct buf *to)
{
    add_rule_name(style, rule->rule, to);
    if (!rule->looked_at) {
        buf_add_str(to, "not looked at: a log does not say in time who the recipients are\n");
        return;
    }
    if (rule->over.messages == 0) {
        buf_add_str(to, "nobody\n");
        return;
    }
    add_count(&rule->over, to);
    buf_add_str(to, rule->rule->shadow ? " would have been over, and only told of\n"
                                       : " would have been over\n");
    add_keys(style, replay, rule, to);
}

/* What would have been done, sternest first. */
static void add_done(const struct limit_replay_sums *sums, struct buf *to)
{
    static const char *const deeds[LIMIT_ACTIONS] = {
        [LIMIT_WARN] = "warned of", [LIMIT_SLOW] = "slowed down", [LIMIT_HOLD] = "held",
        [LIMIT_DEFER] = "put off",  [LIMIT_REJECT] = "refused",   [LIMIT_DISCARD] = "discarded",
    };
    for (size_t i = LIMIT_ACTIONS; i > 0; i--) {
        const struct limit_replay_count *done = &sums->done[i - 1];
        if (done->messages == 0)
            continue;
        add_count(done, to);
        buf_addf(to, " would have been %s\n", deeds[i - 1]);
    }
    if (sums->left_out + sums->keys_left_out > 0) {
        report_count(sums->left_out + sums->keys_left_out, "message", to);
        buf_add_str(to, " had no room here\n");
    }
}

static void add_limits(const struct text_style *style, const struct limit_replay *replay,
                       struct buf *to)
{
    const struct limit_replay_sums *sums = limit_replay_sums(replay);
    buf_add_str(to, "\nLimits\n");
    for (size_t i = 0; i < limit_replay_rules(replay); i++)
        add_rule(style, replay, limit_replay_rule(replay, i), to);
    if (limit_replay_rules(replay) == 0)
        buf_add_str(to, "none are configured\n");
    add_count(&sums->all, to);
    buf_add_str(to, " were looked at");
    if (sums->exempt > 0) {
        buf_add_str(to, "; ");
        report_count(sums->exempt, "message", to);
        buf_add_str(to, sums->exempt == 1 ? " is exempt" : " are exempt");
    }
    buf_add_char(to, '\n');
    add_done(sums, to);
}

/* ---- what limits the logs speak for ---- */

static const struct text_column proposal_columns[] = {
    {.title = "recipients"},
    {.title = "of", .least = 14},
    {.title = "logins", .right = true, .spare = 1},
    {.title = "50 %", .right = true},
    {.title = "90 %", .right = true},
    {.title = "99 %", .right = true},
    {.title = "most", .right = true},
    {.title = "limit", .right = true},
    {.title = "touches", .right = true},
};

static void add_row(const struct text_style *style, const struct limit_proposal *proposal,
                    struct text_table *table)
{
    buf_add_str(text_table_cell(table, TONE_PLAIN), spans[proposal->span]);
    struct buf *of = text_table_cell(table, TONE_PLAIN);
    if (proposal->account_class.len > 0) {
        buf_add_str(of, "class ");
        text_add(style, proposal->account_class, of);
    } else if (proposal->domain.len > 0) {
        text_add(style, proposal->domain, of);
    } else {
        buf_add_str(of, "all");
    }
    cell_number(table, proposal->logins);
    cell_number(table, proposal->half);
    cell_number(table, proposal->ninety);
    cell_number(table, proposal->ninety_nine);
    cell_number(table, proposal->most);
    struct buf *limit = text_table_cell(table, TONE_STRONG);
    if (proposal->count > 0)
        report_number(proposal->count, limit);
    struct buf *touches = text_table_cell(table, TONE_PLAIN);
    if (proposal->count > 0)
        report_number(proposal->touched, touches);
}

static void add_reasons(const struct limit_proposal *proposals, struct buf *to)
{
    for (size_t i = 0; i < VOLUME_SPANS; i++) {
        buf_addf(to, "  %s: ", spans[proposals[i].span]);
        limit_proposal_reason(&proposals[i], to);
        buf_add_char(to, '\n');
    }
}

static void add_proposals(const struct text_style *style, const struct limit_replay *replay,
                          struct buf *to)
{
    const struct limit_replay_count *all = &limit_replay_sums(replay)->all;
    struct arena *arena = arena_new(4096);
    size_t count;
    const struct limit_proposal *proposals = limit_replay_proposals(replay, arena, &count);
    struct text_table *table = text_table_new(proposal_columns, COLUMNS(proposal_columns));
    for (size_t i = 0; i < count; i++)
        add_row(style, &proposals[i], table);
    buf_add_str(to, "\nLimits that these logs speak for (what logins had at their busiest)\n");
    text_table_print(table, style, to);
    text_table_free(table);
    add_reasons(proposals, to);
    uint64_t left_out = login_volume_left_out(limit_replay_volume(replay));
    if (left_out > 0) {
        buf_add_str(to, "  not in it, for want of room: ");
        report_count(left_out, "message", to);
        buf_add_str(to, " of further logins\n");
    }
    if (all->last_us - all->first_us < ENOUGH_US) {
        buf_add_str(to, "  the logs cover ");
        report_duration((double)(all->last_us - all->first_us) / US_PER_SECOND, to);
        buf_add_str(to, " only: a month has invoices and newsletters in it\n");
    }
    arena_free(arena);
}

void limit_replay_text(const struct text_style *style, const struct limit_replay *replay,
                       struct buf *to)
{
    add_limits(style, replay, to);
    if (login_volume_count(limit_replay_volume(replay)) > 0)
        add_proposals(style, replay, to);
    else
        buf_add_str(to, "no message has a login: there is nothing to propose limits from\n");
    buf_add_char(to, '\n');
}
