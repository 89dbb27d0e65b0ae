/* SPDX-License-Identifier: Apache-2.0
 *
 * A set of tables under searches: one that has to wait goes on elsewhere, one that is read again
 * makes a new set, and one that cannot be read stays as it was and says why.
 */
#include "gate/mailbox_tables.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "io/sandbox.h"

static const struct finder_name names[] = {{{"mb1", 3}, 0}, {{"mb2", 3}, 1}};

static const struct mailbox_patience patient;

static struct lookup_table *open_here(const char *kind, const char *name, const char *more)
{
    char folder[200];
    struct err err;
    CLEANUP_BUF struct buf spec = {0};
    assert_non_null(getcwd(folder, sizeof(folder)));
    buf_addf(&spec, "%s:%s/%s%s", kind, folder, name, more);
    struct lookup_table *table =
        lookup_table_open(buf_slice(&spec), &(struct lookup_options){.timeout_us = 0}, &err);
    if (table == NULL)
        fail_msg("%s", err.text);
    return table;
}

static struct mailbox_search *search_for(const char *recipient)
{
    const struct finder_terms terms = {
        .names = names,
        .name_count = 2,
        .default_server = FINDER_NO_SERVER,
        .tables = {[FINDER_ALIASES] = 1, [FINDER_MAILBOXES] = 1},
    };
    struct mailbox_finder *finder = mailbox_finder_new(&terms);
    struct mailbox_search *search = mailbox_search_new(finder, slice_from_str(recipient));
    mailbox_finder_unref(finder);
    return search;
}

/* The server of the one mailbox, from 1; 0: none. */
static size_t server_of(const struct mailbox_tables *tables, const char *recipient)
{
    struct mailbox_search *search = search_for(recipient);
    assert_int_equal(mailbox_tables_run(tables, search, &patient, NULL), MAILBOX_TABLES_ENDED);
    const struct mailbox_result *result = mailbox_search_result(search);
    size_t server = result->count == 1 ? result->mailboxes[0].server + 1 : 0;
    mailbox_search_free(search);
    return server;
}

static struct mailbox_tables *make_texts(void)
{
    struct mailbox_tables *tables = mailbox_tables_new();
    sandbox_write("aliases", SLICE("info@a taro@a\n"));
    sandbox_write("mailboxes", SLICE("taro@a mb1\n"));
    mailbox_tables_add(tables, FINDER_ALIASES, open_here("text", "aliases", ""));
    mailbox_tables_add(tables, FINDER_MAILBOXES, open_here("text", "mailboxes", ""));
    return tables;
}

static void replace(const char *name, struct slice text)
{
    sandbox_write("new", text);
    assert_int_equal(rename("new", name), 0);
}

static void what_changed_is_read_again(void **state)
{
    (void)state;
    struct err err;
    struct mailbox_tables *tables = make_texts();
    assert_int_equal(mailbox_tables_count(tables, FINDER_ALIASES), 1);
    assert_int_equal(server_of(tables, "info@a"), 1);
    replace("mailboxes", SLICE("taro@a mb2\n"));
    assert_int_equal(server_of(tables, "info@a"), 1);
    struct mailbox_tables *next = mailbox_tables_renew(tables, &err);
    assert_non_null(next);
    assert_int_equal(err.code, ERR_NONE);
    assert_int_equal(server_of(next, "info@a"), 2);
    assert_int_equal(server_of(tables, "info@a"), 1);
    mailbox_tables_unref(tables);
    assert_int_equal(server_of(next, "info@a"), 2);
    mailbox_tables_unref(next);
    mailbox_tables_unref(NULL);
}

static void what_cannot_be_read_stays(void **state)
{
    (void)state;
    struct err err;
    struct mailbox_tables *tables = make_texts();
    unlink("aliases");
    replace("mailboxes", SLICE("taro@a mb2\n"));
    struct mailbox_tables *next = mailbox_tables_renew(tables, &err);
    assert_non_null(next);
    assert_int_equal(err.code, ERR_IO);
    assert_int_equal(server_of(next, "info@a"), 2);
    mailbox_tables_unref(tables);
    unlink("mailboxes");
    assert_null(mailbox_tables_renew(next, &err));
    assert_int_equal(err.code, ERR_IO);
    assert_int_equal(server_of(next, "info@a"), 2);
    mailbox_tables_unref(next);
}

static void a_search_that_waits_goes_on(void **state)
{
    (void)state;
    sqlite3 *db;
    struct mailbox_tables *tables = mailbox_tables_new();
    sandbox_write("aliases", SLICE("info@a taro@a\n"));
    assert_int_equal(sqlite3_open("m.db", &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "CREATE TABLE m(a, s); INSERT INTO m VALUES('taro@a', 'mb2')",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    sqlite3_close(db);
    mailbox_tables_add(tables, FINDER_ALIASES, open_here("text", "aliases", ""));
    mailbox_tables_add(tables, FINDER_MAILBOXES,
                       open_here("sqlite", "m.db", "?SELECT s FROM m WHERE a = :key"));
    struct mailbox_tables *twin = mailbox_tables_twin(tables);
    struct mailbox_search *search = search_for("info@a");
    assert_int_equal(mailbox_tables_run(tables, search, NULL, NULL), MAILBOX_TABLES_WAITS);
    assert_true(slice_eq(mailbox_search_need(search)->key, SLICE("taro@a")));
    assert_int_equal(mailbox_tables_run(twin, search, &patient, NULL), MAILBOX_TABLES_ENDED);
    assert_int_equal(mailbox_search_result(search)->mailboxes[0].server, 1);
    mailbox_search_free(search);

    struct err err;
    unlink("m.db");
    search = search_for("info@a");
    assert_int_equal(mailbox_tables_run(tables, search, &patient, &err), MAILBOX_TABLES_ENDED);
    assert_int_equal(mailbox_search_result(search)->end, MAILBOX_END_TROUBLE);
    assert_non_null(strstr(err.text, "m.db"));
    mailbox_search_free(search);
    mailbox_tables_unref(tables);
    mailbox_tables_unref(twin);
}

static void patience_ends(void **state)
{
    (void)state;
    struct err err;
    atomic_bool is_over = false;
    const struct mailbox_patience patience = {&is_over};
    struct mailbox_tables *tables = make_texts();
    struct mailbox_search *search = search_for("info@a");
    atomic_store(&is_over, true);
    assert_int_equal(mailbox_tables_run(tables, search, &patience, &err), MAILBOX_TABLES_ENDED);
    assert_int_equal(mailbox_search_result(search)->end, MAILBOX_END_TROUBLE);
    assert_int_equal(err.code, ERR_LIMIT);
    mailbox_search_free(search);
    mailbox_tables_unref(tables);
}

static void a_set_is_held(void **state)
{
    (void)state;
    struct mailbox_tables *tables = make_texts();
    struct mailbox_tables *held = mailbox_tables_ref(tables);
    mailbox_tables_unref(tables);
    assert_int_equal(server_of(held, "taro@a"), 1);
    mailbox_tables_unref(held);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_changed_is_read_again),
        cmocka_unit_test(what_cannot_be_read_stays),
        cmocka_unit_test(a_search_that_waits_goes_on),
        cmocka_unit_test(patience_ends),
        cmocka_unit_test(a_set_is_held),
    };
    return cmocka_run_group_tests(tests, sandbox_enter, sandbox_leave);
}
