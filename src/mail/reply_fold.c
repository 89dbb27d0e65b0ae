/* SPDX-License-Identifier: Apache-2.0
 *
 * Folding of what tells one reply from the next and means nothing: see reply_fold in reply.h. One
 * pass, word by word; a word is a run of letters and digits.
 */
#include "mail/reply.h"

#define ID_LENGTH 12    /* letters and digits mixed */
#define HOST_DIGITS 3   /* in a label of a host name */
#define NUMBER_LENGTH 7 /* digits alone */
#define LOCAL_PART_MAX 64

struct word {
    size_t len, digits;
};

static struct word word_at(struct slice text)
{
    struct word word = {0};
    for (; word.len < text.len; word.len++) {
        if (ascii_is_digit(text.ptr[word.len]))
            word.digits++;
        else if (!ascii_is_alpha(text.ptr[word.len]))
            break;
    }
    return word;
}

/* Length of a dotted quad at the front; 0 when there is none. 127.* stays: blocklists answer in it.
 */
static size_t ipv4_length(struct slice text)
{
    size_t i = 0;
    if (slice_starts_with(text, SLICE("127.")))
        return 0;
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
    return i < text.len && word_at(slice_skip(text, i)).len > 0 ? 0 : i;
}

/* Length of the part of an address before its '@', which is at `at`; 0 when what stands before it
 * is none, or is one word of letters outside of `<`: that may be a contact which a rule asks for.
 */
static size_t local_part_length(struct slice text, const char *at, bool bracketed)
{
    if (at == NULL || at - text.ptr > LOCAL_PART_MAX || at + 1 == slice_end(text))
        return 0;
    bool plain = true;
    for (const char *p = text.ptr; p < at; p++) {
        if (strchr("<>[]():;, ", *p) != NULL)
            return 0;
        plain = plain && ascii_is_alpha(*p);
    }
    return bracketed || !plain ? (size_t)(at - text.ptr) : 0;
}

/* One digit alone makes no id: `IPv6AuthError`. */
static bool is_id(struct word word)
{
    return word.digits > 1 && word.digits < word.len && word.len >= ID_LENGTH;
}

/* `mta495081.mail.example`: a numbered host. */
static bool is_host_label(struct slice text, struct word word)
{
    return word.digits >= HOST_DIGITS && word.digits < word.len && word.len + 1 < text.len &&
           text.ptr[word.len] == '.' && ascii_is_alpha(text.ptr[word.len + 1]);
}

/* What stands for the word at the front; empty: it stands for itself. *taken: its length. at: the
 * next
 * '@' in the text, or NULL. */
static struct slice stand_in(struct slice text, const char *at, bool bracketed, size_t *taken)
{
    struct word word = word_at(text);
    *taken = local_part_length(text, at, bracketed);
    if (*taken > 0)
        return SLICE("user");
    *taken = ascii_is_digit(text.ptr[0]) ? ipv4_length(text) : 0;
    if (*taken > 0)
        return SLICE("192.0.2.1");
    *taken = word.len;
    if (is_id(word))
        return SLICE("0123456789abcdef");
    if (is_host_label(text, word))
        return SLICE("host1");
    if (word.digits == word.len && word.len >= NUMBER_LENGTH)
        return SLICE("1234567");
    return slice_first(text, 0);
}

/* Google ends its replies with an id of its own: `... d9443c01a7336 - gsmtp`. */
static struct slice without_google_id(struct slice text)
{
    const struct slice mark = SLICE(" - gsmtp");
    if (!slice_ends_with(text, mark))
        return text;
    struct slice before = slice_first(text, text.len - mark.len);
    const char *blank = slice_find_last_char(before, ' ');
    struct slice id = blank ? slice_between(blank + 1, slice_end(before)) : before;
    bool digit = false;
    for (size_t i = 0; i < id.len; i++)
        digit = digit || ascii_is_digit(id.ptr[i]);
    return blank != NULL && digit ? slice_between(text.ptr, blank) : text;
}

void reply_fold(struct slice text, struct buf *to)
{
    text = without_google_id(text);
    buf_reserve(to, text.len);
    char before = ' ';
    const char *at = slice_find_char(text, '@');
    while (text.len > 0) {
        if (at != NULL && at < text.ptr)
            at = slice_find_char(text, '@');
        size_t taken;
        struct slice instead = stand_in(text, at, before == '<', &taken);
        if (instead.len == 0 && taken == 0)
            taken = 1;
        buf_add(to, instead.len ? instead : slice_first(text, taken));
        before = text.ptr[taken - 1];
        text = slice_skip(text, taken);
    }
}
