/* SPDX-License-Identifier: Apache-2.0
 *
 * What the API shows of the policy listener: where it listens, how much it is asked and what it has
 * answered today, whether it answers, whether limits that are shared are, and what makes one doubt
 * that limits do anything. A JSON object, made anew about once a second; docs/openapi.yaml has its
 * form.
 *
 * Of the main thread; the place may be read by any.
 */
#ifndef TD_APP_POLICY_BOARD_H
#define TD_APP_POLICY_BOARD_H

#include "app/policy_doubt.h"
#include "app/policy_service.h"
#include "base/endpoint.h"
#include "io/snapshot.h"

/* As things are. Borrowed for the call. */
struct policy_board_view {
    const struct policy_service_counts *counts;
    const struct endpoint *listen; /* none: it is not to listen */
    size_t listen_count;
    uint32_t connections_max;
    size_t limits;
    const char *trouble;                       /* why it does not answer; NULL: it does */
    const struct policy_shared_counts *shared; /* NULL, or not wanted: alone on purpose */
    const char *doubts[POLICY_DOUBTS];         /* NULL: none */
};

struct policy_board;

struct policy_board *policy_board_new(void);
void policy_board_free(struct policy_board *board); /* NULL is fine */

/* now_us: a day begins at midnight of local time, offset_s (east of UTC) of it; what was before the
 * first call of a day is not of it. */
void policy_board_put(struct policy_board *board, const struct policy_board_view *view,
                      int64_t now_us, int32_t offset_s);

/* Empty before the first put. Lives as long as the board. */
struct snapshot_place *policy_board_shown(struct policy_board *board);

#endif
