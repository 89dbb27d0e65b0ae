/* SPDX-License-Identifier: Apache-2.0
 *
 * Words of machines for overrides, and when two of them route alike.
 */
#include "model/override.h"

static const char *const kind_words[] = {
#define X(name, word) [OVERRIDE_##name] = word,
    OVERRIDE_KINDS(X)
#undef X
};

static const char *const state_words[] = {
#define X(name, word) [OVERRIDE_##name] = word,
    OVERRIDE_STATES(X)
#undef X
};

const char *override_kind_word(enum override_kind kind)
{
    return kind_words[kind];
}

bool override_kind_from_word(struct slice word, enum override_kind *out)
{
    for (size_t i = 0; i < OVERRIDE_KIND_COUNT; i++) {
        if (slice_eq(word, slice_from_str(kind_words[i]))) {
            *out = (enum override_kind)i;
            return true;
        }
    }
    return false;
}

const char *override_state_word(enum override_state state)
{
    return state_words[state];
}

bool override_state_from_word(struct slice word, enum override_state *out)
{
    for (size_t i = 0; i < OVERRIDE_STATE_COUNT; i++) {
        if (slice_eq(word, slice_from_str(state_words[i]))) {
            *out = (enum override_state)i;
            return true;
        }
    }
    return false;
}

bool override_same_route(const struct override *a, const struct override *b)
{
    return a->kind == b->kind && a->state == b->state && a->share_percent == b->share_percent &&
           a->per_hour == b->per_hour && slice_eq(a->relay, b->relay) &&
           slice_eq(a->provider, b->provider) && slice_eq(a->source, b->source) &&
           slice_eq(a->target, b->target) && slice_eq(a->recipient, b->recipient);
}
