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

static const struct account_driver *const drivers[] = {
    &account_driver_sqlite,
    &account_driver_passwd_file,
#ifdef TD_POSTGRESQL
    &account_driver_postgresql,
#endif
#ifdef TD_MYSQL
    &account_driver_mysql,
#endif
};

const struct account_driver *account_driver_of(struct slice word)
{
    for (size_t i = 0; i < sizeof(drivers) / sizeof(drivers[0]); i++)
        if (slice_eq(slice_from_str(drivers[i]->word), word))
            return drivers[i];
    return NULL;
}
