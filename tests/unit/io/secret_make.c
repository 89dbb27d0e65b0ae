/* SPDX-License-Identifier: Apache-2.0
 *
 * What is made is checked by what checks; what is weaker is made anew, and only that.
 */
#include "io/secret_make.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"

#define SECRET "tea & \xe8\x8c\xb6 %41+"
#define X8 "xxxxxxxx"
#define X64 X8 X8 X8 X8 X8 X8 X8 X8
#define X512 X64 X64 X64 X64 X64 X64 X64 X64

static const struct secret_rules rules = {.bounds = SECRET_BOUNDS_DEFAULT};

/* As cheap as each may be. */
static const struct secret_terms cheap[] = {
    {.choice = SECRET_MAKE_ARGON2ID, .memory_bytes = 64 << 10, .passes = 1, .lanes = 2},
    {.choice = SECRET_MAKE_YESCRYPT, .rounds = 1},
    {.choice = SECRET_MAKE_BLF_CRYPT, .rounds = 4},
    {.choice = SECRET_MAKE_SHA512_CRYPT, .rounds = 1000},
    {.choice = SECRET_MAKE_PBKDF2, .rounds = 1000},
    {.choice = SECRET_MAKE_SCRAM_SHA_256, .rounds = 4096},
    {.choice = SECRET_MAKE_SSHA512},
    {.choice = SECRET_MAKE_PLAIN},
};

#define CHEAP (sizeof(cheap) / sizeof(cheap[0]))

static enum secret_verdict check(struct slice stored, struct slice secret)
{
    return secret_check_plain(&rules, (struct secret_stored){stored, SLICE("a")}, secret, NULL);
}

static void what_is_made_is_right(void **state)
{
    (void)state;
    for (size_t i = 0; i < CHEAP; i++) {
        CLEANUP_BUF struct buf first = {0}, second = {0};
        struct err err = {0};
        if (!secret_make(&cheap[i], SLICE("a"), SLICE(SECRET), &first, &err))
            fail_msg("%s: %s", secret_choice_name(cheap[i].choice), err.text);
        assert_true(secret_make(&cheap[i], SLICE("b"), SLICE(SECRET), &second, &err));
        assert_true(slice_starts_with(buf_slice(&first), SLICE("{")));
        assert_int_equal(check(buf_slice(&first), SLICE(SECRET)), SECRET_RIGHT);
        assert_int_equal(check(buf_slice(&first), SLICE(SECRET " ")), SECRET_WRONG);
        assert_int_equal(check(buf_slice(&second), SLICE(SECRET)), SECRET_RIGHT);
        if (cheap[i].choice != SECRET_MAKE_PLAIN) {
            assert_false(slice_eq(buf_slice(&first), buf_slice(&second)));
            assert_null(slice_find(buf_slice(&first), SLICE("tea")));
        }
        assert_false(secret_is_weaker(&rules, buf_slice(&first), &cheap[i]));
        assert_true(secret_terms_check(&cheap[i], &rules.bounds, &err));
    }
}

/* 19 MiB, two passes, one lane. */
static void usual_terms(void **state)
{
    const struct secret_terms usual = {0};
    CLEANUP_BUF struct buf made = {0};
    (void)state;
    assert_true(secret_make(&usual, SLICE("a"), SLICE(SECRET), &made, NULL));
    assert_true(
        slice_starts_with(buf_slice(&made), SLICE("{ARGON2ID}$argon2id$v=19$m=19456,t=2,p=1$")));
    assert_int_equal(check(buf_slice(&made), SLICE(SECRET)), SECRET_RIGHT);
    size_t bytes = secret_cost_bytes(&rules, buf_slice(&made));
    assert_true(bytes >= 19 << 20 && bytes < 20 << 20);
    assert_int_equal(secret_terms_cost(&usual).memory_bytes, 19 << 20);
    secret_check_nobody(&usual, SLICE(SECRET));
    for (size_t i = 0; i < CHEAP; i++) { /* any bytes will do */
        secret_check_nobody(&cheap[i], SLICE(""));
        secret_check_nobody(&cheap[i], SLICE("\0a"));
        secret_check_nobody(&cheap[i], SLICE(X512));
    }
}

