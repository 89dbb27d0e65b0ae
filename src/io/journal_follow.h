/* SPDX-License-Identifier: Apache-2.0
 *
 * Follows the systemd journal: lines as journal.h has them, of the entries it would give. Unlike
 * there every entry is looked at, since a tag that appears later (a new instance of Postfix) must
 * be heard too: about 5 us an entry that is not of mail.
 *
 * The position is journald's own cursor. When the entry it names is gone (vacuumed while nobody
 * read), that is told as LOG_GAP and the oldest one left behind it is next. journald drops what one
 * service logs faster than its RateLimitBurst=, and forgets by SystemMaxUse=: what was never there
 * cannot be read.
 */
#ifndef TD_IO_JOURNAL_FOLLOW_H
#define TD_IO_JOURNAL_FOLLOW_H

#include "io/log_source.h"

/* where: as for journal_open; copied. Without a position it begins with the entries received at or
 * after since_us (UTC); INT64_MAX: with what comes from now on. Opens at the first turn, by the
 * thread that takes it. Bytes behind are not known. */
struct log_source *journal_follow_new(const char *where, int64_t since_us,
                                      const struct log_position *position,
                                      const struct log_sink *sink);

#endif
