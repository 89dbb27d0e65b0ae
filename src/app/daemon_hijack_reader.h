/* SPDX-License-Identifier: Apache-2.0
 *
 * The verdict on accounts in the half of the daemon that reads: takes what the policy thread saw
 * and what people said, and hands on what is found. Of the feed's thread.
 */
#ifndef TD_APP_DAEMON_HIJACK_READER_H
#define TD_APP_DAEMON_HIJACK_READER_H

#include "app/hijack_channel.h"
#include "app/settings.h"
#include "watch/hijack.h"

/* What is found from now on goes to the channel, and names are those that it knows. */
void daemon_hijack_reader_attach(struct hijack_channel *channel, struct hijack *hijack);

/* These settings hold from now on. */
void daemon_hijack_reader_want(struct hijack *hijack, const struct settings *settings);

/* Before each telling; live: lines are of now. Facts of a time when they were not are dropped: the
 * log has them. */
void daemon_hijack_reader_turn(struct hijack_channel *channel, struct hijack *hijack, bool live,
                               int64_t now_us);

#endif
