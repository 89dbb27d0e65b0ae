/* SPDX-License-Identifier: Apache-2.0
 *
 * What status and top say of todoku itself: configuration, routes, silences, notifiers, history,
 * logs and tables. What is wrong comes first, so that a low screen shows that. Foreign text is
 * escaped.
 */
#ifndef TD_APP_STATUS_ITSELF_H
#define TD_APP_STATUS_ITSELF_H

#include "app/status_answer.h"
#include "app/text_style.h"

#define STATUS_SILENT_S 600           /* a log without a line for so long is worth a word */
#define STATUS_COUNTS_BEHIND_S 60     /* counts that are not on the disk for so long */
#define STATUS_BEHIND_BYTES (1 << 20) /* and one with so much not yet read */

/* Under its heading, at most `most` lines (at least 3: an empty one, the heading and the first). */
void status_itself(const struct status_answer *status, const struct text_style *style, size_t most,
                   struct buf *to);

#endif
