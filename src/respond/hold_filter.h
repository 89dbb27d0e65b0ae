/* SPDX-License-Identifier: Apache-2.0
 *
 * What keeps a blocked message from bouncing, even when todoku is not running: the reply rules as a
 * table for Postfix' smtp_delivery_status_filter (pcre_table(5), postconf(5)). A refusal for ever
 * (5.x.x) that the rules call a block or a limit becomes a refusal for now (4.x.x), with the text
 * of the reply as it was; everything else stays: a dead address bounces at once.
 *
 * Postfix asks with the enhanced code and the reason as it logs it:
 *
 *      5.7.1 host mx.example[192.0.2.9] said: 550 5.7.1 ... (in reply to RCPT TO command)
 *
 * and takes the first line that matches. So the rules stand in order of their strength, those of
 * other classes among them: a reply that a stronger one explains is passed as it is. Rules that
 * nothing can follow are left out. The expressions are those of the rules, with what our matcher
 * takes off a reply first put into them: codes at the begin of each of its joined lines, and what
 * stands before and behind it.
 *
 * Postfix' matcher goes back and forth, ours does not: each expression has a limit of steps, beyond
 * which Postfix warns and goes on as if it had not matched (PCRE2 10.42, Postfix 3.7.11).
 */
#ifndef TD_RESPOND_HOLD_FILTER_H
#define TD_RESPOND_HOLD_FILTER_H

#include "base/buf.h"
#include "mail/provider.h"
#include "mail/reply_rule.h"
#include "model/reply_class.h"

/* Both kinds of rules must have been taken by a classifier (watch/classifier.h), which looks their
 * words up and compiles their expressions. */
struct hold_filter_rules {
    const struct reply_rules *built_in;
    const struct reply_rules *own; /* an operator's; NULL: none */
    const struct provider_table *providers;
};

/* Is mail that was refused so kept and tried again? */
bool hold_filter_holds(enum reply_class class);

/* Appends the text of the table. now_us: rules of other days are left out. */
void hold_filter_make(const struct hold_filter_rules *rules, int64_t now_us, struct buf *to);

#endif
