/* SPDX-License-Identifier: Apache-2.0
 *
 * What the rows of the schema say, for people: the manual page and the example. Pure text; nothing
 * here depends on a configuration.
 */
#ifndef TD_APP_SETTINGS_MANUAL_H
#define TD_APP_SETTINGS_MANUAL_H

#include "base/buf.h"

/* Appends todoku.yaml(5) in mdoc. */
void settings_manual(struct buf *to);

/* Appends examples/todoku.yaml: each key with what it means and its default, or an example where it
 * has none. Every line begins with `#`; with that taken off it is a configuration that loads. */
void settings_example(struct buf *to);

#endif
