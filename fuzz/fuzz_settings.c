/* SPDX-License-Identifier: Apache-2.0
 *
 * Any bytes as a configuration. There are settings or faults, never both or neither; a fault has a
 * line of the text; what is printed of settings is a configuration with the same meaning.
 */
#include <stddef.h>
#include <stdint.h>

#include "app/settings_dump.h"
#include "app/settings_load.h"
#include "base/memory.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct settings *parse(struct slice text)
{
    struct settings_faults faults;
    settings_faults_init(&faults, "t.yaml");
    struct settings *settings = settings_parse(text, "", &faults);
    ASSERT((settings != NULL) == (faults.count == 0));
    for (size_t i = 0; i < faults.count; i++) {
        ASSERT(faults.faults[i].line > 0);
        ASSERT(strncmp(faults.faults[i].text, "t.yaml:", 7) == 0);
        ASSERT(strchr(faults.faults[i].text, '\n') == NULL);
        ASSERT(i == 0 || faults.faults[i - 1].line <= faults.faults[i].line);
    }
    settings_faults_done(&faults);
    return settings;
}

/* `***` is no address of a webhook. */
static bool has_secret_url(const struct settings *settings)
{
    for (size_t i = 0; i < settings->notifier_count; i++)
        if (settings->notifiers[i].slack != NULL)
            return true;
    return false;
}

static void check_dump(const struct settings *settings)
{
    CLEANUP_BUF struct buf once = {0}, twice = {0}, json = {0};
    settings_dump_yaml(settings, &once);
    settings_dump_json(settings, &json);
    if (has_secret_url(settings))
        return;
    struct settings *again = parse(buf_slice(&once));
    ASSERT(again != NULL);
    settings_dump_yaml(again, &twice);
    ASSERT(slice_eq(buf_slice(&once), buf_slice(&twice)));
    settings_free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct settings *settings = parse(slice_of((const char *)data, size));
    if (settings != NULL)
        check_dump(settings);
    settings_free(settings);
    return 0;
}
