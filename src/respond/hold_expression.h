/* SPDX-License-Identifier: Apache-2.0
 *
 * An expression of a reply rule as one of pcre_table(5). Rules are matched with the bare text of a
 * reply (mail/reply.h: reply_text); Postfix has the reason as it logs it. So a blank also matches
 * the codes that begin the next of a reply's joined lines, `^` stands behind `said: ` and the code,
 * `$` before ` (in reply to ...)`.
 */
#ifndef TD_RESPOND_HOLD_EXPRESSION_H
#define TD_RESPOND_HOLD_EXPRESSION_H

#include "base/buf.h"
#include "base/slice.h"

/* Appends `(?:EXPRESSION)`. It must compile (watch/pattern_set.h) and have no control bytes;
 * whatever it is, it has no slash that ends it. */
void hold_expression_put(struct slice expression, struct buf *to);

/* Has it characters outside ASCII, so that the whole has to begin with (*UTF)? */
bool hold_expression_is_wide(struct slice expression);

/* What has to stand once behind all that use expressions. */
extern const char hold_expression_definitions[];

#endif
