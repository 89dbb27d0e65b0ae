/* SPDX-License-Identifier: Apache-2.0
 *
 * The report for machines: one JSON object, keys as docs/guide/report.md lists them. The names are
 * a contract; keys may be added. Fields that do not apply are absent; `closed` is null while an
 * incident is open, a ratio is null when there is nothing to judge.
 */
#ifndef TD_APP_REPORT_JSON_H
#define TD_APP_REPORT_JSON_H

#include "base/buf.h"
#include "mail/provider.h"
#include "model/summary.h"

/* Appended, indented, with a final newline. Times are UTC, `2026-03-02T08:01:02Z`; durations are
 * seconds. Strings are made valid UTF-8 (U+FFFD). providers (for titles and delisting pages) may be
 * NULL. */
void report_json(const struct summary *summary, const struct provider_table *providers,
                 struct buf *to);

#endif
