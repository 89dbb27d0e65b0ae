/* SPDX-License-Identifier: Apache-2.0
 *
 * See quota_event.h.
 */
#include "app/quota_event.h"

#include "base/memory.h"

static bool is_told(enum quota_result result)
{
    switch (result) {
    case QUOTA_RESULT_MIXED:
    case QUOTA_RESULT_TOLERATED:
    case QUOTA_RESULT_OVER:
    case QUOTA_RESULT_TOO_LARGE:
    case QUOTA_RESULT_NO_USER:
    case QUOTA_RESULT_APART:
        return true;
    case QUOTA_RESULT_STAGE:
    case QUOTA_RESULT_FITS:
    case QUOTA_RESULT_ELSEWHERE:
    case QUOTA_RESULT_UNKNOWN:
    case QUOTA_RESULT_UNREMEMBERED:
    case QUOTA_RESULT_FAILED:
    case QUOTA_RESULT_PUT_OFF:
        break;
    }
    return false;
}

struct quota_event *quota_event_new(const struct quota_ruling *ruling, int64_t now_us)
{
    if (!is_told(ruling->result))
        return NULL;
    const struct slice from[] = {slice_first(ruling->recipient, QUOTA_DESK_TEXT_MAX),
                                 ruling->sender,
                                 ruling->client,
                                 ruling->queue_id,
                                 ruling->instance,
                                 ruling->mailbox,
                                 ruling->server,
                                 ruling->words};
    size_t bytes = 1;
    for (size_t i = 0; i < sizeof(from) / sizeof(from[0]); i++)
        bytes += from[i].len;
    struct quota_event *event = mem_new(1, sizeof(*event) + bytes);
    event->result = ruling->result;
    event->stage = ruling->stage;
    event->at_us = now_us;
    event->size = ruling->size;
    event->mailboxes = ruling->mailboxes;
    event->over = ruling->over;
    event->full = ruling->full;
    struct slice *to[] = {&event->recipient, &event->sender,  &event->client, &event->queue_id,
                          &event->instance,  &event->mailbox, &event->server, &event->words};
    char *at = event->text;
    for (size_t i = 0; i < sizeof(to) / sizeof(to[0]); i++)
        *to[i] = slice_put(from[i], &at);
    return event;
}
