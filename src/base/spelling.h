/* SPDX-License-Identifier: Apache-2.0
 *
 * What somebody may have meant: the nearest of some words.
 */
#ifndef TD_BASE_SPELLING_H
#define TD_BASE_SPELLING_H

#include "base/buf.h"

#define SPELLING_MAX 64 /* longer words have no neighbours */

/* Letters to change, add, drop or swap with their neighbour to make b of a (optimal string
 * alignment), ignoring ASCII case, `-` and `_` being one; SPELLING_MAX when one is longer than
 * that. */
size_t spelling_distance(struct slice a, struct slice b);

/* Whether `word` is so near that it may well be a slip for `known`: a third of the letters of the
 * longer one at most, or one begins with the other and has at least 3 letters. */
bool spelling_is_near(struct slice word, struct slice known);

/* A search for what was meant: begun as {.word = ...}, offered each word that there is. */
struct spelling {
    struct slice word, near; /* near: the nearest so far; empty: none is */
    size_t distance;
};

/* `known` is borrowed; of equally near words the first one stays, but the word itself wins. */
void spelling_offer(struct spelling *search, struct slice known);

/* Appends ", did you mean KNOWN?", or nothing. */
void spelling_suggest(const struct spelling *search, struct buf *to);

#endif
