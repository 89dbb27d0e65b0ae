/* SPDX-License-Identifier: Apache-2.0
 *
 * See passwd_line.h.
 */
#include "mail/passwd_line.h"

enum { FIELDS_BEFORE_EXTRA = 7 };

/* The value of an extra field of that name; of several the first. */
static void take_extra(struct slice word, struct slice name, struct slice *value)
{
    (void)slice_take_prefix(&word, SLICE("userdb_"));
    if (value->len == 0 && slice_take_prefix(&word, name) && slice_take_prefix(&word, SLICE("=")))
        *value = word;
}

static void parse_extra(struct slice rest, struct passwd_line *line)
{
    while (rest.len > 0) {
        struct slice word = slice_cut(&rest, ' ');
        take_extra(word, SLICE("user"), &line->user);
        take_extra(word, SLICE("todoku_class"), &line->account_class);
    }
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
    for (int i = 1; i < FIELDS_BEFORE_EXTRA; i++)
        (void)slice_cut(&rest, ':');
    parse_extra(rest, &parsed);
    *out = parsed;
    return PASSWD_ACCOUNT;
}
