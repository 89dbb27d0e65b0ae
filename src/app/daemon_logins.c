/* SPDX-License-Identifier: Apache-2.0
 *
 * See daemon_logins.h.
 */
#include "app/daemon_logins.h"

#include <errno.h>
#include <sys/stat.h>

#include "io/clock.h"
#include "io/file_text.h"
#include "io/output.h"
#include "store/history_pack.h"
#include "watch/login_past.h"

#define FILE_NAME "/logins.past"

static bool unpack(struct slice packed, struct buf *to, struct err *err)
{
    struct history_packer *packer = history_packer_new();
    bool good = history_unpack(packer, packed, LOGIN_PAST_BYTES, to);
    history_packer_free(packer);
    return good || err_set(err, ERR_INPUT, "it is damaged");
}

static void tell_not_read(struct own_log *log, const struct err *err)
{
    OWN_LOG(log, OWN_LOG_WARNING, "past_not_read", log_str("of", "logins"),
            log_str("reason", err->text),
            log_str("advice", "what is normal is learned anew from the lines"));
}

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
        tell_not_read(log, &err);
}

void daemon_logins_read(const char *folder, struct tally *tally, struct own_log *log)
{
    CLEANUP_BUF struct buf path = {0}, CLEANUP_BUF packed = {0}, CLEANUP_BUF bytes = {0};
    struct err err = {0};
    struct stat st;
    buf_addf(&path, "%s" FILE_NAME, folder);
    if (lstat(buf_str(&path), &st) != 0 && errno == ENOENT)
        return; /* the first start */
    if (file_text_read_state(buf_str(&path), LOGIN_PAST_BYTES, &packed, &err) &&
        unpack(buf_slice(&packed), &bytes, &err) && parse(buf_slice(&bytes), tally, &err))
        OWN_LOG(log, OWN_LOG_INFO, "past_read", log_str("of", "logins"),
                log_number("logins", (int64_t)login_table_count(tally_logins(tally)) - 1));
    else
        tell_not_read(log, &err);
}

void daemon_logins_write(const char *folder, const struct tally *tally, struct own_log *log)
{
    CLEANUP_BUF struct buf path = {0}, CLEANUP_BUF packed = {0}, CLEANUP_BUF bytes = {0};
    struct err err = {0};
    daemon_logins_format(tally, &bytes);
    if (bytes.len == 0)
        return;
    struct history_packer *packer = history_packer_new();
    history_pack(packer, buf_slice(&bytes), &packed);
    history_packer_free(packer);
    buf_addf(&path, "%s" FILE_NAME, folder);
    if (!output_state_write(buf_str(&path), buf_slice(&packed), &err))
        OWN_LOG(log, OWN_LOG_WARNING, "past_not_kept", log_str("of", "logins"),
                log_str("reason", err.text),
                log_str("advice", "a restart knows what was kept last"));
}
