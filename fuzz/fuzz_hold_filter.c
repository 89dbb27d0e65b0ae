/* SPDX-License-Identifier: Apache-2.0
 *
 * Whatever a rule file says, the table for Postfix that is made of it has lines of one form: an
 * expression that no byte of a rule ends, and one of two answers.
 */
#include "respond/hold_filter.h"

#include "base/memory.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Where Postfix sees the end of the expression (pcre_table(5): a backslash takes the next byte). */
static size_t end_of_expression(struct slice line)
{
    size_t n = 1;
    while (n < line.len && line.ptr[n] != '/')
        n += line.ptr[n] == '\\' ? 2 : 1;
    return n;
}

static void check_line(struct slice line)
{
    if (line.len == 0 || line.ptr[0] == '#')
        return;
    for (size_t i = 0; i < line.len; i++)
        ASSERT((unsigned char)line.ptr[i] >= ' ' || line.ptr[i] == '\t');
    if (slice_eq(line, SLICE("endif")) || slice_starts_with(line, SLICE("if /^5")))
        return;
    ASSERT(slice_starts_with(line, SLICE("/(*LIMIT_MATCH=")));
    struct slice answer = slice_skip(line, end_of_expression(line));
    ASSERT(slice_eq(answer, SLICE("/ 4$2")) || slice_eq(answer, SLICE("/ $1$2")));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(4096);
    struct reply_rules rules;
    struct err err;
    if (reply_rules_parse(slice_of((const char *)data, size), arena, &rules, &err)) {
        CLEANUP_BUF struct buf table = {0};
        struct provider_table *providers = provider_table_new(SLICE(""), &err);
        struct hold_filter_rules both = {&rules, &rules, providers};
        hold_filter_make(&both, 0, &table);
        for (struct slice rest = buf_slice(&table); rest.ptr != NULL;)
            check_line(slice_cut(&rest, '\n'));
        provider_table_free(providers);
    }
    arena_free(arena);
    return 0;
}
