/* SPDX-License-Identifier: Apache-2.0
 *
 * Which addresses a hop's delivery records name: a set, made when it is first asked for, since a
 * message may have tens of thousands of recipients.
 */
#include "watch/story_private.h"

static void add(struct hop *hop, struct slice address)
{
    size_t at = slice_hash_nocase(address) & hop->mention_mask;
    for (; hop->mentions[at].len > 0; at = (at + 1) & hop->mention_mask)
        if (slice_ieq(hop->mentions[at], address))
            return;
    hop->mentions[at] = address;
}

static void make_set(const struct story_work *work, struct hop *hop)
{
    size_t slots = 16;
    while (slots < hop->line_count * 4)
        slots *= 2;
    hop->mentions = STORY_NEW_ARRAY(work, struct slice, slots);
    hop->mention_mask = slots - 1;
    for (size_t i = 0; i < hop->line_count; i++) {
        const struct log_record *record = &hop->lines[i].record;
        if (record->kind != LOG_KIND_DELIVERY)
            continue;
        struct slice to = log_record_get(record, LOG_FIELD_TO);
        struct slice orig_to = log_record_get(record, LOG_FIELD_ORIG_TO);
        if (to.len > 0)
            add(hop, to);
        if (orig_to.len > 0)
            add(hop, orig_to);
    }
}

bool story_hop_mentions(const struct story_work *work, struct hop *hop, struct slice address)
{
    if (hop->mentions == NULL)
        make_set(work, hop);
    size_t at = slice_hash_nocase(address) & hop->mention_mask;
    for (; hop->mentions[at].len > 0; at = (at + 1) & hop->mention_mask)
        if (slice_ieq(hop->mentions[at], address))
            return true;
    return false;
}
