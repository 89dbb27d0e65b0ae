/* SPDX-License-Identifier: Apache-2.0
 *
 * What the API shows of the quota listener: where it listens, what became of today's questions,
 * the mailbox servers that it asks, and which mailboxes were over lately. A JSON object, made anew
 * about once a second; docs/openapi.yaml has its form.
 *
 * Bounded: the last QUOTA_BOARD_MAILBOXES mailboxes. Of the main thread; the place may be read by
 * any.
 */
#ifndef TD_APP_QUOTA_BOARD_H
#define TD_APP_QUOTA_BOARD_H

#include "app/quota_service.h"
#include "base/endpoint.h"
#include "app/settings.h"
#include "io/snapshot.h"

enum { QUOTA_BOARD_MAILBOXES = 100 };

/* As things are. Borrowed for the call. */
struct quota_board_view {
    const struct quota_service_counts *counts;
    const struct quota_state *state; /* NULL: not known yet */
    const struct settings_quota *wish;
    const char *trouble; /* why it does not answer, or answers without tables; NULL: it does */
};

struct quota_board;

struct quota_board *quota_board_new(void);
void quota_board_free(struct quota_board *board); /* NULL is fine */

/* A mailbox that was over; who was so for longest makes room. */
void quota_board_note(struct quota_board *board, const struct quota_event *event);

/* now_us: a day begins at midnight of local time, offset_s (east of UTC) of it. */
void quota_board_put(struct quota_board *board, const struct quota_board_view *view, int64_t now_us,
                     int32_t offset_s);

/* Empty before the first put. Lives as long as the board. */
struct snapshot_place *quota_board_shown(struct quota_board *board);

/* How many mailboxes were over in the last hour: full, and for some sizes. At most as many as the
 * board has. */
void quota_board_count(const struct quota_board *board, int64_t now_us, size_t *full,
                       size_t *near_full);

#endif
