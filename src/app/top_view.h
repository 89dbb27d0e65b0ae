/* SPDX-License-Identifier: Apache-2.0
 *
 * The picture of todoku top: what happened in the last seconds on each path, by the difference
 * between answers of the daemon, beside what is wrong. Knows no terminal; one thread.
 *
 * The daemon renews its counts about once a second, so rates are taken over a few seconds: between
 * two neighbouring answers there may lie none or two of its renewals.
 */
#ifndef TD_APP_TOP_VIEW_H
#define TD_APP_TOP_VIEW_H

#include "app/status_answer.h"
#include "app/text_style.h"
#include "base/err.h"

/* Answers that are kept: rates are over five seconds, once they are there. */
#define TOP_SAMPLES 6

struct top_view;

/* Empty: nothing can be drawn before an answer was taken. */
struct top_view *top_view_new(void);
void top_view_free(struct top_view *view); /* with the answers that it has taken */

/* An answer, taken over, that came at steady_us. After a restart of the daemon rates begin anew. */
void top_view_take(struct top_view *view, struct status_answer *status, int64_t steady_us);

/* There was none: the last picture stays, and says so, until an answer comes. */
void top_view_fail(struct top_view *view, const struct err *err);

/* Appends exactly `rows` lines (at least 3), the last one tells the keys. An answer has been
 * taken. */
void top_view_draw(const struct top_view *view, const struct text_style *style, size_t rows,
                   struct buf *to);

#endif
