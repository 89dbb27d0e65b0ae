/* SPDX-License-Identifier: Apache-2.0
 *
 * What reading the journal to its end (journal.c) and following it (journal_follow.c) share.
 */
#ifndef TD_IO_JOURNAL_PRIVATE_H
#define TD_IO_JOURNAL_PRIVATE_H

#include <stdbool.h>
#include <systemd/sd-journal.h>

#include "base/buf.h"
#include "base/err.h"

/* Opens what journal_open opens, for one thread; close with sd_journal_close. */
bool journal_open_handle(const char *where, sd_journal **handle, struct err *err);

/* err: "cannot open: " and what to do about it. Returns false. */
bool journal_open_failed(int code, struct err *err);

/* "FIELD=value" of the current entry: the value, until the next call for this handle; empty: not
 * there or damaged. */
struct slice journal_get_field(sd_journal *handle, const char *field);

/* Kept between entries for their memory; {0} to begin. */
struct journal_fields {
    struct buf host, tag, pid;
};

/* Replaces *line by the text of the current entry with its newline. */
void journal_format_entry(sd_journal *handle, struct journal_fields *fields, struct buf *line);
void journal_fields_done(struct journal_fields *fields);

#endif
