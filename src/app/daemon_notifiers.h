/* SPDX-License-Identifier: Apache-2.0
 *
 * The notifiers by the settings, and the book of incidents by them: for the daemon, and for a
 * replay that shows what they would have said.
 */
#ifndef TD_APP_DAEMON_NOTIFIERS_H
#define TD_APP_DAEMON_NOTIFIERS_H

#include "app/settings.h"
#include "mail/provider.h"
#include "respond/incident_book.h"
#include "respond/notify_desk.h"

/* Fills `out` and returns how many there are. Texts live as long as settings and arena. */
size_t daemon_notifiers(const struct settings *settings, const struct provider_table *providers,
                        struct arena *arena, struct notifier_settings out[NOTIFY_DESK_MAX]);

struct incident_book_settings daemon_book_settings(const struct settings *settings);

#endif
