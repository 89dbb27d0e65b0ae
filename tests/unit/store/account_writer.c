/* SPDX-License-Identifier: Apache-2.0
 *
 * Accounts that are added, changed and removed, seen as a login sees them; and what is refused.
 */
#include "store/account_writer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "io/sandbox.h"
#include "store/account_import.h"
#include "store/sql.h"

#define GIVES(column) (1u << ACCOUNT_COLUMN_##column)
#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static const struct account_driver *const driver = &account_driver_sqlite;
static const int64_t NOW = INT64_C(1800000000000000);

struct rig {
    struct account_place place;
    struct account_writer *writer;
    struct account_source *source;
    struct err err;
};

static void begin(struct rig *rig, const char *path)
{
    *rig = (struct rig){.place = {.path = path, .default_domain = SLICE("jp.test")}};
    rig->writer = account_writer_open(driver, &rig->place, &rig->err);
    assert_non_null(rig->writer);
    rig->source = driver->make(&rig->place);
}

static void end(struct rig *rig)
{
    account_writer_close(rig->writer);
    driver->free(rig->source);
}

static struct account_change plain(const char *login)
{
    return (struct account_change){
        .text = {.login = slice_from_str(login), .secret = SLICE("{PLAIN}x")},
        .given = GIVES(SECRET)};
}

static void add(struct rig *rig, const char *login)
{
    struct account_change change = plain(login);
    assert_true(account_writer_add(rig->writer, &change, &rig->err));
}

/* The call said no, with these words among others; and what is said next is another matter. */
static void expect_refused(struct rig *rig, bool good, const char *words)
{
    assert_false(good);
    if (strstr(rig->err.text, words) == NULL)
        fail_msg("`%s` is not in `%s`", words, rig->err.text);
    rig->err = (struct err){0};
}

static void put_row(void *context, const struct account_row *row)
{
    buf_addf(context, "%.*s|%.*s|%.*s|%.*s|%x|%.*s|%lld|%.*s", SLICE_ARG(row->login),
             SLICE_ARG(row->account_class), SLICE_ARG(row->server), SLICE_ARG(row->secret),
             row->protocols, SLICE_ARG(row->networks),
             row->valid_until_us == INT64_MAX ? -1LL : (long long)row->valid_until_us / 1000000,
             SLICE_ARG(row->flags));
    for (size_t i = 0; i < row->app_count; i++)
        buf_addf(context, "\n%.*s|%.*s|%x|%.*s|%lld|%lld|%lld", SLICE_ARG(row->apps[i].name),
                 SLICE_ARG(row->apps[i].secret), row->apps[i].protocols,
                 SLICE_ARG(row->apps[i].networks), (long long)row->apps[i].created_us / 1000000,
                 (long long)row->apps[i].last_used_us / 1000000,
                 row->apps[i].until_us == INT64_MAX ? -1LL
                                                    : (long long)row->apps[i].until_us / 1000000);
}

static void expect(struct rig *rig, const char *login, const char *wanted)
{
    CLEANUP_BUF struct buf said = {0};
    enum account_found found =
        driver->find(rig->source, slice_from_str(login), put_row, &said, &rig->err);
    assert_int_not_equal(found, ACCOUNT_TROUBLE);
    assert_string_equal(found == ACCOUNT_FOUND ? buf_str(&said) : "none", wanted);
}

static void accounts(void **state)
{
    (void)state;
    struct rig rig;
    begin(&rig, "accounts.db");
    struct account_change full = {.text = {.login = SLICE("taro@jp.test"),
                                           .account_class = SLICE("business"),
                                           .server = SLICE("mx-1"),
                                           .secret = SLICE("{PLAIN}it's"),
                                           .protocols = SLICE("smtp,imap"),
                                           .networks = SLICE("192.0.2.0/24,  ::1"),
                                           .valid_until = SLICE("2026-12-31"),
                                           .flags = SLICE("slow,note")},
                                  .given = ~0u};
    assert_true(account_writer_add(rig.writer, &full, &rig.err));
    expect(&rig, "taro@jp.test",
           "taro@jp.test|business|mx-1|{PLAIN}it's|5|192.0.2.0/24 ::1|1798761600|slow note");
    struct account_change some = {.text = {.login = SLICE("TARO"), .server = SLICE("mx-2")},
                                  .given = GIVES(SERVER) | GIVES(NETWORKS)};
    assert_true(account_writer_change(rig.writer, &some, &rig.err));
    expect(&rig, "taro@jp.test", "taro@jp.test|business|mx-2|{PLAIN}it's|5||1798761600|slow note");
    assert_true(account_writer_rename(rig.writer, SLICE("taro"), SLICE("Taro.Y"), &rig.err));
    expect(&rig, "taro@jp.test", "none");
    expect(&rig, "taro.y@jp.test", "Taro.Y|business|mx-2|{PLAIN}it's|5||1798761600|slow note");
    assert_true(account_writer_rename(rig.writer, SLICE("taro.y"), SLICE("taro.y"), &rig.err));
    assert_true(account_writer_remove(rig.writer, SLICE("taro.y@jp.test"), &rig.err));
    expect(&rig, "taro.y@jp.test", "none");
    end(&rig);
}

