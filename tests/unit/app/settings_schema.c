/* SPDX-License-Identifier: Apache-2.0
 *
 * The table itself, and what is made of it: rows are whole and agree with those who use the values,
 * the example in the tree is that of the schema and loads, the manual page has every key.
 */
#include "app/settings_schema.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "app/settings_fixture.h"
#include "app/settings_manual.h"
#include "app/settings_value.h"
#include "io/file_text.h"
#include "respond/incident_book.h"
#include "respond/notifier.h"

/* Calls `check` with every row of the schema and its section. */
static void each_row(const struct setting_section *section,
                     void (*check)(const struct setting *row, const struct setting_section *section,
                                   void *data),
                     void *data)
{
    for (size_t i = 0; i < section->count; i++) {
        check(&section->rows[i], section, data);
        if (section->rows[i].type == SETTING_SECTION)
            each_row(section->rows[i].section, check, data);
    }
}

static bool is_number(enum setting_type type)
{
    return type == SETTING_COUNT || type == SETTING_FACTOR || type == SETTING_SHARE ||
           type == SETTING_DURATION || type == SETTING_SIZE;
}

static void check_form(const struct setting *row)
{
    size_t len = strlen(row->meaning);
    if (row->key[0] == '\0' || len < 8 || row->meaning[len - 1] != '.')
        fail_msg("%s: \"%s\" is no meaning", row->key, row->meaning);
    if (is_number(row->type) != (row->most > row->least))
        fail_msg("%s: bounds", row->key);
    if ((row->words != NULL) != (row->type == SETTING_WORD || row->type == SETTING_SWITCH))
        fail_msg("%s: words", row->key);
    if ((row->section != NULL) != (row->type == SETTING_SECTION))
        fail_msg("%s: section", row->key);
    if (row->type != SETTING_SECTION && (row->fallback == NULL) == (row->example == NULL))
        fail_msg("%s: a default or an example, one of them", row->key);
    if (is_number(row->type) && row->fallback == NULL && row->with == 0 && row->kind == 0 &&
        !row->required)
        fail_msg("%s: a number without default", row->key);
}

/* Every field lies inside its section's struct. */
static void check_place(const struct setting *row, const struct setting_section *section)
{
    size_t size = row->list ? sizeof(void *) : setting_size(row);
    if (row->at + size > section->size)
        fail_msg("%s lies outside", row->key);
    if (row->list && row->count_at + sizeof(size_t) > section->size)
        fail_msg("%s: its count lies outside", row->key);
    for (size_t i = 0; i < section->count; i++)
        if (row != &section->rows[i] &&
            (strcmp(row->key, section->rows[i].key) == 0 || row->at == section->rows[i].at))
            fail_msg("%s and %s", row->key, section->rows[i].key);
}

static void check_row(const struct setting *row, const struct setting_section *section, void *data)
{
    (void)data;
    check_form(row);
    check_place(row, section);
}

static void rows_are_whole(void **state)
{
    (void)state;
    each_row(&settings_schema, check_row, NULL);
}

/* Default and example have the form of their row, and are printed as they stand there. */
static void check_text(const struct setting *row, const struct setting_section *section, void *data)
{
    struct setting_place place = {.arena = data, .folder = ""};
    const char *text = row->fallback != NULL ? row->fallback : row->example;
    (void)section;
    if (row->type == SETTING_SECTION)
        return;
    struct slice rest = slice_from_str(text);
    while (rest.ptr != NULL) {
        CLEANUP_BUF struct buf printed = {0};
        struct err err;
        char *value = arena_alloc(data, setting_size(row));
        struct slice word = row->list ? slice_cut(&rest, ' ') : rest;
        if (!row->list)
            rest.ptr = NULL;
        if (!setting_parse(row, word, &place, value, &err))
            fail_msg("%s: %s", row->key, err.text);
        setting_format(row, value, &printed);
        if (row->type != SETTING_SECRET && row->type != SETTING_SECRET_URL &&
            !slice_eq(buf_slice(&printed), word))
            fail_msg("%s: \"%s\" is printed as \"%s\"", row->key, text, buf_str(&printed));
    }
}

