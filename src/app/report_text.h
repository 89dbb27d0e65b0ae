/* SPDX-License-Identifier: Apache-2.0
 *
 * The report for a terminal or a mail: what is wrong now, then service levels, then tables, read
 * top-down. Every foreign byte is escaped.
 */
#ifndef TD_APP_REPORT_TEXT_H
#define TD_APP_REPORT_TEXT_H

#include "app/text_style.h"
#include "mail/provider.h"
#include "model/summary.h"

/* Appended. providers (for delisting pages) may be NULL. Local times: TZ. */
void report_text(const struct summary *summary, const struct provider_table *providers,
                 const struct text_style *style, struct buf *to);

#endif
