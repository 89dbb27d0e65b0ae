/* SPDX-License-Identifier: Apache-2.0
 *
 * Between the files of web/runbook.
 */
#ifndef TD_WEB_RUNBOOK_PRIVATE_H
#define TD_WEB_RUNBOOK_PRIVATE_H

#include "web/runbook.h"

#define RUNBOOK_DELISTING "delisting"

/* Head and navigation of a page, until <main>; name: as in web/runbook.h, without a language. */
void runbook_frame_begin(struct slice name, struct slice title, enum language language,
                         struct buf *to);
void runbook_frame_end(struct buf *to);

/* "/runbooks/block", "/runbooks/block.ja"; English has no suffix. */
void runbook_address(struct slice name, enum language language, struct buf *to);

/* The tables of whom to ask, without a frame. */
void runbook_delisting(const struct provider_table *providers, enum language language,
                       struct buf *to);
const char *runbook_delisting_title(enum language language);

#endif
