/* SPDX-License-Identifier: Apache-2.0
 *
 * Rows for the tests of record grammars: a line, and all that is read in it. A field that is not in
 * the row must not be in the record.
 */
#ifndef TD_TEST_RECORD_CHECK_H
#define TD_TEST_RECORD_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "mail/log_record.h"

enum { ROW_FIELDS_MAX = 14 };

struct row_field {
    enum log_field field;
    const char *value; /* NULL ends the list */
};

struct row {
    const char *line;
    enum log_kind kind;
    bool cut;
    struct row_field fields[ROW_FIELDS_MAX + 1];
};

#define F(name, text) \
    { \
        LOG_FIELD_##name, text \
    }
#define STAMP "2026-03-02T08:01:02.123456+09:00 relay1 "
#define ROWS_CHECK(rows) rows_check(rows, sizeof(rows) / sizeof((rows)[0]))
#define ROWS_CHECK_CUT(rows) rows_check_cut(rows, sizeof(rows) / sizeof((rows)[0]))

/* Fails the running test at the first row that differs. */
void rows_check(const struct row *rows, size_t count);

/* Every shorter beginning of every row's line is read without fault, fields inside the line. */
void rows_check_cut(const struct row *rows, size_t count);

#endif
