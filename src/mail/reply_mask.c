/* SPDX-License-Identifier: Apache-2.0
 *
 * What of a reply changes from one to the next. The text is cut into tokens at blanks and at the
 * punctuation that never belongs to an address, a name or a number; a table of shapes decides,
 * first match wins, what each token becomes. One pass, no allocation but `to`.
 */
#include "mail/reply.h"

#include "mail/reply_line.h"

#define ID_MIN 10    /* letters and digits mixed, at least so long: an id */
#define CODED_MIN 16 /* the same with # or _ inside, as AUP#In-1310 and LPNAAA_510 have it */
#define HEX_MIN 8    /* the same for hexadecimal digits */
#define MIXED_MIN 20 /* upper and lower case mixed without a digit: base64 */

struct token {
    struct slice text;
    size_t digits, letters, upper, dots, colons, hyphens, others;
    bool hex; /* letters are all a to f */
    bool at;  /* has an @ that is not first or last */
};

static bool is_token_byte(char c)
{
    return ascii_is_digit(c) || ascii_is_alpha(c) || (unsigned char)c >= 0x80 ||
           memchr(".:-_@+~#$%*!", c, 12) != NULL;
}

static void count_byte(struct token *token, char c)
{
    char lower = ascii_lower(c);
    token->digits += ascii_is_digit(c);
    token->letters += ascii_is_alpha(c);
    token->upper += c != lower;
    token->dots += c == '.';
    token->colons += c == ':';
    token->hyphens += c == '-';
    if (ascii_is_alpha(c) && lower > 'f')
        token->hex = false;
}

static struct token token_of(struct slice text)
{
    struct token token = {.text = text, .hex = true};
    for (size_t i = 0; i < text.len; i++) {
        count_byte(&token, text.ptr[i]);
        token.at |= text.ptr[i] == '@' && i > 0 && i + 1 < text.len;
    }
    token.others =
        text.len - token.digits - token.letters - token.dots - token.colons - token.hyphens;
    return token;
}

static bool is_address(const struct token *t)
{
    return t->at;
}

static bool is_ipv4(const struct token *t)
{
    return t->dots == 3 && t->digits + 3 == t->text.len && t->digits >= 4 && t->digits <= 12;
}

static bool is_clock(const struct token *t)
{
    return (t->colons == 1 || t->colons == 2) && t->digits + t->colons == t->text.len &&
           t->digits >= t->colons * 2 + 1;
}

static bool is_ipv6(const struct token *t)
{
    return t->colons >= 2 && t->hex && t->digits + t->letters + t->colons == t->text.len &&
           t->digits + t->letters > 0;
}

static bool is_dsn(const struct token *t)
{
    struct slice rest = t->text, dsn;
    return reply_take_dsn(&rest, &dsn) && rest.len == 0;
}

static bool is_date(const struct token *t)
{
    static const char names[] = "MonTueWedThuFriSatSunJanFebMarAprMayJunJulAugSepOctNovDec";
    if (t->text.len == 10 && t->digits == 8 && t->hyphens == 2)
        return true;
    for (size_t i = 0; t->text.len == 3 && i + 3 < sizeof(names); i += 3)
        if (memcmp(names + i, t->text.ptr, 3) == 0)
            return true;
    return false;
}

static bool is_number(const struct token *t)
{
    return t->digits > 0 && t->letters == 0 && t->others == (t->text.ptr[0] == '+');
}

static bool is_host(const struct token *t)
{
    const char *dot = slice_find_last_char(t->text, '.');
    if (dot == NULL || t->digits == 0 || t->others + t->colons > 0)
        return false;
    struct token top = token_of(slice_between(dot + 1, slice_end(t->text)));
    return top.letters >= 2 && top.letters == top.text.len && top.upper == 0;
}

static bool is_id(const struct token *t)
{
    bool coded = slice_find_char(t->text, '#') != NULL || slice_find_char(t->text, '_') != NULL;
    if (t->letters > 0 && t->digits > 0)
        return t->text.len >= (coded ? CODED_MIN : ID_MIN) ||
               (t->hex && t->others == 0 && t->text.len >= HEX_MIN);
    return t->text.len >= MIXED_MIN && t->upper >= 3 && t->upper + 3 <= t->letters &&
           t->letters == t->text.len;
}

static const struct shape {
    bool (*is)(const struct token *token);
    const char *placeholder; /* NULL: stays as it is */
} shapes[] = {
    {is_address, "<addr>"}, {is_ipv4, "<ip>"},   {is_clock, "<time>"},
    {is_ipv6, "<ip>"},      {is_dsn, NULL},      {is_date, "<date>"},
    {is_number, "<n>"},     {is_host, "<host>"}, {is_id, "<id>"},
};

static const char *placeholder_of(struct slice text)
{
    struct token token = token_of(text);
    for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++)
        if (shapes[i].is(&token))
            return shapes[i].placeholder;
    return NULL;
}

/* Without the punctuation of the sentence at its end. */
static struct slice token_at(struct slice text)
{
    size_t n = 0;
    while (n < text.len && is_token_byte(text.ptr[n]))
        n++;
    while (n > 0 && memchr(".:-!", text.ptr[n - 1], 4) != NULL)
        n--;
    return slice_first(text, n);
}

/* `<x@y>` and `<x>` that were in brackets already do not get a second pair. */
static void add_placeholder(const char *placeholder, struct slice *rest, struct buf *to)
{
    struct slice word = slice_from_str(placeholder);
    if (to->len > 0 && to->ptr[to->len - 1] == '<' && slice_starts_with(*rest, SLICE(">"))) {
        word = slice_skip(word, 1);
        *rest = slice_skip(*rest, 1);
    }
    buf_add(to, word);
}

static void add_plain_byte(char c, size_t begin, struct buf *to)
{
    if (c != ' ' && c != '\t' && c != '\r' && c != '\n') {
        buf_add_char(to, c);
        return;
    }
    if (to->len > begin && to->ptr[to->len - 1] != ' ')
        buf_add_char(to, ' ');
}

/* The code of the reply and its repetitions stay: `550`, or the 550 of `550-5.7.1`. */
static bool take_code(struct slice *rest, struct slice code, struct buf *to)
{
    if (code.len == 0 || !slice_starts_with(*rest, code))
        return false;
    if (rest->len > code.len && memchr("- \t\r\n", rest->ptr[code.len], 5) == NULL)
        return false;
    size_t len = code.len + (rest->len > code.len && rest->ptr[code.len] == '-');
    buf_add(to, slice_first(*rest, len));
    *rest = slice_skip(*rest, len);
    return true;
}

void reply_mask(struct slice text, struct buf *to)
{
    struct slice rest = slice_trim(slice_first(text, REPLY_TEXT_MAX));
    struct reply_lines lines = reply_lines(rest);
    struct reply_line line;
    size_t begin = to->len;
    bool coded = reply_lines_next(&lines, &line) && line.code != 0;
    struct slice code = slice_first(rest, coded ? 3 : 0);
    while (rest.len > 0) {
        if (take_code(&rest, code, to))
            continue;
        struct slice token = token_at(rest);
        size_t used = token.len ? token.len : 1;
        const char *placeholder = placeholder_of(token);
        struct slice here = slice_first(rest, used);
        rest = slice_skip(rest, used);
        if (placeholder != NULL)
            add_placeholder(placeholder, &rest, to);
        else if (token.len > 0)
            buf_add(to, here);
        else
            add_plain_byte(here.ptr[0], begin, to);
    }
}
