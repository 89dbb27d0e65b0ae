/* SPDX-License-Identifier: Apache-2.0
 *
 * What Postfix is told to do with a message that is over a limit, or of an account with a flag, and
 * what its client reads. Pure.
 *
 * Peer: access(5). Never DEFER_IF_REJECT, which stops nothing (smtpd_check.c keeps it for a
 * rejection that may follow and then lets the message pass).
 */
#ifndef TD_GATE_POLICY_WORDS_H
#define TD_GATE_POLICY_WORDS_H

#include "base/buf.h"
#include "gate/limit_gate.h"
#include "model/account_flag.h"
#include "model/language.h"

#define POLICY_WORDS_GAPS "{rule} {login} {used} {most} {wanted} {unit} {within} {wait} {time}"

/* The first gap in a rule's text that is none of these, with its braces; empty: all are known. */
struct slice policy_words_stray(struct slice text);

/* Appends an action: `450 4.7.1 ...`, `550 5.7.1 ...`, `HOLD ...`, `FILTER slow:`, `WARN ...`,
 * `DISCARD ...`. The text is the rule's own template, or one in that language; its gaps are
 * POLICY_WORDS_GAPS. login: may be empty. slow: name of the transport for LIMIT_SLOW; empty: that
 * is a WARN. */
void policy_words_over(const struct limit_hit *hit, struct slice login, struct slice slow,
                       enum language language, int64_t now_us, struct buf *to);

/* The same for a flag about sending. Its reason may be evidence: it is not for the client. */
void policy_words_flag(const struct account_flag *flag, struct slice slow, enum language language,
                       struct buf *to);

/* What is done with the mail of an account that has a flag about sending. */
enum limit_action account_flag_action(enum account_flag_kind kind);

const char *limit_action_word(enum limit_action action);
const char *limit_unit_word(enum limit_unit unit, enum language language);

#endif
