/* SPDX-License-Identifier: Apache-2.0
 *
 * From hops to messages. See story_private.h. An id in a line is a hint that another server may
 * have given, and short ids are used again: an edge holds when the hop at its other end begins at
 * the right time and does not carry another Message-ID.
 *
 * A filter that tells no id (a pipe, `250 OK`) is bridged by the Message-ID: the message left this
 * queue, and a message with the same Message-ID and recipient came into being about then.
 */
#include "watch/story_private.h"

#include <stdlib.h>

#include "base/civil.h"
#include "mail/queue_id.h"

#define SKEW_US (120 * US_PER_SECOND)     /* clocks of two relays, late lines */
#define SESSION_US (3600 * US_PER_SECOND) /* from client= to `queued as` */
#define QUEUE_LIFE_US (7 * SECONDS_PER_DAY * US_PER_SECOND)
#define SAME_MESSAGE_ID_MAX 200 /* hops; more are a mailing, each with a copy of its own */

struct hop *story_group(struct hop *hop)
{
    while (hop->group != hop) {
        hop->group = hop->group->group;
        hop = hop->group;
    }
    return hop;
}

static void join(struct hop *a, struct hop *b)
{
    a = story_group(a);
    b = story_group(b);
    if (a < b)
        b->group = a;
    else
        a->group = b;
}

/* ---- which hop an id names ---- */

static bool may_be_same_message(const struct hop *a, const struct hop *b)
{
    return a->message_id.len <= 2 || b->message_id.len <= 2 ||
           slice_ieq(a->message_id, b->message_id);
}

/* How far from the expected time the hop begins; -1: it is not the one. */
static int64_t distance(const struct story_line *line, const struct trace_edge *edge,
                        const struct hop *other)
{
    int64_t begins = other->seen.first_us, from = line->time_us - SESSION_US,
            to = line->time_us + SKEW_US;
    bool same = may_be_same_message(line->hop, other);
    switch (edge->kind) {
    case TRACE_EDGE_NEXT:
        if (other->seen.is_mailbox || !same)
            return -1;
        break;
    case TRACE_EDGE_MAILBOX:
        if (!other->seen.is_mailbox)
            return -1;
        break;
    case TRACE_EDGE_NOTICE:
        if (other->born || !slice_eq(other->seen.host, line->hop->seen.host))
            return -1;
        to = line->time_us + SESSION_US;
        break;
    case TRACE_EDGE_ORIGIN:
        if (!same)
            return -1;
        from = line->time_us - QUEUE_LIFE_US;
        break;
    }
    if (!queue_id_is_long(edge->id) && (begins < from || begins > to))
        return -1;
    return llabs(begins - line->time_us);
}

