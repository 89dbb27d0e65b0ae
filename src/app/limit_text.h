/* SPDX-License-Identifier: Apache-2.0
 *
 * Limits of accounts in words: one screen about one account, and the list of all that there is.
 */
#ifndef TD_APP_LIMIT_TEXT_H
#define TD_APP_LIMIT_TEXT_H

#include "app/limit_answer.h"
#include "app/text_style.h"

/* First what becomes of the next message and what would let it pass; then the limits, what is
 * usual, and the last decisions. */
void limit_text(const struct text_style *style, const struct limit_answer_account *account,
                int64_t now_us, struct buf *to);

/* What a reset has done, of one limit (empty: all); nothing where nobody counts. */
void limit_text_forgotten(const struct text_style *style,
                          const struct limit_answer_account *account, struct slice limit,
                          struct buf *to);

/* After a change: one limit (empty: all), and what becomes of the next message. */
void limit_text_changed(const struct text_style *style, const struct limit_answer_account *account,
                        struct slice limit, int64_t now_us, struct buf *to);

/* False: the answer is not of its form. */
bool limit_text_list(const struct text_style *style, const json_t *answer, int64_t now_us,
                     struct buf *to);

#endif
