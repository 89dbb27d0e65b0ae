/* SPDX-License-Identifier: Apache-2.0
 *
 * See record_check.h.
 */
#include "record_check.h"

static void check_field(const struct row *row, const struct log_record *record,
                        const struct row_field *expected)
{
    struct slice got = log_record_get(record, expected->field);
    if (log_record_has(record, expected->field) && slice_eq(got, slice_from_str(expected->value)))
        return;
    fail_msg("%s\n  %s: \"%s\" expected, got \"%.*s\"", row->line, log_field_word(expected->field),
             expected->value, SLICE_ARG(got));
}

static void check_no_more(const struct row *row, const struct log_record *record)
{
    for (int i = 0; i < LOG_FIELD_COUNT; i++) {
        bool listed = false;
        for (size_t k = 0; row->fields[k].value != NULL; k++)
            listed = listed || (int)row->fields[k].field == i;
        if (log_record_has(record, (enum log_field)i) && !listed)
            fail_msg("%s\n  not expected: %s=\"%.*s\"", row->line,
                     log_field_word((enum log_field)i), SLICE_ARG(record->field[i]));
    }
}

static void check_row(struct log_parser *parser, const struct row *row)
{
    struct log_record record;
    log_record_parse(parser, slice_from_str(row->line), &record);
    if (record.kind != row->kind)
        fail_msg("%s\n  kind %s expected, got %s", row->line, log_kind_word(row->kind),
                 log_kind_word(record.kind));
    if (record.cut != row->cut)
        fail_msg("%s\n  cut: %d expected", row->line, row->cut);
    for (size_t i = 0; row->fields[i].value != NULL; i++)
        check_field(row, &record, &row->fields[i]);
    check_no_more(row, &record);
}

void rows_are_read(void **state)
{
    const struct row_table *table = *state;
    struct log_parser *parser = log_parser_new(2026, NULL, NULL);
    for (size_t i = 0; i < table->count; i++)
        check_row(parser, &table->rows[i]);
    log_parser_free(parser);
}

static void check_inside(const struct log_record *record, struct slice line)
{
    for (int i = 0; i < LOG_FIELD_COUNT; i++) {
        struct slice value = log_record_get(record, (enum log_field)i);
        if (value.len == 0)
            continue;
        assert_true(value.ptr >= line.ptr && slice_end(value) <= slice_end(line));
    }
}

/* A copy of its own, so that a sanitizer sees a read behind its end. */
static void check_beginning(struct log_parser *parser, const char *line, size_t len)
{
    struct log_record record;
    char *copy = test_malloc(len + 1);
    memcpy(copy, line, len);
    log_record_parse(parser, slice_of(copy, len), &record);
    check_inside(&record, slice_of(copy, len));
    test_free(copy);
}

void rows_are_read_cut(void **state)
{
    const struct row_table *table = *state;
    struct log_parser *parser = log_parser_new(2026, NULL, NULL);
    for (size_t i = 0; i < table->count; i++)
        for (size_t len = 0; len <= strlen(table->rows[i].line); len++)
            check_beginning(parser, table->rows[i].line, len);
    log_parser_free(parser);
}
