/* SPDX-License-Identifier: Apache-2.0
 *
 * See auth_steps.h.
 */
#include "app/auth_steps.h"

static struct slice keep(struct arena *arena, struct slice text)
{
    return slice_of(arena_copy(arena, text.ptr, text.len), text.len);
}

static void take_row(void *context, const struct account_row *row)
{
    struct auth_attempt *attempt = context;
    auth_attempt_take(attempt, auth_account_new(row));
    attempt->secret = keep(attempt->arena, row->secret);
    struct slice *apps =
        arena_alloc(attempt->arena, (attempt->account->app_count + 1) * sizeof(*apps));
    for (size_t i = 0; i < attempt->account->app_count; i++)
        apps[i] = keep(attempt->arena, row->apps[i].secret);
    attempt->apps = apps;
}

enum account_found auth_steps_find(const struct account_driver *driver,
                                   struct account_source *source, struct auth_attempt *attempt,
                                   struct err *err)
{
    return driver->find(source, attempt->login, take_row, attempt, err);
}

enum secret_verdict auth_steps_compare(const struct secret_rules *rules,
                                       const struct auth_attempt *attempt, struct slice stored,
                                       struct err *err)
{
    const struct secret_stored is = {stored, attempt->account->login};
    const struct auth_request *request = &attempt->request;
    if (request->method == AUTH_CRAM_MD5)
        return secret_check_cram_md5(rules, is, request->salt, request->secret, err);
    if (request->method == AUTH_APOP)
        return secret_check_apop(rules, is, request->salt, request->secret, err);
    return secret_check_plain(rules, is, request->secret, err);
}

enum secret_verdict auth_steps_check(const struct auth_attempt *attempt,
                                     auth_steps_comparing compare, void *context, int *number,
                                     struct err *err)
{
    for (size_t i = 0; i < attempt->account->app_count; i++) {
        *number = (int)i + 1;
        if (compare(context, attempt, attempt->apps[i], NULL) == SECRET_RIGHT)
            return SECRET_RIGHT;
    }
    *number = 0;
    return compare(context, attempt, attempt->secret, err);
}
