/* SPDX-License-Identifier: Apache-2.0
 *
 * See own_log_journal.h; sd_journal_sendv(3), systemd.exec(5) on JOURNAL_STREAM.
 */
#include "io/own_log_journal.h"

#define SD_JOURNAL_SUPPRESS_LOCATION /* this file's: says nothing about the event */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <systemd/sd-journal.h>

#include "base/buf.h"
#include "base/escape.h"

enum { FIXED_FIELDS = 4, VALUE_BYTES_MAX = 1024 };

bool own_log_journal_is_stream(int fd)
{
    const char *stream = getenv("JOURNAL_STREAM");
    struct stat st;
    char here[64];
    if (stream == NULL || fstat(fd, &st) != 0)
        return false;
    snprintf(here, sizeof(here), "%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
    return strcmp(stream, here) == 0;
}

static int priority_of(enum own_log_level level)
{
    static const int priorities[] = {
        [OWN_LOG_DEBUG] = 7,
        [OWN_LOG_INFO] = 6,
        [OWN_LOG_WARNING] = 4,
        [OWN_LOG_ERROR] = 3,
    };
    return priorities[level];
}

static void add_field(const struct own_log_field *field, struct buf *to)
{
    buf_add_str(to, "TODOKU_");
    for (const char *p = field->name; *p; p++)
        buf_add_char(to, (char)(*p >= 'a' && *p <= 'z' ? *p - ('a' - 'A') : *p));
    buf_add_char(to, '=');
    if (field->is_number)
        buf_addf(to, "%" PRId64, field->number);
    else
        escape_terminal(slice_first(field->text, VALUE_BYTES_MAX), to);
}

bool own_log_journal_send(enum own_log_level level, const char *event, struct slice line,
                          const struct own_log_field *fields, size_t count)
{
    struct buf parts[FIXED_FIELDS + OWN_LOG_FIELDS_MAX] = {0};
    struct iovec vector[FIXED_FIELDS + OWN_LOG_FIELDS_MAX];
    buf_addf(&parts[0], "PRIORITY=%d", priority_of(level));
    buf_add_str(&parts[1], "SYSLOG_IDENTIFIER=todoku");
    buf_addf(&parts[2], "TODOKU_EVENT=%s", event);
    buf_addf(&parts[3], "MESSAGE=%.*s", SLICE_ARG(line));
    for (size_t i = 0; i < count; i++)
        add_field(&fields[i], &parts[FIXED_FIELDS + i]);
    size_t used = FIXED_FIELDS + count;
    for (size_t i = 0; i < used; i++)
        vector[i] = (struct iovec){.iov_base = parts[i].ptr, .iov_len = parts[i].len};
    bool ok = sd_journal_sendv(vector, (int)used) == 0;
    for (size_t i = 0; i < used; i++)
        buf_done(&parts[i]);
    return ok;
}
