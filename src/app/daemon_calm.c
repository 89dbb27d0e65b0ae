/* SPDX-License-Identifier: Apache-2.0
 *
 * Lets time pass on quiet logs. See daemon_calm.h.
 */
#include "app/daemon_calm.h"

#include <inttypes.h>

#include "io/log_position.h"

#define NAME \
    SLICE("calm") /* among the positions of logs, whose names have a colon or are journald */

/* The time and a hash of it: with a digit that changed, messages that nobody counted yet would be
 * settled without a row at each start. */
static void format(int64_t us, struct buf *to)
{
    buf_addf(to, "%" PRId64, us);
    uint64_t sum = log_head_hash(buf_slice(to));
    buf_addf(to, " %016" PRIx64, sum);
}

static bool parse(struct slice kept, int64_t *out_us)
{
    CLEANUP_BUF struct buf right = {0};
    struct slice rest = kept;
    uint64_t us;
    if (!slice_to_u64(slice_cut(&rest, ' '), INT64_MAX, &us))
        return false;
    format((int64_t)us, &right);
    if (rest.ptr != NULL && !slice_eq(kept, buf_slice(&right))) /* an older todoku kept no hash */
        return false;
    *out_us = (int64_t)us;
    return true;
}

static bool read_kept(struct history_reader *reader, int64_t *out_us)
{
    CLEANUP_BUF struct buf kept = {0}, spare = {0};
    return (history_position(reader, NAME, &kept, NULL) && parse(buf_slice(&kept), out_us)) ||
           (history_position_spare(reader, NAME, &spare, NULL) && parse(buf_slice(&spare), out_us));
}

void daemon_calm_resume(struct daemon_calm *calm, struct history_reader *reader)
{
    if (reader != NULL)
        (void)read_kept(reader, &calm->committed_us);
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
    format(now_us, &text);
    history_batch_position(batch, NAME, buf_slice(&text));
    calm->given_us = now_us;
}

void daemon_calm_commit(struct daemon_calm *calm)
{
    calm->committed_us = calm->given_us;
}
