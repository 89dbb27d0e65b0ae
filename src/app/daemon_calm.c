/* SPDX-License-Identifier: Apache-2.0
 *
 * Lets time pass on quiet logs. See daemon_calm.h.
 */
#include "app/daemon_calm.h"

#include <inttypes.h>

#define NAME \
    SLICE("calm") /* among the positions of logs, whose names have a colon or are journald */

void daemon_calm_resume(struct daemon_calm *calm, struct history_reader *reader)
{
    CLEANUP_BUF struct buf text = {0};
    uint64_t us;
    if (reader != NULL && history_position(reader, NAME, &text, NULL) &&
        slice_to_u64(buf_slice(&text), INT64_MAX, &us))
        calm->committed_us = (int64_t)us;
    calm->given_us = calm->committed_us;
}

void daemon_calm_repeat(const struct daemon_calm *calm, struct tally *tally)
{
    (void)tally_tick(tally, calm->committed_us);
}

void daemon_calm_pass(struct daemon_calm *calm, struct tally *tally, int64_t now_us,
                      struct history_batch *batch)
{
    if (!tally_tick(tally, now_us) || batch == NULL || now_us <= calm->given_us)
        return;
    CLEANUP_BUF struct buf text = {0};
    buf_addf(&text, "%" PRId64, now_us);
    history_batch_position(batch, NAME, buf_slice(&text));
    calm->given_us = now_us;
}

void daemon_calm_commit(struct daemon_calm *calm)
{
    calm->committed_us = calm->given_us;
}
