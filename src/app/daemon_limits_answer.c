/* SPDX-License-Identifier: Apache-2.0
 *
 * What people read of limits, in JSON. Peer document: docs/openapi.yaml; app/limit_answer.c reads
 * it back.
 */
#include "app/daemon_limits_private.h"

#include <stdio.h>

#include "app/settings_policy.h"
#include "base/escape.h"
#include "base/memory.h"
#include "base/shell_word.h"
#include "gate/meter.h"
#include "gate/policy_words.h"
#include "model/json_value.h"

static const char *const part_words[] = {"sasl_username", "sender_domain", "client_address",
                                         "client_network", "account_class"};

#define PARTS (sizeof(part_words) / sizeof(part_words[0]))

static void put_number(json_t *object, const char *key, int64_t number)
{
    json_value_put(object, key, json_integer(number));
}

static json_t *key_json(unsigned key)
{
    json_t *list = json_value_array();
    for (size_t i = 0; i < PARTS; i++)
        if ((key & (1u << i)) != 0)
            json_value_append(list, json_value_text(slice_from_str(part_words[i])));
    return list;
}

/* What a limit is, whoever it is about. */
static json_t *rule_json(const struct policy_report_row *row)
{
    json_t *object = json_value_object();
    json_value_put_text(object, "limit", row->rule);
    json_value_put_word(object, "unit", limit_unit_word(row->unit, LANGUAGE_EN));
    put_number(object, "within_s", row->within_us / 1000000);
    if (row->window == LIMIT_BUCKET)
        put_number(object, "burst", row->burst);
    json_value_put(object, "key", key_json(row->key));
    json_value_put_word(object, "action", limit_action_word(row->action));
    json_value_put(object, "shadow", json_boolean(row->shadow));
    put_number(object, "default", row->standard);
    return object;
}

static json_t *override_json(const struct daemon_accounts *accounts,
                             const struct limit_override *one)
{
    json_t *object = json_value_object();
    json_value_put_text(object, "login", one->login);
    json_value_put_text(object, "limit", one->rule);
    put_number(object, "count", one->count);
    json_value_put_time(object, "since", one->since_us);
    json_value_put_time(object, "until", one->until_us);
    json_value_put_text(object, "by", one->actor);
    if (accounts->rulings.share != NULL)
        json_value_put_text(object, "relay", one->relay);
    json_value_put_text(object, "reason", one->reason);
    return object;
}

/* ---- all ---- */

struct overrides_shown {
    const struct daemon_accounts *accounts;
    json_t *list;
};

static void append_override(void *context, const struct limit_override *one)
{
    const struct overrides_shown *shown = context;
    json_value_append(shown->list, override_json(shown->accounts, one));
}

static json_t *levels_json(const struct settings_limit *limit)
{
    json_t *list = json_value_array();
    for (size_t i = 0; i < limit->level_count; i++) {
        const struct settings_level *level = &limit->levels[i];
        bool of_domain = level->kind == SETTINGS_LEVEL_DOMAIN;
        json_t *object = json_value_object();
        json_value_put_word(object, of_domain ? "domain" : "class",
                            of_domain ? level->domain : level->account_class);
        put_number(object, "count", level->count);
        json_value_append(list, object);
    }
    return list;
}

static json_t *rules_json(const struct settings_policy *settings)
{
    json_t *list = json_value_array();
    struct arena *arena = arena_new(4096);
    struct policy_terms terms;
    settings_policy_make(settings, arena, &terms);
    for (size_t i = 0; i < terms.limits.count; i++) {
        const struct limit_rule *rule = &terms.limits.rules[i];
        const struct policy_report_row row = {.rule = rule->name,
                                              .unit = rule->unit,
                                              .window = rule->window,
                                              .action = rule->action,
                                              .key = rule->key,
                                              .shadow = rule->shadow,
                                              .standard = rule->count,
                                              .burst = rule->burst,
                                              .within_us = rule->within_us};
        json_t *object = rule_json(&row);
        json_value_put(object, "levels", levels_json(&settings->limits[i]));
        json_value_append(list, object);
    }
    arena_free(arena);
    return list;
}

void daemon_limits_show_all(const struct daemon_accounts *accounts, struct daemon_request *request)
{
    json_t *all = json_value_object(), *overrides = json_value_array();
    struct overrides_shown shown = {accounts, overrides};
    limit_overrides_each(accounts->overrides, append_override, &shown);
    json_value_put(all, "limits", rules_json(accounts->settings));
    json_value_put(all, "overrides", overrides);
    json_value_print(all, true, &request->answer);
    request->good = true;
}

/* ---- one: what is used ---- */

/* Of a bucket what may be saved up is what can be used at once. */
static uint64_t whole_of(const struct policy_report_row *row)
{
    return row->window == LIMIT_BUCKET && row->most > 0 ? row->burst : row->most;
}

