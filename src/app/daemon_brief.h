/* SPDX-License-Identifier: Apache-2.0
 *
 * How the daemon is, in one line for the service manager (`systemctl status`): what it follows,
 * whether something is wrong, whether the history is written. Pure; it holds no names from logs.
 */
#ifndef TD_APP_DAEMON_BRIEF_H
#define TD_APP_DAEMON_BRIEF_H

#include "base/buf.h"
#include "store/history.h"

struct daemon_brief {
    bool reading; /* logs are followed; else the history is waited for */
    size_t logs;
    uint64_t open, acknowledged; /* incidents; open: those that nobody has taken */
    enum history_trouble trouble;
};

/* Appends at most 200 bytes, without a newline: "Following 2 logs, nothing is wrong". */
void daemon_brief_format(const struct daemon_brief *brief, struct buf *to);

#endif
