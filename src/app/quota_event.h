/* SPDX-License-Identifier: Apache-2.0
 *
 * What the quota service decided about a recipient or a message that its operator may want to know:
 * it was refused, or some of its mailboxes are over. A value that travels from its thread to the
 * main one.
 */
#ifndef TD_APP_QUOTA_EVENT_H
#define TD_APP_QUOTA_EVENT_H

#include "gate/quota_desk.h"

/* Texts are of the block; those of strangers, to be escaped. */
struct quota_event {
    enum quota_result result;
    enum policy_stage stage;
    int64_t at_us;
    uint64_t size;
    size_t mailboxes, over;
    bool full;
    struct slice recipient, sender, client, queue_id, instance, mailbox, server, words;
    char text[];
};

/* One block: mem_free. NULL: it is nothing to tell. */
struct quota_event *quota_event_new(const struct quota_ruling *ruling, int64_t now_us);

#endif
