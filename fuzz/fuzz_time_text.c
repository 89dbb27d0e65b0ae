/* SPDX-License-Identifier: Apache-2.0
 *
 * Any bytes as a time and as a duration of the command line.
 */
#include <stddef.h>
#include <stdint.h>

#include "app/time_text.h"
#include "base/memory.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice text = slice_of((const char *)data, size);
    struct err err;
    int64_t us;
    if (duration_text_parse(text, &us, &err))
        ASSERT(us >= 0);
    time_text_parse(text, INT64_C(1790000000000000), NULL, NULL, &us, &err);
    return 0;
}
