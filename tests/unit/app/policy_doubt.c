/* SPDX-License-Identifier: Apache-2.0
 *
 * What makes one doubt that limits do anything: each mistake by its counts, and no word about a
 * Postfix that asks as it should.
 */
#include "app/policy_doubt.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void by_counts(void **state)
{
    static const struct {
        const char *what;
        uint64_t other, mail, rcpt, data, end, again, slow, without_login;
        bool slows;
        unsigned doubts; /* a bit each */
    } rows[] = {
        {"nobody asks", .slows = true},
        {"as it should", .rcpt = 3000, .end = 1000, .slows = true},
        {"at DATA alone", .rcpt = 3000, .data = 1000, .slows = true},
        {"a few by hand", .mail = 10, .data = 10, .end = 20, .again = 10, .slows = true},
        {"answers that were lost", .rcpt = 3000, .end = 10000, .again = 300, .slows = true},
        {"two services, one at DATA", .data = 300, .end = 9000, .slows = true},
        {"some without a login", .end = 1000, .without_login = 999, .slows = true},
        {"slow, with a transport", .end = 10, .slow = 10, .slows = true},
        {"RCPT only", .rcpt = 200, .slows = true, .doubts = 1u << POLICY_COUNTS_NOTHING},
        {"no login", .end = 200, .without_login = 200, .slows = true,
         .doubts = 1u << POLICY_WITHOUT_LOGINS},
        {"two stages", .data = 500, .end = 480, .slows = true, .doubts = 1u << POLICY_ASKED_TWICE},
        {"two restrictions", .end = 1000, .again = 500, .slows = true,
         .doubts = 1u << POLICY_ASKED_TWICE},
        {"CONNECT", .other = 150, .mail = 60, .end = 100, .slows = true,
         .doubts = 1u << POLICY_ASKED_IN_VAIN},
        {"slow, without", .end = 10, .slow = 1, .doubts = 1u << POLICY_SLOWS_NOTHING},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct policy_service_counts counts = {.without_login = rows[i].without_login};
        counts.stages[POLICY_STAGE_OTHER] = rows[i].other;
        counts.stages[POLICY_STAGE_MAIL] = rows[i].mail;
        counts.stages[POLICY_STAGE_RCPT] = rows[i].rcpt;
        counts.stages[POLICY_STAGE_DATA] = rows[i].data;
        counts.stages[POLICY_STAGE_END_OF_MESSAGE] = rows[i].end;
        counts.results[POLICY_AGAIN] = rows[i].again;
        counts.results[LIMIT_SLOW] = rows[i].slow;
        unsigned found = 0;
        for (unsigned k = 0; k < POLICY_DOUBTS; k++)
            found |= (unsigned)policy_doubt_is((enum policy_doubt)k, &counts, rows[i].slows) << k;
        if (found != rows[i].doubts)
            fail_msg("%s: %x, not %x", rows[i].what, found, rows[i].doubts);
    }
}

static void words(void **state)
{
    (void)state;
    for (unsigned i = 0; i < POLICY_DOUBTS; i++) {
        const struct policy_doubt_words *of = policy_doubt_words((enum policy_doubt)i);
        assert_true(of->event != NULL && of->reason != NULL && of->advice != NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_counts),
        cmocka_unit_test(words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
