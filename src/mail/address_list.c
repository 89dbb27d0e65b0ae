/* SPDX-License-Identifier: Apache-2.0
 *
 * See address_list.h.
 */
#include "mail/address_list.h"

/* How deep in quotes, brackets and comments a byte stands. */
struct place {
    bool quoted, angled;
    size_t comments;
};

static bool is_outside(const struct place *place)
{
    return !place->quoted && !place->angled && place->comments == 0;
}

/* Steps over a byte; true: it is of a comment. */
static bool step(struct place *place, char c)
{
    bool in_comment = place->comments > 0;
    if (c == '"' && !in_comment)
        place->quoted = !place->quoted;
    else if (place->quoted)
        return false;
    else if (c == '(')
        place->comments++;
    else if (c == ')' && in_comment)
        place->comments--;
    else if (!in_comment && (c == '<' || c == '>'))
        place->angled = c == '<';
    return in_comment || place->comments > 0;
}

/* Cuts an item off; without its comments it is in *to. False: something in it does not end. */
static bool take_item(struct slice *rest, struct buf *to)
{
    struct place place = {0};
    size_t i = 0;
    buf_clear(to);
    for (; i < rest->len && !(rest->ptr[i] == ',' && is_outside(&place)); i++) {
        if (rest->ptr[i] == '\\' && i + 1 < rest->len) {
            if (place.comments == 0)
                buf_add(to, slice_of(rest->ptr + i, 2));
            i++;
        } else if (!step(&place, rest->ptr[i])) {
            buf_add_char(to, rest->ptr[i]);
        }
    }
    *rest = slice_skip(*rest, i + 1);
    return is_outside(&place);
}

/* What is between < and >, if there are such outside of quotes. */
static struct slice within_brackets(struct slice item)
{
    const char *end = slice_find_last_char(item, '>');
    bool quoted = false;
    for (size_t i = 0; end == slice_end(item) - 1 && i < item.len; i++) {
        if (item.ptr[i] == '\\')
            i++;
        else if (item.ptr[i] == '"')
            quoted = !quoted;
        else if (item.ptr[i] == '<' && !quoted)
            return slice_trim(slice_between(item.ptr + i + 1, end));
    }
    return item;
}

static bool is_one_address(struct slice item)
{
    bool quoted = false;
    for (size_t i = 0; i < item.len; i++) {
        char c = item.ptr[i];
        if (c == '\\')
            i++;
        else if (c == '"')
            quoted = !quoted;
        else if (!quoted && (c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == ';' ||
                             c == ':' || c == '<' || c == '>'))
            return false;
    }
    return !quoted && item.len > 0;
}

static enum address_kind kind_of(struct slice item)
{
    struct slice begin = item;
    (void)slice_take_prefix(&begin, SLICE("\""));
    if (slice_starts_with(begin, SLICE("|")))
        return ADDRESS_COMMAND;
    if (slice_starts_with(begin, SLICE("/")))
        return ADDRESS_FILE;
    return slice_istarts_with(begin, SLICE(":include:")) ? ADDRESS_INCLUDE : ADDRESS_MAIL;
}

bool address_list_next(struct slice *rest, struct buf *scratch, struct address_item *item)
{
    while (rest->len > 0) {
        bool is_whole = take_item(rest, scratch);
        struct slice text = slice_trim(buf_slice(scratch));
        if (text.len == 0 && is_whole)
            continue;
        item->kind = is_whole ? kind_of(text) : ADDRESS_BAD;
        item->text = SLICE("");
        if (item->kind != ADDRESS_MAIL)
            return true;
        text = within_brackets(text);
        (void)slice_take_prefix(&text, SLICE("\\")); /* \user: himself, without .forward */
        if (is_one_address(text))
            item->text = text;
        else
            item->kind = ADDRESS_BAD;
        return true;
    }
    return false;
}
