/* SPDX-License-Identifier: Apache-2.0
 *
 * Grammar of SPF's terms. See spf_term.h; RFC 7208, 12 has it in ABNF.
 */
#include "mail/spf_term.h"

#include "base/host_name.h"

#define VERSION SLICE("v=spf1")

static const struct slice words[] = {
#define X(name, word) [SPF_TERM_##name] = {word, sizeof(word) - 1},
    SPF_TERMS(X)
#undef X
};

bool spf_record_is(struct slice text, struct slice *terms)
{
    if (!slice_istarts_with(text, VERSION))
        return false;
    *terms = slice_skip(text, VERSION.len);
    return terms->len == 0 || terms->ptr[0] == ' ';
}

static bool is_modifier(enum spf_term_kind kind)
{
    return kind == SPF_TERM_REDIRECT || kind == SPF_TERM_EXP || kind == SPF_TERM_OTHER;
}

/* Of the modifiers that nobody knows: a letter, then letters, digits, - _ and dots. */
static bool is_name(struct slice name)
{
    bool good = name.len > 0 && ascii_is_alpha(name.ptr[0]);
    for (size_t i = 1; good && i < name.len; i++)
        good = ascii_is_alpha(name.ptr[i]) || ascii_is_digit(name.ptr[i]) || name.ptr[i] == '-' ||
               name.ptr[i] == '_' || name.ptr[i] == '.';
    return good;
}

static bool find_kind(struct slice name, bool modifier, enum spf_term_kind *out)
{
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        *out = (enum spf_term_kind)i;
        if (slice_ieq(name, words[i]) && is_modifier(*out) == modifier)
            return true;
    }
    *out = SPF_TERM_OTHER;
    return modifier && is_name(name);
}

/* "24", without zeros in front. */
static bool take_bits(struct slice text, uint8_t most, uint8_t *out)
{
    uint64_t bits;
    bool good = text.len > 0 && text.len <= 3 && (text.len == 1 || text.ptr[0] != '0') &&
                slice_to_u64(text, most, &bits);
    if (good)
        *out = (uint8_t)bits;
    return good;
}

/* Cuts "/24", "//64" or "/24//64" off the end of *text. */
static bool take_prefixes(struct slice *text, struct spf_term *out)
{
    const char *slash = slice_find_char(*text, '/');
    if (slash == NULL)
        return true;
    struct slice rest = slice_between(slash, slice_end(*text));
    *text = slice_between(text->ptr, slash);
    if (!slice_starts_with(rest, SLICE("//"))) {
        const char *next = slice_find(rest, SLICE("//"));
        struct slice four = slice_between(rest.ptr + 1, next != NULL ? next : slice_end(rest));
        if (!take_bits(four, 32, &out->bits4))
            return false;
        rest = slice_skip(rest, 1 + four.len);
    }
    return rest.len == 0 || take_bits(slice_skip(rest, 2), 128, &out->bits6);
}

/* The whole must be a name as it stands; with macros it is not known what it will be. */
static bool take_domain(struct slice text, struct spf_term *out)
{
    out->macros = slice_find_char(text, '%') != NULL;
    if (!out->macros && slice_ends_with(text, SLICE(".")))
        text.len--;
    out->domain = text;
    return text.len > 0 && (out->macros || host_name_is_valid(text));
}

static bool take_address(struct slice text, uint8_t len, struct spf_term *out)
{
    const char *slash = slice_find_char(text, '/');
    uint8_t *bits = len == 4 ? &out->bits4 : &out->bits6;
    struct slice ip = slice_between(text.ptr, slash != NULL ? slash : slice_end(text));
    if (slash != NULL &&
        !take_bits(slice_between(slash + 1, slice_end(text)), len == 4 ? 32 : 128, bits))
        return false;
    bool four = slice_find_char(ip, ':') == NULL;
    return ip_address_parse(ip, &out->ip) && four == (len == 4);
}

/* colon: there is a value, which may be empty. */
static bool take_value(struct slice value, bool colon, struct spf_term *out)
{
    switch (out->kind) {
    case SPF_TERM_ALL:
        return !colon;
    case SPF_TERM_A:
    case SPF_TERM_MX:
        if (!take_prefixes(&value, out))
            return false;
        return colon ? take_domain(value, out) : value.len == 0;
    case SPF_TERM_PTR:
        return !colon || take_domain(value, out);
    case SPF_TERM_IP4:
        return colon && take_address(value, 4, out);
    case SPF_TERM_IP6:
        return colon && take_address(value, 16, out);
    case SPF_TERM_INCLUDE:
    case SPF_TERM_EXISTS:
    case SPF_TERM_REDIRECT:
    case SPF_TERM_EXP:
        return colon && take_domain(value, out);
    case SPF_TERM_OTHER:
        return true;
    }
    return false;
}

static bool is_visible(struct slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] <= ' ' || text.ptr[i] > '~')
            return false;
    return true;
}

static bool read_term(struct slice text, struct spf_term *out)
{
    size_t name = 0;
    *out = (struct spf_term){.qualifier = '+', .bits4 = 32, .bits6 = 128};
    bool qualified = text.len > 0 && slice_find_char(SLICE("+-~?"), text.ptr[0]) != NULL;
    if (qualified) {
        out->qualifier = text.ptr[0];
        text = slice_skip(text, 1);
    }
    while (name < text.len && slice_find_char(SLICE(":=/"), text.ptr[name]) == NULL)
        name++;
    char divider = name < text.len ? text.ptr[name] : '\0';
    bool modifier = divider == '=';
    if (!is_visible(text) || !find_kind(slice_first(text, name), modifier, &out->kind) ||
        (modifier && qualified))
        return false;
    bool has_value = divider == ':' || modifier;
    return take_value(slice_skip(text, has_value ? name + 1 : name), has_value, out);
}

enum spf_take spf_term_take(struct slice *terms, struct spf_term *out)
{
    while (terms->len > 0 && terms->ptr[0] == ' ')
        *terms = slice_skip(*terms, 1);
    if (terms->len == 0)
        return SPF_TAKE_END;
    const char *blank = slice_find_char(*terms, ' ');
    struct slice one = slice_between(terms->ptr, blank != NULL ? blank : slice_end(*terms));
    *terms = slice_skip(*terms, one.len);
    return read_term(one, out) ? SPF_TAKE_TERM : SPF_TAKE_BAD;
}
