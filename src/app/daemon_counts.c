/* SPDX-License-Identifier: Apache-2.0
 *
 * See daemon_counts.h.
 */
#include "app/daemon_counts.h"

#include "base/memory.h"
#include "io/clock.h"
#include "mail/stamp.h"
#include "model/json_value.h"

void daemon_counts_init(struct daemon_counts *counts, struct own_log *log)
{
    *counts = (struct daemon_counts){.log = log, .shown = snapshot_place_new()};
}

void daemon_counts_done(struct daemon_counts *counts)
{
    snapshot_place_free(counts->shown);
    buf_done(&counts->folder);
}

bool daemon_counts_folder(struct daemon_counts *counts, const char *folder)
{
    bool same = slice_eq(buf_slice(&counts->folder), slice_from_str(folder));
    buf_clear(&counts->folder);
    buf_add_str(&counts->folder, folder);
    return !same;
}

/* ---- filling ---- */

/* What could not be read, in words; NULL: nothing. */
static const char *reason_of(const struct policy_journal_past *past)
{
    if (past->files.why.code != ERR_NONE)
        return past->files.why.text;
    if (past->files.foreign > 0)
        return "another version of todoku wrote them";
    return NULL;
}

static void tell_past(struct daemon_counts *counts, const struct policy_journal_past *past)
{
    const char *reason = reason_of(past);
    if (reason != NULL)
        OWN_LOG(counts->log, OWN_LOG_WARNING, "limit_counts_unread", log_str("reason", reason),
                log_number("files", (int64_t)past->files.files));
    if (past->files.blocks == 0)
        return;
    OWN_LOG(counts->log, OWN_LOG_INFO, "limit_counts_restored",
            log_number("rows", (int64_t)past->counts.rows),
            log_number("messages", (int64_t)past->counts.charges),
            log_number("of_other_limits", (int64_t)past->counts.foreign),
            log_number("cut_files", (int64_t)past->files.cut),
            log_number("bytes", past->files.bytes), log_number("took_ms", past->took_us / 1000));
}

void daemon_counts_keep(struct daemon_counts *counts, struct policy_service *service)
{
    struct policy_journal_past past = {0};
    struct err why = {0};
    policy_service_keep(service, NULL); /* only one at a time sees what is counted */
    struct policy_journal *journal =
        policy_journal_open(buf_str(&counts->folder), policy_service_desk(service),
                            counts->filled ? NULL : &past, &why);
    counts->filled = true;
    policy_service_keep(service, journal);
    tell_past(counts, &past);
    if (journal == NULL)
        OWN_LOG(counts->log, OWN_LOG_ERROR, "limit_counts_not_kept", log_str("reason", why.text));
}

/* ---- turns ---- */

static void note(struct daemon_counts *counts, const struct policy_journal_counts *now)
{
    bool trouble = now->files.why.code != ERR_NONE;
    if (trouble && !counts->trouble)
        OWN_LOG(counts->log, OWN_LOG_ERROR, "limit_counts_not_kept",
                log_str("reason", now->files.why.text));
    if (!trouble && counts->trouble)
        OWN_LOG(counts->log, OWN_LOG_INFO, "limit_counts_kept",
                log_number("bytes", now->files.bytes));
    if (now->dropped > counts->dropped)
        OWN_LOG(counts->log, OWN_LOG_WARNING, "limit_counts_behind",
                log_str("reason", "the disk is too slow: a whole image is written when it can be"),
                log_number("behind_s", now->behind_us / 1000000));
    counts->trouble = trouble;
    counts->dropped = now->dropped;
}

/* saved_us: all that was counted before is on the disk; STAMP_NONE: nothing can be kept. */
static void show(const struct daemon_counts *counts, const struct policy_journal_counts *now,
                 int64_t saved_us, bool trouble)
{
    struct buf text = {0};
    json_t *shown = json_value_object();
    json_value_put(shown, "kept", json_boolean(!trouble));
    json_value_put(shown, "behind_s", json_integer(now->behind_us / 1000000));
    json_value_put_time(shown, "saved", saved_us);
    json_value_put(shown, "bytes", json_integer(now->files.bytes));
    if (trouble)
        json_value_put_text(shown, "reason", slice_from_str(now->files.why.text));
    json_value_print(shown, false, &text);
    snapshot_place_put(counts->shown, snapshot_new(&text));
}

void daemon_counts_turn(struct daemon_counts *counts, struct policy_service *service,
                        struct daemon_metrics *metrics, int64_t now_us)
{
    struct policy_journal_counts now;
    const struct policy_journal *journal = policy_service_journal(service);
    policy_journal_counts(journal, clock_steady_us(), &now);
    if (journal != NULL)
        note(counts, &now);
    bool trouble = journal == NULL || counts->trouble;
    show(counts, &now, journal != NULL ? now_us - now.behind_us : STAMP_NONE, trouble);
    daemon_metrics_set(metrics, DAEMON_METRIC_COUNTS_TROUBLE, NULL, trouble);
    daemon_metrics_set(metrics, DAEMON_METRIC_COUNTS_BEHIND, NULL, now.behind_us);
    daemon_metrics_set(metrics, DAEMON_METRIC_COUNTS_BYTES, NULL, now.files.bytes);
}
