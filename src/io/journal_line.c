/* SPDX-License-Identifier: Apache-2.0
 *
 * See journal_line.h.
 */
#include "io/journal_line.h"

#include "base/civil.h"

enum { FIELD_MAX = 255 }; /* host, tag, pid: longer ones are cut */

static void add_stamp(struct buf *to, int64_t time_us)
{
    struct civil at = civil_from_seconds(time_us / US_PER_SECOND);
    buf_addf(to, "%04d-%02d-%02dT%02d:%02d:%02d.%06d+00:00", at.year, at.month, at.day, at.hour,
             at.minute, at.second, (int)(time_us % US_PER_SECOND));
}

static void add_field(struct buf *to, struct slice field)
{
    for (size_t i = 0; i < field.len && i < FIELD_MAX; i++) {
        char c = field.ptr[i];
        buf_add_char(to, (unsigned char)c <= ' ' || c == 0x7f ? '_' : c);
    }
    if (field.len == 0)
        buf_add_char(to, '-');
}

static void add_message(struct buf *to, struct slice message)
{
    while (message.len > 0 &&
           (message.ptr[message.len - 1] == '\n' || message.ptr[message.len - 1] == '\r'))
        message.len--;
    size_t begin = to->len;
    buf_add(to, message);
    for (size_t i = begin; i < to->len; i++)
        if (to->ptr[i] == '\n' || to->ptr[i] == '\r')
            to->ptr[i] = ' ';
}

void journal_line_format(const struct journal_entry *entry, struct buf *to)
{
    add_stamp(to, entry->time_us);
    buf_add_char(to, ' ');
    add_field(to, entry->host);
    buf_add_char(to, ' ');
    add_field(to, entry->tag);
    if (entry->pid.len > 0) {
        buf_add_char(to, '[');
        add_field(to, entry->pid);
        buf_add_char(to, ']');
    }
    buf_add_str(to, ": ");
    add_message(to, entry->message);
    buf_add_char(to, '\n');
}

bool journal_line_is_mail_tag(struct slice tag)
{
    return slice_starts_with(tag, SLICE("postfix")) || slice_starts_with(tag, SLICE("dovecot")) ||
           slice_starts_with(tag, SLICE("nginx"));
}
