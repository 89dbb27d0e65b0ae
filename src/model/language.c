/* SPDX-License-Identifier: Apache-2.0
 *
 * Names of languages (BCP 47).
 */
#include "model/language.h"

static const char *const words[] = {
#define X(name, word) [LANGUAGE_##name] = word,
    LANGUAGES(X)
#undef X
};

const char *language_word(enum language language)
{
    return words[language];
}

bool language_from_word(struct slice word, enum language *out)
{
    for (size_t i = 0; i < LANGUAGE_COUNT; i++) {
        if (slice_eq(word, slice_from_str(words[i]))) {
            *out = (enum language)i;
            return true;
        }
    }
    return false;
}
