/* SPDX-License-Identifier: Apache-2.0
 *
 * Words of the delivery statuses.
 */
#include "model/summary.h"

static const char *const status_words[] = {
#define X(name, word) [DELIVERY_##name] = word,
    DELIVERY_STATUSES(X)
#undef X
};

const char *delivery_status_word(enum delivery_status status)
{
    return status_words[status];
}

enum delivery_status delivery_status_from_word(struct slice word)
{
    static const struct slice words[] = {
#define X(name, word) [DELIVERY_##name] = {word, sizeof(word) - 1},
        DELIVERY_STATUSES(X)
#undef X
    };
    if (slice_eq(word, SLICE("sent"))) /* nearly all; without a call */
        return DELIVERY_SENT;
    if (slice_eq(word, SLICE("SOFTBOUNCE")))
        return DELIVERY_SOFTBOUNCE;
    for (size_t i = 0; i < DELIVERY_OTHER; i++)
        if (i != DELIVERY_SOFTBOUNCE && slice_eq(word, words[i]))
            return (enum delivery_status)i;
    return DELIVERY_OTHER;
}
