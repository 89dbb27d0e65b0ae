/* SPDX-License-Identifier: Apache-2.0
 *
 * What crypt(3) says in the heads of its forms, against what its own crypt_gensalt is documented to
 * ask for: yescrypt 1 MiB, then twice that a step; scrypt 16 MiB at 5, then the same.
 */
#include "io/secret_cost.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define MIB (UINT64_C(1) << 20)

typedef bool read_cost(struct slice rest, struct secret_cost *cost);

struct row {
    const char *rest;
    uint64_t memory, work;
};

static void check_rows(read_cost *read, const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct secret_cost cost = {0};
        if (!read(slice_from_str(rows[i].rest), &cost))
            fail_msg("%s is refused", rows[i].rest);
        if (cost.memory_bytes != rows[i].memory || cost.work_bytes != rows[i].work)
            fail_msg("%s: %zu bytes, work %zu", rows[i].rest, (size_t)cost.memory_bytes,
                     (size_t)cost.work_bytes);
    }
}

/* crypt_gensalt("$y$", cost, ...) of libxcrypt 4.4.33 for 1, 2, 3, 5, 8 and 11; p, t and g by the
 * format's rules: a mask, then p from 2, t and g from 1. */
static void yescrypt(void **state)
{
    static const struct row rows[] = {
        {"j75$k2XAnEHBqQ1Ct2aMXFKNa/", 1 * MIB, 1 * MIB},
        {"j85$k2XAnEHBqQ1Ct2aMXFKNa/", 2 * MIB, 2 * MIB},
        {"j7T$k2XAnEHBqQ1Ct2aMXFKNa/", 4 * MIB, 4 * MIB},
        {"j9T$k2XAnEHBqQ1Ct2aMXFKNa/", 16 * MIB, 16 * MIB},
        {"jCT$k2XAnEHBqQ1Ct2aMXFKNa/", 128 * MIB, 128 * MIB},
        {"jFT$k2XAnEHBqQ1Ct2aMXFKNa/", 1024 * MIB, 1024 * MIB},
        {"j75..$salt", 1 * MIB, 2 * MIB},  /* have = 1: p = 2 */
        {"j75/.$salt", 1 * MIB, 2 * MIB},  /* have = 2: t = 1 */
        {"j750./$salt", 1 * MIB, 6 * MIB}, /* have = 3: p = 2, t = 2 */
    };
    static const char *const bad[] = {"",      "j",    "j7",   "j75",        "j75.",
                                      "j75..", "z75$", "j!5$", "j755..$salt"};
    struct secret_cost cost = {0};
    (void)state;
    check_rows(secret_cost_of_yescrypt, rows, sizeof(rows) / sizeof(rows[0]));
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (secret_cost_of_yescrypt(slice_from_str(bad[i]), &cost))
            fail_msg("%s is accepted", bad[i]);
}

/* crypt_gensalt("$7$", cost, ...) for 6, 7, 8 and 11. */
static void scrypt(void **state)
{
    static const struct row rows[] = {
        {"BU..../....k2XAnEHBqQ1Ct2aMXFKNa/", 32 * MIB, 32 * MIB},
        {"CU..../....k2XAnEHBqQ1Ct2aMXFKNa/", 64 * MIB, 64 * MIB},
        {"DU..../....k2XAnEHBqQ1Ct2aMXFKNa/", 128 * MIB, 128 * MIB},
        {"GU..../....k2XAnEHBqQ1Ct2aMXFKNa/", 1024 * MIB, 1024 * MIB},
        {"BU....1....salt", 32 * MIB, 96 * MIB},
    };
    static const char *const bad[] = {
        "",           "B", "BU...", "BU..../...", ".U..../....", "BU..........", "B........../",
        "BU..!./...."};
    struct secret_cost cost = {0};
    (void)state;
    check_rows(secret_cost_of_scrypt, rows, sizeof(rows) / sizeof(rows[0]));
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (secret_cost_of_scrypt(slice_from_str(bad[i]), &cost))
            fail_msg("%s is accepted", bad[i]);
}

/* What is too much for 64 bits is too much for any bound. */
static void overflow(void **state)
{
    struct secret_cost cost;
    struct secret_bounds bounds = {
        .memory_bytes = UINT64_MAX - 1, .work_bytes = UINT64_MAX - 1, .rounds = 1, .doublings = 1};
    (void)state;
    cost = (struct secret_cost){0};
    assert_true(secret_cost_of_scrypt(SLICE("xzzzzzzzzzz"), &cost));
    assert_false(secret_bounds_allow(&bounds, &cost, NULL));
    cost = (struct secret_cost){0};
    assert_true(secret_cost_of_scrypt(SLICE("8/....zzzzz"), &cost));
    assert_true(cost.work_bytes > 1024 * MIB);
}

static void rounds(void **state)
{
    struct secret_cost cost = {0};
    (void)state;
    assert_true(secret_cost_of_sha(SLICE("salt$hash"), &cost));
    assert_int_equal(cost.rounds, 5000);
    assert_true(secret_cost_of_sha(SLICE("rounds=999999999$salt$hash"), &cost));
    assert_int_equal(cost.rounds, 999999999);
    assert_false(secret_cost_of_sha(SLICE("rounds=1000000000$salt$hash"), &cost));
    assert_false(secret_cost_of_sha(SLICE("rounds=$salt"), &cost));
    assert_false(secret_cost_of_sha(SLICE("rounds=-1$salt"), &cost));
    assert_false(secret_cost_of_sha(SLICE("rounds=5000"), &cost));
    assert_true(secret_cost_of_bcrypt(SLICE("04$salt"), &cost));
    assert_int_equal(cost.doublings, 4);
    assert_false(secret_cost_of_bcrypt(SLICE("4$salt"), &cost));
    assert_false(secret_cost_of_bcrypt(SLICE("32$salt"), &cost));
    assert_false(secret_cost_of_bcrypt(SLICE("04"), &cost));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(yescrypt),
        cmocka_unit_test(scrypt),
        cmocka_unit_test(overflow),
        cmocka_unit_test(rounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
