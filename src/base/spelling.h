/* SPDX-License-Identifier: Apache-2.0
 *
 * What somebody may have meant: the nearest of some words.
 */
#ifndef TD_BASE_SPELLING_H
#define TD_BASE_SPELLING_H

#include "base/slice.h"

#define SPELLING_MAX 32 /* longer words have no neighbours */

/* Letters to change, add, drop or swap with their neighbour to make b of a (optimal string
 * alignment), ignoring ASCII case, `-` and `_` being one; SPELLING_MAX when one is longer than
 * that. */
size_t spelling_distance(struct slice a, struct slice b);

/* Whether `word` is so near that it may well be a slip for `known`: a third of the letters of the
 * longer one at most, or one begins with the other and has at least 3 letters. */
bool spelling_is_near(struct slice word, struct slice known);

#endif
