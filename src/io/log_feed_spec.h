/* SPDX-License-Identifier: Apache-2.0
 *
 * Copies of what a feed is told to follow.
 */
#ifndef TD_IO_LOG_FEED_SPEC_H
#define TD_IO_LOG_FEED_SPEC_H

#include "base/memory.h"
#include "io/log_feed.h"

/* All of `from`, in the arena. */
struct log_feed_source log_feed_spec_copy(const struct log_feed_source *from, struct arena *arena);

/* The same but for where it begins? */
bool log_feed_spec_is_same(const struct log_feed_source *a, const struct log_feed_source *b);

#endif
