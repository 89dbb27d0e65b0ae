/* SPDX-License-Identifier: Apache-2.0
 *
 * Whatever stands in an operator's query: as many marks as parameters, and nothing else is other
 * than it was.
 */
#include "base/memory.h"
#include "store/account_query.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Marks took the place of names, which are longer. */
static void check_query(const struct account_query *query, struct slice text)
{
    ASSERT(query->count <= ACCOUNT_PARAMS_MAX);
    ASSERT(query->text.len <= text.len);
    if (query->count == 0)
        ASSERT(slice_eq(buf_slice(&query->text), text));
    for (size_t i = 0; i < query->count; i++) {
        struct slice value = account_query_param(query->params[i], text);
        ASSERT(value.len <= text.len);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice text = slice_of((const char *)data, size);
    struct account_query query;
    if (account_query_parse(text, ACCOUNT_MARKS_NUMBERED, &query, NULL))
        check_query(&query, text);
    account_query_done(&query);
    if (account_query_parse(text, ACCOUNT_MARKS_PLAIN, &query, NULL))
        check_query(&query, text);
    account_query_done(&query);
    return 0;
}
