/* SPDX-License-Identifier: Apache-2.0
 *
 * The `token` expression of a rule: what of a reply is reported as its token. Bytes, any case, with
 * a limit on the work that one search may do, since both the expression (an operator's) and the
 * text (anybody's) come from outside. The only file that knows PCRE2.
 */
#ifndef TD_WATCH_TOKEN_REGEX_H
#define TD_WATCH_TOKEN_REGEX_H

#include "base/err.h"
#include "base/slice.h"

struct token_regex;

/* NULL: err says what is wrong with the expression. */
struct token_regex *token_regex_new(struct slice expression, struct err *err);
void token_regex_free(struct token_regex *regex);

/* Group 1 of the first match, or the whole match when there is no group; empty with ptr NULL when
 * nothing matches or the limit was reached. Points into the text. */
struct slice token_regex_find(const struct token_regex *regex, struct slice text);

#endif