static void names_are_one_each(void **state)
{
    (void)state;
    struct rig rig;
    struct account_change taken;
    begin(&rig, "names.db");
    add(&rig, "taro@jp.test");
    add(&rig, "jiro");
    assert_true(account_writer_add_alias(rig.writer, SLICE("info"), SLICE("Taro"), &rig.err));
    expect(&rig, "info@jp.test", "taro@jp.test|||{PLAIN}x|ffffffff||-1|");
    static const char *const already[] = {"taro@jp.test", "TARO@jp.test", "taro",
                                          "jiro",         "jiro@jp.test", "Info@jp.test"};
    for (size_t i = 0; i < COUNT(already); i++) {
        taken = plain(already[i]);
        expect_refused(&rig, account_writer_add(rig.writer, &taken, &rig.err), "already");
    }
    expect_refused(
        &rig, account_writer_add_alias(rig.writer, SLICE("jiro@jp.test"), SLICE("taro"), &rig.err),
        "jiro@jp.test: there is an account of that name already");
    expect_refused(&rig,
                   account_writer_add_alias(rig.writer, SLICE("x"), SLICE("nobody"), &rig.err),
                   "nobody: there is no such account");
    expect_refused(&rig, account_writer_add_alias(rig.writer, SLICE("x"), SLICE("info"), &rig.err),
                   "info: is another name");
    expect_refused(&rig, account_writer_rename(rig.writer, SLICE("jiro"), SLICE("taro"), &rig.err),
                   "already");
    taken = plain("nobody");
    expect_refused(&rig, account_writer_change(rig.writer, &taken, &rig.err),
                   "nobody: there is no such account");
    expect_refused(&rig, account_writer_remove(rig.writer, SLICE("nobody"), &rig.err), "no such");
    expect_refused(&rig, account_writer_remove_alias(rig.writer, SLICE("taro"), &rig.err),
                   "taro: is no other name");
    assert_true(account_writer_remove_alias(rig.writer, SLICE("INFO@jp.test"), &rig.err));
    expect(&rig, "info@jp.test", "none");
    end(&rig);
}

static void words_that_are_none(void **state)
{
    const struct {
        struct account_text text;
        unsigned given;
        const char *words;
    } rows[] = {
        {{.login = SLICE("")}, 0, "a login is missing"},
        {{.login = SLICE(" taro")}, 0, "blank"},
        {{.login = SLICE("ta\0ro")}, 0, "control"},
        {{.login = SLICE("ta\nro")}, 0, "ta\\nro: a login has"},
        {{.login = SLICE("ta\xffro")}, 0, "UTF-8"},
        {{.login = SLICE("taro"), .account_class = SLICE("a b")}, ~0u, "taro: class: `a b`"},
        {{.login = SLICE("taro"), .server = SLICE("mx/1")}, ~0u, "taro: server: `mx/1`"},
        {{.login = SLICE("taro"), .secret = SLICE("{PLAIN}planted\n")},
         ~0u,
         "taro: secret: is not one line"},
        {{.login = SLICE("taro"), .protocols = SLICE("imap pop")},
         ~0u,
         "taro: protocols: `imap pop`"},
        {{.login = SLICE("taro"), .networks = SLICE("::1 192.0.2.1/24")}, ~0u, "`192.0.2.1/24`"},
        {{.login = SLICE("taro"), .valid_until = SLICE("soon")}, ~0u, "taro: valid_until: `soon`"},
        {{.login = SLICE("taro"), .flags = SLICE("slow no!")}, ~0u, "taro: flags: `no!`"},
    };
    (void)state;
    struct rig rig;
    begin(&rig, "words.db");
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct account_change change = {rows[i].text, rows[i].given};
        bool good = account_writer_add(rig.writer, &change, &rig.err);
        assert_null(strstr(rig.err.text, "planted"));
        expect_refused(&rig, good, rows[i].words);
    }
    expect(&rig, "taro", "none");
    end(&rig);
}

