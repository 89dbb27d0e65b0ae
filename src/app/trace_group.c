/* SPDX-License-Identifier: Apache-2.0
 *
 * Grouping. See trace_group.h.
 */
#include "app/trace_group.h"

#include <stdlib.h>

#include "app/report_words.h"
#include "app/trace_words.h"
#include "base/civil.h"
#include "base/memory.h"

#define TOGETHER_US (60 * US_PER_SECOND)

void trace_names_add(struct trace_names *names, struct slice name)
{
    if (name.len == 0)
        return;
    for (size_t i = 0; i < names->count; i++)
        if (slice_eq(names->at[i], name))
            return;
    if (names->count < TRACE_NAMES_MAX)
        names->at[names->count++] = name;
    else
        names->more++;
}

void trace_names_say(const struct trace_names *names, size_t shown, struct buf *to)
{
    uint64_t all = names->count + names->more;
    if (all == shown + 1 && names->more == 0)
        shown++; /* "and 1 other" is as long as the name */
    for (size_t i = 0; i < names->count && i < shown; i++)
        buf_addf(to, "%s%.*s", i > 0 ? ", " : "", SLICE_ARG(names->at[i]));
    if (all > shown) {
        buf_add_str(to, " and ");
        report_number(all - shown, to);
        buf_add_str(to, " others");
    }
}

/* ---- steps ---- */

static bool is_dull(enum story_step_kind kind)
{
    return kind == STORY_REENTERED || kind == STORY_QUEUED || kind == STORY_REMOVED;
}

/* Which steps may be put together, and whether across time. */
static bool folds(enum story_step_kind kind, bool *ever)
{
    *ever = kind == STORY_DEFERRED || kind == STORY_SERVER_FAILED;
    return *ever || kind == STORY_SENT || kind == STORY_DELIVERED || kind == STORY_BOUNCED ||
           kind == STORY_HANDED_ON || kind == STORY_REJECTED || kind == STORY_CHECKED ||
           kind == STORY_DISCARDED || kind == STORY_HELD;
}

static bool same_server(const struct story_step *a, const struct story_step *b)
{
    if (a->provider != b->provider || a->own != b->own)
        return false;
    return a->provider != NULL || (slice_ieq(a->relay_host, b->relay_host) &&
                                   (a->relay_host.len > 0 || slice_eq(a->relay_ip, b->relay_ip)));
}

static bool same_tale(const struct story_step *a, const struct story_step *b)
{
    return a->kind == b->kind && a->class == b->class && a->repeats == b->repeats &&
           a->next == b->next && slice_eq(a->code, b->code) && slice_eq(a->dsn, b->dsn) &&
           same_server(a, b);
}

static struct trace_group *group_of(struct trace_groups *groups, const struct story_step *step)
{
    bool ever;
    if (!folds(step->kind, &ever))
        return NULL;
    for (size_t i = groups->count; i-- > 0;) {
        struct trace_group *group = &groups->at[i];
        if (!ever && step->time_us - group->last->time_us > TOGETHER_US)
            continue;
        if (same_tale(group->first, step))
            return group;
    }
    return NULL;
}

static void add_step(struct trace_groups *groups, const struct story_step *step)
{
    struct trace_group *group = group_of(groups, step);
    if (group == NULL && groups->count == TRACE_GROUPS_MAX) {
        groups->left_out++;
        return;
    }
    if (group == NULL) {
        group = &groups->at[groups->count++];
        group->first = step;
    }
    group->last = step;
    group->tries++;
    trace_names_add(&group->names, step->to);
}

void trace_groups_make(const struct story_message *message, struct trace_groups *out)
{
    *out = (struct trace_groups){.at = MEM_NEW_ARRAY(struct trace_group, TRACE_GROUPS_MAX)};
    for (size_t i = 0; i < message->step_count; i++)
        if (!is_dull(message->steps[i]->kind))
            add_step(out, message->steps[i]);
    for (size_t i = 0; i < message->step_count && out->count == 0; i++)
        add_step(out, message->steps[i]);
}

void trace_groups_done(struct trace_groups *groups)
{
    mem_free(groups->at);
}

/* ---- recipients ---- */

static bool same_end(const struct story_recipient *a, const struct story_recipient *b)
{
    if (a->outcome != b->outcome || (a->last == NULL) != (b->last == NULL) ||
        a->stored != b->stored)
        return false;
    return a->last == NULL ? a->hop == b->hop
                           : same_tale(a->last, b->last) && a->attempts == b->attempts;
}

static void add_recipient(struct trace_blocks *blocks, const struct story_recipient *recipient)
{
    struct trace_block *block = NULL;
    for (size_t i = 0; i < blocks->count && block == NULL; i++)
        if (same_end(blocks->at[i].first, recipient))
            block = &blocks->at[i];
    if (block == NULL && blocks->count == TRACE_GROUPS_MAX) {
        blocks->left_out += recipient->count;
        return;
    }
    if (block == NULL) {
        block = &blocks->at[blocks->count++];
        block->first = recipient;
    }
    block->count += recipient->count;
    trace_names_add(&block->names, recipient->address);
}

static int by_urgency(const void *a, const void *b)
{
    static const int ranks[] = {[TRACE_BAD] = 0, [TRACE_OPEN] = 1, [TRACE_GOOD] = 2};
    const struct trace_block *x = a, *y = b;
    int order = ranks[trace_tone_of(x->first->outcome)] - ranks[trace_tone_of(y->first->outcome)];
    if (order != 0)
        return order;
    int64_t first = x->first->first_try_us, second = y->first->first_try_us;
    return (first > second) - (first < second);
}

void trace_blocks_make(const struct story_message *message, struct trace_blocks *out)
{
    *out = (struct trace_blocks){.at = MEM_NEW_ARRAY(struct trace_block, TRACE_GROUPS_MAX)};
    for (size_t i = 0; i < message->recipient_count; i++)
        add_recipient(out, message->recipients[i]);
    qsort(out->at, out->count, sizeof(out->at[0]), by_urgency);
}

void trace_blocks_done(struct trace_blocks *blocks)
{
    mem_free(blocks->at);
}
