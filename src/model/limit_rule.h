/* SPDX-License-Identifier: Apache-2.0
 *
 * A sending limit as it was configured: who is counted apart (the key), what is counted, how much
 * of it may pass in which time, and what is done with a message that is over it. Value types; made
 * by the settings, read by the policy gate and by replay.
 *
 * A number for one account (an override) wins over that of its class, that over the one of its
 * domain, that over the rule's own.
 */
#ifndef TD_MODEL_LIMIT_RULE_H
#define TD_MODEL_LIMIT_RULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

/* Parts of a key, any of them together; none: all mail is counted as one. */
enum limit_part {
    LIMIT_LOGIN = 1,
    LIMIT_SENDER_DOMAIN = 2,
    LIMIT_CLIENT = 4,  /* address */
    LIMIT_NETWORK = 8, /* /24 of IPv4, /48 of IPv6 */
    LIMIT_CLASS = 16,  /* of the account */
};

enum limit_unit {
    LIMIT_RECIPIENTS,
    LIMIT_MESSAGES,
    LIMIT_KIBIBYTES,      /* of each message, rounded up */
    LIMIT_NEW_RECIPIENTS, /* addresses that the key has not written to within the time */
};

/* From the mildest on. The first three let the message pass, which is then counted. */
enum limit_action {
    LIMIT_WARN,
    LIMIT_SLOW, /* by a slow transport */
    LIMIT_HOLD,
    LIMIT_DEFER,
    LIMIT_REJECT,
    LIMIT_DISCARD,
};

enum limit_window { LIMIT_SLIDING, LIMIT_BUCKET };

enum limit_level_kind { LIMIT_OF_DOMAIN, LIMIT_OF_CLASS };

/* Another number for some accounts. */
struct limit_level {
    enum limit_level_kind kind;
    struct slice name; /* lower case */
    uint32_t count;    /* 0: nothing may pass */
};

struct limit_rule {
    struct slice name;
    unsigned key; /* of enum limit_part */
    enum limit_unit unit;
    enum limit_window window;
    uint32_t count;    /* 0: nothing may pass */
    uint32_t burst;    /* of a bucket */
    int64_t within_us; /* 0: of each message by itself */
    enum limit_action action;
    bool shadow;       /* said, not done */
    struct slice text; /* template of what the client is told; empty: the built-in one */
    const struct limit_level *levels;
    size_t level_count;
};

/* Limits in the order of the configuration. Borrowed. */
struct limit_rules {
    const struct limit_rule *rules;
    size_t count;
};

#endif
