/* SPDX-License-Identifier: Apache-2.0
 *
 * See route_replay_json.h.
 */
#include "app/route_replay_json.h"

static json_t *classes_json(const uint64_t classes[REPLY_CLASS_COUNT])
{
    json_t *object = json_value_object();
    for (size_t i = 0; i < REPLY_CLASS_COUNT; i++)
        if (classes[i] > 0)
            json_value_put_count(object, reply_class_word((enum reply_class)i), classes[i]);
    return object;
}

static void put_origin(json_t *object, struct slice rule, bool own, uint32_t line)
{
    json_value_put_text(object, "rule", rule);
    json_value_put(object, "own", json_boolean(own));
    if (own)
        json_value_put_count(object, "line", line);
}

static json_t *hit_json(const struct rule_hit *hit)
{
    json_t *object = json_value_object(), *samples = json_value_array();
    put_origin(object, hit->rule, hit->own, hit->line);
    json_value_put_word(object, "class", reply_class_word(hit->class));
    json_value_put_count(object, "replies", hit->replies);
    json_value_put_count(object, "bounced", hit->bounced);
    if (hit->own) {
        json_value_put(object, "built_in", classes_json(hit->otherwise));
        json_value_put_text(object, "built_in_rule", hit->instead);
    }
    for (size_t i = 0; i < RULE_HIT_SAMPLES; i++)
        if (hit->samples[i].len > 0)
            json_value_append(samples, json_value_text(hit->samples[i]));
    json_value_put(object, "samples", samples);
    return object;
}

static json_t *traffic_json(const struct ledger_traffic *traffic)
{
    json_t *object = json_value_object();
    json_value_put_count(object, "recipients", traffic->recipients);
    json_value_put_count(object, "relay_recipients", traffic->relay_recipients);
    json_value_put_count(object, "delivered", traffic->delivered);
    json_value_put_count(object, "deferred", traffic->deferred);
    json_value_put_count(object, "bounced", traffic->bounced);
    return object;
}

json_t *route_replay_json_decision(const struct route_decision *decision)
{
    json_t *object = audit_entry_json(decision->entry);
    json_value_put_word(object, "mode", route_mode_word(decision->mode));
    if (decision->expires_us != 0)
        json_value_put_time(object, "expires", decision->expires_us);
    if (decision->ended != NULL)
        json_value_put(object, "in_log", traffic_json(&decision->ended->traffic));
    if (decision->rule_count > 0) {
        json_t *rules = json_value_array();
        for (size_t i = 0; i < decision->rule_count; i++)
            json_value_append(rules, hit_json(decision->rules[i]));
        json_value_put(object, "rules", rules);
    }
    return object;
}

/* ---- the end ---- */

static json_t *move_json(const struct ledger_move *move)
{
    json_t *object = json_value_object();
    json_value_put_word(object, "action", audit_action_word(move->action));
    json_value_put_text(object, "override", move->id);
    json_value_put_word(object, "mode", route_mode_word(move->mode));
    json_value_put_text(object, "provider", move->provider);
    json_value_put_text(object, "source", move->source);
    json_value_put_text(object, "before", move->before);
    json_value_put_text(object, "after", move->after);
    json_value_put_text(object, "reason", move->reason);
    json_value_put_text(object, "incident", move->incident);
    json_value_put_time(object, "since", move->since_us);
    json_value_put_time(object, "until", move->until_us);
    json_value_put_text(object, "ended", move->end_reason);
    json_value_put(object, "in_log", traffic_json(&move->traffic));
    return object;
}

static json_t *moves_json(const struct route_ledger *ledger)
{
    json_t *list = json_value_array();
    for (size_t i = 0; i < route_ledger_count(ledger); i++)
        json_value_append(list, move_json(route_ledger_at(ledger, i)));
    return list;
}

static json_t *sample_json(const struct story_sample *sample)
{
    json_t *object = json_value_object();
    json_value_put_text(object, "provider", sample->provider);
    json_value_put_text(object, "source", sample->source);
    json_value_put_text(object, "text", sample->text);
    return object;
}

static json_t *story_json(const struct rule_story *story)
{
    json_t *object = json_value_object(), *samples = json_value_array();
    put_origin(object, story->rule, story->own, story->line);
    json_value_put_word(object, "class", reply_class_word(story->class));
    json_value_put_count(object, "replies", story->replies);
    json_value_put_count(object, "bounced", story->bounced);
    json_value_put_count(object, "paths", story->paths);
    json_value_put_count(object, "providers", story->providers);
    json_value_put_count(object, "overrides", story->overrides);
    json_value_put_count(object, "asked", story->asked);
    json_value_put_count(object, "recipients", story->recipients);
    if (story->own) {
        json_value_put(object, "built_in", classes_json(story->otherwise));
        json_value_put_count(object, "contradicted", story->contradicted);
        json_value_put_text(object, "built_in_rule", story->instead_rule);
    }
    for (size_t i = 0; i < story->sample_count; i++)
        json_value_append(samples, sample_json(&story->samples[i]));
    json_value_put(object, "samples", samples);
    return object;
}

static json_t *stories_json(const struct route_replay *replay)
{
    struct arena *arena = arena_new(4096);
    json_t *list = json_value_array();
    size_t count;
    struct rule_story *stories = rule_story_list(replay, arena, &count);
    for (size_t i = 0; i < count; i++)
        json_value_append(list, story_json(&stories[i]));
    arena_free(arena);
    return list;
}

static json_t *paths_json(const struct route_replay *replay)
{
    json_t *list = json_value_array();
    struct route_path_view view;
    for (size_t i = 0; route_plan_path(route_replay_plan(replay), i, &view); i++) {
        if (view.stage == ROUTE_STAGE_OK)
            continue;
        json_t *object = json_value_object();
        json_value_put_text(object, "provider", view.path.provider);
        json_value_put_text(object, "source", view.path.source);
        json_value_put_word(object, "stage", route_stage_word(view.stage));
        json_value_put_time(object, "since", view.since_us);
        json_value_put(object, "probe_unknown",
                       json_boolean(route_replay_waits(replay, &view.path)));
        json_value_append(list, object);
    }
    return list;
}

json_t *route_replay_json_end(const struct route_replay *replay)
{
    struct ledger_sums sums = route_ledger_sums(route_replay_ledger(replay));
    struct route_replay_sums all = route_replay_sums(replay);
    json_t *object = json_value_object();
    json_value_put_text(object, "relay", route_replay_fleet(replay)->relay);
    json_value_put_count(object, "in_force", sums.in_force);
    json_value_put_count(object, "most_at_once", sums.most_at_once);
    json_value_put_count(object, "asked", sums.asked);
    json_value_put_count(object, "capped", all.capped);
    json_value_put_count(object, "observed", sums.observed);
    json_value_put_count(object, "probes", sums.probes);
    json_value_put_count(object, "left", all.left);
    json_value_put_count(object, "moved", sums.moved);
    json_value_put_count(object, "recipients", sums.recipients);
    json_value_put_count(object, "attempts", all.attempts);
    json_value_put_count(object, "attempts_elsewhere", all.elsewhere);
    json_value_put_count(object, "left_out",
                         sums.left_out + rule_hits_left_out(route_replay_hits(replay)));
    json_value_put(object, "overrides", moves_json(route_replay_ledger(replay)));
    json_value_put(object, "rules", stories_json(replay));
    json_value_put(object, "paths", paths_json(replay));
    return object;
}