static bool put_app(struct rig *rig, const char *login, const char *name, const char *protocols)
{
    const struct account_app_change app = {.name = slice_from_str(name),
                                           .secret = SLICE("{SHA256}y"),
                                           .protocols = slice_from_str(protocols),
                                           .networks = SLICE("192.0.2.0/24"),
                                           .valid_until = SLICE("2030-01-01T00:00:00Z")};
    return account_writer_put_app(rig->writer, slice_from_str(login), &app, NOW, &rig->err);
}

static void app_passwords(void **state)
{
    (void)state;
    struct rig rig;
    begin(&rig, "apps.db");
    add(&rig, "taro");
    assert_true(put_app(&rig, "taro@jp.test", "phone", "imap smtp"));
    assert_true(put_app(&rig, "taro", "Laptop 2", ""));
    const struct account_use uses[] = {{SLICE("taro"), SLICE("phone"), NOW + 60000000},
                                       {SLICE("taro"), SLICE("phone"), NOW},
                                       {SLICE("gone"), SLICE("phone"), NOW}};
    assert_true(account_writer_touch(rig.writer, uses, 3, &rig.err));
    expect(&rig, "taro",
           "taro|||{PLAIN}x|ffffffff||-1|\n"
           "Laptop 2|{SHA256}y|ffffffff|192.0.2.0/24|1800000000|0|1893456000\n"
           "phone|{SHA256}y|5|192.0.2.0/24|1800000000|1800000060|1893456000");
    expect_refused(&rig, put_app(&rig, "nobody", "phone", ""), "nobody: there is no such account");
    expect_refused(&rig, put_app(&rig, "taro", "", ""), "name");
    expect_refused(&rig, put_app(&rig, "taro", "phone", "imapp"), "protocols");
    expect_refused(&rig,
                   account_writer_remove_app(rig.writer, SLICE("taro"), SLICE("pad"), &rig.err),
                   "taro: has no app password of that name");
    assert_true(account_writer_remove_app(rig.writer, SLICE("taro"), SLICE("Laptop 2"), &rig.err));
    assert_true(account_writer_rename(rig.writer, SLICE("taro"), SLICE("jiro"), &rig.err));
    expect(&rig, "jiro",
           "jiro|||{PLAIN}x|ffffffff||-1|\n"
           "phone|{SHA256}y|5|192.0.2.0/24|1800000000|1800000060|1893456000");
    /* One who comes after has none of what was his. */
    assert_true(account_writer_remove(rig.writer, SLICE("jiro"), &rig.err));
    add(&rig, "jiro");
    expect(&rig, "jiro", "jiro|||{PLAIN}x|ffffffff||-1|");
    for (int i = 0; i < ACCOUNT_APPS_MAX; i++) {
        char name[16];
        snprintf(name, sizeof(name), "%d", i);
        assert_true(put_app(&rig, "jiro", name, ""));
    }
    expect_refused(&rig, put_app(&rig, "jiro", "one more", ""), "64");
    assert_true(put_app(&rig, "jiro", "63", "pop3")); /* in place of itself */
    end(&rig);
}

static void all_or_nothing(void **state)
{
    (void)state;
    struct rig rig;
    struct account_change change = plain("jiro");
    begin(&rig, "all.db");
    add(&rig, "taro");
    assert_true(account_writer_begin(rig.writer, &rig.err));
    assert_true(account_writer_add(rig.writer, &change, &rig.err));
    expect(&rig, "jiro", "none");
    expect_refused(&rig, account_writer_add(rig.writer, &change, &rig.err), "already");
    account_writer_undo(rig.writer);
    expect(&rig, "jiro", "none");
    assert_true(account_writer_begin(rig.writer, &rig.err));
    assert_true(account_writer_add(rig.writer, &change, &rig.err));
    expect_refused(&rig, account_writer_remove(rig.writer, SLICE("x"), &rig.err), "no such");
    assert_true(account_writer_commit(rig.writer, &rig.err));
    expect(&rig, "jiro", "jiro|||{PLAIN}x|ffffffff||-1|");
    end(&rig);
}

