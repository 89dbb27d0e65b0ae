/* SPDX-License-Identifier: Apache-2.0
 *
 * The systemd journal as the text of a log, one line an entry:
 *
 *      2026-03-02T08:01:02.123456+00:00 host tag[pid]: message
 *
 * Entries of syslog's mail facility and those whose identifier begins with postfix, dovecot or
 * nginx. All calls for one journal come from one thread (a rule of sd-journal).
 */
#ifndef TD_IO_JOURNAL_H
#define TD_IO_JOURNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"
#include "io/byte_source.h"

/* Is it "journal:" or "journal:PATH"? */
bool journal_is_name(const char *name);

/* Does a file begin as one of the journal? */
bool journal_is_file(struct slice head);

/* where: "" for this machine's, or a directory of journal files (also one with machine ids below
 * it) or one file. Entries that were received before since_us are left out; INT64_MIN: none. NULL
 * and err when there is none or it may not be read. */
struct byte_source *journal_open(const char *where, int64_t since_us, struct err *err);

/* Does it hold at least one entry of Postfix? False also when it cannot be read. */
bool journal_has_postfix(const char *where);

#endif
