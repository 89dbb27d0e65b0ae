/* SPDX-License-Identifier: Apache-2.0
 *
 * See settings_classifier.h.
 */
#include "app/settings_classifier.h"

#include "io/file_text.h"

struct classifier *settings_classifier_new(const struct settings *settings, struct err *err)
{
    CLEANUP_BUF struct buf extra = {0};
    const char *path = settings->providers;
    if (path != NULL && !file_text_read(path, &extra, err))
        return NULL;
    struct provider_table *providers = provider_table_new(buf_slice(&extra), err);
    if (providers != NULL)
        return classifier_new_for(settings->rules, providers, err);
    err_at(err, "%s", path ? path : "providers");
    return NULL;
}
