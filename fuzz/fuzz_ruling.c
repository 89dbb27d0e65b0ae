/* SPDX-License-Identifier: Apache-2.0
 *
 * Any bytes as the text of a ruling: what is taken is written and read back the same, is within its
 * bounds, and is a flag or a number.
 */
#include "base/memory.h"
#include "gate/ruling.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP_BUF struct buf space = {0}, CLEANUP_BUF more = {0}, CLEANUP_BUF once = {0},
                           CLEANUP_BUF again = {0}, CLEANUP_BUF key = {0};
    struct ruling ruling, other;
    if (!ruling_parse(slice_of((const char *)data, size), &space, &ruling))
        return 0;
    ruling_format(&ruling, &once);
    ASSERT(once.len <= RULING_TEXT_MAX && ruling_parse(buf_slice(&once), &more, &other));
    ruling_format(&other, &again);
    ASSERT(slice_eq(buf_slice(&once), buf_slice(&again)));
    ASSERT(ruling_compare(&ruling, &other) == 0);
    ASSERT(ruling_clears(&ruling) == ruling_clears(&other));
    ruling_key(&ruling, &key);
    ASSERT(slice_find(buf_slice(&once), buf_slice(&key)) != NULL);
    if (ruling.kind == RULING_FLAG)
        ASSERT(slice_eq(slice_from_str(account_flag_word(ruling_flag(&ruling).kind)), ruling.name));
    else
        ASSERT(ruling_override(&ruling).temporary == (ruling.kind == RULING_RAISE));
    return 0;
}
