/* SPDX-License-Identifier: Apache-2.0
 *
 * See shell_word.h.
 */
#include "base/shell_word.h"

#include <string.h>

static bool is_plain(struct slice word)
{
    for (size_t i = 0; i < word.len; i++)
        if (!ascii_is_alpha(word.ptr[i]) && !ascii_is_digit(word.ptr[i]) &&
            memchr("@._+-", word.ptr[i], 5) == NULL)
            return false;
    return word.len > 0;
}

void shell_word_add(struct slice word, struct buf *to)
{
    if (is_plain(word)) {
        buf_add(to, word);
        return;
    }
    buf_add_char(to, '\'');
    for (size_t i = 0; i < word.len; i++) {
        if (word.ptr[i] == '\'')
            buf_add_str(to, "'\\'");
        buf_add_char(to, word.ptr[i]);
    }
    buf_add_char(to, '\'');
}
