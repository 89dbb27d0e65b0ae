/* SPDX-License-Identifier: Apache-2.0
 *
 * Whole images: after a crash loop in few blocks, each of which can be read back; in a folder of
 * their own not on the disk before they are whole.
 */
#include "app/policy_journal.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "io/clock.h"

enum { LOGINS = 40000, LOGIN_BYTES = 1000, LEFT = 20, TRIES = 1000 };

static const struct limit_rule rules[] = {{.name = {"hour", 4},
                                           .key = LIMIT_LOGIN,
                                           .count = 100,
                                           .within_us = INT64_C(3600000000),
                                           .action = LIMIT_DEFER}};

static char folder[64];

static int make_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof(folder), "/tmp/policy_journal.XXXXXX");
    return mkdtemp(folder) == NULL;
}

/* Removes them as well, if they shall go. */
static int files(bool shall_go)
{
    int count = 0;
    char path[sizeof(folder) + 256];
    DIR *all = opendir(folder);
    assert_non_null(all);
    for (struct dirent *one; (one = readdir(all)) != NULL;) {
        if (one->d_name[0] == '.')
            continue;
        snprintf(path, sizeof(path), "%s/%s", folder, one->d_name);
        count++;
        if (shall_go)
            unlink(path);
    }
    closedir(all);
    return count;
}

static int remove_folder(void **state)
{
    (void)state;
    (void)files(true);
    return rmdir(folder);
}

/* As by daemons that were killed when they had hardly begun. */
static void leave_files(void)
{
    char path[sizeof(folder) + 64];
    for (unsigned i = 1; i <= LEFT; i++) {
        snprintf(path, sizeof(path), "%s/charges.%016x.journal", folder, i);
        FILE *one = fopen(path, "w");
        assert_non_null(one);
        assert_int_equal(fclose(one), 0);
    }
}

static void fill(struct policy_desk *desk)
{
    char login[LOGIN_BYTES + 1];
    for (int i = 0; i < LOGINS; i++) {
        int length = snprintf(login, sizeof(login), "%0*d", LOGIN_BYTES, i);
        const struct limit_subject who = {.login = slice_of(login, (size_t)length)};
        const struct limit_load load = {.messages = 1, .recipients = 1};
        limit_gate_count(policy_desk_limits(desk), &who, &load, clock_now_us());
    }
}

/* Some 40 MB: it cannot be whole with a first block of 32 MiB, but with the third. */
static void an_image_after_many_crashes(void **state)
{
    (void)state;
    const struct policy_terms terms = {.limits = {rules, 1}, .keys = 100000};
    struct policy_desk *desk = policy_desk_new(&terms, 1000);
    struct policy_journal_past past;
    struct policy_journal_counts counts;
    struct err err = {0};
    leave_files();
    fill(desk);
    struct policy_journal *journal = policy_journal_open(folder, desk, &past, &err);
    assert_non_null(journal);
    assert_int_equal(past.files.files, LEFT);
    int tries = 0;
    while (files(false) > 1 || tries == 0) {
        assert_true(tries++ < TRIES);
        policy_journal_settle(journal);
    }
    policy_journal_counts(journal, clock_steady_us(), &counts);
    assert_in_range(counts.files.blocks, 2, 3);
    policy_journal_free(journal);
    policy_desk_free(desk);

    desk = policy_desk_new(&terms, 1000);
    journal = policy_journal_open(folder, desk, &past, &err);
    assert_non_null(journal);
    assert_int_equal(past.counts.rows, LOGINS);
    policy_journal_free(journal);
    policy_desk_free(desk);
}

static void turn_at(struct policy_journal *journal, int64_t steady_us, uint64_t blocks)
{
    struct policy_journal_counts counts = {0};
    policy_journal_turn(journal, steady_us);
    for (int i = 0; i < 20000 && counts.files.blocks < blocks; i++) {
        usleep(1000);
        policy_journal_counts(journal, steady_us, &counts);
    }
    assert_int_equal(counts.files.blocks, blocks);
}

static void a_part_of_an_image_keeps_nothing(void **state)
{
    (void)state;
    const int64_t second_us = 1000000;
    const struct policy_terms terms = {.limits = {rules, 1}, .keys = 100000};
    struct policy_desk *desk = policy_desk_new(&terms, 1000);
    struct policy_journal_counts counts;
    struct err err = {0};
    fill(desk);
    struct policy_journal *journal = policy_journal_open(folder, desk, NULL, &err);
    assert_non_null(journal);
    int64_t begin_us = clock_steady_us();
    turn_at(journal, begin_us + 10 * second_us, 1);
    turn_at(journal, begin_us + 20 * second_us, 2);
    policy_journal_counts(journal, begin_us + 30 * second_us, &counts);
    assert_true(counts.behind_us >= 30 * second_us);
    int64_t later_us = begin_us + 100 * second_us;
    for (int i = 0; i < 100000 && counts.behind_us > 0; i++) {
        usleep(100);
        policy_journal_turn(journal, later_us);
        policy_journal_counts(journal, later_us, &counts);
    }
    assert_int_equal(counts.behind_us, 0);
    policy_journal_free(journal);
    policy_desk_free(desk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_image_after_many_crashes, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(a_part_of_an_image_keeps_nothing, make_folder,
                                        remove_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
