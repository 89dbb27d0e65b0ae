/* SPDX-License-Identifier: Apache-2.0
 *
 * Sealed secrets, their keys and the files those stand in, and memory that leaves nothing.
 */
#include "io/secret_seal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "io/secret_make.h"
#include "io/secret_memory.h"

#define LOGIN "taro@example.jp"
#define SECRET "tea & \xe8\x8c\xb6 %41+"
#define HEX "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

/* python3-cryptography: AESGCM(bytes(range(32))).encrypt(bytes(range(100, 112)), SECRET, LOGIN) */
#define SEALED "{SEALED}ZGVmZ2hpamtsbW5vPH6/Rl/JvhKIQnrc604p9AZvFQqW4r7Sxr/cT5l3"

static char folder[] = "/tmp/todoku-seal-XXXXXX";
static char path[64];

static int make_folder(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(path, sizeof(path), "%s/key", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(folder);
}

static struct secret_key *key_of(struct slice text, struct err *err)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(text.ptr, 1, text.len, file), text.len);
    fclose(file);
    return secret_key_read(path, NULL, err);
}

static enum secret_verdict check(const struct secret_key *key, struct slice stored,
                                 struct slice login, struct slice secret)
{
    struct secret_rules rules = {.bounds = SECRET_BOUNDS_DEFAULT, .key = key};
    return secret_check_plain(&rules, (struct secret_stored){stored, login}, secret, NULL);
}

static void seals_of_others_open(void **state)
{
    struct secret_key *key = key_of(SLICE(HEX "\n"), NULL);
    (void)state;
    assert_non_null(key);
    assert_int_equal(check(key, SLICE(SEALED), SLICE(LOGIN), SLICE(SECRET)), SECRET_RIGHT);
    assert_int_equal(check(key, SLICE(SEALED), SLICE(LOGIN), SLICE("tea")), SECRET_WRONG);
    assert_int_equal(check(key, SLICE(SEALED), SLICE("hana@example.jp"), SLICE(SECRET)),
                     SECRET_BAD);
    assert_int_equal(check(NULL, SLICE(SEALED), SLICE(LOGIN), SLICE(SECRET)), SECRET_BAD);
    secret_key_free(key);
    key = key_of(SLICE("ff" HEX), NULL);
    assert_null(key);
    key = key_of(SLICE("0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1fff"), NULL);
    assert_int_equal(check(key, SLICE(SEALED), SLICE(LOGIN), SLICE(SECRET)), SECRET_BAD);
    secret_key_free(key);
}

/* Any bit of what is sealed that is another one is found. */
static void damage_is_found(void **state)
{
    struct secret_key *key = key_of(SLICE(HEX), NULL);
    char text[sizeof(SEALED)];
    (void)state;
    for (size_t i = 8; i + 1 < sizeof(SEALED); i++) {
        memcpy(text, SEALED, sizeof(SEALED));
        text[i] = text[i] == 'A' ? 'B' : 'A';
        assert_int_equal(check(key, slice_from_str(text), SLICE(LOGIN), SLICE(SECRET)), SECRET_BAD);
        assert_int_equal(check(key, slice_of(SEALED, i), SLICE(LOGIN), SLICE(SECRET)),
                         i == 8 ? SECRET_WRONG : SECRET_BAD); /* nothing is stored: no account's */
    }
    secret_key_free(key);
}

static void sealed_again(void **state)
{
    struct secret_key *key = key_of(SLICE(HEX), NULL);
    struct secret_terms terms = {.choice = SECRET_MAKE_SEALED, .key = key};
    CLEANUP_BUF struct buf one = {0}, other = {0};
    char huge[SECRET_MAX];
    memset(huge, 'x', sizeof(huge));
    (void)state;
    assert_true(secret_make(&terms, SLICE(LOGIN), SLICE("a"), &one, NULL));
    assert_true(secret_make(&terms, SLICE(LOGIN), SLICE("a"), &other, NULL));
    assert_false(slice_eq(buf_slice(&one), buf_slice(&other)));
    assert_int_equal(check(key, buf_slice(&one), SLICE(LOGIN), SLICE("a")), SECRET_RIGHT);
    buf_clear(&one);
    assert_true(secret_make(&terms, SLICE(LOGIN), slice_of(huge, sizeof(huge)), &one, NULL));
    assert_true(one.len <= SECRET_STORED_MAX);
    assert_int_equal(check(key, buf_slice(&one), SLICE(LOGIN), slice_of(huge, sizeof(huge))),
                     SECRET_RIGHT);
    secret_check_nobody(&terms, SLICE("a"));
    secret_key_free(key);
}

/* RFC 2195 and RFC 1939, with secrets that are sealed. */
static void sealed_ones_answer(void **state)
{
    struct secret_key *key = key_of(SLICE(HEX), NULL);
    struct secret_rules rules = {.bounds = SECRET_BOUNDS_DEFAULT, .key = key};
    CLEANUP_BUF struct buf cram = {0}, apop = {0};
    (void)state;
    assert_true(secret_seal(key, SLICE(LOGIN), SLICE("tanstaaftanstaaf"), &cram, NULL));
    assert_true(secret_seal(key, SLICE(LOGIN), SLICE("tanstaaf"), &apop, NULL));
    struct secret_stored stored = {buf_slice(&cram), SLICE(LOGIN)};
    assert_int_equal(secret_check_cram_md5(&rules, stored,
                                           SLICE("<1896.697170952@postoffice.reston.mci.net>"),
                                           SLICE("b913a602c7eda7a495b4e6e7334d3890"), NULL),
                     SECRET_RIGHT);
    stored.text = buf_slice(&apop);
    assert_int_equal(secret_check_apop(&rules, stored, SLICE("<1896.697170952@dbc.mtview.ca.us>"),
                                       SLICE("c4c9334bac560ecc979e58001b3e22fb"), NULL),
                     SECRET_RIGHT);
    rules.key = NULL;
    assert_int_equal(secret_check_apop(&rules, stored, SLICE("<1896.697170952@dbc.mtview.ca.us>"),
                                       SLICE("c4c9334bac560ecc979e58001b3e22fb"), NULL),
                     SECRET_BAD);
    secret_key_free(key);
}

