/* SPDX-License-Identifier: Apache-2.0
 *
 * See daemon_logins.h.
 */
#include "app/daemon_logins.h"

#include "app/past_file.h"
#include "io/clock.h"
#include "watch/login_past.h"

static const struct past_file file = {"logins.past", "logins", LOGIN_PAST_BYTES};

void daemon_logins_format(const struct tally *tally, struct buf *to)
{
    login_past_write(tally_logins(tally), tally_correlator(tally), to);
}

static bool parse(struct slice bytes, struct tally *tally, struct err *err)
{
    return login_past_read(bytes, clock_now_us(), tally_logins(tally), tally_correlator(tally),
                           err);
}

void daemon_logins_parse(struct slice bytes, struct tally *tally, struct own_log *log)
{
    struct err err = {0};
    if (bytes.len > 0 && !parse(bytes, tally, &err))
        past_file_tell_not_read(&file, log, &err);
}

void daemon_logins_read(const char *folder, struct tally *tally, struct own_log *log)
{
    CLEANUP_BUF struct buf bytes = {0};
    struct err err = {0};
    if (!past_file_read(&file, folder, &bytes, &err) ||
        (bytes.len > 0 && !parse(buf_slice(&bytes), tally, &err)))
        past_file_tell_not_read(&file, log, &err);
    else if (bytes.len > 0)
        OWN_LOG(log, OWN_LOG_INFO, "past_read", log_str("of", "logins"),
                log_number("logins", (int64_t)login_table_count(tally_logins(tally)) - 1));
}

void daemon_logins_write(const char *folder, const struct tally *tally, struct own_log *log)
{
    CLEANUP_BUF struct buf bytes = {0};
    daemon_logins_format(tally, &bytes);
    past_file_write(&file, folder, buf_slice(&bytes), log);
}
