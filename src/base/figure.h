/* SPDX-License-Identifier: Apache-2.0
 *
 * Numbers as people read them. Appended to a buf; the same in every language that we speak.
 */
#ifndef TD_BASE_FIGURE_H
#define TD_BASE_FIGURE_H

#include "base/buf.h"

/* 12,345 */
void figure_number(uint64_t number, struct buf *to);

/* "98.71 %". Never rounds something to nothing or almost all to all: "<0.01 %", "99.99 %". "-" of
 * nothing. */
void figure_percent(uint64_t part, uint64_t whole, struct buf *to);

#endif