static void texts_have_their_form(void **state)
{
    (void)state;
    struct arena *arena = arena_new(4096);
    each_row(&settings_schema, check_text, arena);
    arena_free(arena);
}

static void check_manual(const struct setting *row, const struct setting_section *section,
                         void *data)
{
    CLEANUP_BUF struct buf item = {0};
    (void)section;
    buf_addf(&item, ".It Cm %s\n", row->key);
    if (strstr(buf_str(data), buf_str(&item)) == NULL)
        fail_msg("%s is not in the manual", row->key);
    if (row->type == SETTING_SECTION)
        return;
    if (row->fallback != NULL) {
        buf_clear(&item);
        buf_addf(&item, "Default:\n.Ql %s .\n", row->fallback);
        assert_non_null(strstr(buf_str(data), buf_str(&item)));
    }
}

static void the_manual_has_every_row(void **state)
{
    (void)state;
    CLEANUP_BUF struct buf page = {0};
    settings_manual(&page);
    each_row(&settings_schema, check_manual, &page);
}

static void the_example_in_the_tree_is_that_of_the_schema(void **state)
{
    (void)state;
    CLEANUP_BUF struct buf path = {0}, here = {0}, made = {0};
    struct err err;
    buf_addf(&path, "%s/../../examples/todoku.yaml", getenv("TD_TEST_DATA"));
    assert_true(file_text_read(buf_str(&path), &here, &err));
    settings_example(&made);
    if (!slice_eq(buf_slice(&here), buf_slice(&made)))
        fail_msg("todoku config example >examples/todoku.yaml");
}

/* Takes the first '#' off every line. */
/* Lines that say the opposite of another one of the example, and what says the same as that: a
 * database server is no file, and a server needs another one to be its alternative. */
static const struct {
    struct slice line, instead;
} opposites[] = {
    {{"  driver: sqlite", 16}, {"  driver: postgresql", 20}},
    {{"  path: /var/lib/todoku/accounts.db", 35}, {"", 0}},
    {{"      alternatives: [mb07-b]", 28}, {"      alternatives: []", 22}},
};

static struct slice without_opposites(struct slice line)
{
    for (size_t i = 0; i < sizeof(opposites) / sizeof(opposites[0]); i++)
        if (slice_eq(line, opposites[i].line))
            return opposites[i].instead;
    return line;
}

static void uncomment(struct slice text, struct buf *to)
{
    while (text.ptr != NULL) {
        struct slice line = slice_cut(&text, '\n');
        assert_true(line.len == 0 || line.ptr[0] == '#');
        buf_add(to, without_opposites(slice_skip(line, 1)));
        buf_add_char(to, '\n');
    }
}

static void check_given(const struct setting *row, const struct setting_section *section,
                        void *data)
{
    CLEANUP_BUF struct buf key = {0};
    (void)section;
    buf_addf(&key, "%s:", row->key);
    if (strstr(buf_str(data), buf_str(&key)) == NULL)
        fail_msg("%s is not in the example", row->key);
}

static void the_example_loads_with_every_line_in_effect(void **state)
{
    (void)state;
    CLEANUP_BUF struct buf text = {0}, yaml = {0};
    settings_example(&text);
    settings_free(settings_of(buf_str(&text))); /* as it is: the defaults */
    uncomment(buf_slice(&text), &yaml);
    struct settings *settings = settings_of(buf_str(&yaml));
    buf_clear(&yaml);
    buf_add(&yaml, buf_slice(&text));
    each_row(&settings_schema, check_given, &yaml);
    assert_int_equal(settings->log_count, 3);
    assert_int_equal(settings->notifier_count, 6);
    assert_int_equal(settings->fleet.source_count, 1);
    settings_free(settings);
}

