/* SPDX-License-Identifier: Apache-2.0
 *
 * See settings_fault.h.
 */
#include "app/settings_fault.h"

#include "base/escape.h"
#include "base/memory.h"

void settings_faults_init(struct settings_faults *faults, const char *file)
{
    memset(faults, 0, sizeof(*faults));
    faults->file = file;
}

void settings_faults_done(struct settings_faults *faults)
{
    for (size_t i = 0; i < faults->count; i++)
        mem_free(faults->faults[i].text);
    faults->count = 0;
}

void settings_faults_add(struct settings_faults *faults, uint32_t line, const char *key,
                         const char *text, const char *accepted)
{
    CLEANUP_BUF struct buf raw = {0};
    struct buf clean = {0};
    if (faults->count == SETTINGS_FAULTS_MAX) {
        faults->more++;
        return;
    }
    buf_addf(&raw, "%s:%u: ", faults->file, line);
    if (key[0] != '\0')
        buf_addf(&raw, "%s: ", key);
    buf_add_str(&raw, text);
    if (accepted != NULL)
        buf_addf(&raw, "; accepted: %s", accepted);
    escape_terminal(buf_slice(&raw), &clean);
    faults->faults[faults->count++] = (struct settings_fault){line, clean.ptr};
}

/* By insertion: few, nearly in order, and those of one line stay as they were found. */
void settings_faults_sort(struct settings_faults *faults)
{
    for (size_t i = 1; i < faults->count; i++) {
        struct settings_fault moving = faults->faults[i];
        size_t to = i;
        for (; to > 0 && faults->faults[to - 1].line > moving.line; to--)
            faults->faults[to] = faults->faults[to - 1];
        faults->faults[to] = moving;
    }
}
