/* SPDX-License-Identifier: Apache-2.0
 *
 * See word_choice.h. All verbs complain of a wrong word alike.
 */
#include "app/word_choice.h"

#include "base/spelling.h"

bool word_find(const char *const *words, size_t count, struct slice word, size_t *place)
{
    for (size_t i = 0; i < count; i++) {
        if (slice_eq(word, slice_from_str(words[i]))) {
            *place = i;
            return true;
        }
    }
    return false;
}

void word_suggest(const char *const *words, size_t count, struct slice word, struct buf *to)
{
    struct spelling search = {.word = word};
    for (size_t i = 0; i < count; i++)
        spelling_offer(&search, slice_from_str(words[i]));
    spelling_suggest(&search, to);
}

void word_list(const char *const *words, size_t count, const char *last, struct buf *to)
{
    for (size_t i = 0; i < count; i++)
        buf_addf(to, "%s%s", i == 0 ? "" : i + 1 < count ? ", " : last, words[i]);
}

bool word_choose(const char *name, const char *const *words, size_t count, struct slice word,
                 size_t *place, struct err *err)
{
    CLEANUP_BUF struct buf all = {0}, near = {0};
    if (word_find(words, count, word, place))
        return true;
    word_list(words, count, " or ", &all);
    word_suggest(words, count, word, &near);
    return err_set(err, ERR_USAGE, "%s is %s, not \"%.*s\"%s", name, buf_str(&all),
                   SLICE_ARG(slice_first(word, 60)), buf_str(&near));
}
