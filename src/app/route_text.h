/* SPDX-License-Identifier: Apache-2.0
 *
 * Routes of the running daemon as text for a terminal or a pipe. Everything that came from logs or
 * other people is escaped.
 */
#ifndef TD_APP_ROUTE_TEXT_H
#define TD_APP_ROUTE_TEXT_H

#include "app/route_answer.h"
#include "app/text_style.h"

/* Overrides, paths, and what could not be done. */
void route_text_list(const struct text_style *style, const struct route_answer *answer,
                     int64_t now_us, struct buf *to);

/* What the override does: "out-b takes it", "25 % by out-b, else out-a". Not escaped. */
void route_text_what(const struct route_answer_override *override, struct buf *to);

/* Of a path with `left`: "of out-a at google nothing is moved or slowed down: ...". Not escaped. */
void route_text_left(const struct route_answer_path *path, struct buf *to);

/* "out-b takes no other's mail: it has no PTR record". Not escaped. */
void route_text_standing(const struct route_answer_standing *standing, struct buf *to);

/* What Postfix has asked so far. */
void route_text_exact(const struct route_answer_exact *exact, struct buf *to);

/* What was done about an incident: entries of the audit trail, the oldest first, each with when,
 * what, by whom, why and what came of it. NULL or none: nothing. False: one is not of the form. */
bool route_text_trail(const struct text_style *style, const json_t *entries, struct buf *to);

#endif
