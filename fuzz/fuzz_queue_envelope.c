/* SPDX-License-Identifier: Apache-2.0
 *
 * Whatever postcat prints: an envelope's names are of the text, hold no line end, and the text
 * ends.
 */
#include "base/memory.h"
#include "watch/queue_envelope.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(struct slice name, struct slice text)
{
    ASSERT(name.len == 0 || (name.ptr >= text.ptr && slice_end(name) <= slice_end(text)));
    ASSERT(slice_find_char(name, '\n') == NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice text = slice_of((const char *)data, size), rest = text;
    struct queue_envelope envelope;
    size_t before = rest.len;
    while (queue_envelope_take(&rest, &envelope)) {
        ASSERT(envelope.queue_id.len > 0 && rest.len < before);
        check(envelope.queue_id, text);
        check(envelope.login, text);
        before = rest.len;
    }
    ASSERT(rest.len == 0);
    return 0;
}
