/* SPDX-License-Identifier: Apache-2.0
 *
 * The state of the daemon in one screen, what matters most first: what is wrong with the mail, what
 * is wrong with todoku itself, totals, the largest paths. Foreign text is escaped.
 */
#ifndef TD_APP_STATUS_TEXT_H
#define TD_APP_STATUS_TEXT_H

#include "app/status_answer.h"
#include "app/text_table.h"

void status_text(const struct status_answer *status, const struct text_style *style,
                 struct buf *to);

/* Parts of it, for top. */
void status_text_head(const struct status_answer *status, const struct text_style *style,
                      const char *title, struct buf *to);
void status_text_incidents(const struct status_answer *status, const struct text_style *style,
                           size_t most, struct buf *to);

/* One line of a part: a label in the tone, what is to be said, in two lines at most. */
void status_text_part(const struct text_style *style, enum text_tone tone, const char *label,
                      struct slice text, struct buf *to);

/* The first cell of its row: "relay1/out-a -> docomo", behind a mark when an open incident names
 * it, or room for one where any incident is open. */
void status_path_cell(struct text_table *table, const struct status_answer *status,
                      const struct status_path *path, const struct text_style *style);

/* Does an open incident name it? */
bool status_path_is_bad(const struct status_answer *status, const struct status_path *path);

#endif
