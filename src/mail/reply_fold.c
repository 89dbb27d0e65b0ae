/* SPDX-License-Identifier: Apache-2.0
 *
 * Folding of what tells one reply from the next and means nothing: see reply_fold in reply.h. One
 * pass, word by word; a word is a run of letters and digits.
 */
#include "mail/reply.h"

#include "base/word.h"

#define ID_LENGTH 12    /* letters and digits mixed */
#define HOST_DIGITS 3   /* in a label of a host name */
#define NUMBER_LENGTH 7 /* digits alone */
#define LOCAL_PART_MAX 64

struct word {
    size_t len, digits;
};

/* Bits of the bytes that make words. */
enum { DIGIT = 1, LETTER = 2 };
#define DIGITS_AT(c) [c] = DIGIT, [c + 1] = DIGIT, [c + 2] = DIGIT, [c + 3] = DIGIT, [c + 4] = DIGIT
#define LETTERS_AT(c) \
    [c] = LETTER, [c + 1] = LETTER, [c + 2] = LETTER, [c + 3] = LETTER, [c + 4] = LETTER, \
    [c + 5] = LETTER, [c + 6] = LETTER, [c + 7] = LETTER, [c + 8] = LETTER, [c + 9] = LETTER, \
    [c + 10] = LETTER, [c + 11] = LETTER, [c + 12] = LETTER
static const unsigned char word_bits[256] = {DIGITS_AT('0'),  DIGITS_AT('5'),  LETTERS_AT('a'),
                                             LETTERS_AT('n'), LETTERS_AT('A'), LETTERS_AT('N')};

static unsigned bits_of(char c)
{
    return word_bits[(unsigned char)c];
}

