/* SPDX-License-Identifier: Apache-2.0
 *
 * From steps to recipients. See story_private.h. Each hop has goals: the recipients of its delivery
 * records, or those that an earlier hop sent into it. A goal that goes on under another id is told
 * there.
 */
#include "watch/story_private.h"

#define GOALS_MAX 20000 /* of one hop */

/* ---- goals of a hop ---- */

struct goal_list {
    const struct story_part *part;
    struct hop *hop;
    struct story_goal *last;
    size_t count;
};

static struct story_goal *add_goal(struct goal_list *list, struct slice to, struct slice orig_to)
{
    struct story_goal *goal = STORY_NEW(list->part->work, struct story_goal);
    goal->hop = list->hop;
    goal->to = to;
    goal->orig_to = orig_to;
    goal->seen.count = 1;
    goal->seen.first_try_us = STAMP_NONE;
    if (list->last == NULL)
        list->hop->goals = goal;
    else
        list->last->sibling = goal;
    list->last = goal;
    list->count++;
    return goal;
}

static struct story_goal *find_goal(struct goal_list *list, struct slice to, struct slice orig_to)
{
    struct hop *hop = list->hop;
    size_t at = slice_hash_nocase(to) & hop->goal_mask;
    for (; hop->goal_slots[at] != NULL; at = (at + 1) & hop->goal_mask)
        if (slice_eq(hop->goal_slots[at]->to, to) &&
            slice_eq(hop->goal_slots[at]->orig_to, orig_to))
            return hop->goal_slots[at];
    if (list->count >= GOALS_MAX)
        return NULL;
    return hop->goal_slots[at] = add_goal(list, to, orig_to);
}

/* The goal of `hop` with this address that goes on as `next`, or NULL. */
static const struct story_goal *goal_going(const struct hop *hop, struct slice to,
                                           const struct hop *next)
{
    size_t at = slice_hash_nocase(to) & hop->goal_mask;
    for (; hop->goal_slots[at] != NULL; at = (at + 1) & hop->goal_mask)
        if (hop->goal_slots[at]->next == next && slice_ieq(hop->goal_slots[at]->to, to))
            return hop->goal_slots[at];
    return NULL;
}

static bool is_final(enum story_step_kind kind)
{
    return kind == STORY_SENT || kind == STORY_DELIVERED || kind == STORY_BOUNCED ||
           kind == STORY_HANDED_ON || kind == STORY_DISCARDED || kind == STORY_CHECKED;
}

static void take_try(struct story_goal *goal, const struct story_line *line)
{
    const struct story_step *step = line->step;
    if (goal->final)
        return;
    if (goal->seen.first_try_us == STAMP_NONE)
        goal->seen.first_try_us = line->time_us;
    goal->seen.attempts += !step->repeats;
    goal->last = line;
    goal->final = is_final(step->kind);
    if (line->leads_to != NULL && line->edge == TRACE_EDGE_NEXT)
        goal->next = line->leads_to;
    if (line->leads_to != NULL && line->edge == TRACE_EDGE_MAILBOX)
        goal->mailbox = line->leads_to;
}

/* Recipients named by something else than a delivery: an order, a refusal, Dovecot's delivery. */
static bool names_recipient(const struct story_line *line)
{
    return line->step != NULL && line->record.kind != LOG_KIND_DELIVERY &&
           log_record_get(&line->record, LOG_FIELD_TO).len > 0;
}

static bool is_refusal_of_one(const struct story_line *line)
{
    return line->step->kind == STORY_REJECTED &&
           slice_eq(log_record_get(&line->record, LOG_FIELD_STAGE), SLICE("RCPT"));
}

static void take_deliveries(struct goal_list *list)
{
    for (size_t i = 0; i < list->hop->line_count; i++) {
        struct story_line *line = &list->hop->lines[i];
        if (line->record.kind != LOG_KIND_DELIVERY)
            continue;
        struct story_goal *goal = find_goal(list, log_record_get(&line->record, LOG_FIELD_TO),
                                            log_record_get(&line->record, LOG_FIELD_ORIG_TO));
        if (goal != NULL)
            take_try(goal, line);
        line->goal = goal;
    }
}

static const struct story_goal *goal_named(const struct hop *hop, struct slice to)
{
    for (const struct story_goal *goal = hop->goals; goal != NULL; goal = goal->sibling)
        if (slice_eq(goal->to, to) || slice_eq(goal->orig_to, to))
            return goal;
    return NULL;
}

