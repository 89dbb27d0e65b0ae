/* SPDX-License-Identifier: Apache-2.0
 *
 * See limit_replay_json.h.
 */
#include "app/limit_replay_json.h"

#include <stdlib.h>

#include "app/limit_proposal.h"
#include "base/civil.h"
#include "gate/policy_words.h"

enum { BUSIEST = 20 };

static void put_count(json_t *object, const struct limit_replay_count *count)
{
    json_value_put_count(object, "messages", count->messages);
    json_value_put_count(object, "recipients", count->recipients);
    if (count->messages == 0)
        return;
    json_value_put_time(object, "first", count->first_us);
    json_value_put_time(object, "last", count->last_us);
}

/* ---- who would have been limited ---- */

static json_t *key_json(const struct limit_replay_key *key)
{
    json_t *object = json_value_object();
    json_value_put_text(object, "who", key->who);
    put_count(object, &key->over);
    json_value_put_count(object, "at_most", key->wanted);
    json_value_put_count(object, "limit", key->limit);
    return object;
}

static json_t *rule_json(const struct limit_replay *replay, const struct limit_replay_rule *told)
{
    const struct limit_rule *rule = told->rule;
    json_t *object = json_value_object(), *who = json_value_array();
    json_value_put_text(object, "name", rule->name);
    json_value_put_count(object, "count", rule->count);
    json_value_put_word(object, "unit", limit_unit_word(rule->unit, LANGUAGE_EN));
    if (rule->within_us > 0)
        json_value_put_count(object, "within_s", (uint64_t)(rule->within_us / US_PER_SECOND));
    json_value_put_word(object, "action", limit_action_word(rule->action));
    json_value_put(object, "shadow", json_boolean(rule->shadow));
    json_value_put(object, "looked_at", json_boolean(told->looked_at));
    if (told->looked_at)
        put_count(object, &told->over);
    for (size_t i = 0; i < told->key_count; i++)
        json_value_append(who, key_json(limit_replay_key(replay, told->first_key + i)));
    json_value_put(object, "who", who);
    return object;
}

static json_t *done_json(const struct limit_replay_sums *sums)
{
    json_t *object = json_value_object();
    for (size_t i = 0; i < LIMIT_ACTIONS; i++) {
        json_t *done = json_value_object();
        put_count(done, &sums->done[i]);
        json_value_put(object, limit_action_word((enum limit_action)i), done);
    }
    return object;
}

/* ---- what limits the logs speak for ---- */

static json_t *proposal_json(const struct limit_proposal *proposal)
{
    CLEANUP_BUF struct buf reason = {0};
    json_t *object = json_value_object();
    json_value_put_word(object, "span", volume_span_word(proposal->span));
    json_value_put_text(object, "class", proposal->account_class);
    json_value_put_text(object, "domain", proposal->domain);
    json_value_put_count(object, "logins", proposal->logins);
    json_value_put_count(object, "p50", proposal->half);
    json_value_put_count(object, "p90", proposal->ninety);
    json_value_put_count(object, "p99", proposal->ninety_nine);
    json_value_put_count(object, "max", proposal->most);
    limit_proposal_reason(proposal, &reason);
    if (proposal->count > 0) {
        json_value_put_count(object, "recipients", proposal->count);
        json_value_put_count(object, "touches", proposal->touched);
    }
    json_value_put_text(object, "reason", buf_slice(&reason));
    return object;
}

static json_t *proposals_json(const struct limit_replay *replay)
{
    json_t *array = json_value_array();
    struct arena *arena = arena_new(4096);
    size_t count;
    const struct limit_proposal *proposals = limit_replay_proposals(replay, arena, &count);
    for (size_t i = 0; i < count; i++)
        json_value_append(array, proposal_json(&proposals[i]));
    arena_free(arena);
    return array;
}

static json_t *login_json(const struct login_volume_row *row)
{
    json_t *object = json_value_object();
    json_value_put_text(object, "login", row->login);
    json_value_put_count(object, "messages", row->messages);
    json_value_put_count(object, "recipients", row->recipients);
    for (enum volume_span span = VOLUME_MESSAGE; span < VOLUME_SPANS; span++)
        json_value_put_count(object, volume_span_word(span), row->most[span]);
    return object;
}

/* Those with the busiest hours. */
static json_t *busiest_json(const struct login_volume *volume)
{
    struct login_volume_row rows[BUSIEST];
    size_t count = 0;
    for (size_t i = 0; i < login_volume_count(volume); i++) {
        struct login_volume_row row = login_volume_at(volume, i);
        size_t place = count;
        while (place > 0 && rows[place - 1].most[VOLUME_HOUR] < row.most[VOLUME_HOUR])
            place--;
        if (place == BUSIEST)
            continue;
        if (count < BUSIEST)
            count++;
        for (size_t k = count - 1; k > place; k--)
            rows[k] = rows[k - 1];
        rows[place] = row;
    }
    json_t *array = json_value_array();
    for (size_t i = 0; i < count; i++)
        json_value_append(array, login_json(&rows[i]));
    return array;
}

json_t *limit_replay_json(const struct limit_replay *replay)
{
    const struct limit_replay_sums *sums = limit_replay_sums(replay);
    json_t *object = json_value_object(), *rules = json_value_array();
    put_count(object, &sums->all);
    json_value_put_count(object, "exempt", sums->exempt);
    json_value_put_count(object, "left_out", sums->left_out + sums->keys_left_out);
    json_value_put_count(object, "left_out_of_proposals",
                         login_volume_left_out(limit_replay_volume(replay)));
    json_value_put(object, "done", done_json(sums));
    for (size_t i = 0; i < limit_replay_rules(replay); i++)
        json_value_append(rules, rule_json(replay, limit_replay_rule(replay, i)));
    json_value_put(object, "rules", rules);
    json_value_put(object, "proposals", proposals_json(replay));
    json_value_put(object, "busiest", busiest_json(limit_replay_volume(replay)));
    return object;
}
