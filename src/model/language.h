/* SPDX-License-Identifier: Apache-2.0
 *
 * The languages that todoku speaks to people in. Words and sentences are rows of tables with one
 * column a language.
 */
#ifndef TD_MODEL_LANGUAGE_H
#define TD_MODEL_LANGUAGE_H

#include <stdbool.h>

#include "base/slice.h"

#define LANGUAGES(X) \
    X(EN, "en") \
    X(JA, "ja")

enum language {
#define X(name, word) LANGUAGE_##name,
    LANGUAGES(X)
#undef X
};

#define X(name, word) +1
enum { LANGUAGE_COUNT = LANGUAGES(X) };
#undef X

const char *language_word(enum language language);
bool language_from_word(struct slice word, enum language *out);

#endif
