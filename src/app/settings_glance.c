/* SPDX-License-Identifier: Apache-2.0
 *
 * Settings for the verbs. See settings_glance.h.
 */
#include "app/settings_glance.h"

#include <unistd.h>

#include "app/settings_load.h"

static struct settings *parse(struct slice text, const char *path, const char *const *keys,
                              struct err *err)
{
    CLEANUP_BUF struct buf folder = {0};
    settings_folder(path, &folder);
    struct settings_faults faults;
    settings_faults_init(&faults, path);
    struct settings *settings = settings_parse_only(text, buf_str(&folder), keys, &faults);
    if (settings == NULL)
        err_set(err, ERR_INPUT, "%s (todoku config check says all)",
                faults.count > 0 ? faults.faults[0].text : path);
    settings_faults_done(&faults);
    return settings;
}

struct settings *settings_glance(const char *path, struct err *err)
{
    static const char *const keys[] = {"state", "control", "postfix", "web", NULL};
    return settings_glance_at(path, keys, err);
}

struct settings *settings_glance_at(const char *path, const char *const *keys, struct err *err)
{
    CLEANUP_BUF struct buf text = {0};
    bool usual = path == NULL;
    if (usual)
        path = SETTINGS_PATH;
    bool absent = usual && access(path, R_OK) != 0;
    if (!absent && !settings_read(path, &text, err))
        return NULL;
    return parse(buf_slice(&text), path, keys, err);
}
