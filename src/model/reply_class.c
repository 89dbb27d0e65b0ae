/* SPDX-License-Identifier: Apache-2.0
 *
 * Words of the reply classes, scopes and permanence.
 */
#include "model/reply_class.h"

struct class_words {
    const char *word, *meaning;
};

static const struct class_words class_table[] = {
#define X(name, word, meaning) [REPLY_CLASS_##name] = {word, meaning},
    REPLY_CLASSES(X)
#undef X
};

static const char *const scope_words[] = {
#define X(name, word) [REPLY_SCOPE_##name] = word,
    REPLY_SCOPES(X)
#undef X
};

const char *reply_class_word(enum reply_class class)
{
    return class_table[class].word;
}

const char *reply_class_meaning(enum reply_class class)
{
    return class_table[class].meaning;
}

bool reply_class_from_word(struct slice word, enum reply_class *out)
{
    for (size_t i = 0; i < sizeof(class_table) / sizeof(class_table[0]); i++) {
        if (slice_eq(word, slice_from_str(class_table[i].word))) {
            *out = (enum reply_class)i;
            return true;
        }
    }
    return false;
}

const char *reply_scope_word(enum reply_scope scope)
{
    return scope_words[scope];
}

bool reply_scope_from_word(struct slice word, enum reply_scope *out)
{
    for (size_t i = 1; i < sizeof(scope_words) / sizeof(scope_words[0]); i++) {
        if (slice_eq(word, slice_from_str(scope_words[i]))) {
            *out = (enum reply_scope)i;
            return true;
        }
    }
    return false;
}

const char *reply_permanence_word(enum reply_permanence permanence)
{
    static const char *const words[] = {"", "temporary", "permanent"};
    return words[permanence];
}
