/* SPDX-License-Identifier: Apache-2.0
 *
 * Any bytes as the greeting of any kind of server, the first byte saying which: the judgement does
 * not change with how they come in pieces, and the line it is about is one of them.
 */
#include "base/memory.h"
#include "io/greeting.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0 || size > 4096)
        return 0;
    enum greeting_kind kind = (enum greeting_kind)(data[0] % 4);
    struct slice bytes = slice_of((const char *)data + 1, size - 1), line = {0}, other = {0};
    enum greeting_state whole = greeting_judge(kind, bytes, &line), pieces = GREETING_NEEDS_MORE;
    for (size_t i = 0; i <= bytes.len && pieces == GREETING_NEEDS_MORE; i++)
        pieces = greeting_judge(kind, slice_first(bytes, i), &other);
    ASSERT(whole == pieces);
    ASSERT((whole == GREETING_BAD) == (line.ptr != NULL) && slice_eq(line, other));
    if (whole != GREETING_NEEDS_MORE)
        ASSERT(slice_find_char(bytes, '\n') != NULL);
    if (line.ptr != NULL)
        ASSERT(line.ptr >= bytes.ptr && slice_end(line) < slice_end(bytes) &&
               slice_find_char(line, '\n') == NULL);
    return 0;
}
