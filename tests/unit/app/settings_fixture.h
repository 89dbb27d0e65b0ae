/* SPDX-License-Identifier: Apache-2.0
 *
 * What the tests of the settings share: a YAML text into settings or faults.
 */
#ifndef TD_TESTS_UNIT_APP_SETTINGS_FIXTURE_H
#define TD_TESTS_UNIT_APP_SETTINGS_FIXTURE_H

#include "app/settings_load.h"

/* Settings of a text without faults; fails the test when there are some. Free with settings_free.
 * Relative paths begin at /etc/todoku/; files of secrets are not read. */
struct settings *settings_of(const char *yaml);

/* The faults, "t.yaml" taken off, a newline between; fails the test when there are none. */
void faults_of(const char *yaml, struct buf *to);

struct fault_row {
    const char *yaml, *faults;
};

/* Fails the test at the first row whose faults are others. */
void check_faults(const struct fault_row *rows, size_t count);

#endif
