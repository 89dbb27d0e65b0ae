/* SPDX-License-Identifier: Apache-2.0
 *
 * The report as one HTML file: no network, no other files, nothing that a log line could make it
 * load or run. Reads well from 400 px, in light and dark, on paper and with a screen reader.
 */
#ifndef TD_APP_REPORT_HTML_H
#define TD_APP_REPORT_HTML_H

#include "base/buf.h"
#include "mail/provider.h"
#include "model/summary.h"

/* Appended. providers (for titles and delisting pages) may be NULL. Local times: TZ. */
void report_html(const struct summary *summary, const struct provider_table *providers,
                 struct buf *to);

#endif
