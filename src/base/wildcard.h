/* SPDX-License-Identifier: Apache-2.0
 *
 * Patterns of names with `*`, which stands for any bytes, none too: `*@shop.example.jp`. All else
 * is itself.
 */
#ifndef TD_BASE_WILDCARD_H
#define TD_BASE_WILDCARD_H

#include <stdbool.h>

#include "base/slice.h"

/* The whole text is of that form. Time: at most the product of both lengths. */
bool wildcard_matches(struct slice pattern, struct slice text);

#endif