static void lengths(void **state)
{
    char huge[SECRET_MAX + 1];
    memset(huge, 'x', sizeof(huge));
    (void)state;
    for (size_t i = 0; i < CHEAP; i++) {
        enum secret_choice choice = cheap[i].choice;
        CLEANUP_BUF struct buf made = {0};
        struct err err = {0};
        bool crypt = choice == SECRET_MAKE_YESCRYPT || choice == SECRET_MAKE_SHA512_CRYPT;
        bool bcrypt = choice == SECRET_MAKE_BLF_CRYPT;
        assert_false(secret_make(&cheap[i], SLICE("a"), SLICE(""), &made, &err));
        assert_false(secret_make(&cheap[i], SLICE("a"), slice_of(huge, sizeof(huge)), &made, &err));
        assert_int_equal(made.len, 0);
        assert_int_equal(
            secret_make(&cheap[i], SLICE("a"), slice_of(huge, SECRET_MAX), &made, &err),
            !crypt && !bcrypt);
        buf_clear(&made);
        assert_int_equal(secret_make(&cheap[i], SLICE("a"), slice_of(huge, 511), &made, &err),
                         !bcrypt);
        buf_clear(&made);
        assert_int_equal(secret_make(&cheap[i], SLICE("a"), slice_of(huge, 73), &made, &err),
                         !bcrypt);
        buf_clear(&made);
        assert_true(secret_make(&cheap[i], SLICE("a"), slice_of(huge, 72), &made, &err));
        assert_int_equal(check(buf_slice(&made), slice_of(huge, 72)), SECRET_RIGHT);
        assert_int_equal(check(buf_slice(&made), slice_of(huge, 71)), SECRET_WRONG);
        buf_clear(&made);
        assert_false(secret_make(&cheap[i], SLICE("a"), SLICE("a\0b"), &made, &err));
        assert_int_equal(made.len, 0);
    }
}

static void terms_out_of_range(void **state)
{
    static const struct secret_terms bad[] = {
        {.choice = SECRET_MAKE_ARGON2ID, .memory_bytes = 4096},
        {.choice = SECRET_MAKE_ARGON2ID, .memory_bytes = 64 << 10, .lanes = 9},
        {.choice = SECRET_MAKE_ARGON2ID, .lanes = 256},
        {.choice = SECRET_MAKE_ARGON2ID, .memory_bytes = UINT64_C(1) << 50},
        {.choice = SECRET_MAKE_ARGON2ID, .memory_bytes = 257 << 20},
        {.choice = SECRET_MAKE_ARGON2ID, .passes = UINT32_MAX},
        {.choice = SECRET_MAKE_YESCRYPT, .rounds = 12},
        {.choice = SECRET_MAKE_YESCRYPT, .rounds = 11}, /* 1 GiB */
        {.choice = SECRET_MAKE_BLF_CRYPT, .rounds = 3},
        {.choice = SECRET_MAKE_BLF_CRYPT, .rounds = 15},
        {.choice = SECRET_MAKE_SHA512_CRYPT, .rounds = 999},
        {.choice = SECRET_MAKE_SHA512_CRYPT, .rounds = 2000001},
        {.choice = SECRET_MAKE_SCRAM_SHA_256, .rounds = 4095},
        {.choice = SECRET_MAKE_SEALED},
    };
    struct secret_bounds bounds = SECRET_BOUNDS_DEFAULT;
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct err err = {0};
        if (secret_terms_check(&bad[i], &bounds, &err) || err.text[0] == '\0')
            fail_msg("row %zu is accepted, or without a reason", i);
    }
    for (int i = SECRET_MAKE_ARGON2ID; i <= SECRET_MAKE_PLAIN; i++) {
        struct secret_terms usual = {.choice = (enum secret_choice)i};
        enum secret_choice found;
        assert_int_equal(secret_terms_check(&usual, &bounds, NULL), i != SECRET_MAKE_SEALED);
        assert_true(secret_choice_find(slice_from_str(secret_choice_name(usual.choice)), &found));
        assert_int_equal(found, i);
    }
    enum secret_choice none;
    assert_false(secret_choice_find(SLICE("MD5"), &none));
    struct secret_terms sealed = {.choice = SECRET_MAKE_SEALED};
    CLEANUP_BUF struct buf made = {0};
    assert_false(secret_make(&sealed, SLICE("a"), SLICE("b"), &made, NULL));
}

