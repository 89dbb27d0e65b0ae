/* SPDX-License-Identifier: Apache-2.0
 *
 * What is shown of the desk: snapshots of incidents and notifiers for the API, and series for
 * Prometheus, with those of the history. Incidents are renewed when the book has changed, the rest
 * each time. Owned by the desk, in its thread.
 */
#ifndef TD_APP_DAEMON_BOARD_H
#define TD_APP_DAEMON_BOARD_H

#include "app/daemon_desk.h"
#include "app/daemon_sender.h"
#include "respond/incident_book.h"

struct daemon_board;

/* options: borrowed, like all that it names; outlive the board. */
struct daemon_board *daemon_board_new(const struct daemon_desk_options *options);
void daemon_board_free(struct daemon_board *board);

/* Publishes the snapshots. */
void daemon_board_show(struct daemon_board *board, const struct incident_book *book,
                       const struct daemon_sender *sender, int64_t now_us);

/* Brings the series to what is now. */
void daemon_board_measure(struct daemon_board *board, const struct incident_book *book,
                          const struct daemon_sender *sender, int64_t now_us);

#endif
