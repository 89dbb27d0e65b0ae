/* SPDX-License-Identifier: Apache-2.0
 *
 * The configuration as the verbs beside the daemon need it: where the control socket, the state and
 * Postfix are. Whoever may use those verbs need not be able to read its secrets; and what is wrong
 * with the rest of the file, which the daemon may just have refused, does not stop them.
 */
#ifndef TD_APP_SETTINGS_GLANCE_H
#define TD_APP_SETTINGS_GLANCE_H

#include "app/settings.h"

/* path NULL: the usual file, and the defaults where that is not there or not readable for the
 * caller. The files that secrets stand in are not read. NULL and err: a file that was named cannot
 * be read, is no YAML, or has faults in state, control, postfix or web. Only those are read; the
 * others are at their defaults. The caller ends it with settings_free. */
struct settings *settings_glance(const char *path, struct err *err);

/* The same of other sections; keys ends with NULL. */
struct settings *settings_glance_at(const char *path, const char *const *keys, struct err *err);

#endif
