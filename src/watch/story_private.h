/* SPDX-License-Identifier: Apache-2.0
 *
 * The making of a story, in this order: lines to hops (story_hop.c), hops to messages
 * (story_link.c), lines to steps (story_step.c), steps to final words (story_recipient.c).
 */
#ifndef TD_WATCH_STORY_PRIVATE_H
#define TD_WATCH_STORY_PRIVATE_H

#include "base/memory.h"
#include "watch/story.h"
#include "watch/trace_edge.h"

struct hop;
struct story_goal; /* a recipient of one hop */

struct story_line {
    int64_t time_us;
    struct slice id;
    struct log_record record;
    size_t order; /* of reading */
    struct hop *hop;
    struct hop *leads_to;          /* NULL: no edge, or its end is not in these logs */
    enum trace_edge_kind edge;     /* with leads_to */
    struct story_step *step;       /* NULL: tells nothing */
    const struct story_goal *goal; /* whom it is about; NULL: the whole message */
};

struct hop {
    struct story_hop seen;
    struct story_line *lines;
    size_t line_count;
    struct slice message_id, from, login, client_name, client_ip;
    uint64_t size, expected; /* nrcpt */
    unsigned match;          /* enum trace_match, of its lines */
    bool has_from, born, queued, removed;
    bool deleted, requeued, expired, held, discarded, rejected;
    bool tried;         /* has a delivery record */
    struct hop *parent; /* where it comes from, or what it notifies about */
    struct hop *group;  /* union-find: towards the one that stands for the message */
    struct story_goal *goals;
    struct story_goal **goal_slots; /* by address without case; goal_mask + 1 of them */
    size_t goal_mask;
    struct slice *mentions; /* see story_mention.c; NULL: not asked for yet */
    size_t mention_mask;
};

struct story_goal {
    struct story_recipient seen;
    struct slice to, orig_to;
    struct hop *hop, *next;          /* next: where it went on, or NULL */
    struct hop *mailbox;             /* Dovecot's part, or NULL */
    const struct story_goal *origin; /* the same recipient one hop before */
    const struct story_line *last;
    bool final, wanted;
    struct story_goal *sibling;
};

struct story_work {
    const struct story_sources *sources;
    const struct trace_settings *settings;
    struct story *story;
    struct story_line *lines; /* by hop and time */
    size_t line_count;
    struct hop *hops; /* by id, host and time */
    size_t hop_count;
};

/* The hops of one message, by first line. */
struct story_part {
    struct story_work *work;
    struct hop **hops;
    size_t count;
};

/* Parses the lines found and cuts them into hops. A short queue id is used again: a line that a
 * message cannot have any more begins the next one (as in correlator.c). */
void story_hops_cut(struct story_work *work);

/* Joins hops: sets leads_to, parent and group. */
void story_hops_link(struct story_work *work);

/* Whether a delivery record of the hop has the address, as recipient or as original one; any case.
 */
bool story_hop_mentions(const struct story_work *work, struct hop *hop, struct slice address);

/* The hop that stands for the message that `hop` belongs to. */
struct hop *story_group(struct hop *hop);

/* Steps of the lines of a hop. */
void story_steps_make(const struct story_work *work, struct hop *hop);

/* Goals of all hops of a message, and the final words on them. */
void story_goals_make(const struct story_part *part);

/* STORY_OUTCOME_*, for a goal that does not go on. */
enum story_outcome story_outcome_of(const struct story_work *work, const struct story_goal *goal);

/* A new, zeroed object that lives as long as the story. */
#define STORY_NEW(work, type) ((type *)arena_alloc((work)->story->arena, sizeof(type)))
#define STORY_NEW_ARRAY(work, type, count) \
    ((type *)arena_alloc((work)->story->arena, ((count) + 1) * sizeof(type)))

#endif
