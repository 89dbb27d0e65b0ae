/* SPDX-License-Identifier: Apache-2.0
 *
 * Folding of what tells one reply from the next and means nothing: see reply_fold in reply.h. One
 * pass, word by word; a word is a run of letters and digits.
 */
#include "mail/reply.h"

#define LONG_WORD 12 /* letters and digits mixed: an id */
#define LONG_NUMBER 7

struct word_kind {
    size_t len;
    bool digits, letters;
};

static struct word_kind word_at(struct slice text)
{
    struct word_kind word = {0};
    for (; word.len < text.len; word.len++) {
        char c = text.ptr[word.len];
        if (ascii_is_digit(c))
            word.digits = true;
        else if (ascii_is_alpha(c))
            word.letters = true;
        else
            break;
    }
    return word;
}

/* Length of a dotted quad at the front; 0 when there is none. */
static size_t ipv4_length(struct slice text)
{
    size_t i = 0;
    for (int part = 0; part < 4; part++) {
        size_t digits = 0;
        while (i + digits < text.len && digits < 4 && ascii_is_digit(text.ptr[i + digits]))
            digits++;
        if (digits == 0 || digits > 3)
            return 0;
        i += digits;
        if (part < 3 && (i == text.len || text.ptr[i++] != '.'))
            return 0;
    }
    bool goes_on = i < text.len && (ascii_is_alpha(text.ptr[i]) || ascii_is_digit(text.ptr[i]));
    return goes_on ? 0 : i;
}

/* Length of `<local-part` at the front when `@` follows; 0 otherwise. */
static size_t local_part_length(struct slice text)
{
    size_t i = 1;
    while (i < text.len && i < 256 && text.ptr[i] != '@')
        if (strchr("<> ", text.ptr[i++]) != NULL)
            return 0;
    return i < text.len && i > 1 && text.ptr[i] == '@' ? i : 0;
}

/* Takes one word or byte off the front and appends what stands for it. */
static void fold_next(struct slice *rest, struct buf *to)
{
    size_t local = rest->ptr[0] == '<' ? local_part_length(*rest) : 0;
    size_t ip = ascii_is_digit(rest->ptr[0]) ? ipv4_length(*rest) : 0;
    struct word_kind word = word_at(*rest);
    size_t taken = word.len ? word.len : 1;
    if (local > 0) {
        buf_add(to, SLICE("<user"));
        taken = local;
    } else if (ip > 0) {
        buf_add(to, SLICE("192.0.2.1"));
        taken = ip;
    } else if (word.digits && word.letters && word.len >= LONG_WORD) {
        buf_add(to, SLICE("0123456789abcdef"));
    } else if (word.digits && !word.letters && word.len >= LONG_NUMBER) {
        buf_add(to, SLICE("1234567"));
    } else {
        buf_add(to, slice_first(*rest, taken));
    }
    *rest = slice_skip(*rest, taken);
}

void reply_fold(struct slice text, struct buf *to)
{
    buf_reserve(to, text.len);
    while (text.len > 0)
        fold_next(&text, to);
}
