/* SPDX-License-Identifier: Apache-2.0
 *
 * See daemon_hijack_past.h.
 */
#include "app/daemon_hijack_past.h"

#include "app/past_file.h"
#include "io/clock.h"
#include "watch/hijack_past.h"

static const struct past_file file = {"accounts.past", "accounts", HIJACK_PAST_BYTES};

void daemon_hijack_past_parse(struct slice bytes, struct hijack *hijack, struct own_log *log)
{
    struct err err = {0};
    if (bytes.len > 0 && !hijack_past_read(bytes, clock_now_us(), hijack, &err))
        past_file_tell_not_read(&file, log, &err);
}

void daemon_hijack_past_read(const char *folder, struct hijack *hijack, struct own_log *log)
{
    CLEANUP_BUF struct buf bytes = {0};
    struct err err = {0};
    if (!past_file_read(&file, folder, &bytes, &err))
        past_file_tell_not_read(&file, log, &err);
    daemon_hijack_past_parse(buf_slice(&bytes), hijack, log);
    if (hijack_count(hijack) > 0)
        OWN_LOG(log, OWN_LOG_INFO, "past_read", log_str("of", "accounts"),
                log_number("accounts", (int64_t)hijack_count(hijack)));
}

void daemon_hijack_past_write(const char *folder, const struct hijack *hijack, struct own_log *log)
{
    CLEANUP_BUF struct buf bytes = {0};
    hijack_past_write(hijack, &bytes);
    past_file_write(&file, folder, buf_slice(&bytes), log);
}