static uint64_t left_of(const struct policy_report_row *row)
{
    uint64_t whole = whole_of(row);
    return row->used < whole ? whole - row->used : 0;
}

static void put_holder(const struct daemon_accounts *accounts, struct slice login,
                       const struct policy_report_row *row, int64_t now_us, json_t *object)
{
    const struct limit_own own = limit_overrides_of(accounts->overrides, login, now_us);
    const struct limit_override *one = limit_own_find(&own, row->rule);
    json_value_put_word(object, "level", limit_holder_word(row->holder));
    json_value_put_text(object, "level_name", row->holder_name);
    if (row->holder != LIMIT_BY_ACCOUNT || one == NULL)
        return;
    json_value_put_time(object, "until", one->until_us);
    json_value_put_text(object, "by", one->actor);
    if (accounts->rulings.share != NULL)
        json_value_put_text(object, "relay", one->relay);
    json_value_put_text(object, "reason", one->reason);
}

static json_t *row_json(const struct daemon_accounts *accounts, struct slice login,
                        const struct policy_report_row *row, int64_t now_us)
{
    json_t *object = rule_json(row);
    if (!row->concerns)
        return object;
    put_number(object, "most", row->most);
    if (row->within_us > 0) {
        json_value_put_count(object, "used", row->used);
        json_value_put_count(object, "left", left_of(row));
    }
    if (row->room_us > now_us)
        json_value_put_time(object, "room", row->room_us);
    put_holder(accounts, login, row, now_us, object);
    return object;
}

static json_t *rows_json(const struct daemon_accounts *accounts, struct slice login,
                         const struct policy_report *report, int64_t now_us)
{
    json_t *list = json_value_array();
    for (size_t i = 0; report != NULL && i < report->count; i++)
        json_value_append(list, row_json(accounts, login, &report->rows[i], now_us));
    return list;
}

/* ---- one: the next message ---- */

/* What decides about it: a flag, or a limit that is full, or the one with the least room. */
struct next {
    const struct account_flag *flag;
    const struct policy_report_row *full, *narrow;
    enum limit_action action; /* of the flag, or of the limit that is full */
};

static bool is_sterner(const struct policy_report_row *row, const struct next *next)
{
    return next->full == NULL || row->action > next->full->action ||
           (row->action == next->full->action && row->room_us > next->full->room_us);
}

static void weigh(const struct policy_report_row *row, int64_t now_us, struct next *next)
{
    if (!row->concerns || row->shadow)
        return;
    if (row->room_us > now_us && is_sterner(row, next))
        next->full = row;
    bool bounds = row->unit == LIMIT_RECIPIENTS && row->action >= LIMIT_DEFER;
    if (bounds && (next->narrow == NULL || left_of(row) < left_of(next->narrow)))
        next->narrow = row;
}

static enum limit_action action_of(const struct daemon_accounts *accounts,
                                   const struct account_flag *flag)
{
    bool slows = flag->kind != ACCOUNT_SLOW || daemon_accounts_slows(accounts);
    return slows ? account_flag_action(flag->kind) : LIMIT_WARN;
}

static struct next next_of(const struct daemon_accounts *accounts, struct slice login,
                           const struct policy_report *report, int64_t now_us)
{
    struct next next = {.flag = account_flags_sending(accounts->flags, login, now_us)};
    for (size_t i = 0; report != NULL && i < report->count; i++)
        weigh(&report->rows[i], now_us, &next);
    if (next.flag != NULL && next.full != NULL &&
        action_of(accounts, next.flag) <= next.full->action)
        next.flag = NULL;
    if (next.flag != NULL)
        next.action = action_of(accounts, next.flag);
    else if (next.full != NULL)
        next.action = next.full->action;
    return next;
}

/* Commands for a shell, whatever the login is made of. */
static void add_way(json_t *ways, const char *verb, struct slice login, struct slice limit,
                    const char *rest)
{
    CLEANUP_BUF struct buf way = {0};
    buf_addf(&way, "todoku %s ", verb);
    shell_word_add(login, &way);
    if (limit.len > 0) {
        buf_add_char(&way, ' ');
        shell_word_add(limit, &way);
    }
    buf_add_str(&way, rest);
    json_value_append(ways, json_value_text(buf_slice(&way)));
}

