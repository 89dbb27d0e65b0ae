/* SPDX-License-Identifier: Apache-2.0
 *
 * What is wrong in a configuration: one line of text a fault, `FILE:LINE: KEY: what is wrong;
 * accepted: ...`, printable.
 */
#ifndef TD_APP_SETTINGS_FAULT_H
#define TD_APP_SETTINGS_FAULT_H

#include <stdint.h>

#include "base/buf.h"

#define SETTINGS_FAULTS_MAX 100 /* further ones are counted only */

struct settings_fault {
    uint32_t line;
    char *text; /* owned; the whole line, without newline */
};

struct settings_faults {
    const char *file; /* borrowed; as the user named it */
    struct settings_fault faults[SETTINGS_FAULTS_MAX];
    size_t count, more; /* more: found, but not kept */
};

void settings_faults_init(struct settings_faults *faults, const char *file);
void settings_faults_done(struct settings_faults *faults);

/* Adds one. key: "notify[1].language", or empty. The text may hold anything from the file; it is
 * made printable. accepted NULL: the text says it itself. */
void settings_faults_add(struct settings_faults *faults, uint32_t line, const char *key,
                         const char *text, const char *accepted);

/* Into the order of the lines. */
void settings_faults_sort(struct settings_faults *faults);

#endif