/* First hop whose id is not below `id`. */
static size_t first_of_id(const struct story_work *work, struct slice id)
{
    size_t low = 0, high = work->hop_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (slice_cmp(work->hops[middle].seen.queue_id, id) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct hop *end_of(const struct story_work *work, const struct story_line *line,
                          const struct trace_edge *edge)
{
    struct hop *best = NULL;
    int64_t least = INT64_MAX;
    for (size_t i = first_of_id(work, edge->id); i < work->hop_count; i++) {
        struct hop *hop = &work->hops[i];
        if (!slice_eq(hop->seen.queue_id, edge->id))
            break;
        int64_t away = hop == line->hop ? -1 : distance(line, edge, hop);
        if (away < 0 || away >= least)
            continue;
        best = hop;
        least = away;
    }
    return best;
}

/* ---- edges of lines ---- */

/* A hop has one parent, and no hop is its own ancestor. */
static void set_parent(struct hop *child, struct hop *parent)
{
    for (const struct hop *hop = parent; hop != NULL; hop = hop->parent)
        if (hop == child)
            return;
    if (child->parent == NULL)
        child->parent = parent;
}

static void link_edge(const struct story_work *work, struct story_line *line,
                      const struct trace_edge *edge)
{
    struct hop *other = end_of(work, line, edge);
    if (other == NULL)
        return;
    join(line->hop, other);
    if (edge->kind == TRACE_EDGE_ORIGIN) {
        set_parent(line->hop, other);
        return;
    }
    line->leads_to = other;
    line->edge = edge->kind;
    other->seen.is_notification |= edge->kind == TRACE_EDGE_NOTICE;
    set_parent(other, line->hop);
}

static void link_lines(const struct story_work *work)
{
    for (size_t i = 0; i < work->line_count; i++) {
        struct trace_edge edges[TRACE_EDGES_MAX];
        size_t count = trace_edges(&work->lines[i].record, edges);
        for (size_t e = 0; e < count; e++)
            link_edge(work, &work->lines[i], &edges[e]);
    }
}

/* ---- edges of Message-IDs ---- */

static bool is_sent(const struct story_line *line)
{
    return line->record.kind == LOG_KIND_DELIVERY &&
           slice_eq(log_record_get(&line->record, LOG_FIELD_STATUS), SLICE("sent"));
}

/* The line with which the message left `from` for `to`, or NULL. */
static const struct story_line *left_for(const struct story_work *work, const struct hop *from,
                                         struct hop *to)
{
    for (size_t i = 0; i < from->line_count; i++) {
        const struct story_line *line = &from->lines[i];
        if (is_sent(line) && line->leads_to == NULL &&
            to->seen.first_us <= line->time_us + SKEW_US &&
            (!to->tried ||
             story_hop_mentions(work, to, log_record_get(&line->record, LOG_FIELD_TO))))
            return line;
    }
    return NULL;
}

static bool begins_within(const struct hop *hop, const struct hop *from)
{
    return from->seen.first_us <= hop->seen.first_us + SKEW_US &&
           from->seen.last_us + SKEW_US >= hop->seen.first_us &&
           (from->seen.first_us < hop->seen.first_us ||
            (from->seen.first_us == hop->seen.first_us && from->lines->order < hop->lines->order));
}

/* A login's own submission comes from nowhere else. */
static bool may_come_back(const struct hop *hop)
{
    return hop->parent == NULL && hop->message_id.len > 2 && hop->login.len == 0 &&
           !hop->seen.is_mailbox;
}

static int by_message_id(const void *a, const void *b)
{
    const struct hop *const *x = a, *const *y = b;
    int order = slice_cmp((*x)->message_id, (*y)->message_id);
    return order != 0 ? order : (*x > *y) - (*x < *y);
}

/* Looks for the hop's origin among `count` hops with the same Message-ID; the newest one. */
static void link_by_message_id(const struct story_work *work, struct hop *hop,
                               struct hop *const *same, size_t count)
{
    struct hop *best = NULL;
    for (size_t i = 0; i < count; i++) {
        if (same[i] == hop || !begins_within(hop, same[i]) || left_for(work, same[i], hop) == NULL)
            continue;
        if (best == NULL || same[i]->seen.first_us > best->seen.first_us)
            best = same[i];
    }
    if (best == NULL)
        return;
    join(hop, best);
    set_parent(hop, best);
}

static void link_message_ids(const struct story_work *work)
{
    struct hop **hops = STORY_NEW_ARRAY(work, struct hop *, work->hop_count);
    for (size_t i = 0; i < work->hop_count; i++)
        hops[i] = &work->hops[i];
    qsort(hops, work->hop_count, sizeof(struct hop *), by_message_id);
    for (size_t i = 0, end; i < work->hop_count; i = end) {
        for (end = i + 1; end < work->hop_count; end++)
            if (!slice_eq(hops[end]->message_id, hops[i]->message_id))
                break;
        for (size_t h = i; h < end && end - i > 1 && end - i <= SAME_MESSAGE_ID_MAX; h++)
            if (may_come_back(hops[h]))
                link_by_message_id(work, hops[h], hops + i, end - i);
    }
}

/* What a notification goes through is a notification, too. */
static void spread_notifications(const struct story_work *work)
{
    for (size_t i = 0; i < work->hop_count; i++) {
        struct hop *hop = &work->hops[i];
        for (const struct hop *up = hop->parent; up != NULL; up = up->parent)
            hop->seen.is_notification |= up->seen.is_notification;
    }
}

void story_hops_link(struct story_work *work)
{
    link_lines(work);
    link_message_ids(work);
    spread_notifications(work);
}
