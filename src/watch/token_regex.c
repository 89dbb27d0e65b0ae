/* SPDX-License-Identifier: Apache-2.0
 *
 * See token_regex.h. No JIT: it excludes systemd's MemoryDenyWriteExecute.
 */
#include "watch/token_regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "base/buf.h"
#include "base/memory.h"
#include "base/word.h"

#define MATCH_LIMIT 20000 /* internal match calls of one search */
#define DEPTH_LIMIT 1000
#define HEAP_LIMIT_KIB 256

struct token_regex {
    struct buf begin; /* literal with which each match begins, any case; or empty */
    pcre2_code *code;
    pcre2_match_data *data;
    pcre2_match_context *limits;
};

/* `\bReceivingRate(?:Perm)?\b` can only match where "ReceivingRate" stands: a search for that is a
 * tenth of the work. The last letter belongs to what follows when that may be a quantifier; an
 * alternative anywhere might begin with something else. */
static struct slice literal_begin(struct slice expression)
{
    struct slice rest = expression;
    slice_take_prefix(&rest, SLICE("\\b"));
    size_t n = 0;
    while (n < rest.len && (ascii_is_alpha(rest.ptr[n]) || ascii_is_digit(rest.ptr[n])))
        n++;
    if (n < rest.len && n > 0 && memchr("?*+{", rest.ptr[n], 4) != NULL)
        n--;
    if (slice_find_char(expression, '|') != NULL)
        n = 0;
    return slice_first(rest, n);
}

struct token_regex *token_regex_new(struct slice expression, struct err *err)
{
    int why = 0;
    PCRE2_SIZE where = 0;
    pcre2_code *code = pcre2_compile((PCRE2_SPTR)expression.ptr, expression.len,
                                     PCRE2_CASELESS | PCRE2_NEVER_UTF, &why, &where, NULL);
    if (code == NULL) {
        PCRE2_UCHAR text[128] = {0};
        pcre2_get_error_message(why, text, sizeof(text));
        err_set(err, ERR_INPUT, "expected a regular expression, found '%.*s': %s at byte %zu",
                SLICE_ARG(expression), (const char *)text, where + 1);
        return NULL;
    }
    struct token_regex *regex = MEM_NEW(struct token_regex);
    buf_add(&regex->begin, literal_begin(expression));
    regex->code = code;
    regex->data = pcre2_match_data_create(2, NULL);
    regex->limits = pcre2_match_context_create(NULL);
    ASSERT(regex->data != NULL && regex->limits != NULL);
    pcre2_set_match_limit(regex->limits, MATCH_LIMIT);
    pcre2_set_depth_limit(regex->limits, DEPTH_LIMIT);
    pcre2_set_heap_limit(regex->limits, HEAP_LIMIT_KIB);
    return regex;
}

void token_regex_free(struct token_regex *regex)
{
    if (regex == NULL)
        return;
    pcre2_match_context_free(regex->limits);
    pcre2_match_data_free(regex->data);
    pcre2_code_free(regex->code);
    buf_done(&regex->begin);
    mem_free(regex);
}

/* How many bytes to pass by until one that may be this small letter or digit, in any case. */
static size_t bytes_before(struct slice text, char lower)
{
    size_t n = 0, found = 8;
    for (; found == 8 && n + 8 <= text.len; n += found)
        found = word_find(word_load(text.ptr + n) | WORD_ONES * 0x20, lower);
    if (found < 8)
        return n;
    while (n < text.len && ascii_lower(text.ptr[n]) != lower)
        n++;
    return n;
}

/* First place where the literal stands, any case; the front when it is empty; or NULL. */
static const char *find_begin(struct slice text, struct slice literal)
{
    if (literal.len == 0)
        return text.ptr;
    char first = ascii_lower(literal.ptr[0]);
    text = slice_skip(text, bytes_before(text, first));
    while (text.len >= literal.len) {
        if (slice_istarts_with(text, literal))
            return text.ptr;
        text = slice_skip(text, 1);
        text = slice_skip(text, bytes_before(text, first));
    }
    return NULL;
}

struct slice token_regex_find(const struct token_regex *regex, struct slice text)
{
    const struct slice none = {NULL, 0};
    if (text.len == 0)
        return none;
    const char *from = find_begin(text, buf_slice(&regex->begin));
    if (from == NULL)
        return none;
    int pairs = pcre2_match(regex->code, (PCRE2_SPTR)text.ptr, text.len,
                            (PCRE2_SIZE)(from - text.ptr), 0, regex->data, regex->limits);
    if (pairs < 0)
        return none;
    const PCRE2_SIZE *at = pcre2_get_ovector_pointer(regex->data);
    if (pairs != 1 && at[2] != PCRE2_UNSET)
        at += 2;
    return at[1] > at[0] ? slice_of(text.ptr + at[0], at[1] - at[0]) : none;
}
