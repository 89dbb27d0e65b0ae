/* SPDX-License-Identifier: Apache-2.0
 *
 * See login_form.h.
 */
#include "model/login_form.h"

void login_form(struct slice default_domain, struct slice login, struct buf *to)
{
    buf_add_lower(to, login);
    if (login.len == 0 || default_domain.len == 0 || slice_find_char(login, '@') != NULL)
        return;
    buf_add_char(to, '@');
    buf_add_lower(to, default_domain);
}
