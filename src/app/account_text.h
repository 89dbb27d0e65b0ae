/* SPDX-License-Identifier: Apache-2.0
 *
 * Accounts and their flags as text for a terminal or a pipe. Everything that people or programs
 * said is escaped.
 */
#ifndef TD_APP_ACCOUNT_TEXT_H
#define TD_APP_ACCOUNT_TEXT_H

#include "app/account_answer.h"
#include "app/text_style.h"

/* What is set, in a few lines; with its trail what was decided before. */
void account_text(const struct text_style *style, const struct account_answer *account,
                  int64_t now_us, struct buf *to);

/* A table of the flags of all accounts, whose JSON array this is; of none a sentence. False: it is
 * not of the daemon's form. */
bool account_text_list(const struct text_style *style, const json_t *accounts, int64_t now_us,
                       struct buf *to);

#endif
