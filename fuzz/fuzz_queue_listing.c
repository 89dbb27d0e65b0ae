/* SPDX-License-Identifier: Apache-2.0
 *
 * Whatever postqueue prints: each line is a message within its bounds, or none; times of postconf
 * are within theirs.
 */
#include "base/memory.h"
#include "watch/queue_listing.h"
#include "watch/retry_estimate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_mail(const struct queued_mail *mail)
{
    ASSERT(mail->queue_id.len > 0 && mail->queue_id.len <= 64);
    ASSERT(mail->arrival_us >= 0);
    ASSERT(mail->recipient_count <= QUEUED_RECIPIENTS_MAX);
    for (size_t i = 0; i < mail->recipient_count; i++)
        ASSERT(mail->recipients[i].address.len <= 4096 && mail->recipients[i].reason.len <= 4096);
    struct retry_facts facts = {.queue = mail->queue,
                                .arrival_us = mail->arrival_us,
                                .last_try_us = mail->arrival_us,
                                .now_us = mail->arrival_us};
    struct retry_estimate estimate = retry_estimate_make(&retry_default_settings, &facts);
    ASSERT(estimate.to_us >= estimate.from_us);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice rest = slice_of((const char *)data, size);
    struct arena *arena = arena_new(4096);
    while (rest.len > 0) {
        struct slice line = slice_cut(&rest, '\n');
        struct queued_mail mail;
        int64_t us = 0;
        if (queue_listing_line(line, arena, &mail))
            check_mail(&mail);
        if (retry_time_parse(line, INT64_C(86400000000), &us))
            ASSERT(us >= 0);
    }
    arena_free(arena);
    return 0;
}
