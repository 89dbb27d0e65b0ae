/* SPDX-License-Identifier: Apache-2.0
 *
 * One pass over the pattern. See text_template.h.
 */
#include "base/text_template.h"

static const struct text_value *value_named(const struct text_value *values, struct slice name)
{
    for (; values->name; values++)
        if (slice_eq(slice_from_str(values->name), name))
            return values;
    return NULL;
}

void text_template(const char *pattern, const struct text_value *values, struct buf *to)
{
    struct slice rest = slice_from_str(pattern);
    const char *open;
    while ((open = slice_find_char(rest, '{')) != NULL) {
        struct slice tail = slice_between(open, slice_end(rest));
        const char *close = slice_find_char(tail, '}');
        if (!close)
            break;
        const struct text_value *value = value_named(values, slice_between(open + 1, close));
        buf_add(to, slice_between(rest.ptr, open));
        buf_add(to, value ? value->text : slice_between(open, close + 1));
        rest = slice_between(close + 1, slice_end(rest));
    }
    buf_add(to, rest);
}
