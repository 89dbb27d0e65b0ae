/* SPDX-License-Identifier: Apache-2.0
 *
 * What the parts of the HTML report share: report_html.c is the page with what is wrong and how
 * the service did, report_html_tables.c the tables below, report_html_older.c the time before that
 * of the rows.
 */
#ifndef TD_APP_REPORT_HTML_PRIVATE_H
#define TD_APP_REPORT_HTML_PRIVATE_H

#include "app/report_html.h"

void report_html_tables(const struct summary *summary, const struct provider_table *providers,
                        struct buf *to);

/* What is kept of the time before the rows; nothing where there is none. */
void report_html_older(const struct summary_older *older, struct buf *to);

/* Sources by providers: how much of the attempts fails where. */
void report_html_heat(const struct summary *summary, struct buf *to);

#endif
