/* SPDX-License-Identifier: Apache-2.0
 *
 * Hits of paths into stories of rules. See rule_story.h.
 */
#include "app/rule_story.h"

#include <stdlib.h>

/* Does this class say that the source is refused, or too fast; or nothing at all? */
static bool agrees(enum reply_class class)
{
    return class == REPLY_CLASS_BLOCK_IP || class == REPLY_CLASS_BLOCK_DOMAIN ||
           class == REPLY_CLASS_RATE || class == REPLY_CLASS_RATE_RCPT ||
           class == REPLY_CLASS_UNKNOWN;
}

static struct rule_story *story_of(struct rule_story *stories, size_t *count,
                                   const struct rule_hit *hit)
{
    for (size_t i = 0; i < *count; i++)
        if (stories[i].own == hit->own && slice_eq(stories[i].rule, hit->rule))
            return &stories[i];
    struct rule_story *story = &stories[(*count)++];
    *story = (struct rule_story){
        .rule = hit->rule, .own = hit->own, .line = hit->line, .class = hit->class};
    return story;
}

static void add_sample(struct rule_story *story, const struct rule_hit *hit, struct slice text)
{
    if (text.len > 0 && story->sample_count < STORY_SAMPLES)
        story->samples[story->sample_count++] =
            (struct story_sample){hit->source, hit->provider, text};
}

static bool is_cause(size_t index, const struct ledger_move *move)
{
    for (size_t i = 0; i < move->cause_count; i++)
        if (move->causes[i] == index)
            return true;
    return false;
}

static void add_moves(const struct route_replay *replay, size_t index, struct rule_story *story)
{
    const struct route_ledger *ledger = route_replay_ledger(replay);
    for (size_t i = 0; i < route_ledger_count(ledger); i++) {
        const struct ledger_move *move = route_ledger_at(ledger, i);
        if (!is_cause(index, move))
            continue;
        bool done = ledger_move_is_in_force(move);
        story->overrides += done;
        story->asked += !done;
        story->recipients += move->traffic.recipients;
    }
}

static void add_hit(const struct route_replay *replay, size_t index, struct rule_story *story)
{
    const struct rule_hit *hit = rule_hits_at(route_replay_hits(replay), index);
    story->paths++;
    story->replies += hit->replies;
    story->bounced += hit->bounced;
    for (size_t i = 0; i < REPLY_CLASS_COUNT; i++) {
        story->otherwise[i] += hit->otherwise[i];
        if (!agrees((enum reply_class)i) && hit->otherwise[i] > 0)
            story->instead_rule = hit->instead;
    }
    add_sample(story, hit, hit->samples[0]);
    add_moves(replay, index, story);
}

static void judge(struct rule_story *story)
{
    uint64_t most = 0;
    for (size_t i = 0; i < REPLY_CLASS_COUNT; i++) {
        if (agrees((enum reply_class)i))
            continue;
        story->contradicted += story->otherwise[i];
        if (story->otherwise[i] > most) {
            most = story->otherwise[i];
            story->instead = (enum reply_class)i;
        }
    }
}

/* Providers of a rule: of each only its first row counts. */
static bool is_first_there(const struct route_replay *replay, size_t index)
{
    const struct rule_hit *hit = rule_hits_at(route_replay_hits(replay), index);
    for (size_t i = 0; i < index; i++) {
        const struct rule_hit *other = rule_hits_at(route_replay_hits(replay), i);
        if (route_replay_is_behind(replay, i) && other->own == hit->own &&
            slice_eq(other->rule, hit->rule) && slice_eq(other->provider, hit->provider))
            return false;
    }
    return true;
}

static int by_recipients(const void *a, const void *b)
{
    const struct rule_story *left = a, *right = b;
    if (left->recipients != right->recipients)
        return left->recipients > right->recipients ? -1 : 1;
    return slice_cmp(left->rule, right->rule);
}

struct rule_story *rule_story_list(const struct route_replay *replay, struct arena *arena,
                                   size_t *count)
{
    const struct rule_hits *hits = route_replay_hits(replay);
    struct rule_story *stories =
        arena_alloc(arena, (rule_hits_count(hits) + 1) * sizeof(stories[0]));
    *count = 0;
    for (size_t i = 0; i < rule_hits_count(hits); i++) {
        if (!route_replay_is_behind(replay, i))
            continue;
        struct rule_story *story = story_of(stories, count, rule_hits_at(hits, i));
        story->providers += is_first_there(replay, i);
        add_hit(replay, i, story);
    }
    for (size_t i = 0; i < *count; i++)
        judge(&stories[i]);
    qsort(stories, *count, sizeof(stories[0]), by_recipients);
    return stories;
}
