/* SPDX-License-Identifier: Apache-2.0
 *
 * Queue ids. See queue_id.h.
 */
#include "mail/queue_id.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/civil.h"
#include "base/word.h"

#define SHORT_MIN 6
#define LONG_MIN 12 /* six for seconds, four for microseconds, 'z', one for the inode */
#define LONG_SEPARATOR_MIN 10
#define QUEUE_ID_MAX 32

/* Value of a byte in the long alphabet (digits and consonants), or 255. */
static unsigned digit52(char c)
{
    static const char alphabet[] = "0123456789BCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz";
    const char *at = c ? strchr(alphabet, c) : NULL;
    return at ? (unsigned)(at - alphabet) : 255;
}

/* Bit 0: may stand in a short id; bit 1: in a long one. */
static const unsigned char id_byte[256] = {
    ['0'] = 3, ['1'] = 3, ['2'] = 3, ['3'] = 3, ['4'] = 3, ['5'] = 3, ['6'] = 3, ['7'] = 3,
    ['8'] = 3, ['9'] = 3, ['A'] = 1, ['B'] = 3, ['C'] = 3, ['D'] = 3, ['E'] = 1, ['F'] = 3,
    ['G'] = 2, ['H'] = 2, ['J'] = 2, ['K'] = 2, ['L'] = 2, ['M'] = 2, ['N'] = 2, ['P'] = 2,
    ['Q'] = 2, ['R'] = 2, ['S'] = 2, ['T'] = 2, ['V'] = 2, ['W'] = 2, ['X'] = 2, ['Y'] = 2,
    ['Z'] = 2, ['b'] = 2, ['c'] = 2, ['d'] = 2, ['f'] = 2, ['g'] = 2, ['h'] = 2, ['j'] = 2,
    ['k'] = 2, ['l'] = 2, ['m'] = 2, ['n'] = 2, ['p'] = 2, ['q'] = 2, ['r'] = 2, ['s'] = 2,
    ['t'] = 2, ['v'] = 2, ['w'] = 2, ['x'] = 2, ['y'] = 2, ['z'] = 2,
};

/* The separator of a long id is the last 'z'. */
static bool has_long_form(struct slice id)
{
    const char *z = id.len >= LONG_MIN ? slice_find_last_char(id, 'z') : NULL;
    return z != NULL && z - id.ptr >= LONG_SEPARATOR_MIN && z + 1 < slice_end(id);
}

/* How many of the sixteen bytes at p are capital hexadecimal digits, up to the first other one. */
static size_t hex_length(const char *p)
{
#ifdef __SSE2__
    __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)p);
    __m128i digit = _mm_sub_epi8(bytes, _mm_set1_epi8('0'));
    __m128i letter = _mm_sub_epi8(bytes, _mm_set1_epi8('A'));
    __m128i hex = _mm_or_si128(_mm_cmpeq_epi8(_mm_min_epu8(digit, _mm_set1_epi8(9)), digit),
                               _mm_cmpeq_epi8(_mm_min_epu8(letter, _mm_set1_epi8(5)), letter));
    unsigned others = ~(unsigned)_mm_movemask_epi8(hex); /* above bit 15: ones */
    return (size_t)__builtin_ctz(others);
#else
    size_t len = 0;
    for (size_t at = 0; at < 16 && len == at; at += 8) {
        uint64_t word = word_load(p + at);
        uint64_t hex = word_range(word, '0', '9') | word_range(word, 'A', 'F');
        len += word_first(~hex & WORD_HIGH);
    }
    return len;
#endif
}

static bool ends_at(struct slice text, size_t i, char end)
{
    return i < text.len ? text.ptr[i] == end : end == '\0';
}

/* A short id of eight to fifteen digits, which nearly all are; 0: read it digit by digit. */
static size_t usual_length(struct slice text, char end)
{
    size_t len = text.len > 16 ? hex_length(text.ptr) : 0;
    return len >= 8 && len < 16 && text.ptr[len] == end ? len : 0;
}

/* Apart from queue_id_length, so that the way of nearly every line saves no registers for it. */
static __attribute__((noinline)) size_t any_length(struct slice text, char end)
{
    size_t limit = text.len < QUEUE_ID_MAX ? text.len : QUEUE_ID_MAX;
    unsigned forms = 3;
    size_t i = 0;
    for (; i < limit; i++) {
        unsigned still = forms & id_byte[(unsigned char)text.ptr[i]];
        if (still == 0)
            break;
        forms = still;
    }
    if (!ends_at(text, i, end) || i < SHORT_MIN)
        return 0;
    return (forms & 1) || has_long_form(slice_first(text, i)) ? i : 0;
}

size_t queue_id_length(struct slice text, char end)
{
    size_t usual = usual_length(text, end);
    return usual > 0 ? usual : any_length(text, end);
}

bool queue_id_is_valid(struct slice id)
{
    return id.len > 0 && queue_id_length(id, '\0') == id.len;
}

bool queue_id_is_long(struct slice id)
{
    return queue_id_is_valid(id) && has_long_form(id);
}

bool queue_id_time(struct slice id, int64_t *out_us)
{
    if (!queue_id_is_long(id))
        return false;
    const char *z = slice_find_last_char(id, 'z');
    int64_t seconds = 0, us = 0;
    for (const char *p = id.ptr; p < z - 4; p++) {
        if (seconds > INT64_MAX / US_PER_SECOND / 52)
            return false;
        seconds = seconds * 52 + digit52(*p);
    }
    for (const char *p = z - 4; p < z; p++)
        us = us * 52 + digit52(*p);
    if (us >= US_PER_SECOND || seconds > INT64_MAX / US_PER_SECOND - 1)
        return false;
    *out_us = seconds * US_PER_SECOND + us;
    return true;
}

struct slice queue_id_after_queued_as(struct slice reply)
{
    const char *at = slice_find_last(reply, SLICE("queued as "));
    if (at == NULL)
        return (struct slice){NULL, 0};
    struct slice rest = slice_between(at + strlen("queued as "), slice_end(reply));
    size_t len = 0;
    while (len < rest.len && (ascii_is_digit(rest.ptr[len]) || ascii_is_alpha(rest.ptr[len])))
        len++;
    return slice_first(rest, len);
}
