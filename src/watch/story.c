/* SPDX-License-Identifier: Apache-2.0
 *
 * Puts a story together. See story.h; story_private.h has the order of the work.
 */
#include "watch/story_private.h"

#include <stdlib.h>

/* ---- messages ---- */

static int by_time(const void *a, const void *b)
{
    const struct hop *const *x = a, *const *y = b;
    if ((*x)->seen.first_us != (*y)->seen.first_us)
        return (*x)->seen.first_us < (*y)->seen.first_us ? -1 : 1;
    return ((*x)->lines->order > (*y)->lines->order) - ((*x)->lines->order < (*y)->lines->order);
}

struct placed_step {
    struct story_step *step;
    size_t order;
};

static int by_step_time(const void *a, const void *b)
{
    const struct placed_step *x = a, *y = b;
    if (x->step->time_us != y->step->time_us)
        return x->step->time_us < y->step->time_us ? -1 : 1;
    return (x->order > y->order) - (x->order < y->order);
}

/* The steps of a notification are its own; those of other recipients nobody asked about. */
static bool is_told(const struct story_line *line, bool only_notifications)
{
    if (line->step == NULL || (line->hop->seen.is_notification && !only_notifications))
        return false;
    return line->goal == NULL || line->goal->wanted;
}

static void put_steps(const struct story_part *part, struct story_message *message)
{
    size_t count = 0, lines = 0;
    for (size_t i = 0; i < part->count; i++)
        lines += part->hops[i]->line_count;
    struct placed_step *placed = STORY_NEW_ARRAY(part->work, struct placed_step, lines);
    for (size_t i = 0; i < part->count; i++)
        for (size_t l = 0; l < part->hops[i]->line_count; l++) {
            const struct story_line *line = &part->hops[i]->lines[l];
            if (is_told(line, message->is_notification))
                placed[count++] = (struct placed_step){line->step, line->order};
        }
    qsort(placed, count, sizeof(placed[0]), by_step_time);
    struct story_step **steps = STORY_NEW_ARRAY(part->work, struct story_step *, count);
    for (size_t i = 0; i < count; i++)
        steps[i] = placed[i].step;
    message->steps = steps;
    message->step_count = count;
}

/* Told is where a goal ends, not where it passes through; Dovecot's part belongs to Postfix' goal.
 */
static bool is_goal(const struct story_goal *goal, bool only_notifications)
{
    const struct hop *hop = goal->hop;
    return goal->next == NULL && (only_notifications || !hop->seen.is_notification) &&
           (!hop->seen.is_mailbox || hop->parent == NULL);
}

static void put_recipients(const struct story_part *part, struct story_message *message)
{
    size_t count = 0;
    for (size_t i = 0; i < part->count; i++)
        for (const struct story_goal *goal = part->hops[i]->goals; goal; goal = goal->sibling)
            count++;
    struct story_recipient **told = STORY_NEW_ARRAY(part->work, struct story_recipient *, count);
    for (size_t i = 0; i < part->count; i++)
        for (struct story_goal *goal = part->hops[i]->goals; goal; goal = goal->sibling) {
            if (!is_goal(goal, message->is_notification))
                continue;
            if (goal->wanted)
                told[message->recipient_count++] = &goal->seen;
            else
                message->others += goal->seen.count;
        }
    message->recipients = told;
}

/* What an earlier hop has not said. */
static void put_hop_facts(const struct hop *hop, struct story_message *message)
{
    if (hop->seen.first_us < message->first_us)
        message->first_us = hop->seen.first_us;
    if (hop->seen.last_us > message->last_us)
        message->last_us = hop->seen.last_us;
    if (hop->has_from && !message->from_known) {
        message->from_known = true;
        message->from = hop->from;
    }
    if (message->message_id.len <= 2)
        message->message_id = hop->message_id;
    if (message->login.len == 0)
        message->login = hop->login;
    if (message->size == 0)
        message->size = hop->size;
    if (message->client_name.len + message->client_ip.len == 0) {
        message->client_name = hop->client_name;
        message->client_ip = hop->client_ip;
    }
}

static void put_facts(const struct story_part *part, struct story_message *message)
{
    message->first_us = INT64_MAX;
    message->last_us = INT64_MIN;
    for (size_t i = 0; i < part->count; i++)
        if (!part->hops[i]->seen.is_notification || message->is_notification)
            put_hop_facts(part->hops[i], message);
}

static void put_hops(const struct story_part *part, struct story_message *message)
{
    struct story_hop **hops = STORY_NEW_ARRAY(part->work, struct story_hop *, part->count);
    message->is_notification = true;
    for (size_t i = 0; i < part->count; i++) {
        hops[i] = &part->hops[i]->seen;
        message->is_notification &= hops[i]->is_notification;
    }
    message->hops = hops;
    message->hop_count = part->count;
}

/* What became of the notification itself. */
static void answer_notifications(const struct story_part *part)
{
    for (size_t i = 0; i < part->count; i++)
        for (size_t l = 0; l < part->hops[i]->line_count; l++) {
            const struct story_line *line = &part->hops[i]->lines[l];
            if (line->step == NULL || line->step->kind != STORY_NOTIFIED || !line->leads_to)
                continue;
            const struct story_goal *goal = line->leads_to->goals;
            while (goal != NULL && goal->next != NULL && goal->next->goals != NULL)
                goal = goal->next->goals;
            line->step->on = goal ? &goal->seen : NULL;
        }
}

