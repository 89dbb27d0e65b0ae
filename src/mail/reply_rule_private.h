/* SPDX-License-Identifier: Apache-2.0
 *
 * Values of a rule, for reply_rule.c and the unit tests. Each: false with err ("expected ...,
 * found ..."), *out untouched.
 */
#ifndef TD_MAIL_REPLY_RULE_PRIVATE_H
#define TD_MAIL_REPLY_RULE_PRIVATE_H

#include "mail/reply_rule.h"

/* `550`, `5xx`, `45x` */
bool reply_code_pattern_parse(struct slice word, struct reply_code_pattern *out, struct err *err);

/* `5.7.1`, `x.7.1`, `5.7.x`, `5.7.606-5.7.649` */
bool reply_dsn_pattern_parse(struct slice word, struct reply_dsn_pattern *out, struct err *err);

/* `{stage=rcpt relay=mx.example.jp time=2025-01-01 code=550 dsn=5.1.1} text`, braces optional.
 * Slices point into value. */
bool reply_example_parse(struct slice value, struct reply_example *out, struct err *err);

#endif
