/* SPDX-License-Identifier: Apache-2.0
 *
 * The charts of the HTML report, as inline SVG. Each says in words (title, desc) what it shows;
 * colours come from the page's style by class. Charts over time stretch with the page, so they hold
 * no text of their own: scales stand beside them as HTML.
 */
#ifndef TD_APP_REPORT_SVG_H
#define TD_APP_REPORT_SVG_H

#include "base/buf.h"
#include "model/summary.h"

/* Attempts over time: a figure of stacked bars (sent, deferred, bounced), a strip of blocked
 * attempts, and a lane for each incident. Nothing when there are fewer than two bins. */
void report_svg_timeline(const struct summary *summary, struct buf *to);

/* A bar as long as the attempts' part of `most`, in three colours. */
void report_svg_attempts(const struct summary_attempts *attempts, uint64_t most, struct buf *to);

/* Scale of the latency charts, 0.1 s to about a day, each step ten times the last. */
void report_svg_latency_axis(struct buf *to);

/* p50 to p99 as a range with marks for p50, p90, p99, and a line at the target. */
void report_svg_latency(const struct summary_latency *latency, struct buf *to);

#endif
