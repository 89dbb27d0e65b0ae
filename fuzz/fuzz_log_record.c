/* SPDX-License-Identifier: Apache-2.0
 *
 * Whatever a log line holds: reading it ends, every field lies inside the line, a field that is
 * said to be there has a place, and reading it twice gives the same.
 */
#include "base/memory.h"
#include "mail/log_record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_inside(struct slice part, struct slice line)
{
    ASSERT(part.len == 0 || (part.ptr >= line.ptr && slice_end(part) <= slice_end(line)));
}

static void check_record(const struct log_record *record, struct slice line)
{
    ASSERT(record->present >> LOG_FIELD_COUNT == 0);
    ASSERT(record->line.tag != NULL && log_kind_word(record->kind) != NULL);
    check_inside(record->line.host, line);
    check_inside(record->line.pid, line);
    check_inside(record->line.queue_id, line);
    check_inside(record->line.text, line);
    for (int i = 0; i < LOG_FIELD_COUNT; i++)
        check_inside(log_record_get(record, (enum log_field)i), line);
}

static void check_same(const struct log_record *a, const struct log_record *b)
{
    ASSERT(a->kind == b->kind && a->cut == b->cut && a->present == b->present);
    for (int i = 0; i < LOG_FIELD_COUNT; i++)
        ASSERT(
            slice_eq(log_record_get(a, (enum log_field)i), log_record_get(b, (enum log_field)i)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice line = slice_of(size > 0 ? (const char *)data : "", size);
    struct log_parser *parser = log_parser_new(2026, NULL, NULL);
    struct log_record first, second;
    log_record_parse(parser, line, &first);
    check_record(&first, line);
    log_record_parse(parser, line, &second);
    check_same(&first, &second);
    log_parser_free(parser);
    return 0;
}
