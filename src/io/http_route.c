/* SPDX-License-Identifier: Apache-2.0
 *
 * See http_route.h. A table has some dozens of rows: a walk through it is cheaper than its index.
 */
#include "io/http_route.h"

/* How well a pattern fits: 0 not at all, else its length, whole paths above prefixes. */
static size_t fit(const char *pattern, struct slice path, struct slice *rest)
{
    struct slice wanted = slice_from_str(pattern);
    *rest = (struct slice){0};
    if (!slice_ends_with(wanted, SLICE("*")))
        return slice_eq(wanted, path) ? SIZE_MAX : 0;
    wanted.len--;
    if (!slice_starts_with(path, wanted))
        return 0;
    *rest = slice_skip(path, wanted.len);
    return wanted.len + 1;
}

const struct http_route *http_route_find(const struct http_route *routes, size_t count,
                                         enum http_method method, struct slice path,
                                         struct slice *rest, http_method_set *allowed)
{
    const struct http_route *best = NULL;
    size_t best_fit = 0;
    *rest = (struct slice){0};
    *allowed = 0;
    for (size_t i = 0; i < count; i++) {
        struct slice after;
        size_t found = fit(routes[i].path, path, &after);
        if (found > 0)
            *allowed |= 1U << routes[i].method;
        if (found > best_fit && routes[i].method == method) {
            best = &routes[i];
            best_fit = found;
            *rest = after;
        }
    }
    return best;
}

http_method_set http_route_methods(const struct http_route *routes, size_t count, struct slice path)
{
    struct slice rest;
    http_method_set allowed;
    (void)http_route_find(routes, count, HTTP_GET, path, &rest, &allowed);
    return allowed;
}

void http_route_allow(http_method_set methods, struct buf *to)
{
    for (unsigned i = 0; i < HTTP_METHODS; i++)
        if (methods & 1U << i)
            buf_addf(to, "%s, %s", http_method_name((enum http_method)i),
                     i == HTTP_GET ? "HEAD, " : "");
    buf_add_str(to, "OPTIONS");
}

bool http_route_method(struct slice name, enum http_method *method)
{
    for (unsigned i = 0; i < HTTP_METHODS; i++)
        if (slice_eq(name, slice_from_str(http_method_name((enum http_method)i)))) {
            *method = (enum http_method)i;
            return true;
        }
    *method = HTTP_GET;
    return slice_eq(name, SLICE("HEAD"));
}
