/* SPDX-License-Identifier: Apache-2.0
 *
 * See account_driver.h.
 */
#include "store/account_driver.h"

struct slice account_without_domain(struct slice login, struct slice default_domain)
{
    const char *at = slice_find_last_char(login, '@');
    if (at == NULL || default_domain.len == 0)
        return SLICE("");
    struct slice domain = slice_between(at + 1, slice_end(login));
    return slice_ieq(domain, default_domain) ? slice_between(login.ptr, at) : SLICE("");
}
