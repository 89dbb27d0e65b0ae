/* SPDX-License-Identifier: Apache-2.0
 *
 * Steps and recipients that tell the same, put together for reading: forty tries with one and the
 * same answer are one line, ten recipients whom one server took are one.
 */
#ifndef TD_APP_TRACE_GROUP_H
#define TD_APP_TRACE_GROUP_H

#include "watch/story.h"

#define TRACE_NAMES_MAX 64
#define TRACE_GROUPS_MAX 200

struct trace_names {
    struct slice at[TRACE_NAMES_MAX]; /* each once, as logged */
    size_t count;
    uint64_t more; /* further ones; with TRACE_NAMES_MAX reached some may be counted twice */
};

struct trace_group {
    const struct story_step *first, *last;
    uint32_t tries;
    struct trace_names names;
};

struct trace_groups {
    struct trace_group *at; /* owned; in order of their first steps */
    size_t count;
    uint64_t left_out; /* steps that did not fit */
};

/* Steps that tell a reader nothing (back from the filter, queued, removed) are left out, unless
 * there is nothing else. */
void trace_groups_make(const struct story_message *message, struct trace_groups *out);
void trace_groups_done(struct trace_groups *groups);

struct trace_block {
    const struct story_recipient *first; /* stands for all */
    struct trace_names names;            /* the addresses */
    uint64_t count;
};

struct trace_blocks {
    struct trace_block *at; /* owned; not delivered, then waiting, then delivered */
    size_t count;
    uint64_t left_out; /* recipients */
};

void trace_blocks_make(const struct story_message *message, struct trace_blocks *out);
void trace_blocks_done(struct trace_blocks *blocks);

/* Unless it is there already, or empty. */
void trace_names_add(struct trace_names *names, struct slice name);

/* "a, b, c and 12 others"; at most `shown` names. Unescaped. */
void trace_names_say(const struct trace_names *names, size_t shown, struct buf *to);

#endif