/* Lines that name a recipient make him one when no agent did, or when they refuse him. */
static void take_others(struct goal_list *list)
{
    bool tried = list->count > 0;
    for (size_t i = 0; i < list->hop->line_count; i++) {
        struct story_line *line = &list->hop->lines[i];
        if (!names_recipient(line))
            continue;
        if (tried && !is_refusal_of_one(line)) {
            line->goal = goal_named(list->hop, line->step->to);
            continue;
        }
        struct story_goal *goal = find_goal(list, line->step->to, (struct slice){NULL, 0});
        if (goal != NULL && !goal->final)
            goal->last = line;
        line->goal = goal;
    }
}

/* ---- from hop to hop ---- */

/* The same by what is less usual: Dovecot's part, another quoting, an alias of an alias. */
static const struct story_goal *origin_among(const struct story_goal *goal,
                                             const struct hop *before)
{
    const struct story_goal *only = NULL;
    size_t count = 0;
    for (const struct story_goal *g = before->goals; g != NULL; g = g->sibling) {
        if (g->mailbox == goal->hop)
            return g;
        if (g->next != goal->hop)
            continue;
        if (trace_address_eq(g->to, goal->to) ||
            (g->orig_to.len > 0 && trace_address_eq(g->orig_to, goal->orig_to)))
            return g;
        only = g;
        count++;
    }
    return count == 1 ? only : NULL;
}

/* The goal of an earlier hop that this one continues. */
static const struct story_goal *origin_of(const struct story_goal *goal)
{
    const struct hop *before = goal->hop->parent;
    if (before == NULL || before->goals == NULL)
        return NULL;
    const struct story_goal *origin = goal_going(before, goal->to, goal->hop);
    if (origin == NULL && goal->orig_to.len > 0)
        origin = goal_going(before, goal->orig_to, goal->hop);
    return origin ? origin : origin_among(goal, before);
}

/* A notification about what the hop before held; not one that goes on. */
static bool is_about(const struct hop *hop, const struct hop *before)
{
    return hop->seen.is_notification && !before->seen.is_notification;
}

/* What was sent into this hop and has no line in it yet. */
static void inherit(struct goal_list *list)
{
    const struct hop *before = list->hop->parent;
    if (list->hop->goals != NULL || before == NULL || is_about(list->hop, before))
        return;
    for (const struct story_goal *g = before->goals; g != NULL; g = g->sibling)
        if (g->next == list->hop)
            add_goal(list, g->to, g->orig_to);
}

/* Recipients that the queue manager counted and nobody has named. */
static void add_unnamed(struct goal_list *list)
{
    const struct hop *hop = list->hop;
    uint64_t missing = hop->expected > list->count ? hop->expected - list->count : 0;
    if (hop->requeued || hop->rejected)
        missing = 0;
    if (missing == 0 && list->count == 0)
        missing = 1;
    if (missing == 0)
        return;
    struct story_goal *goal = add_goal(list, (struct slice){NULL, 0}, (struct slice){NULL, 0});
    goal->seen.count = missing < UINT32_MAX ? (uint32_t)missing : UINT32_MAX;
}

/* Did a filter that told no id give this goal's message back as `child`? */
static bool came_back_as(const struct story_work *work, const struct story_goal *goal,
                         struct hop *child)
{
    if (child->parent != goal->hop || child->seen.is_mailbox || is_about(child, goal->hop))
        return false;
    if (goal->hop->requeued && !goal->final)
        return true;
    if (goal->last == NULL || !is_final(goal->last->step->kind) ||
        goal->last->step->kind == STORY_BOUNCED)
        return false;
    return !child->tried || story_hop_mentions(work, child, goal->to);
}

static void find_next(const struct story_part *part, struct hop *hop)
{
    for (struct story_goal *goal = hop->goals; goal != NULL; goal = goal->sibling) {
        for (size_t i = 0; i < part->count && goal->next == NULL; i++)
            if (came_back_as(part->work, goal, part->hops[i]))
                goal->next = part->hops[i];
        if (goal->next != NULL && goal->last != NULL &&
            (goal->last->step->kind == STORY_SENT || goal->last->step->kind == STORY_DELIVERED)) {
            goal->last->step->kind = STORY_HANDED_ON;
            goal->last->step->next = &goal->next->seen;
        }
    }
}

