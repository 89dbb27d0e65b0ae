/* SPDX-License-Identifier: Apache-2.0
 *
 * How rows are written, for the files that hold them: settings_schema.c, settings_schema_respond.c,
 * settings_schema_policy.c, settings_schema_hijack.c.
 */
#ifndef TD_APP_SETTINGS_SCHEMA_PRIVATE_H
#define TD_APP_SETTINGS_SCHEMA_PRIVATE_H

#include "app/settings_schema.h"

#define SECOND 1e6
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define MIB (1024.0 * 1024.0)
#define TIB (MIB * MIB)

#define SECTION(name, type_) \
    static const struct setting_section name##_section = { \
        name##_rows, sizeof(name##_rows) / sizeof(name##_rows[0]), sizeof(type_), false, 0}

/* One value, a list, a map and a list of maps at a field of the section's struct T. */
#define ONE(key_, type_, field) .key = key_, .type = SETTING_##type_, .at = offsetof(T, field)
#define MANY(key_, type_, field, counter) \
    ONE(key_, type_, field), .list = true, .count_at = offsetof(T, counter)
#define MAP(key_, section_, field) ONE(key_, SECTION, field), .section = &section_##_section
#define MAPS(key_, section_, field, counter) \
    MANY(key_, SECTION, field, counter), .section = &section_##_section

extern const struct setting_section settings_respond_section, settings_policy_section,
    settings_hijack_section, settings_accounts_section, settings_auth_section,
    settings_quota_section;

#endif
