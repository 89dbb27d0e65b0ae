/* SPDX-License-Identifier: Apache-2.0
 *
 * Lines of other programs and of sessions without mail: rejects, failed logins, postscreen, anvil,
 * Dovecot, warnings. A scene is a few lines in a row of one host.
 */
#ifndef TD_BENCH_SCENE_H
#define TD_BENCH_SCENE_H

#include "simulation.h"

/* Whether the profile has any scene. */
bool scene_wanted(const struct simulation *sim);

/* One line that belongs to nothing, to fill up the log. */
void scene_filler(struct simulation *sim);

#endif