static void make_goals(const struct story_part *part, struct hop *hop)
{
    size_t slots = 16;
    while (slots < hop->line_count * 2)
        slots *= 2;
    hop->goal_slots = STORY_NEW_ARRAY(part->work, struct story_goal *, slots);
    hop->goal_mask = slots - 1;
    struct goal_list list = {.part = part, .hop = hop};
    take_deliveries(&list);
    take_others(&list);
    inherit(&list);
    add_unnamed(&list);
    for (struct story_goal *goal = hop->goals; goal != NULL; goal = goal->sibling)
        goal->origin = origin_of(goal);
    find_next(part, hop);
}

/* A hop comes after the one it comes from, whatever their clocks say. */
static void make_in_order(const struct story_part *part, struct hop *hop)
{
    while (hop->goals == NULL) {
        struct hop *first = hop;
        while (first->parent != NULL && first->parent->goals == NULL)
            first = first->parent;
        make_goals(part, first);
    }
}

/* ---- whose recipients are asked about ---- */

static bool is_asked(const struct trace_key *key, const struct story_goal *goal)
{
    return (goal->origin != NULL && goal->origin->wanted) || trace_key_is_address(key, goal->to) ||
           trace_key_is_address(key, goal->orig_to);
}

static void mark_wanted(const struct story_part *part, struct hop *hop, bool all)
{
    const struct trace_key *key = &part->work->settings->key;
    for (struct story_goal *goal = hop->goals; goal != NULL; goal = goal->sibling)
        goal->wanted = all || is_asked(key, goal);
}

static bool any_wanted(const struct story_part *part)
{
    for (size_t i = 0; i < part->count; i++)
        for (const struct story_goal *goal = part->hops[i]->goals; goal; goal = goal->sibling)
            if (goal->wanted && !part->hops[i]->seen.is_notification)
                return true;
    return false;
}

/* A key that is a recipient asks about that one; any other about all of them. */
static void choose_wanted(const struct story_part *part)
{
    unsigned match = 0;
    for (size_t i = 0; i < part->count; i++)
        if (!part->hops[i]->seen.is_notification)
            match |= part->hops[i]->match;
    bool all = (match & ~(unsigned)TRACE_MATCH_RECIPIENT) != 0;
    for (size_t i = 0; i < part->count; i++)
        mark_wanted(part, part->hops[i], all);
    for (size_t i = 0; i < part->count && !all && !any_wanted(part); i++)
        mark_wanted(part, part->hops[i], true);
}

/* ---- final words ---- */

static const struct story_step *stored_step(const struct hop *mailbox)
{
    const struct story_step *last = NULL;
    for (size_t i = 0; mailbox != NULL && i < mailbox->line_count; i++) {
        const struct story_step *step = mailbox->lines[i].step;
        if (step != NULL && (last == NULL || step->kind != STORY_SORTED))
            last = step;
    }
    return last;
}

/* The last order over the whole message of the hop. */
static const struct story_step *ended_step(const struct hop *hop)
{
    for (size_t i = hop->line_count; i-- > 0;) {
        const struct story_step *step = hop->lines[i].step;
        bool ends = step != NULL && (step->kind == STORY_EXPIRED || step->kind == STORY_DELETED ||
                                     step->kind == STORY_DISCARDED || step->kind == STORY_HELD ||
                                     (step->kind == STORY_REJECTED && hop->rejected));
        if (ends && hop->lines[i].record.kind != LOG_KIND_DELIVERY)
            return step;
    }
    return NULL;
}

static void say_final(const struct story_work *work, struct story_goal *goal)
{
    struct story_recipient *seen = &goal->seen;
    const struct story_goal *first = goal;
    while (first->origin != NULL)
        first = first->origin;
    seen->address = first->orig_to.len > 0 ? first->orig_to : first->to;
    seen->final = goal->to.len > 0 ? goal->to : seen->address;
    seen->hop = &goal->hop->seen;
    seen->last = goal->last ? goal->last->step : NULL;
    seen->stored = stored_step(goal->hop->seen.is_mailbox ? goal->hop : goal->mailbox);
    seen->ended = goal->final ? NULL : ended_step(goal->hop);
    seen->outcome = story_outcome_of(work, goal);
}

void story_goals_make(const struct story_part *part)
{
    for (size_t i = 0; i < part->count; i++)
        make_in_order(part, part->hops[i]);
    choose_wanted(part);
    for (size_t i = 0; i < part->count; i++)
        for (struct story_goal *goal = part->hops[i]->goals; goal != NULL; goal = goal->sibling)
            say_final(part->work, goal);
}
