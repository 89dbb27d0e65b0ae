/* SPDX-License-Identifier: Apache-2.0
 *
 * Whatever is said to be a recipient: it is none, or its mailbox can be said, and that is its own
 * form. The first byte is the delimiter.
 */
#include "mail/recipient_form.h"
#include "mail/transport_value.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_recipient(struct slice text, struct slice delimiter, struct arena *arena)
{
    const struct recipient_terms terms = {delimiter, SLICE("example.jp")};
    const struct recipient_terms plain = {.default_domain = SLICE("example.jp")};
    CLEANUP_BUF struct buf first = {0}, second = {0};
    struct recipient_form found;
    if (!recipient_parse(text, &terms, arena, &found))
        return;
    ASSERT(found.local.len > 0 && found.user_len > 0 && found.user_len <= found.local.len);
    ASSERT(found.domain.len > 0);
    recipient_add_mailbox(&found, &first);
    if (first.len > RECIPIENT_MAX)
        return;
    ASSERT(recipient_parse(buf_slice(&first), &plain, arena, &found));
    ASSERT(found.user_len == found.local.len);
    recipient_add_mailbox(&found, &second);
    ASSERT(slice_eq(buf_slice(&first), buf_slice(&second)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice text = slice_of((const char *)data, size);
    struct arena *arena = arena_new(4096);
    check_recipient(slice_skip(text, 1), slice_first(text, 1), arena);
    arena_free(arena);
    struct transport_value value = transport_value_parse(slice_skip(text, 1));
    ASSERT(value.kind != TRANSPORT_SERVER || value.host.len > 0);
    ASSERT(value.host.len <= size && value.port.len <= size);
    return 0;
}
