/* SPDX-License-Identifier: Apache-2.0
 *
 * The parts of settings_rules.h: what they check, and how they say what is broken.
 */
#ifndef TD_APP_SETTINGS_RULES_PRIVATE_H
#define TD_APP_SETTINGS_RULES_PRIVATE_H

#include "app/settings_rules.h"

struct settings_rules {
    struct settings *settings;
    const struct conf_node *root;
    struct settings_faults *faults;
};

/* path: "policy.limits[2].name"; accepted: what would be right, an example. */
void settings_rules_broken(const struct settings_rules *rules, const char *path, const char *text,
                           const char *accepted);

/* The entry of a list says the same as an earlier one. */
void settings_rules_broken_twice(const struct settings_rules *rules, const char *path,
                                 size_t earlier);

/* The section accounts. */
void settings_rules_accounts(const struct settings_rules *rules);

/* The section auth. */
void settings_rules_auth(const struct settings_rules *rules);

/* The section quota. */
void settings_rules_quota(const struct settings_rules *rules);

/* The section policy. */
void settings_rules_policy(const struct settings_rules *rules);

#endif
