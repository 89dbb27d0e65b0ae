/* SPDX-License-Identifier: Apache-2.0
 *
 * See account_access.h.
 */
#include "app/account_access.h"

#include <errno.h>
#include <libgen.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/settings_glance.h"
#include "app/settings_load.h"
#include "model/login_form.h"

static bool is_embedded(const struct account_access *to)
{
    return to->terms->driver == &account_driver_sqlite;
}

/* Only root can, and only root has to. */
static bool become_owner(const char *path, struct err *err)
{
    struct stat st;
    CLEANUP_BUF struct buf folder = {0};
    if (geteuid() != 0)
        return true;
    buf_add_str(&folder, path);
    if (stat(path, &st) != 0 && stat(dirname(folder.ptr), &st) != 0)
        return err_set(err, ERR_IO, "%s: neither it nor its folder is there", path);
    return st.st_uid == 0 || (setegid(st.st_gid) == 0 && seteuid(st.st_uid) == 0) ||
           err_set(err, ERR_IO, "%s: its owner cannot be acted for", path);
}

bool account_access_open(struct account_access *to, const char *config, struct err *err)
{
    static const char *const keys[] = {"state", "control", "policy", "accounts", "auth", NULL};
    to->settings = settings_glance_at(config, keys, err);
    if (to->settings == NULL)
        return false;
    struct settings_accounts *accounts = &to->settings->accounts;
    to->is_unheard = accounts->path == NULL && accounts->query == NULL;
    settings_accounts_embed(to->settings);
    if (!settings_read_secret(to->settings, &accounts->password, err))
        return false;
    to->terms = settings_accounts_make(to->settings);
    return to->terms->driver != NULL ||
           err_set(err, ERR_USAGE,
                   "no accounts are configured: accounts: { driver: sqlite, path: FILE }");
}

bool account_access_enter(const struct account_access *to, struct err *err)
{
    return !is_embedded(to) || become_owner(to->terms->place.path, err);
}

void account_access_done(struct account_access *to)
{
    account_terms_free(to->terms);
    settings_free(to->settings);
    *to = (struct account_access){0};
}

bool account_access_is_empty(const struct account_access *to)
{
    return is_embedded(to) && access(to->terms->place.path, F_OK) != 0 && errno == ENOENT;
}

static bool is_missing(const struct account_access *to, struct err *err)
{
    return account_access_is_empty(to) &&
           !err_set(err, ERR_IO, "%s is not there yet: todoku account add makes it",
                    to->terms->place.path);
}

enum account_found account_access_find(const struct account_access *to, struct slice login,
                                       account_row_see see, void *context, struct err *err)
{
    const struct account_driver *driver = to->terms->driver;
    CLEANUP_BUF struct buf form = {0};
    if (is_missing(to, err))
        return ACCOUNT_TROUBLE;
    login_form(to->terms->place.default_domain, login, &form);
    struct account_source *source = driver->make(&to->terms->place);
    enum account_found found = driver->find(source, buf_slice(&form), see, context, err);
    driver->free(source);
    return found;
}

bool account_access_read(const struct account_access *to, account_name_see see, void *context,
                         struct err *err)
{
    const struct account_driver *driver = to->terms->driver;
    if (account_access_is_empty(to))
        return true;
    struct account_source *source = driver->make(&to->terms->place);
    bool good = driver->read(source, see, context, err);
    driver->free(source);
    return good;
}
