/* SPDX-License-Identifier: Apache-2.0
 *
 * What must hold between several settings, and the defaults that follow from others.
 */
#ifndef TD_APP_SETTINGS_RULES_H
#define TD_APP_SETTINGS_RULES_H

#include "app/settings.h"
#include "app/settings_fault.h"
#include "io/conf_tree.h"

/* settings are complete by the schema, from this tree: lists have an entry a node. Adds a fault for
 * each rule that is broken; fills in the defaults that depend on other settings. */
void settings_rules_apply(struct settings *settings, const struct conf_node *root,
                          struct settings_faults *faults);

#endif