#define ARGON2(numbers) "$argon2id$v=19$" numbers "$c2FsdHlzYWx0$Mb1dcYudc4k3PMzm4oMjc9MtNv"

static const struct {
    const char *stored;
    struct secret_terms terms;
    bool weaker;
} pairs[] = {
    {"{PLAIN}a", {.choice = SECRET_MAKE_ARGON2ID}, true},
    {"a", {.choice = SECRET_MAKE_SSHA512}, true},
    {"{PLAIN}a", {.choice = SECRET_MAKE_SEALED}, true},
    {"{PLAIN}a", {.choice = SECRET_MAKE_PLAIN}, false},
    {"{PLAIN}", {.choice = SECRET_MAKE_ARGON2ID}, false},
    {"", {.choice = SECRET_MAKE_ARGON2ID}, false},
    {"{NONE}a", {.choice = SECRET_MAKE_ARGON2ID}, false},
    {"{SHA512}abcd", {.choice = SECRET_MAKE_SSHA512}, true},
    {"{SSHA}abcd", {.choice = SECRET_MAKE_SSHA512}, false},
    {"{SSHA512}abcd", {.choice = SECRET_MAKE_ARGON2ID}, true},
    {"{SSHA512}abcd", {.choice = SECRET_MAKE_SEALED}, false},
    {"{SSHA512}abcd", {.choice = SECRET_MAKE_PLAIN}, false},
    {"{CRYPT}abHH5uSfpp/0E", {.choice = SECRET_MAKE_SSHA512}, true},
    {"$1$abcdefgh$hash", {.choice = SECRET_MAKE_SHA512_CRYPT}, true},
    {"$6$salt$hash", {.choice = SECRET_MAKE_SHA512_CRYPT}, true},
    {"$6$salt$hash", {.choice = SECRET_MAKE_SHA512_CRYPT, .rounds = 5000}, false},
    {"$6$rounds=200000$salt$hash", {.choice = SECRET_MAKE_SHA512_CRYPT}, false},
    {"$6$rounds=200000$salt$hash", {.choice = SECRET_MAKE_SSHA512}, false},
    {"$6$rounds=200000$salt$hash", {.choice = SECRET_MAKE_BLF_CRYPT}, true},
    {"$2y$05$salt", {.choice = SECRET_MAKE_BLF_CRYPT}, true},
    {"$2y$12$salt", {.choice = SECRET_MAKE_BLF_CRYPT}, false},
    {"$2y$12$salt", {.choice = SECRET_MAKE_ARGON2ID}, true},
    {"$2y$12$salt", {.choice = SECRET_MAKE_SHA512_CRYPT}, false},
    {"$y$j9T$salt$hash", {.choice = SECRET_MAKE_YESCRYPT}, false},
    {"$y$j75$salt$hash", {.choice = SECRET_MAKE_YESCRYPT}, true},
    {ARGON2("m=19456,t=2,p=1"), {.choice = SECRET_MAKE_ARGON2ID}, false},
    {ARGON2("m=65536,t=3,p=4"), {.choice = SECRET_MAKE_ARGON2ID}, false},
    {ARGON2("m=65536,t=1,p=1"), {.choice = SECRET_MAKE_ARGON2ID}, false},
    {ARGON2("m=19456,t=1,p=1"), {.choice = SECRET_MAKE_ARGON2ID}, true},
    {ARGON2("m=4096,t=9,p=1"), {.choice = SECRET_MAKE_ARGON2ID}, true},
    {ARGON2("m=4096,t=9,p=1"), {.choice = SECRET_MAKE_BLF_CRYPT}, false},
    {"{PBKDF2}$1$salt$5000$ea6c014dc72d6f8ccd1ed92ace1d41f0d8de8957",
     {.choice = SECRET_MAKE_PBKDF2},
     true},
    {"{PBKDF2}$1$salt$600000$ea6c014dc72d6f8ccd1ed92ace1d41f0d8de8957",
     {.choice = SECRET_MAKE_PBKDF2},
     false},
    {"{CRAM-MD5}d06d", {.choice = SECRET_MAKE_ARGON2ID}, false},
    {"{DIGEST-MD5}d06d", {.choice = SECRET_MAKE_ARGON2ID}, false},
    {"{SCRAM-SHA-1}4096,a,b,c", {.choice = SECRET_MAKE_ARGON2ID}, false},
    {"{SEALED}abcd", {.choice = SECRET_MAKE_ARGON2ID}, false},
};

