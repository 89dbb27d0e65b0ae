/* SPDX-License-Identifier: Apache-2.0
 *
 * See spelling.h. Three rows of the usual table (Damerau 1964, restricted form).
 */
#include "base/spelling.h"

static char fold(char c)
{
    return c == '-' ? '_' : ascii_lower(c);
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

size_t spelling_distance(struct slice a, struct slice b)
{
    size_t rows[3][SPELLING_MAX + 1];
    if (a.len > SPELLING_MAX || b.len > SPELLING_MAX)
        return SPELLING_MAX;
    for (size_t j = 0; j <= b.len; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= a.len; i++) {
        size_t *row = rows[i % 3];
        const size_t *above = rows[(i + 2) % 3], *second = rows[(i + 1) % 3];
        char letter = fold(a.ptr[i - 1]);
        row[0] = i;
        for (size_t j = 1; j <= b.len; j++) {
            bool equal = letter == fold(b.ptr[j - 1]);
            row[j] = least(above[j - 1] + !equal, least(above[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && letter == fold(b.ptr[j - 2]) &&
                fold(a.ptr[i - 2]) == fold(b.ptr[j - 1]))
                row[j] = least(row[j], second[j - 2] + 1);
        }
    }
    return rows[a.len % 3][b.len];
}

/* One begins with the other: an abbreviation, or an ending too much. */
static bool is_begun(struct slice word, struct slice known)
{
    return least(word.len, known.len) >= 3 &&
           (slice_istarts_with(word, known) || slice_istarts_with(known, word));
}

bool spelling_is_near(struct slice word, struct slice known)
{
    size_t shorter = least(word.len, known.len), longer = word.len + known.len - shorter;
    return is_begun(word, known) ||
           (longer - shorter <= longer / 3 && spelling_distance(word, known) <= longer / 3);
}

void spelling_offer(struct spelling *search, struct slice known)
{
    bool same = slice_eq(search->word, known);
    if (!same && !spelling_is_near(search->word, known))
        return;
    size_t distance = same ? 0 : spelling_distance(search->word, known);
    bool nearer = search->near.len == 0 || distance < search->distance;
    if (!same && (!nearer || distance == SPELLING_MAX))
        return;
    search->near = known;
    search->distance = distance;
}

void spelling_suggest(const struct spelling *search, struct buf *to)
{
    if (search->near.len > 0)
        buf_addf(to, ", did you mean %.*s?", SLICE_ARG(search->near));
}
