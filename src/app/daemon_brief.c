/* SPDX-License-Identifier: Apache-2.0
 *
 * The daemon in one line. See daemon_brief.h.
 */
#include "app/daemon_brief.h"

#include <inttypes.h>

static void add_count(uint64_t count, const char *one, const char *many, struct buf *to)
{
    buf_addf(to, "%" PRIu64 " %s", count, count == 1 ? one : many);
}

static void add_incidents(const struct daemon_brief *brief, struct buf *to)
{
    uint64_t all = brief->open + brief->acknowledged;
    if (all == 0) {
        buf_add_str(to, "nothing is wrong");
        return;
    }
    add_count(all, "incident is open", "incidents are open", to);
    if (brief->acknowledged > 0)
        buf_addf(to, " (%" PRIu64 " acknowledged)", brief->acknowledged);
}

void daemon_brief_format(const struct daemon_brief *brief, struct buf *to)
{
    if (brief->reading) {
        buf_add_str(to, "Following ");
        add_count(brief->logs, "log, ", "logs, ", to);
    } else {
        buf_add_str(to, "Waiting for the history, ");
    }
    add_incidents(brief, to);
    if (brief->trouble != HISTORY_TROUBLE_NONE)
        buf_addf(to, "; the history is not written: %s", history_trouble_word(brief->trouble));
}