static void defaults_are_those_of_the_book(void **state)
{
    (void)state;
    static const struct incident_book_settings book = INCIDENT_BOOK_SETTINGS;
    struct settings *settings = settings_default();
    const struct settings_incidents *incidents = &settings->incidents;
    assert_int_equal(incidents->group_us, book.group_us);
    assert_int_equal(incidents->group_wait_us, book.group_wait_us);
    assert_int_equal(incidents->flap_us, book.flap_us);
    assert_int_equal(incidents->stable_us, book.stable_us);
    assert_int_equal(incidents->update_us, book.update_every_us);
    assert_int_equal(incidents->orphan_us, book.orphan_us);
    assert_int_equal(incidents->escalate_after_us, book.escalate_after_us);
    assert_int_equal(incidents->escalate_calls, book.escalate_max);
    assert_int_equal(incidents->escalate_severity, book.escalate_severity);
    assert_int_equal(incidents->quiet_hours_count, 0);
    settings_free(settings);
}

/* Words of the schema are those of the enums that they become. */
static void words_are_those_of_the_enums(void **state)
{
    (void)state;
    for (unsigned i = INCIDENT_INFO; i < INCIDENT_SEVERITY_COUNT; i++) {
        CLEANUP_BUF struct buf yaml = {0};
        buf_addf(&yaml, "notify: [ { webhook: http://x/, min_severity: %s, language: %s } ]\n",
                 incident_severity_word(i), language_word(i % LANGUAGE_COUNT));
        struct settings *settings = settings_of(buf_str(&yaml));
        assert_int_equal(settings->notifiers[0].min_severity, i);
        assert_int_equal(settings->notifiers[0].language, i % LANGUAGE_COUNT);
        settings_free(settings);
    }
}

/* What the notifiers take is what the settings may hold. */
static void notifiers_are_those_of_respond(void **state)
{
    (void)state;
    struct settings *settings =
        settings_of("notify:\n  - { slack: https://x/ }\n  - { webhook: http://x/ }\n  - { mail: "
                    "a@b }\n  - { alertmanager: http://x/ }\n  - { pagerduty: k }\n  - { command: "
                    "/x }\n");
    for (unsigned i = 0; i < 6; i++) {
        assert_int_equal(settings->notifiers[i].kind, i);
        assert_string_equal(settings->notifiers[i].name, notifier_type_word(i));
    }
    assert_string_equal(settings->notifiers[0].slack_api, NOTIFIER_SLACK_API);
    assert_string_equal(settings->notifiers[4].pagerduty_url, NOTIFIER_PAGERDUTY_URL);
    settings_free(settings);
}

static void check_limit(const struct setting *row, const struct setting_section *section,
                        void *data)
{
    (void)section;
    (void)data;
    if (strcmp(row->key, "mail") == 0)
        assert_int_equal(row->limit, NOTIFIER_TO_MAX);
    if (strcmp(row->key, "command") == 0 || strcmp(row->key, "sendmail") == 0)
        assert_int_equal(row->limit, NOTIFIER_COMMAND_MAX);
    if (strcmp(row->key, "quiet_hours") == 0)
        assert_int_equal(row->limit, QUIET_WINDOWS_MAX);
}

static void limits_are_those_of_respond(void **state)
{
    (void)state;
    each_row(&settings_schema, check_limit, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_whole),
        cmocka_unit_test(defaults_are_those_of_the_book),
        cmocka_unit_test(words_are_those_of_the_enums),
        cmocka_unit_test(notifiers_are_those_of_respond),
        cmocka_unit_test(limits_are_those_of_respond),
        cmocka_unit_test(texts_have_their_form),
        cmocka_unit_test(the_manual_has_every_row),
        cmocka_unit_test(the_example_in_the_tree_is_that_of_the_schema),
        cmocka_unit_test(the_example_loads_with_every_line_in_effect),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
