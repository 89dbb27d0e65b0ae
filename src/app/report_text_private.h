/* SPDX-License-Identifier: Apache-2.0
 *
 * What the parts of the text report share: report_text.c says how things are, report_text_tables.c
 * lists details, report_text_older.c has the time before that of the rows.
 */
#ifndef TD_APP_REPORT_TEXT_PRIVATE_H
#define TD_APP_REPORT_TEXT_PRIVATE_H

#include "app/report_text.h"

struct text_page {
    const struct summary *summary;
    const struct provider_table *providers;
    const struct text_style *style;
    struct buf *to;
};

/* "  and 37 more: --format json has all", when something was left out. */
void text_page_more(const struct text_page *page, size_t shown, size_t count);

void text_page_incidents(const struct text_page *page);

/* Providers, sources, reply classes, logins, slowest mail, then what was not understood. */
void text_page_tables(const struct text_page *page);

/* What is kept of the time before the rows; nothing where there is none. */
void text_page_older(const struct text_page *page);

#endif