/* The same key as raw bytes, some of which are blanks, hex and base64. */
static void forms_of_keys(void **state)
{
    static const char raw[SECRET_KEY_BYTES + 1] = "\n 23456789012345678901234567890\n";
    const struct slice good[] = {
        slice_of(raw, SECRET_KEY_BYTES),
        SLICE("0a2032333435363738393031323334353637383930313233343536373839300A"),
        SLICE("  CiAyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MAo=\r\n"),
    };
    const struct slice bad[] = {
        SLICE(""),
        SLICE("\n"),
        SLICE("short"),
        SLICE(HEX "00"),
        SLICE("zz2032333435363738393031323334353637383930313233343536373839300a"),
        SLICE("!iAyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MAo="),
    };
    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        struct err err = {0};
        struct secret_key *key = key_of(good[i], &err);
        if (key == NULL)
            fail_msg("%zu: %s", i, err.text);
        assert_memory_equal(secret_key_bytes(key), raw, SECRET_KEY_BYTES);
        secret_key_free(key);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct err err = {0};
        assert_null(key_of(bad[i], &err));
        assert_non_null(strstr(err.text, path));
        assert_true(bad[i].len < 3 || strstr(err.text, bad[i].ptr) == NULL);
    }
}

static void files_of_keys(void **state)
{
    struct err err = {0};
    struct stat facts;
    bool open_to_all = true;
    (void)state;
    unlink(path);
    assert_null(secret_key_read(path, NULL, &err));
    assert_null(secret_key_read(folder, NULL, &err));
    assert_true(secret_key_create(path, &err));
    assert_int_equal(stat(path, &facts), 0);
    assert_int_equal(facts.st_mode & 0777, 0600);
    struct secret_key *key = secret_key_read(path, &open_to_all, &err);
    assert_non_null(key);
    assert_false(open_to_all);
    assert_false(secret_key_create(path, &err)); /* what it sealed would be lost */
    struct secret_key *again = secret_key_read(path, NULL, &err);
    assert_memory_equal(secret_key_bytes(key), secret_key_bytes(again), SECRET_KEY_BYTES);
    secret_key_free(again);
    assert_int_equal(chmod(path, 0644), 0);
    again = secret_key_read(path, &open_to_all, &err);
    assert_true(open_to_all);
    secret_key_free(again);
    unlink(path);
    assert_true(secret_key_create(path, &err));
    again = secret_key_read(path, NULL, &err);
    assert_memory_not_equal(secret_key_bytes(key), secret_key_bytes(again), SECRET_KEY_BYTES);
    secret_key_free(again);
    secret_key_free(key);
    assert_false(secret_key_create("/nonexistent/key", &err));
    unlink(path);
    assert_int_equal(mkfifo(path, 0600), 0); /* is not waited for */
    assert_null(secret_key_read(path, NULL, &err));
    unlink(path);
    char text[1000];
    memset(text, ' ', sizeof(text));
    memcpy(text, HEX, 64);
    key = key_of(slice_of(text, 256), &err);
    assert_non_null(key);
    secret_key_free(key);
    assert_null(key_of(slice_of(text, 257), &err));
    assert_null(key_of(slice_of(text, sizeof(text)), &err));
}

/* The flags of its mapping as the kernel tells them: "dd" is "not in a core dump". */
static bool is_undumped(const void *memory)
{
    char line[512], *end;
    bool within = false, found = false;
    FILE *file = fopen("/proc/self/smaps", "r");
    assert_non_null(file);
    while (!found && fgets(line, sizeof(line), file) != NULL) {
        uintptr_t from = (uintptr_t)strtoull(line, &end, 16);
        if (*end == '-') {
            uintptr_t to = (uintptr_t)strtoull(end + 1, NULL, 16);
            within = from <= (uintptr_t)memory && (uintptr_t)memory < to;
        }
        found = within && strncmp(line, "VmFlags:", 8) == 0;
    }
    fclose(file);
    return found && strstr(line, " dd") != NULL;
}

static void memory_for_secrets(void **state)
{
    unsigned char *memory = secret_memory_new(100);
    (void)state;
    for (size_t i = 0; i < 100; i++)
        assert_int_equal(memory[i], 0);
    assert_true(is_undumped(memory));
    secret_memory_free(memory, 100);
    secret_memory_free(NULL, 100);
    CLEANUP_SECRET_BUF struct buf buf = {0};
    buf_add(&buf, SLICE("secret"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(seals_of_others_open), cmocka_unit_test(damage_is_found),
        cmocka_unit_test(sealed_again),         cmocka_unit_test(sealed_ones_answer),
        cmocka_unit_test(forms_of_keys),        cmocka_unit_test(files_of_keys),
        cmocka_unit_test(memory_for_secrets),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
