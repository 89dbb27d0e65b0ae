/* SPDX-License-Identifier: Apache-2.0
 *
 * A record as the JSON object that `todoku parse` prints: docs/guide/parse.md has the keys.
 */
#ifndef TD_APP_RECORD_JSON_H
#define TD_APP_RECORD_JSON_H

#include "base/buf.h"
#include "mail/log_record.h"

/* Appended, one line. line_number counts from 1. */
void record_json(const struct log_record *record, uint64_t line_number, struct buf *to);

#endif
