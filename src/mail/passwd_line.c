/* SPDX-License-Identifier: Apache-2.0
 *
 * See passwd_line.h.
 */
#include "mail/passwd_line.h"

enum { FIELDS_BEFORE_EXTRA = 7 };

/* The value of an extra field of that name; of several the first. */
static void take_value(struct slice word, struct slice name, struct slice *value)
{
    if (value->len == 0 && slice_take_prefix(&word, name) && slice_take_prefix(&word, SLICE("=")))
        *value = word;
}

static void take_extra(struct slice word, struct passwd_line *line)
{
    take_value(word, SLICE("allow_nets"), &line->networks);
    if (slice_eq(word, SLICE("nologin")) || slice_starts_with(word, SLICE("nologin=")))
        line->is_closed = true;
    (void)slice_take_prefix(&word, SLICE("userdb_"));
    take_value(word, SLICE("user"), &line->user);
    take_value(word, SLICE("todoku_class"), &line->account_class);
    take_value(word, SLICE("todoku_server"), &line->server);
    take_value(word, SLICE("todoku_protocols"), &line->protocols);
    take_value(word, SLICE("todoku_flags"), &line->flags);
    take_value(word, SLICE("todoku_valid_until"), &line->valid_until);
}

/* `local`, first or last of several, is stepped over. */
static struct slice without_local(struct slice networks)
{
    struct slice rest = networks;
    if (slice_take_prefix(&rest, SLICE("local,")))
        return rest;
    if (slice_ends_with(rest, SLICE(",local")))
        rest.len -= SLICE(",local").len;
    return rest;
}

enum passwd_line_kind passwd_line_parse(struct slice line, struct passwd_line *out)
{
    struct slice rest = line;
    if (slice_ends_with(rest, SLICE("\r")))
        rest.len--;
    if (rest.len == 0 || rest.ptr[0] == '#')
        return PASSWD_NOTHING;
    if (slice_find_char(rest, '\0') != NULL || slice_find_char(rest, ':') == NULL ||
        rest.ptr[0] == ':')
        return PASSWD_BAD;
    struct passwd_line parsed = {.login = slice_cut(&rest, ':')};
    parsed.password = slice_cut(&rest, ':');
    for (int i = 2; i < FIELDS_BEFORE_EXTRA; i++)
        (void)slice_cut(&rest, ':');
    while (rest.len > 0)
        take_extra(slice_cut(&rest, ' '), &parsed);
    parsed.networks = without_local(parsed.networks);
    *out = parsed;
    return PASSWD_ACCOUNT;
}
