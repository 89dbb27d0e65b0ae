/* SPDX-License-Identifier: Apache-2.0
 *
 * The journal of counts: what was given comes back in order, images push out what they replace, and
 * a folder that is not there yet, or a file that is cut or foreign, is survived.
 */
#include "store/charge_journal.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define WAIT_US (INT64_C(60) * 1000000)

static char folder[64];

static int enter(void **state)
{
    (void)state;
    snprintf(folder, sizeof(folder), "%s", "/tmp/todoku-charges.XXXXXX");
    return mkdtemp(folder) == NULL;
}

static int leave(void **state)
{
    DIR *entries = opendir(folder);
    (void)state;
    for (const struct dirent *entry; entries != NULL && (entry = readdir(entries)) != NULL;)
        (void)unlinkat(dirfd(entries), entry->d_name, 0);
    if (entries != NULL)
        closedir(entries);
    return rmdir(folder);
}

static size_t files(void)
{
    size_t count = 0;
    DIR *entries = opendir(folder);
    for (const struct dirent *entry; entries != NULL && (entry = readdir(entries)) != NULL;)
        count += entry->d_name[0] == 'c';
    closedir(entries);
    return count;
}

static struct charge_journal *opened(void)
{
    struct err err = {0};
    struct charge_journal *journal = charge_journal_new(folder, &err);
    assert_non_null(journal);
    return journal;
}

static void give(struct charge_journal *journal, const char *text, bool begins, bool whole)
{
    struct charge_block block = {.begins = begins, .whole = whole};
    bool must_begin;
    buf_add_str(&block.bytes, text);
    charge_journal_settle(journal, WAIT_US);
    assert_true(charge_journal_ready(journal, &must_begin));
    charge_journal_give(journal, &block);
    assert_int_equal(block.bytes.len, 0);
    buf_done(&block.bytes);
    charge_journal_settle(journal, WAIT_US);
}

static bool see(void *context, struct slice block)
{
    buf_add(context, block);
    return !slice_eq(block, SLICE("?"));
}

static void read_back(const char *wanted, size_t cut, size_t foreign)
{
    struct charge_journal *journal = opened();
    struct charge_journal_past past;
    struct buf all = {0};
    charge_journal_read(journal, see, &all, &past);
    assert_string_equal(buf_str(&all), wanted);
    assert_int_equal(past.cut, cut);
    assert_int_equal(past.foreign, foreign);
    buf_done(&all);
    charge_journal_free(journal);
}

static bool must_begin(struct charge_journal *journal)
{
    bool must;
    assert_true(charge_journal_ready(journal, &must));
    return must;
}

static void in_order(void **state)
{
    (void)state;
    struct charge_journal *journal = opened();
    assert_int_equal(files(), 0);
    assert_true(must_begin(journal));
    give(journal, "a", true, true);
    assert_false(must_begin(journal));
    give(journal, "b", false, false);
    charge_journal_free(journal);
    read_back("ab", 0, 0);
    assert_int_equal(files(), 1);
}

/* A file is not continued; with the end of an image those before its begin go. */
static void an_image_replaces_what_was(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct charge_journal *journal = opened();
        assert_true(must_begin(journal));
        give(journal, "c", true, false); /* it ends before it is whole */
        charge_journal_free(journal);
    }
    read_back("abcc", 0, 0);
    struct charge_journal *journal = opened();
    give(journal, "d", true, false);
    give(journal, "e", false, false);
    assert_int_equal(files(), 4);
    give(journal, "f", false, true);
    assert_int_equal(files(), 1);
    charge_journal_free(journal);
    read_back("def", 0, 0);
}

/* A file that has grown far beyond its image asks for another one. */
static void what_has_grown_is_replaced(void **state)
{
    (void)state;
    struct charge_journal *journal = opened();
    struct charge_journal_state now;
    char noise[65536];
    uint64_t x = 1;
    size_t given = 0;
    give(journal, "g", true, true);
    for (; !must_begin(journal) && given < 1000; given++) {
        struct charge_block block = {0};
        for (size_t i = 0; i < sizeof(noise); i++) {
            x = x * UINT64_C(6364136223846793005) + 1442695040888963407;
            noise[i] = (char)(x >> 56);
        }
        buf_add(&block.bytes, slice_of(noise, sizeof(noise)));
        charge_journal_give(journal, &block);
        buf_done(&block.bytes);
        charge_journal_settle(journal, WAIT_US);
    }
    assert_in_range(given, 255, 258); /* 16 MiB */
    charge_journal_state_get(journal, &now);
    assert_in_range(now.bytes, 16 << 20, 17 << 20);
    give(journal, "h", true, true);
    assert_int_equal(files(), 1);
    charge_journal_state_get(journal, &now);
    assert_in_range(now.bytes, 10, 100);
    charge_journal_free(journal);
    read_back("h", 0, 0);
}

/* The block waits, and an image is asked for; what cannot be removed is no reason to stop. */
static void a_folder_that_comes_later(void **state)
{
    (void)state;
    struct charge_journal_state now;
    (void)leave(state);
    struct charge_journal *journal = opened();
    struct charge_block block = {.begins = true, .whole = true};
    buf_add_str(&block.bytes, "i");
    charge_journal_give(journal, &block);
    charge_journal_settle(journal, WAIT_US);
    charge_journal_state_get(journal, &now);
    assert_int_equal(now.why.code, ERR_IO);
    assert_true(now.failures >= 1); /* on a slow machine it is tried again by now */
    bool must;
    assert_false(charge_journal_ready(journal, &must));
    assert_true(must);
    assert_int_equal(mkdir(folder, 0700), 0);
    for (int i = 0; i < 30 && !charge_journal_ready(journal, &must); i++)
        charge_journal_settle(journal, WAIT_US);
    charge_journal_state_get(journal, &now);
    assert_int_equal(now.why.code, ERR_NONE);
    assert_true(must);
    charge_journal_free(journal);
    read_back("i", 0, 0);
}

static void append(const char *name, const char *bytes, size_t len)
{
    char path[160];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
    assert_true(fd >= 0 && write(fd, bytes, len) == (ssize_t)len);
    close(fd);
}

static void cut_and_foreign(void **state)
{
    (void)state;
    append("charges.0000000000000001.journal", "TDCR\xff\xff\xff\xff",
           8); /* longer than the file */
    append("charges.0000000000000002.journal", "TDCJ", 4);
    append("charges.0000000000000003.journal", "TDCJ\2\0\0\0", 8);
    append("charges.0000000000000004.journal", "other bytes", 11);
    append("charges.0000000000000005.journal", "", 0);
    append("charges.6.journal", "", 0); /* not one of ours */
    read_back("i", 3, 2);
    struct charge_journal *journal = opened();
    give(journal, "?", true, false); /* means nothing to the reader */
    charge_journal_free(journal);
    read_back("i?", 3, 3);
}

/* The end writes what was given. */
static void the_end_waits_for_the_last(void **state)
{
    (void)state;
    struct charge_journal *journal = opened();
    struct charge_block block = {.begins = true, .whole = true};
    buf_add_str(&block.bytes, "j");
    charge_journal_give(journal, &block);
    charge_journal_free(journal);
    read_back("j", 0, 0);
    charge_journal_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_order),
        cmocka_unit_test(an_image_replaces_what_was),
        cmocka_unit_test(what_has_grown_is_replaced),
        cmocka_unit_test(a_folder_that_comes_later),
        cmocka_unit_test(cut_and_foreign),
        cmocka_unit_test(the_end_waits_for_the_last),
    };
    return cmocka_run_group_tests(tests, enter, leave);
}
