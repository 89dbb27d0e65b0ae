/* SPDX-License-Identifier: Apache-2.0
 *
 * What the API shows of the auth listener: where it listens, how much it is asked and what became
 * of today's logins, whether it answers, and the mailbox servers that do not greet. A JSON object,
 * made anew about once a second; docs/openapi.yaml has its form.
 *
 * Of the main thread; the place may be read by any.
 */
#ifndef TD_APP_AUTH_BOARD_H
#define TD_APP_AUTH_BOARD_H

#include "app/auth_service.h"
#include "base/endpoint.h"
#include "io/snapshot.h"

/* As things are. Borrowed for the call. */
struct auth_board_view {
    const struct auth_service_counts *counts;
    const struct endpoint *listen; /* none: it is not to listen */
    size_t listen_count;
    const char *trouble;                /* why it does not answer; NULL: it does */
    const struct auth_servers *servers; /* NULL: not known yet */
    const struct guess_share_counts *shared;
};

struct auth_board;

struct auth_board *auth_board_new(void);
void auth_board_free(struct auth_board *board); /* NULL is fine */

/* now_us: a day begins at midnight of local time, offset_s (east of UTC) of it; what was before the
 * first call of a day is not of it. */
void auth_board_put(struct auth_board *board, const struct auth_board_view *view, int64_t now_us,
                    int32_t offset_s);

/* Empty before the first put. Lives as long as the board. */
struct snapshot_place *auth_board_shown(struct auth_board *board);

#endif
