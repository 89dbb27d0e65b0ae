/* SPDX-License-Identifier: Apache-2.0
 *
 * Rows of the history as log lines again, so that whoever reads logs can read the history: the
 * forms are Postfix' own (docs/guide/parse.md), with ISO stamps in UTC and pid 0. A row does not
 * hold everything that the lines said (docs/guide/history.md has the list): such fields are left
 * out where the form allows it, and 0 where it does not (size=, nrcpt=).
 */
#ifndef TD_WATCH_ROW_LINES_H
#define TD_WATCH_ROW_LINES_H

#include "base/buf.h"
#include "store/history_row.h"

/* Appends the lines that come before the deliveries of the row's message, each with its newline and
 * the stamp at_us: client= where one is known, message-id=, from=. None when the row knows nothing
 * of the kind: the history began in the middle of that message. Size and number of recipients are
 * those of a HISTORY_MESSAGE row. */
void row_lines_begin(const struct history_row *row, int64_t at_us, struct buf *to);

/* Appends the row's own line, if it stands for one: a delivery, status=expired, removed. `before`:
 * the row before it in the same reading, or NULL; what that one's line said already is not said
 * again. */
void row_lines_own(const struct history_row *row, const struct history_row *before, struct buf *to);

/* Whether both rows are about one message in one queue. */
bool row_lines_same_message(const struct history_row *a, const struct history_row *b);

#endif
