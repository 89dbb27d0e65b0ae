/* SPDX-License-Identifier: Apache-2.0
 *
 * See form_body.h.
 */
#include "base/form_body.h"

/* -1: no digit. */
static int hex_digit(char c)
{
    char low = ascii_lower(c);
    if (ascii_is_digit(c))
        return c - '0';
    return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

static bool decode(struct slice value, struct buf *to)
{
    for (size_t i = 0; i < value.len; i++) {
        if (value.ptr[i] != '%') {
            buf_add_char(to, value.ptr[i] == '+' ? ' ' : value.ptr[i]);
            continue;
        }
        int high = i + 2 < value.len ? hex_digit(value.ptr[i + 1]) : -1;
        int low = i + 2 < value.len ? hex_digit(value.ptr[i + 2]) : -1;
        if (high < 0 || low < 0)
            return false;
        buf_add_char(to, (char)(high * 16 + low));
        i += 2;
    }
    return true;
}

bool form_body_value(struct slice body, struct slice name, struct buf *to)
{
    while (body.ptr != NULL) {
        struct slice value = slice_cut(&body, '&');
        if (!slice_eq(slice_cut(&value, '='), name))
            continue;
        CLEANUP_BUF struct buf decoded = {0};
        bool good = decode(value, &decoded);
        if (good)
            buf_add(to, buf_slice(&decoded));
        return good;
    }
    return false;
}
