/* SPDX-License-Identifier: Apache-2.0
 *
 * The link in a reply: a provider's page about the code, a blocklist's page about the address.
 */
#include "mail/reply.h"

/* At a link: the number of bytes of `http://` or `https://` in front, else 0. */
static size_t scheme_len(struct slice s)
{
    if (slice_istarts_with(s, SLICE("https://")))
        return 8;
    return slice_istarts_with(s, SLICE("http://")) ? 7 : 0;
}

static bool ends_link(char c)
{
    unsigned char u = (unsigned char)c;
    return u <= 0x20 || u >= 0x7f || c == '<' || c == '>' || c == '"' || c == '`';
}

static size_t count_char(struct slice s, char c)
{
    size_t count = 0;
    for (size_t i = 0; i < s.len; i++)
        count += s.ptr[i] == c;
    return count;
}

/* A `)` stays where the link has a `(` of its own for it. */
static struct slice without_punctuation(struct slice link)
{
    size_t opened = 0, closed = 0; /* counted when the first `)` is met */
    while (link.len > 0 && memchr(".,;:!?]}'|)", link.ptr[link.len - 1], 11) != NULL) {
        bool bracket = link.ptr[link.len - 1] == ')';
        if (bracket && closed == 0) {
            opened = count_char(link, '(');
            closed = count_char(link, ')');
        }
        if (bracket && closed <= opened)
            break;
        closed -= bracket;
        link.len--;
    }
    return link;
}

/* First "://", or NULL. Colons are rare, so this beats a search for all three bytes. */
static const char *find_scheme_end(struct slice text)
{
    for (;;) {
        const char *colon = slice_find_char(text, ':');
        if (colon == NULL || slice_end(text) - colon < 3)
            return NULL;
        if (colon[1] == '/' && colon[2] == '/')
            return colon;
        text = slice_between(colon + 1, slice_end(text));
    }
}

struct slice reply_find_url(struct slice text)
{
    struct slice rest = text;
    for (;;) {
        const char *colon = find_scheme_end(rest);
        if (colon == NULL)
            return (struct slice){NULL, 0};
        size_t before = (size_t)(colon - text.ptr);
        size_t word = before >= 5 && ascii_lower(colon[-1]) == 's' ? 5 : 4;
        rest = slice_between(colon + 3, slice_end(text));
        if (before < word)
            continue;
        struct slice link = slice_skip(text, before - word);
        size_t scheme = scheme_len(link), n = scheme;
        while (scheme > 0 && n < link.len && !ends_link(link.ptr[n]))
            n++;
        struct slice clean = without_punctuation(slice_first(link, n));
        if (scheme > 0 && clean.len > scheme)
            return clean;
    }
}
