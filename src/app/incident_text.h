/* SPDX-License-Identifier: Apache-2.0
 *
 * Incidents of the running daemon as text for a terminal or a pipe: in a list, in brief among other
 * things, and one in full. Everything that came from logs or other people is escaped.
 */
#ifndef TD_APP_INCIDENT_TEXT_H
#define TD_APP_INCIDENT_TEXT_H

#include "app/incident_answer.h"
#include "app/text_style.h"

/* Title, where and since when in one line, then how much, who has it, and its id. */
void incident_text_brief(const struct text_style *style, const struct incident_answer *answer,
                         int64_t now_us, struct buf *to);

/* A table; of none a sentence. all: closed ones are among them. */
void incident_text_list(const struct text_style *style, const struct incident_answer *answers,
                        size_t count, bool all, struct buf *to);

/* What, where, since, how much, evidence, what to do. web_url: of the pages that are served, for
 * the link to the runbook; empty: where its text is. */
void incident_text_full(const struct text_style *style, const struct incident_answer *answer,
                        int64_t now_us, struct slice web_url, struct buf *to);

#endif
