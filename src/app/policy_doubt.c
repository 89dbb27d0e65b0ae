/* SPDX-License-Identifier: Apache-2.0
 *
 * See policy_doubt.h. Thresholds leave room for a few questions by hand, and for a client that asks
 * again after a lost answer.
 */
#include "app/policy_doubt.h"

enum { MANY = 200 }; /* requests */

static uint64_t asked_to_count(const struct policy_service_counts *counts)
{
    return counts->stages[POLICY_STAGE_DATA] + counts->stages[POLICY_STAGE_END_OF_MESSAGE];
}

/* At two stages of each message, or at one by two restrictions. */
static bool asks_twice(const struct policy_service_counts *counts)
{
    uint64_t data = counts->stages[POLICY_STAGE_DATA],
             end = counts->stages[POLICY_STAGE_END_OF_MESSAGE],
             again = counts->results[POLICY_AGAIN];
    bool two_stages = data >= MANY && end >= MANY && data <= 2 * end && end <= 2 * data;
    return two_stages || (again >= MANY && again >= (data + end) / 3);
}

bool policy_doubt_is(enum policy_doubt doubt, const struct policy_service_counts *counts,
                     bool slows)
{
    uint64_t counted = asked_to_count(counts);
    switch (doubt) {
    case POLICY_COUNTS_NOTHING:
        return counted == 0 && counts->stages[POLICY_STAGE_RCPT] >= MANY;
    case POLICY_WITHOUT_LOGINS:
        return counted >= MANY && counts->without_login == counted;
    case POLICY_ASKED_TWICE:
        return asks_twice(counts);
    case POLICY_ASKED_IN_VAIN:
        return counts->stages[POLICY_STAGE_OTHER] + counts->stages[POLICY_STAGE_MAIL] >= MANY;
    case POLICY_SLOWS_NOTHING:
        return !slows && counts->results[LIMIT_SLOW] > 0;
    case POLICY_DOUBTS:
        break;
    }
    return false;
}

const struct policy_doubt_words *policy_doubt_words(enum policy_doubt doubt)
{
    static const struct policy_doubt_words words[POLICY_DOUBTS] = {
        [POLICY_COUNTS_NOTHING] = {"policy_counts_nothing",
                                   "Postfix asks at RCPT only, where nothing is counted",
                                   "smtpd_end_of_data_restrictions=$todoku_policy"},
        [POLICY_WITHOUT_LOGINS] = {"policy_without_logins",
                                   "Postfix has never named a login: limits of logins do nothing",
                                   "ask from the services that people log in to (submission)"},
        [POLICY_ASKED_TWICE] = {"policy_asked_twice",
                                "Postfix asks twice about each message, once for nothing",
                                "name $todoku_policy once in smtpd_end_of_data_restrictions, and "
                                "not in smtpd_data_restrictions"},
        [POLICY_ASKED_IN_VAIN] = {"policy_asked_in_vain",
                                  "Postfix asks at a stage at which nothing is decided (CONNECT, "
                                  "EHLO, MAIL, VRFY, ETRN)",
                                  "name $todoku_policy in smtpd_recipient_restrictions and "
                                  "smtpd_end_of_data_restrictions only"},
        [POLICY_SLOWS_NOTHING] = {"policy_slows_nothing",
                                  "mail that is to be slow is as fast as any: there is no "
                                  "policy.slow_transport",
                                  "policy: { slow_transport: NAME }, and what todoku config "
                                  "postfix prints of it"},
    };
    return &words[doubt];
}