/* A file that fails in the middle: nothing that comes after is written by itself. */
static void fails_in_the_middle(void **state)
{
    (void)state;
    struct rig rig;
    struct sql sql = {0};
    struct account_change jiro = plain("jiro"), sabu = plain("sabu");
    begin(&rig, "middle.db");
    assert_true(sql_open(&sql, "middle.db", SQLITE_OPEN_READWRITE, 5000));
    assert_true(sql_exec(&sql, "CREATE TRIGGER no BEFORE INSERT ON account WHEN new.login = 'jiro' "
                               "BEGIN SELECT raise(ROLLBACK, 'the operator says no'); END"));
    sql_close(&sql);
    assert_true(account_writer_begin(rig.writer, &rig.err));
    expect_refused(&rig, account_writer_add(rig.writer, &jiro, &rig.err), "the operator says no");
    expect_refused(&rig, account_writer_add(rig.writer, &sabu, &rig.err), "earlier");
    expect_refused(&rig, account_writer_commit(rig.writer, &rig.err), "earlier");
    expect(&rig, "sabu", "none");
    assert_true(account_writer_add(rig.writer, &sabu, &rig.err));
    expect(&rig, "sabu", "sabu|||{PLAIN}x|ffffffff||-1|");
    end(&rig);
}

static void who_can_be_written_for(void **state)
{
    (void)state;
    struct rig rig = {.place = {.path = "passwd"}};
    struct stat st;
    rig.writer = account_writer_open(&account_driver_passwd_file, &rig.place, &rig.err);
    expect_refused(&rig, rig.writer != NULL, "passwd-file");
    rig.place.path = "missing/accounts.db";
    rig.writer = account_writer_open(driver, &rig.place, &rig.err);
    expect_refused(&rig, rig.writer != NULL, "missing/accounts.db");
    begin(&rig, "secret.db");
    add(&rig, "taro");
    assert_int_equal(stat("secret.db", &st), 0);
    assert_int_equal(st.st_mode & 0777, 0640);
    assert_int_equal(stat("secret.db-wal", &st), 0);
    assert_int_equal(st.st_mode & 0777, 0640);
    end(&rig);
}

/* ---- import ---- */

struct table {
    const char *const (*rows)[2]; /* login, whose other name */
    size_t count, at, told;
};

static enum account_import_step next(void *context, struct account_import_row *row, struct err *err)
{
    struct table *table = context;
    if (table->at == table->count)
        return ACCOUNT_IMPORT_END;
    const char *const *texts = table->rows[table->at++];
    row->change = plain(texts[0]);
    row->account = slice_from_str(texts[1]);
    if (strcmp(texts[0], "bad") != 0)
        return ACCOUNT_IMPORT_ROW;
    (void)err_set(err, ERR_INPUT, "line %zu", table->at);
    return ACCOUNT_IMPORT_BAD;
}

static bool import(struct rig *rig, const char *const (*rows)[2], size_t count,
                   enum account_import_existing existing, char *said)
{
    struct table table = {rows, count, 0, 0};
    const struct account_import import = {.next = next, .context = &table, .existing = existing};
    struct account_import_counts counts;
    bool good = account_import_run(rig->writer, &import, &counts, &rig->err);
    snprintf(said, 64, "%zu: +%zu ~%zu =%zu >%zu", counts.rows, counts.added, counts.changed,
             counts.skipped, counts.aliases);
    return good;
}

static void imports(void **state)
{
    static const char *const rows[][2] = {
        {"info", "taro"}, {"taro", ""}, {"hanako", ""}, {"jiro@jp.test", ""}, {"office", "taro"}};
    static const char *const bad[][2] = {{"new", ""}, {"bad", ""}, {"newer", ""}};
    static const char *const twice[][2] = {{"new", ""}, {"NEW@jp.test", ""}};
    static const char *const nobodys[][2] = {{"new", ""}, {"alias", "nobody"}};
    char said[64];
    (void)state;
    struct rig rig;
    begin(&rig, "import.db");
    add(&rig, "jiro");
    expect_refused(&rig, import(&rig, rows, 5, ACCOUNT_IMPORT_REFUSE, said),
                   "jiro@jp.test: there is an account of that name already");
    expect(&rig, "taro", "none");
    assert_true(import(&rig, rows, 5, ACCOUNT_IMPORT_SKIP, said));
    assert_string_equal(said, "5: +2 ~0 =1 >2");
    expect(&rig, "info", "taro|||{PLAIN}x|ffffffff||-1|");
    assert_true(import(&rig, rows, 5, ACCOUNT_IMPORT_CHANGE, said));
    assert_string_equal(said, "5: +0 ~3 =0 >2");
    expect_refused(&rig, import(&rig, bad, 3, ACCOUNT_IMPORT_SKIP, said), "line 2");
    expect_refused(&rig, import(&rig, twice, 2, ACCOUNT_IMPORT_REFUSE, said), "NEW@jp.test");
    expect_refused(&rig, import(&rig, nobodys, 2, ACCOUNT_IMPORT_SKIP, said), "nobody");
    expect(&rig, "new", "none");
    end(&rig);
}

