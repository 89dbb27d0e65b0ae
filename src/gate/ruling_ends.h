/* SPDX-License-Identifier: Apache-2.0
 *
 * Rulings that are over: what was cleared, or has ended, and by whom, so that an older ruling of a
 * relay that heard nothing of it does not bring it back. One for each thing that is ruled about,
 * forgotten RULING_REMEMBERED_US after it was over.
 *
 * One sorted array, by hash. Bounded; where there is no room the one that is over for longest is
 * forgotten. Some 120 bytes each and its texts. One thread at a time; pure.
 */
#ifndef TD_GATE_RULING_ENDS_H
#define TD_GATE_RULING_ENDS_H

#include <stddef.h>

#include "gate/ruling.h"

enum { RULING_ENDS_MAX = 100000 };

struct ruling_ends;

/* max: at least 1. */
struct ruling_ends *ruling_ends_new(size_t max);
void ruling_ends_free(struct ruling_ends *ends); /* NULL is fine */

/* A copy of it, in place of the one about the same. True: another one was forgotten for it, early.
 */
bool ruling_ends_put(struct ruling_ends *ends, const struct ruling *ruling);

/* The one about the same; NULL: there is none. Valid until the next change. */
const struct ruling *ruling_ends_find(const struct ruling_ends *ends, const struct ruling *about);

/* Forgets the one about the same, if there is one. */
void ruling_ends_drop(struct ruling_ends *ends, const struct ruling *about);

typedef void (*ruling_see)(void *context, const struct ruling *ruling);

/* Forgets those whose time is over; each is told before. */
void ruling_ends_expire(struct ruling_ends *ends, int64_t now_us, ruling_see see, void *context);

size_t ruling_ends_count(const struct ruling_ends *ends);

/* Every one, in no order. They must not be changed meanwhile. */
void ruling_ends_each(const struct ruling_ends *ends, ruling_see see, void *context);

#endif