static struct word word_at(struct slice text)
{
    struct word word = {0};
    unsigned bits;
    for (; word.len < text.len && (bits = bits_of(text.ptr[word.len])) != 0; word.len++)
        word.digits += bits & DIGIT;
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

/* The next '@' of a text and where the part of an address before it may begin. */
struct local_part {
    const char *at;    /* NULL: no more */
    const char *first; /* no byte from here to `at` ends a local part; at: no room for one */
    const char *odd;   /* last byte of these that is no letter; NULL: all are letters */
};

static bool ends_local_part(char c)
{
    const uint64_t low = UINT64_C(1) << ' ' | UINT64_C(1) << '(' | UINT64_C(1) << ')' |
                         UINT64_C(1) << ',' | UINT64_C(1) << ':' | UINT64_C(1) << ';' |
                         UINT64_C(1) << '<' | UINT64_C(1) << '>' | UINT64_C(1) << '\0';
    unsigned char u = (unsigned char)c;
    return u < 64 ? low >> u & 1 : c == '[' || c == ']';
}

static struct local_part next_local_part(struct slice text)
{
    struct local_part part = {.at = slice_find_char(text, '@')};
    if (part.at == NULL)
        return part;
    const char *p = part.at;
    bool name_follows = part.at + 1 != slice_end(text);
    while (name_follows && p > text.ptr && part.at - p < LOCAL_PART_MAX &&
           !ends_local_part(p[-1])) {
        p--;
        if (part.odd == NULL && !ascii_is_alpha(*p))
            part.odd = p;
    }
    part.first = p;
    return part;
}

/* Length of the local part that begins at `here`; 0 when none does, or when it is one word of
 * letters outside of `<`: that may be a contact which a rule asks for. */
static size_t local_part_length(const struct local_part *part, const char *here, bool bracketed)
{
    if (part->at == NULL || here < part->first || here >= part->at)
        return 0;
    bool plain = part->odd == NULL || part->odd < here;
    return bracketed || !plain ? (size_t)(part->at - here) : 0;
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

/* What stands for the word with digits at the front; empty: it stands for itself. *taken: the
 * length of what is replaced, or of the word. */
static struct slice stand_in(struct slice text, struct word word, size_t *taken)
{
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

static bool has_digit(struct slice s)
{
    for (size_t i = 0; i < s.len; i++)
        if (ascii_is_digit(s.ptr[i]))
            return true;
    return false;
}

/* `... https://support.google.com/mail/?p=NoSuchUser`: what follows is Google's id for sure. */
static bool ends_with_google_link(struct slice text)
{
    const char *blank = slice_find_last_char(text, ' ');
    struct slice last = blank ? slice_between(blank + 1, slice_end(text)) : text;
    return slice_find(last, SLICE("/?p=")) != NULL;
}

/* Google ends its replies with an id of its own: `... d9443c01a7336 - gsmtp`. */
static struct slice without_google_id(struct slice text)
{
    const struct slice mark = SLICE(" - gsmtp");
    if (!slice_ends_with(text, mark))
        return text;
    struct slice before = slice_first(text, text.len - mark.len);
    const char *blank = slice_find_last_char(before, ' ');
    if (blank == NULL)
        return text;
    struct slice id = slice_between(blank + 1, slice_end(before));
    before = slice_between(text.ptr, blank);
    return has_digit(id) || ends_with_google_link(before) ? before : text;
}

/* `mx1.example[192.0.2.1]:25:`: the length up to the bracket that closes; 0: it is none, or the
 * socket of a server on this host, which has a meaning of its own. */
static size_t peer_length(struct slice word)
{
    const char *open = slice_find_char(word, '[');
    const char *close = open ? slice_find_char(slice_between(open, slice_end(word)), ']') : NULL;
    if (close == NULL || slice_find_char(slice_between(open, close), '/') != NULL)
        return 0;
    return (size_t)(close + 1 - word.ptr);
}

/* Where Postfix itself speaks, it says with which server, or of which name. A rule asks for
 * that by a condition of its own, never by these words; they would make every server's silence a
 * new reply. Adds the beginning up to the name, folded, and returns the rest. */
static struct slice fold_own_words(struct slice text, struct buf *to)
{
    static const struct {
        struct slice begin;
        bool peer;
    } forms[] = {
        {{"connect to ", 11}, true},
        {{"lost connection with ", 21}, true},
        {{"conversation with ", 18}, true},
        {{"Host or domain name not found. Name service error for name=", 59}, false},
    };
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        if (!slice_starts_with(text, forms[i].begin))
            continue;
        struct slice rest = slice_skip(text, forms[i].begin.len), after = rest;
        struct slice word = slice_cut(&after, ' ');
        size_t named = forms[i].peer ? peer_length(word) : word.len;
        if (named == 0)
            break;
        buf_add(to, forms[i].begin);
        buf_add(to, forms[i].peer ? SLICE("mx.example[192.0.2.1]") : SLICE("mx.example"));
        return slice_skip(rest, named);
    }
    return text;
}

/* What the front of the text becomes; empty: it stays. *taken: how much of it, at least 1. */
static struct slice fold_front(struct slice text, const struct local_part *part, bool bracketed,
                               size_t *taken)
{
    *taken = local_part_length(part, text.ptr, bracketed);
    if (*taken > 0)
        return SLICE("user");
    struct word word = word_at(text);
    *taken = word.len ? word.len : 1;
    return word.digits > 0 ? stand_in(text, word, taken) : slice_first(text, 0);
}

/* Length of whole words and what is between them at the front that stay for sure: no digit, and no
 * local part begins there. */
static size_t plain_length(struct slice text, const struct local_part *part)
{
    size_t n = 0, end = text.len;
    if (part->at != NULL)
        end = part->first > text.ptr ? (size_t)(part->first - text.ptr) : 0;
    while (n + 8 <= end && word_range(word_load(text.ptr + n), '0', '9') == 0)
        n += 8;
    while (n > 0 && bits_of(text.ptr[n - 1]) != 0)
        n--;
    return n;
}

void reply_fold(struct slice text, struct buf *to)
{
    text = without_google_id(text);
    buf_reserve(to, text.len);
    text = fold_own_words(text, to);
    const char *kept = text.ptr; /* from here on nothing is added yet */
    bool bracketed = false;
    struct local_part part = next_local_part(text);
    while (text.len > 0) {
        if (part.at != NULL && part.at < text.ptr)
            part = next_local_part(text);
        size_t taken = plain_length(text, &part);
        struct slice instead = {NULL, 0};
        if (taken == 0)
            instead = fold_front(text, &part, bracketed, &taken);
        bracketed = text.ptr[taken - 1] == '<';
        if (instead.len > 0) {
            buf_add(to, slice_between(kept, text.ptr));
            buf_add(to, instead);
            kept = text.ptr + taken;
        }
        text = slice_skip(text, taken);
    }
    buf_add(to, slice_between(kept, text.ptr));
}
