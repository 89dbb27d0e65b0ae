/* SPDX-License-Identifier: Apache-2.0
 *
 * See journal.h; sd-journal(3). Matches of sd-journal are whole values, so the identifiers are
 * listed first and those of mail are matched one by one. sd-journal maps its files: one that is
 * truncated while it is read ends the process, which journald never does to its files.
 */
#include "io/journal.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "base/memory.h"
#include "io/journal_line.h"
#include "io/journal_private.h"

enum { TAGS_MAX = 512, FIELD_BYTES_MAX = 65536 };

/* 9999-12-31: what a stamp can show. */
static const uint64_t TIME_MAX_US = 253402300799000000;

struct journal {
    struct byte_source bytes;
    sd_journal *handle;
    struct buf line; /* the part from `given` on does not fit the last block */
    size_t given;
    struct journal_fields fields;
    uint64_t entries;
    int failed; /* errno that ended it; 0: none */
};

bool journal_is_name(const char *name)
{
    return strncmp(name, "journal:", strlen("journal:")) == 0;
}

bool journal_is_file(struct slice head)
{
    return slice_starts_with(head, SLICE("LPKSHHRH"));
}

bool journal_open_failed(int code, struct err *err)
{
    const char *advice = "";
    if (code == EACCES || code == EPERM)
        advice = " (use sudo or join group systemd-journal)";
    if (code == EBADMSG || code == ENODATA || code == EPROTONOSUPPORT)
        advice = " (not a journal file, a damaged one, or one of a newer systemd)";
    return err_set(err, ERR_IO, "cannot open: %s%s", strerror(code), advice);
}

static int open_path(const char *path, sd_journal **handle)
{
    struct stat st;
    if (stat(path, &st) != 0)
        return -errno;
    const char *files[] = {path, NULL};
    return S_ISDIR(st.st_mode) ? sd_journal_open_directory(handle, path, 0)
                               : sd_journal_open_files(handle, files, 0);
}

/* sd-journal also opens what has no journal files, or only ones that may not be read. */
bool journal_open_handle(const char *where, sd_journal **handle, struct err *err)
{
    int code =
        *where == '\0' ? sd_journal_open(handle, SD_JOURNAL_LOCAL_ONLY) : open_path(where, handle);
    if (code < 0)
        return journal_open_failed(-code, err);
    uint64_t bytes = 0;
    if (sd_journal_get_usage(*handle, &bytes) >= 0 && bytes > 0)
        return true;
    sd_journal_close(*handle);
    return err_set(err, ERR_IO,
                   "no journal that may be read (use sudo or join group systemd-journal)");
}

struct slice journal_get_field(sd_journal *handle, const char *field)
{
    const void *data;
    size_t len, prefix = strlen(field) + 1;
    if (sd_journal_get_data(handle, field, &data, &len) < 0 || len < prefix)
        return slice_of(NULL, 0);
    return slice_skip(slice_of(data, len), prefix);
}

/* Lets only entries of mail through; with postfix_only the facility does not count. */
static int add_matches(sd_journal *handle, bool postfix_only)
{
    const void *data;
    size_t len, tags = 0;
    const size_t prefix = strlen("SYSLOG_IDENTIFIER=");
    int code = sd_journal_query_unique(handle, "SYSLOG_IDENTIFIER");
    while (code >= 0 && tags < TAGS_MAX &&
           sd_journal_enumerate_available_unique(handle, &data, &len) > 0) {
        struct slice tag = slice_skip(slice_of(data, len), prefix);
        if (postfix_only ? !slice_starts_with(tag, SLICE("postfix"))
                         : !journal_line_is_mail_tag(tag))
            continue;
        code = sd_journal_add_match(handle, data, len);
        tags++;
    }
    if (code < 0)
        return code;
    if (postfix_only)
        return tags > 0;
    code = sd_journal_add_disjunction(handle);
    return code < 0 ? code : sd_journal_add_match(handle, "SYSLOG_FACILITY=2", 0);
}

static int64_t entry_time(sd_journal *handle)
{
    uint64_t us;
    if (slice_to_u64(journal_get_field(handle, "_SOURCE_REALTIME_TIMESTAMP"), TIME_MAX_US, &us))
        return (int64_t)us;
    if (sd_journal_get_realtime_usec(handle, &us) < 0 || us > TIME_MAX_US)
        return 0;
    return (int64_t)us;
}

