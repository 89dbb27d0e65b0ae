/* SPDX-License-Identifier: Apache-2.0
 *
 * Names of hosts. See host_name.h.
 */
#include "base/host_name.h"

#define LABEL_BYTES_MAX 63

static bool is_label_byte(char c)
{
    return ascii_is_alpha(c) || ascii_is_digit(c) || c == '-' || c == '_';
}

/* *digits: nothing else is in it. */
static bool is_label(struct slice label, bool *digits)
{
    *digits = true;
    for (size_t i = 0; i < label.len; i++) {
        if (!is_label_byte(label.ptr[i]))
            return false;
        *digits = *digits && ascii_is_digit(label.ptr[i]);
    }
    return label.len > 0 && label.len <= LABEL_BYTES_MAX;
}

bool host_name_is_valid(struct slice name)
{
    bool digits = true;
    if (name.len == 0 || name.len > HOST_NAME_BYTES_MAX)
        return false;
    for (struct slice rest = name; rest.ptr != NULL;)
        if (!is_label(slice_cut(&rest, '.'), &digits))
            return false;
    return !digits; /* no top level is a number */
}

static bool is_below(struct slice name, struct slice top)
{
    if (name.len < top.len || !slice_ieq(slice_of(slice_end(name) - top.len, top.len), top))
        return false;
    return name.len == top.len || name.ptr[name.len - top.len - 1] == '.';
}

bool host_name_is_reserved(struct slice name)
{
    static const char *const tops[] = {
        "test",          "example",       "invalid",       "localhost",     "local",
        "onion",         "alt",           "internal",      "home.arpa",     "example.com",
        "example.net",   "example.org",   "example.jp",    "example.co.jp", "example.ne.jp",
        "example.or.jp", "example.ac.jp", "example.go.jp",
    };
    if (slice_find_char(name, '.') == NULL)
        return true;
    for (size_t i = 0; i < sizeof(tops) / sizeof(tops[0]); i++)
        if (is_below(name, slice_from_str(tops[i])))
            return true;
    return false;
}
