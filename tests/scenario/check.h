/* SPDX-License-Identifier: Apache-2.0
 *
 * The word `expect` of a scenario: what a report would say if the logs ended here.
 *
 *     expect incident KIND [NAME=VALUE ...]      there is one that is so
 *     expect no incident [KIND] [NAME=VALUE ...] there is none that is so
 *     expect incidents N                         so many in all
 *     expect outcomes|attempts|records|sli|bad|lines|messages NAME=N ...
 *     expect provider|source|login|class WORD NAME=N ...
 *
 * N and times may be ranges: 10..20.
 */
#ifndef TD_SCENARIO_CHECK_H
#define TD_SCENARIO_CHECK_H

#include "base/buf.h"
#include "base/err.h"
#include "model/summary.h"

/* Checks what stands behind `expect`. now_us: of the scenario's clock. What is not so is added to
 * `problems`, a line each, with `where` in front. False and err: the words are wrong. */
bool check_run(struct slice text, const struct summary *summary, int64_t now_us, const char *where,
               struct buf *problems, struct err *err);

#endif