static void weaker_forms(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
        if (secret_is_weaker(&rules, slice_from_str(pairs[i].stored), &pairs[i].terms) !=
            pairs[i].weaker)
            fail_msg("%s against %s", pairs[i].stored, secret_choice_name(pairs[i].terms.choice));
}

/* Of another form each, of letters that are not mistaken, each of them used. */
static void looks(void **state)
{
    static const struct {
        const char *stored, *name;
        bool is_set, is_weak;
    } rows[] = {
        {"", NULL, false, false},
        {"*", NULL, false, false},
        {"!", NULL, false, false},
        {"{PLAIN}secret", "PLAIN", true, true},
        {"secret", "PLAIN", true, true},
        {"{SHA1}x", "SHA1", true, true},
        {"{SSHA512}x", "SSHA512", true, true},
        {"{CRAM-MD5}x", "CRAM-MD5", true, true},
        {"{SHA512-CRYPT}$6$salt$hash", "SHA512-CRYPT", true, false},
        {"{BLF-CRYPT}$2y$05$x", "BLF-CRYPT", true, false},
        {"{NONE}x", NULL, true, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct secret_look look;
        secret_look(&rules, slice_from_str(rows[i].stored), &look);
        assert_int_equal(look.is_set, rows[i].is_set);
        assert_int_equal(look.is_weak, rows[i].is_weak);
        assert_true(rows[i].name == NULL
                        ? look.name == NULL
                        : look.name != NULL && strcmp(look.name, rows[i].name) == 0);
    }
}

static void app_passwords(void **state)
{
    char one[SECRET_APP_CHARS], other[SECRET_APP_CHARS], seen[256] = {0};
    size_t kinds = 0;
    (void)state;
    for (int round = 0; round < 200; round++) {
        assert_true(secret_make_app_password(one, NULL));
        assert_true(secret_make_app_password(other, NULL));
        assert_memory_not_equal(one, other, sizeof(one));
        for (size_t i = 0; i < sizeof(one); i++) {
            assert_int_equal(one[i] == '-', i % 5 == 4);
            seen[(unsigned char)one[i]] = 1;
        }
    }
    for (size_t i = 0; i < sizeof(seen); i++)
        kinds += (size_t)seen[i];
    assert_int_equal(kinds, 32 + 1);
    assert_false(seen['l'] || seen['o'] || seen['0'] || seen['1']);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_made_is_right),
        cmocka_unit_test(usual_terms),
        cmocka_unit_test(lengths),
        cmocka_unit_test(terms_out_of_range),
        cmocka_unit_test(weaker_forms),
        cmocka_unit_test(looks),
        cmocka_unit_test(app_passwords),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