static struct slice get_either(sd_journal *handle, const char *field, const char *other)
{
    struct slice value = journal_get_field(handle, field);
    return value.len > 0 ? value : journal_get_field(handle, other);
}

static void copy_field(struct buf *to, struct slice value)
{
    buf_clear(to);
    buf_add(to, value);
}

/* What sd_journal_get_data returns stays only until its next call: all but the last is copied. */
void journal_format_entry(sd_journal *handle, struct journal_fields *fields, struct buf *line)
{
    struct journal_entry entry = {.time_us = entry_time(handle)};
    copy_field(&fields->host, journal_get_field(handle, "_HOSTNAME"));
    copy_field(&fields->tag, get_either(handle, "SYSLOG_IDENTIFIER", "_COMM"));
    copy_field(&fields->pid, get_either(handle, "SYSLOG_PID", "_PID"));
    entry.host = buf_slice(&fields->host);
    entry.tag = buf_slice(&fields->tag);
    entry.pid = buf_slice(&fields->pid);
    entry.message = slice_first(journal_get_field(handle, "MESSAGE"), FIELD_BYTES_MAX);
    buf_clear(line);
    journal_line_format(&entry, line);
}

void journal_fields_done(struct journal_fields *fields)
{
    buf_done(&fields->host);
    buf_done(&fields->tag);
    buf_done(&fields->pid);
}

/* Puts what is left of the line into [*done, room). */
static void give(struct journal *journal, char *to, size_t room, size_t *done)
{
    size_t left = journal->line.len - journal->given;
    size_t len = left < room - *done ? left : room - *done;
    if (len == 0)
        return;
    memcpy(to + *done, journal->line.ptr + journal->given, len);
    *done += len;
    journal->given += len;
}

static enum byte_status journal_fill(struct byte_source *source, char *to, size_t room, size_t *len,
                                     struct err *err)
{
    struct journal *journal = (struct journal *)source;
    size_t done = 0;
    bool more = true;
    give(journal, to, room, &done);
    while (done < room && journal->failed == 0 && more) {
        int code = sd_journal_next(journal->handle);
        more = code > 0;
        if (code < 0)
            journal->failed = -code;
        if (!more)
            continue;
        journal_format_entry(journal->handle, &journal->fields, &journal->line);
        journal->given = 0;
        journal->entries++;
        give(journal, to, room, &done);
    }
    *len = done;
    if (done > 0)
        return BYTES_SOME;
    if (journal->failed == 0)
        return BYTES_END;
    err_set_errno(err, journal->failed,
                  "cannot read on after %" PRIu64 " entries (`journalctl --verify` tells more)",
                  journal->entries);
    return BYTES_FAILED;
}

/* Never waits for anything but the disk. */
static void journal_interrupt(struct byte_source *source)
{
    (void)source;
}

static void journal_free(struct byte_source *source)
{
    struct journal *journal = (struct journal *)source;
    sd_journal_close(journal->handle);
    buf_done(&journal->line);
    journal_fields_done(&journal->fields);
    mem_free(journal);
}

static const struct byte_source_class journal_class = {
    .fill = journal_fill,
    .interrupt = journal_interrupt,
    .free = journal_free,
};

struct byte_source *journal_open(const char *where, int64_t since_us, struct err *err)
{
    sd_journal *handle = NULL;
    if (!journal_open_handle(where, &handle, err))
        return NULL;
    sd_journal_set_data_threshold(handle, FIELD_BYTES_MAX);
    int code = add_matches(handle, false);
    if (code >= 0)
        code = since_us > 0 ? sd_journal_seek_realtime_usec(handle, (uint64_t)since_us)
                            : sd_journal_seek_head(handle);
    if (code < 0) {
        journal_open_failed(-code, err);
        sd_journal_close(handle);
        return NULL;
    }
    struct journal *journal = MEM_NEW(struct journal);
    journal->bytes.class = &journal_class;
    journal->handle = handle;
    return &journal->bytes;
}

bool journal_has_postfix(const char *where)
{
    sd_journal *handle = NULL;
    if (!journal_open_handle(where, &handle, NULL))
        return false;
    bool found = add_matches(handle, true) > 0 && sd_journal_seek_head(handle) >= 0 &&
                 sd_journal_next(handle) > 0;
    sd_journal_close(handle);
    return found;
}