static json_t *ways_json(const struct next *next, struct slice login)
{
    json_t *ways = json_value_array();
    struct slice none = {NULL, 0};
    if (!account_login_can_be_typed(login))
        return ways;
    if (next->flag != NULL) {
        add_way(ways, "account resume", login, none, "");
        return ways;
    }
    if (next->full == NULL)
        return ways;
    char raise[48];
    uint64_t most = next->full->most, raised = most > 0 ? most * 2 : next->full->standard;
    if (raised > METER_LIMIT_MAX)
        raised = METER_LIMIT_MAX;
    snprintf(raise, sizeof(raise), " %llu --for 2h",
             (unsigned long long)(raised > 0 ? raised : 100));
    if (next->full->holder == LIMIT_BY_ACCOUNT && most < next->full->standard)
        add_way(ways, "limit set", login, next->full->rule, " default");
    add_way(ways, "limit set", login, next->full->rule, raise);
    if (most > 0)
        add_way(ways, "limit reset", login, none, "");
    return ways;
}

static json_t *next_json(const struct daemon_accounts *accounts, struct slice login,
                         const struct policy_report *report, int64_t now_us)
{
    struct next next = next_of(accounts, login, report, now_us);
    bool acts = next.flag != NULL || next.full != NULL;
    bool passes = !acts || next.action < LIMIT_DEFER;
    json_t *object = json_value_object();
    json_value_put(object, "passes", json_boolean(passes));
    if (acts)
        json_value_put_word(object, "action", limit_action_word(next.action));
    if (next.flag != NULL)
        json_value_put_word(object, "flag", account_flag_word(next.flag->kind));
    else if (next.full != NULL)
        json_value_put_text(object, "limit", next.full->rule);
    if (next.flag != NULL)
        json_value_put_time(object, "at", next.flag->until_us);
    else if (next.full != NULL)
        json_value_put_time(object, "at", next.full->room_us);
    if (passes && next.narrow != NULL) {
        json_value_put_count(object, "recipients", left_of(next.narrow));
        json_value_put_text(object, "recipients_by", next.narrow->rule);
    }
    json_value_put(object, "ways", ways_json(&next, login));
    return object;
}

/* ---- one: what was decided ---- */

static void append_decision(void *context, const struct policy_event *event, uint32_t times)
{
    json_t *object = json_value_object();
    json_value_put_time(object, "time", event->at_us);
    json_value_put_text(object, event->by_flag ? "flag" : "limit", event->rule);
    json_value_put_word(object, "action",
                        event->shadow ? "none" : limit_action_word(event->action));
    put_number(object, "times", times);
    if (!event->by_flag) {
        json_value_put_count(object, "used", event->used);
        put_number(object, "most", event->most);
        put_number(object, "wanted", event->wanted);
    }
    json_value_put_text(object, "client", event->client);
    json_value_put_text(object, "sender", event->sender);
    json_value_put_text(object, "queue_id", event->queue_id);
    json_value_append(context, object);
}

static json_t *flags_json(const struct daemon_accounts *accounts, struct slice login)
{
    json_t *list = json_value_array();
    for (size_t i = ACCOUNT_FLAG_KINDS; i-- > 0;)
        if (account_flags_find(accounts->flags, login, (enum account_flag_kind)i) != NULL)
            json_value_append(list, json_value_text(slice_from_str(
                                        account_flag_word((enum account_flag_kind)i))));
    return list;
}

/* A login that has asked is no slip of the pen, whatever the logs say. */
static bool was_seen(const struct policy_report *report, const json_t *decisions)
{
    bool seen = json_array_size(decisions) > 0;
    for (size_t i = 0; !seen && report != NULL && i < report->count; i++)
        seen = report->rows[i].concerns && (report->rows[i].key & LIMIT_LOGIN) != 0 &&
               report->rows[i].used > 0;
    return seen;
}

void daemon_limits_show_one(const struct daemon_accounts *accounts, struct slice login,
                            const struct policy_report *report, struct daemon_request *request,
                            int64_t now_us)
{
    json_t *account = json_value_object(), *decisions = json_value_array();
    decision_book_each(daemon_policy_decisions(accounts->options.policy), login, append_decision,
                       decisions);
    json_value_put(account, "login", json_value_text(login));
    json_value_put(account, "counted", json_boolean(report != NULL));
    json_value_put(account, "listens", json_boolean(accounts->settings->listen_count > 0));
    json_value_put(account, "flags", flags_json(accounts, login));
    json_value_put(account, "next", next_json(accounts, login, report, now_us));
    json_value_put(account, "limits", rows_json(accounts, login, report, now_us));
    if (request->kind == DAEMON_REQUEST_SHOW_LIMITS)
        json_value_put(account, "baseline",
                       request->value != NULL ? json_incref(request->value) : json_null());
    json_value_put(account, "decisions", decisions);
    const json_t *doubts = daemon_accounts_doubts(accounts, login, request->doubts);
    daemon_accounts_warn(accounts, account_flags_sending(accounts->flags, login, now_us), true,
                         was_seen(report, decisions) ? NULL : doubts, account);
    json_value_print(account, true, &request->answer);
    request->found = request->good = true;
}
