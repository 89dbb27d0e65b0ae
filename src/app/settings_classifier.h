/* SPDX-License-Identifier: Apache-2.0
 *
 * The classifier that the settings ask for: with the operator's rules and providers.
 */
#ifndef TD_APP_SETTINGS_CLASSIFIER_H
#define TD_APP_SETTINGS_CLASSIFIER_H

#include "app/settings.h"
#include "watch/classifier.h"

/* NULL and err: one of the operator's files cannot be read, or has a fault. */
struct classifier *settings_classifier_new(const struct settings *settings, struct err *err);

#endif
