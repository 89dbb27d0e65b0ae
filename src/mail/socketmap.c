/* SPDX-License-Identifier: Apache-2.0
 *
 * See socketmap.h. A netstring has no leading zeros, blanks or signs in its length (netstrings,
 * D. J. Bernstein, 1997), and Postfix writes none.
 */
#include "mail/socketmap.h"

enum { DIGITS_MAX = 5 };

/* The length, its colon taken off. MORE: it may go on. */
static enum socketmap_frame take_length(struct slice *rest, size_t *length)
{
    size_t digits = 0, value = 0;
    while (digits < rest->len && digits < DIGITS_MAX && ascii_is_digit(rest->ptr[digits]))
        value = value * 10 + (size_t)(rest->ptr[digits++] - '0');
    if ((digits > 1 && rest->ptr[0] == '0') || value > SOCKETMAP_QUESTION_MAX)
        return SOCKETMAP_BAD;
    if (digits == rest->len)
        return SOCKETMAP_MORE;
    if (digits == 0 || rest->ptr[digits] != ':')
        return SOCKETMAP_BAD;
    *rest = slice_skip(*rest, digits + 1);
    *length = value;
    return SOCKETMAP_QUESTION;
}

enum socketmap_frame socketmap_take(struct slice *input, struct socketmap_question *out)
{
    struct slice rest = *input;
    size_t length = 0;
    enum socketmap_frame frame = take_length(&rest, &length);
    if (frame != SOCKETMAP_QUESTION)
        return frame;
    if (rest.len <= length)
        return SOCKETMAP_MORE;
    if (rest.ptr[length] != ',')
        return SOCKETMAP_BAD;
    struct slice key = slice_first(rest, length);
    out->table = slice_cut(&key, ' ');
    out->key = key;
    *input = slice_skip(rest, length + 1);
    return SOCKETMAP_QUESTION;
}

void socketmap_answer(struct slice value, struct buf *to)
{
    struct slice word = SLICE("OK ");
    if (value.len == 0 || word.len + value.len > SOCKETMAP_ANSWER_MAX) {
        word = SLICE("NOTFOUND ");
        value.len = 0;
    }
    buf_addf(to, "%zu:", word.len + value.len);
    buf_add(to, word);
    buf_add(to, value);
    buf_add_char(to, ',');
}