static void tell(void *context, size_t rows)
{
    struct table *table = context;
    assert_int_equal(rows, table->told + 1000);
    table->told = rows;
}

static enum account_import_step count_on(void *context, struct account_import_row *row,
                                         struct err *err)
{
    static char login[32];
    struct table *table = context;
    (void)err;
    if (table->at == table->count)
        return ACCOUNT_IMPORT_END;
    snprintf(login, sizeof(login), "user-%zu", table->at++);
    row->change = plain(login);
    return ACCOUNT_IMPORT_ROW;
}

/* Tells of each, as `LINE ` of its err. */
static void hear(void *context, size_t line, const struct err *err)
{
    struct table *table = context;
    (void)line;
    assert_int_equal(err->code, ERR_INPUT);
    table->told++;
}

static bool no_x(void *context, struct account_import_row *row, struct err *err)
{
    (void)context;
    return row->change.text.login.ptr[0] != 'x' ||
           account_refuse(err, row->change.text.login, "begins with x");
}

/* Every row is looked at, and none is imported; nor is one of a dry run. */
static void imports_told_of(void **state)
{
    static const char *const rows[][2] = {{"taro", ""}, {"bad", ""},  {"xaver", ""},
                                          {"jiro", ""}, {"taro", ""}, {"info", "nobody"}};
    struct rig rig;
    struct table table = {rows, 6, 0, 0};
    struct account_import import = {.next = next,
                                    .prepare = no_x,
                                    .refused = hear,
                                    .context = &table,
                                    .existing = ACCOUNT_IMPORT_REFUSE};
    struct account_import_counts counts;
    enum account_name_kind kind;
    (void)state;
    begin(&rig, "told.db");
    assert_false(account_import_run(rig.writer, &import, &counts, &rig.err));
    assert_int_equal(counts.refused, 4); /* bad, xaver, the second taro, the name of nobody */
    assert_int_equal(table.told, 4);
    assert_string_equal(rig.err.text, "line 2"); /* the first */
    table = (struct table){rows, 1, 0, 0};
    import.dry_run = true;
    assert_true(account_import_run(rig.writer, &import, &counts, &rig.err));
    assert_int_equal(counts.added, 1);
    assert_true(account_writer_look(rig.writer, SLICE("taro"), &kind, &rig.err));
    assert_int_equal(kind, ACCOUNT_NAME_FREE);
    rig.err = (struct err){0};
    end(&rig);
}

static void imports_many(void **state)
{
    (void)state;
    struct rig rig;
    struct table table = {.count = 3500};
    const struct account_import import = {
        .next = count_on, .progress = tell, .context = &table, .existing = ACCOUNT_IMPORT_REFUSE};
    struct account_import_counts counts;
    begin(&rig, "many.db");
    assert_true(account_import_run(rig.writer, &import, &counts, &rig.err));
    assert_int_equal(counts.added, 3500);
    assert_int_equal(table.told, 3000);
    expect(&rig, "user-3499", "user-3499|||{PLAIN}x|ffffffff||-1|");
    end(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accounts),
        cmocka_unit_test(all_or_nothing),
        cmocka_unit_test(app_passwords),
        cmocka_unit_test(fails_in_the_middle),
        cmocka_unit_test(imports),
        cmocka_unit_test(imports_told_of),
        cmocka_unit_test(imports_many),
        cmocka_unit_test(names_are_one_each),
        cmocka_unit_test(who_can_be_written_for),
        cmocka_unit_test(words_that_are_none),
    };
    return cmocka_run_group_tests_name("store/account_writer", tests, sandbox_enter, sandbox_leave);
}
