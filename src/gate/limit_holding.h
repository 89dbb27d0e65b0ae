/* SPDX-License-Identifier: Apache-2.0
 *
 * Which number of a limit holds for whom: one that a person has set for the account wins over that
 * of its class, that over the one of its domain, that over the limit's own. Pure.
 */
#ifndef TD_GATE_LIMIT_HOLDING_H
#define TD_GATE_LIMIT_HOLDING_H

#include "gate/limit_gate.h"

enum limit_holder { LIMIT_BY_DEFAULT, LIMIT_BY_DOMAIN, LIMIT_BY_CLASS, LIMIT_BY_ACCOUNT };

struct limit_holding {
    uint32_t most;
    enum limit_holder holder;
    struct slice name;                /* of the domain or class; the rule's text */
    const struct limit_override *own; /* of the account; else NULL */
};

struct limit_holding limit_holding_of(const struct limit_rule *rule,
                                      const struct limit_subject *who);

/* "default", "domain", "class", "account" */
const char *limit_holder_word(enum limit_holder holder);

#endif
