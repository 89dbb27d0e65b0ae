/* SPDX-License-Identifier: Apache-2.0
 *
 * Parts of mail addresses, and of logins, which look like them (RFC 5321, 4.1.2).
 */
#ifndef TD_MAIL_ADDRESS_H
#define TD_MAIL_ADDRESS_H

#include "base/slice.h"

/* What stands behind the last `@`; empty: nothing does. */
static inline struct slice address_domain(struct slice address)
{
    const char *at = slice_find_last_char(address, '@');
    return at == NULL ? SLICE("") : slice_between(at + 1, slice_end(address));
}

#endif
