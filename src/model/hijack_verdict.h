/* SPDX-License-Identifier: Apache-2.0
 *
 * The verdict on one account: whether somebody else sends with it, how sure that is (a score of
 * points), what speaks for it, and the step that it asks for. Made by watch/hijack.h, done by
 * app/daemon_hijack.h. A value type; the login lives as its maker says.
 */
#ifndef TD_MODEL_HIJACK_VERDICT_H
#define TD_MODEL_HIJACK_VERDICT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/slice.h"

/* From the mildest on. SLOW and HOLD lose no mail and refuse none. */
#define HIJACK_STEPS(X) \
    X(NONE, "none") \
    X(NOTE, "note")   /* a person should look */ \
    X(SLOW, "slow")   /* by a slow transport */ \
    X(HOLD, "hold")   /* into the hold queue */ \
    X(DEFER, "defer") /* 450 */ \
    X(SUSPEND, "suspend")

enum hijack_step {
#define X(name, word) HIJACK_##name,
    HIJACK_STEPS(X)
#undef X
};

#define X(name, word) +1
enum { HIJACK_STEP_COUNT = HIJACK_STEPS(X) };
#undef X

/* What may speak against an account. X(NAME, word, points): the points that it is worth at most,
 * unless the configuration says otherwise. */
#define HIJACK_SIGNS(X) \
    X(VOLUME, "volume", 30)         /* above the account's own normal */ \
    X(NETWORKS, "networks", 25)     /* clients in networks that it never had */ \
    X(COUNTRIES, "countries", 15)   /* clients in countries that it never sent from */ \
    X(TRAVEL, "travel", 20)         /* in two far countries within an hour */ \
    X(RECIPIENTS, "recipients", 10) /* it never wrote to them */ \
    X(DOMAINS, "domains", 10)       /* spread over domains that are new to it */ \
    X(DEAD, "dead", 30)             /* addresses that do not exist */ \
    X(SPAM, "spam", 25)             /* providers say that the mail is spam */ \
    X(LOGINS, "logins", 10)         /* logins that failed from networks that it never had */ \
    X(SENDERS, "senders", 15)       /* many envelope senders */ \
    X(HOURS, "hours", 10)           /* at hours at which it never sent */ \
    X(SIZES, "sizes", 5)            /* all messages of one size */

enum hijack_sign {
#define X(name, word, points) HIJACK_SIGN_##name,
    HIJACK_SIGNS(X)
#undef X
};

#define X(name, word, points) +1
enum { HIJACK_SIGN_COUNT = HIJACK_SIGNS(X) };
#undef X

/* One sign with its numbers: `count` out of `of` (or against it, for VOLUME: what is normal). */
struct hijack_evidence {
    enum hijack_sign sign;
    double points; /* above 0 */
    uint64_t count, of;
};

/* Where an account was lately; countries by base/country.h, COUNTRY_NONE: there is none. */
#define HIJACK_ABROAD 4
struct hijack_whereabouts {
    uint16_t abroad[HIJACK_ABROAD]; /* that it never sent from; the first ones that were seen */
    uint16_t usual;                 /* that it mostly sends from */
    uint16_t from, to;              /* within so few minutes */
    uint16_t minutes;
};

struct hijack_verdict {
    struct slice login;
    enum hijack_step step;
    double score;                /* of points; 100 is certain */
    unsigned families;           /* of signs that are independent of each other */
    uint64_t recipients, normal; /* within an hour, or half a day when that is farther above */
    bool by_day;                 /* it is the half day */
    int64_t since_us, at_us;     /* the incident began; this was found */
    struct hijack_whereabouts where;
    size_t evidence_count; /* most points first */
    struct hijack_evidence evidence[HIJACK_SIGN_COUNT];
};

const char *hijack_step_word(enum hijack_step step);
bool hijack_step_from_word(struct slice word, enum hijack_step *out);

const char *hijack_sign_word(enum hijack_sign sign);

/* Appends one line: "score 83 (hold): 212 recipients within an hour, 50 would be normal; 100 % from
 * 7 client networks that are new; ...". No text of strangers is in it. */
void hijack_verdict_text(const struct hijack_verdict *verdict, struct buf *to);

#endif
