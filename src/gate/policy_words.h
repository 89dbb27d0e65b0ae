/* SPDX-License-Identifier: Apache-2.0
 *
 * What Postfix is told to do with a message that is over a limit, and what its client reads. Pure.
 *
 * Peer: access(5). Never DEFER_IF_REJECT, which stops nothing (smtpd_check.c keeps it for a
 * rejection that may follow and then lets the message pass).
 */
#ifndef TD_GATE_POLICY_WORDS_H
#define TD_GATE_POLICY_WORDS_H

#include "base/buf.h"
#include "gate/limit_gate.h"
#include "model/language.h"

/* Appends an action: `450 4.7.1 ...`, `550 5.7.1 ...`, `HOLD ...`, `FILTER slow:`, `WARN ...`,
 * `DISCARD ...`. The text is the rule's own template, or one in that language; gaps: {rule}
 * {login} {used} {most} {wanted} {unit} {within} {wait} {time}. login: may be empty. slow: name of
 * the transport for LIMIT_SLOW; empty: that is a WARN. */
void policy_words_over(const struct limit_hit *hit, struct slice login, struct slice slow,
                       enum language language, int64_t now_us, struct buf *to);

const char *limit_action_word(enum limit_action action);
const char *limit_unit_word(enum limit_unit unit, enum language language);

#endif
