/* SPDX-License-Identifier: Apache-2.0
 *
 * Sizes as people write them: `512B` `64KiB` `10MiB` `2GiB` `1TiB`. Powers of 1024 only: `MB` means
 * two things, and is refused. A whole number, no blanks.
 */
#ifndef TD_BASE_BYTE_SIZE_H
#define TD_BASE_BYTE_SIZE_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/slice.h"

#define BYTE_SIZE_MAX (UINT64_C(1024) << 40) /* 1024 TiB */

/* False: another form, or more than BYTE_SIZE_MAX; *out_bytes untouched. */
bool byte_size_parse(struct slice text, uint64_t *out_bytes);

/* Appends the text in the largest unit that says it exactly; byte_size_parse reads it back. */
void byte_size_format(uint64_t bytes, struct buf *to);

#endif
