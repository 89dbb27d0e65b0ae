/* SPDX-License-Identifier: Apache-2.0
 *
 * See daemon_guesses.h.
 */
#include "app/daemon_guesses.h"

static const char *reason_of(const struct guess_share_counts *counts)
{
    return counts->fault.code != ERR_NONE ? counts->fault.text : "it is being connected";
}

static void tell(struct daemon_guesses *guesses, struct own_log *log,
                 const struct guess_share_counts *now)
{
    if ((guesses->told && guesses->up == now->up) || (!now->up && now->fault.code == ERR_NONE))
        return;
    guesses->told = true;
    guesses->up = now->up;
    if (now->up)
        OWN_LOG(log, OWN_LOG_INFO, "guesses_shared", log_number("sent", (int64_t)now->sent),
                log_number("taken", (int64_t)now->taken));
    else
        OWN_LOG(log, OWN_LOG_WARNING, "guesses_not_shared", log_str("reason", now->fault.text));
}

/* Of counts that begin anew with each connection that is wanted. */
static uint64_t grown(uint64_t now, uint64_t before)
{
    return now >= before ? now - before : now;
}

void daemon_guesses_show(struct daemon_guesses *guesses, struct own_log *log,
                         struct daemon_metrics *metrics, const struct guess_share_counts *now)
{
    const struct guess_share_counts *before = &guesses->last;
    uint64_t sent = grown(now->sent, before->sent), taken = grown(now->taken, before->taken),
             left_out = grown(now->left_out, before->left_out);
    if (sent > 0)
        daemon_metrics_grow(metrics, DAEMON_METRIC_GUESSES, "sent", sent);
    if (taken > 0)
        daemon_metrics_grow(metrics, DAEMON_METRIC_GUESSES, "taken", taken);
    if (left_out > 0)
        daemon_metrics_grow(metrics, DAEMON_METRIC_LEFT_OUT, "guesses", left_out);
    daemon_metrics_set(metrics, DAEMON_METRIC_GUESSES_TROUBLE, NULL, now->wanted && !now->up);
    if (now->wanted)
        tell(guesses, log, now);
    else
        guesses->told = false;
    guesses->last = *now;
}

json_t *daemon_guesses_json(const struct guess_share_counts *counts)
{
    if (!counts->wanted)
        return json_null();
    json_t *object = json_value_object();
    json_value_put_word(object, "state", counts->up ? "shares" : "alone");
    json_value_put_time(object, "since", counts->since_us);
    if (!counts->up)
        json_value_put_text(object, "reason", slice_from_str(reason_of(counts)));
    return object;
}