static void tell_message(const struct story_part *part, struct story_message *message)
{
    qsort(part->hops, part->count, sizeof(struct hop *), by_time);
    for (size_t i = 0; i < part->count; i++)
        story_steps_make(part->work, part->hops[i]);
    story_goals_make(part);
    answer_notifications(part);
    put_hops(part, message);
    put_facts(part, message);
    put_steps(part, message);
    put_recipients(part, message);
}

/* ---- all of them ---- */

static int by_group(const void *a, const void *b)
{
    struct hop *const *x = a, *const *y = b;
    const struct hop *gx = story_group(*x), *gy = story_group(*y);
    return (gx > gy) - (gx < gy);
}

static int by_first(const void *a, const void *b)
{
    const struct story_part *x = a, *y = b;
    return by_time(&x->hops[0], &y->hops[0]);
}

static bool is_asked_for(const struct story_part *part)
{
    for (size_t i = 0; i < part->count; i++)
        if (part->hops[i]->match != 0)
            return true;
    return false;
}

/* Cuts the hops into messages and keeps those about the key, by time. */
static size_t find_parts(struct story_work *work, struct story_part *parts)
{
    struct hop **hops = STORY_NEW_ARRAY(work, struct hop *, work->hop_count);
    size_t count = 0;
    for (size_t i = 0; i < work->hop_count; i++)
        hops[i] = &work->hops[i];
    qsort(hops, work->hop_count, sizeof(struct hop *), by_group);
    for (size_t i = 0, end; i < work->hop_count; i = end) {
        for (end = i + 1; end < work->hop_count; end++)
            if (story_group(hops[end]) != story_group(hops[i]))
                break;
        struct story_part part = {work, hops + i, end - i};
        qsort(part.hops, part.count, sizeof(struct hop *), by_time);
        if (is_asked_for(&part))
            parts[count++] = part;
    }
    qsort(parts, count, sizeof(parts[0]), by_first);
    return count;
}

static void tell_messages(struct story_work *work)
{
    struct story *story = work->story;
    struct story_part *parts = STORY_NEW_ARRAY(work, struct story_part, work->hop_count);
    size_t count = find_parts(work, parts), limit = work->settings->limit;
    size_t before = count > limit ? count - limit : 0;
    story->messages_before = before + story->found.seeds_before;
    story->message_count = count - before;
    story->messages = STORY_NEW_ARRAY(work, struct story_message, story->message_count);
    for (size_t i = 0; i < story->message_count; i++)
        tell_message(&parts[before + i], &story->messages[i]);
}

static void tell_refusal(const struct story *story, const struct trace_line *line,
                         struct story_refusal *out)
{
    struct log_record record;
    log_record_parse(story->parser, line->raw, &record);
    *out = (struct story_refusal){
        .time_us = line->time_us,
        .host = record.line.host,
        .client_name = log_record_get(&record, LOG_FIELD_CLIENT_NAME),
        .client_ip = log_record_get(&record, LOG_FIELD_CLIENT_IP),
        .login = log_record_get(&record, LOG_FIELD_SASL_USERNAME),
        .helo = log_record_get(&record, LOG_FIELD_HELO),
        .from = log_record_get(&record, LOG_FIELD_FROM),
        .to = log_record_get(&record, LOG_FIELD_TO),
        .code = log_record_get(&record, LOG_FIELD_CODE),
        .dsn = log_record_get(&record, LOG_FIELD_DSN),
        .reply = log_record_get(&record, LOG_FIELD_REASON),
        .action = log_record_get(&record, LOG_FIELD_ACTION),
        .stage = log_record_get(&record, LOG_FIELD_STAGE),
        .full_since_us = full_mailboxes_since(story->found.full, &record, line->time_us),
        .line = line->raw,
    };
}

static void tell_refusals(struct story_work *work)
{
    struct story *story = work->story;
    size_t count = story->found.refused_count, limit = work->settings->limit;
    size_t before = count > limit ? count - limit : 0;
    story->refusals_before = before + story->found.refused_before;
    story->refusal_count = count - before;
    story->refusals = STORY_NEW_ARRAY(work, struct story_refusal, story->refusal_count);
    for (size_t i = 0; i < story->refusal_count; i++)
        tell_refusal(story, &story->found.refused[before + i], &story->refusals[i]);
}

void story_tell(const struct story_sources *sources, struct story *out)
{
    *out = (struct story){
        .found = trace_search_found(sources->search),
        .arena = arena_new(65536),
        .parser = log_parser_new(0, NULL, NULL),
    };
    struct story_work work = {
        .sources = sources,
        .settings = trace_search_settings(sources->search),
        .story = out,
    };
    story_hops_cut(&work);
    story_hops_link(&work);
    tell_messages(&work);
    tell_refusals(&work);
}

void story_done(struct story *story)
{
    arena_free(story->arena);
    log_parser_free(story->parser);
}

/* ---- words ---- */

const char *story_step_word(enum story_step_kind kind)
{
    static const char *const words[] = {
#define X(name, word) [STORY_##name] = word,
        STORY_STEPS(X)
#undef X
    };
    return words[kind];
}

const char *story_outcome_word(enum story_outcome outcome)
{
    static const char *const words[] = {
#define X(name, word) [STORY_OUTCOME_##name] = word,
        STORY_OUTCOMES(X)
#undef X
    };
    return words[outcome];
}

bool story_outcome_is_good(enum story_outcome outcome)
{
    return outcome == STORY_OUTCOME_DELIVERED || outcome == STORY_OUTCOME_ACCEPTED ||
           outcome == STORY_OUTCOME_CHECKED;
}

bool story_outcome_is_open(enum story_outcome outcome)
{
    return outcome == STORY_OUTCOME_WAITING || outcome == STORY_OUTCOME_HELD ||
           outcome == STORY_OUTCOME_HANDED_ON;
}
