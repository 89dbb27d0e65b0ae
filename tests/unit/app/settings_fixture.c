/* SPDX-License-Identifier: Apache-2.0
 *
 * See settings_fixture.h.
 */
#include "app/settings_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct settings *settings_of(const char *yaml)
{
    struct settings_faults faults;
    settings_faults_init(&faults, "t.yaml");
    struct settings *settings = settings_parse(slice_from_str(yaml), "/etc/todoku/", &faults);
    if (settings == NULL)
        fail_msg("%s\n%s", yaml, faults.faults[0].text);
    settings_faults_done(&faults);
    return settings;
}

void faults_of(const char *yaml, struct buf *to)
{
    struct settings_faults faults;
    settings_faults_init(&faults, "t.yaml");
    struct settings *settings = settings_parse(slice_from_str(yaml), "/etc/todoku/", &faults);
    if (settings != NULL)
        fail_msg("no fault:\n%s", yaml);
    for (size_t i = 0; i < faults.count; i++) {
        struct slice text = slice_from_str(faults.faults[i].text);
        if (!slice_take_prefix(&text, SLICE("t.yaml:")))
            fail_msg("no file: %s", faults.faults[i].text);
        buf_add_str(to, i == 0 ? "" : "\n");
        buf_add(to, text);
    }
    settings_faults_done(&faults);
}

void check_faults(const struct fault_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        CLEANUP_BUF struct buf got = {0};
        faults_of(rows[i].yaml, &got);
        if (strcmp(buf_str(&got), rows[i].faults) != 0)
            fail_msg("of:\n%s\ngot:\n%s\nnot:\n%s", rows[i].yaml, buf_str(&got), rows[i].faults);
    }
}
