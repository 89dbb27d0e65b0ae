/* SPDX-License-Identifier: Apache-2.0
 *
 * See subject_name.h. Names between `,` and `+`; in values `\` stands before a special character or
 * two hex digits, and `"` around all of it (RFC 2253, section 4). A value in hex (`#04...`) is of
 * no attribute that is asked for here, and stays as it is.
 */
#include "mail/subject_name.h"

static int digit(char c)
{
    if (ascii_is_digit(c))
        return c - '0';
    char small = ascii_lower(c);
    return small >= 'a' && small <= 'f' ? small - 'a' + 10 : -1;
}

/* One character behind a backslash. */
static bool take_escape(struct slice *rest, struct buf *to)
{
    if (rest->len == 0)
        return false;
    int high = digit(rest->ptr[0]), low = rest->len > 1 ? digit(rest->ptr[1]) : -1;
    bool hex = high >= 0 && low >= 0;
    char c = hex ? (char)(high * 16 + low) : rest->ptr[0];
    if (c == '\0' || (high >= 0 && !hex))
        return false;
    buf_add_char(to, c);
    *rest = slice_skip(*rest, hex ? 2 : 1);
    return true;
}

/* Takes a value off *rest, up to where the next attribute begins. */
static bool take_value(struct slice *rest, struct buf *to)
{
    bool quoted = slice_take_prefix(rest, SLICE("\""));
    while (rest->len > 0) {
        char c = rest->ptr[0];
        if (quoted ? c == '"' : c == ',' || c == '+' || c == ';')
            break;
        *rest = slice_skip(*rest, 1);
        if (c == '\\' ? !take_escape(rest, to) : c == '\0')
            return false;
        if (c != '\\')
            buf_add_char(to, c);
    }
    return !quoted || slice_take_prefix(rest, SLICE("\""));
}

/* Takes an attribute off *rest with what stands behind it. */
static bool take_attribute(struct slice *rest, struct slice *name, struct buf *value)
{
    const char *equals = slice_find_char(*rest, '=');
    if (equals == NULL)
        return false;
    *name = slice_trim(slice_between(rest->ptr, equals));
    *rest = slice_skip(*rest, (size_t)(equals + 1 - rest->ptr));
    if (name->len == 0 || !take_value(rest, value))
        return false;
    if (rest->len == 0)
        return true;
    char end = rest->ptr[0];
    *rest = slice_skip(*rest, 1);
    return (end == ',' || end == '+' || end == ';') && rest->len > 0;
}

bool subject_name_find(struct slice name, struct slice attribute, struct buf *to)
{
    CLEANUP_BUF struct buf value = {0}, found = {0};
    size_t count = 0;
    while (name.len > 0) {
        struct slice key;
        buf_clear(&value);
        if (!take_attribute(&name, &key, &value))
            return false;
        if (!slice_ieq(key, attribute))
            continue;
        count++;
        buf_add(&found, buf_slice(&value));
    }
    if (count != 1 || found.len == 0)
        return false;
    buf_add(to, buf_slice(&found));
    return true;
}
