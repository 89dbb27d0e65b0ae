/* SPDX-License-Identifier: Apache-2.0
 *
 * Records of CSV: what RFC 4180 has, what spreadsheets make of it, and what is none.
 */
#include "io/csv_reader.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"

static struct csv_reader *open_text(const char *text, size_t len, FILE **file)
{
    *file = fmemopen((void *)(uintptr_t)text, len, "r");
    assert_non_null(*file);
    return csv_reader_new(*file);
}

/* LINE:field|field;LINE:... and, of a bad one, !LINE:why */
static void read_all(const char *text, size_t len, struct buf *to)
{
    FILE *file;
    struct csv_reader *reader = open_text(text, len, &file);
    struct csv_record record;
    struct err err = {0};
    enum csv_step step;
    while ((step = csv_reader_next(reader, &record, &err)) == CSV_RECORD) {
        buf_addf(to, "%zu:", record.line);
        for (size_t i = 0; i < record.count; i++)
            buf_addf(to, "%s%.*s", i > 0 ? "|" : "", SLICE_ARG(record.fields[i]));
        buf_add_char(to, ';');
    }
    if (step == CSV_BAD)
        buf_addf(to, "!%zu:%s", record.line, err.text);
    assert_int_equal(csv_reader_next(reader, &record, &err), CSV_END); /* and stays so */
    csv_reader_free(reader);
    fclose(file);
}

static void texts(void **state)
{
    static const struct {
        const char *text, *expected;
    } rows[] = {
        {"a,b\nc,d\n", "1:a|b;2:c|d;"},
        {"a,b\r\nc,d", "1:a|b;2:c|d;"},
        {"\xEF\xBB\xBF"
         "a,b\n",
         "1:a|b;"},
        {"a\n\xEF\xBB\xBF"
         "b\n",
         "1:a;2:\xEF\xBB\xBF"
         "b;"},
        {"\n\r\na\n\n\nb\n", "3:a;6:b;"},
        {" a , b \n", "1: a | b ;"},
        {"\"a,b\",\"c\"\"d\"\n", "1:a,b|c\"d;"},
        {"\"a\nb\r\nc\",d\ne\n", "1:a\nb\r\nc|d;4:e;"},
        {"\"\n\na\"\n\"\"\nb", "1:\n\na;4:;5:b;"},
        {",\n", "1:|;"},
        {"\n", ""},
        {"a\"b,c\n", "!1:has a quote where none may be: a field with quotes stands in quotes, and "
                     "quotes in it are doubled (RFC 4180)"},
        {"x\n\"a\"b\n",
         "1:x;!2:has a quote where none may be: a field with quotes stands in quotes, "
         "and quotes in it are doubled (RFC 4180)"},
        {"a\n\"b,\nc\n", "1:a;!2:has quotes that are never closed"},
        {"a\rb\n", "!1:has a carriage return that ends no line and is in no quotes"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CLEANUP_BUF struct buf got = {0};
        read_all(rows[i].text, strlen(rows[i].text), &got);
        assert_string_equal(buf_str(&got), rows[i].expected);
    }
}

static void a_nul(void **state)
{
    CLEANUP_BUF struct buf got = {0};
    (void)state;
    read_all("a\nb\0c\n", 6, &got);
    assert_non_null(strstr(buf_str(&got), "1:a;!"));
    assert_non_null(strstr(buf_str(&got), "has a NUL"));
}

static void bounds(void **state)
{
    CLEANUP_BUF struct buf text = {0}, more = {0}, got = {0};
    (void)state;
    for (int i = 0; i < CSV_FIELDS_MAX - 1; i++)
        buf_add_char(&text, ',');
    buf_add_char(&text, '\n');
    read_all(text.ptr, text.len, &got);
    assert_null(strchr(buf_str(&got), '!'));
    buf_clear(&got);
    buf_add(&more, buf_slice(&text));
    buf_add(&text, buf_slice(&more));
    text.ptr[CSV_FIELDS_MAX - 1] = ',';
    read_all(text.ptr, text.len, &got);
    assert_non_null(strstr(buf_str(&got), "!1:is longer than"));
    buf_clear(&got);
    buf_clear(&text);
    buf_add_str(&text, "\"");
    for (int i = 0; i < CSV_RECORD_MAX; i++)
        buf_add_str(&text, i % 100 == 99 ? "\n" : "x");
    buf_add_str(&text, "\"\nb\n");
    read_all(text.ptr, text.len, &got);
    assert_non_null(strstr(buf_str(&got), "!1:is longer than"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts),
        cmocka_unit_test(a_nul),
        cmocka_unit_test(bounds),
    };
    return cmocka_run_group_tests_name("io/csv_reader", tests, NULL, NULL);
}
