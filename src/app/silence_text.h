/* SPDX-License-Identifier: Apache-2.0
 *
 * Silences of the running daemon as text for a terminal or a pipe. Everything that people or
 * programs said when they set one is escaped.
 */
#ifndef TD_APP_SILENCE_TEXT_H
#define TD_APP_SILENCE_TEXT_H

#include "app/silence_answer.h"
#include "app/text_style.h"

/* "block, silent-block: source out-a, provider docomo"; unescaped. */
void silence_text_what(const struct silence_answer *silence, struct buf *to);

/* "until 18:00, hides 2 incidents; by kato: moving mail", or "from 18:00 until 20:00; ..." before
 * it has begun; unescaped. */
void silence_text_life(const struct silence_answer *silence, int64_t now_us, struct buf *to);

/* Id and what it hides in one line, its life in the next. */
void silence_text_brief(const struct text_style *style, const struct silence_answer *silence,
                        int64_t now_us, struct buf *to);

/* A table; of none a sentence. */
void silence_text_list(const struct text_style *style, const struct silence_answer *silences,
                       size_t count, int64_t now_us, struct buf *to);

#endif
