/* SPDX-License-Identifier: Apache-2.0
 *
 * See wildcard.h. Only the last `*` is ever taken up again: what stood before it has its shortest
 * match, and no longer one could help what comes behind.
 */
#include "base/wildcard.h"

bool wildcard_matches(struct slice pattern, struct slice text)
{
    size_t p = 0, t = 0, star = SIZE_MAX, from = 0; /* star: behind the last one */
    while (t < text.len) {
        if (p < pattern.len && pattern.ptr[p] == '*') {
            star = ++p;
            from = t;
        } else if (p < pattern.len && pattern.ptr[p] == text.ptr[t]) {
            p++;
            t++;
        } else if (star != SIZE_MAX) {
            p = star;
            t = ++from;
        } else {
            return false;
        }
    }
    while (p < pattern.len && pattern.ptr[p] == '*')
        p++;
    return p == pattern.len;
}
