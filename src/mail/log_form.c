/* SPDX-License-Identifier: Apache-2.0
 *
 * Tables of forms and the takers of single parts; see log_form.h. Nothing here allocates, nothing
 * is scanned beyond the part that is taken.
 */
#include "mail/log_form.h"

#include "base/word.h"

static bool has_prefix(struct slice text, struct slice prefix)
{
    return text.len >= prefix.len && text.ptr[0] == prefix.ptr[0] &&
           word_same(text.ptr, prefix.ptr, prefix.len);
}

bool log_form_read(struct log_record *record, const struct log_form *forms, size_t count)
{
    struct slice text = record->line.text;
    for (size_t i = 0; i < count; i++) {
        if (!has_prefix(text, forms[i].prefix))
            continue;
        record->kind = forms[i].kind;
        if (forms[i].read != NULL)
            forms[i].read(record, slice_skip(text, forms[i].prefix.len));
        else
            log_record_set(record, LOG_FIELD_DETAIL, text);
        return record->kind != LOG_KIND_UNKNOWN;
    }
    return false;
}

static bool take_to(struct slice *rest, const char *at, size_t mark_len, struct slice *before)
{
    if (at == NULL)
        return false;
    *before = slice_between(rest->ptr, at);
    *rest = slice_between(at + mark_len, slice_end(*rest));
    return true;
}

bool log_take_until(struct slice *rest, struct slice mark, struct slice *before)
{
    return take_to(rest, slice_find(*rest, mark), mark.len, before);
}

bool log_take_until_last(struct slice *rest, struct slice mark, struct slice *before)
{
    return take_to(rest, slice_find_last(*rest, mark), mark.len, before);
}

static size_t digits_length(struct slice text)
{
    size_t n = 0;
    while (n < text.len && ascii_is_digit(text.ptr[n]))
        n++;
    return n;
}

bool log_take_endpoint(struct log_record *record, struct slice *rest, enum log_field ip,
                       enum log_field port)
{
    if (rest->len == 0 || rest->ptr[0] != '[')
        return false;
    const char *close = slice_find_char(*rest, ']');
    if (close == NULL)
        return false;
    log_record_set(record, ip, slice_between(rest->ptr + 1, close));
    *rest = slice_between(close + 1, slice_end(*rest));
    if (rest->len < 2 || rest->ptr[0] != ':' || !ascii_is_digit(rest->ptr[1]))
        return true;
    struct slice after = slice_skip(*rest, 1);
    size_t n = digits_length(after);
    log_record_set(record, port, slice_first(after, n));
    *rest = slice_skip(after, n);
    return true;
}

/* Length of an RFC 3463 code at the front, 0 when there is none. */
static size_t dsn_length(struct slice text)
{
    if (text.len < 5 || text.ptr[1] != '.' ||
        (text.ptr[0] != '5' && text.ptr[0] != '4' && text.ptr[0] != '2'))
        return 0;
    size_t subject = digits_length(slice_skip(text, 2));
    if (subject < 1 || subject > 3 || text.len < 4 + subject || text.ptr[2 + subject] != '.')
        return 0;
    size_t detail = digits_length(slice_skip(text, 3 + subject));
    if (detail < 1 || detail > 3)
        return 0;
    size_t len = 3 + subject + detail;
    return len == text.len || text.ptr[len] == ' ' ? len : 0;
}

/* Sets the field to the first len bytes and returns what follows them and a blank. */
static struct slice set_word(struct log_record *record, enum log_field field, struct slice text,
                             size_t len)
{
    log_record_set(record, field, slice_first(text, len));
    return slice_skip(text, len + 1);
}

void log_read_reply(struct log_record *record, struct slice text)
{
    if (digits_length(slice_first(text, 4)) == 3 && (text.len == 3 || text.ptr[3] == ' '))
        text = set_word(record, LOG_FIELD_CODE, text, 3);
    size_t dsn = dsn_length(text);
    if (dsn > 0)
        text = set_word(record, LOG_FIELD_DSN, text, dsn);
    log_record_set(record, LOG_FIELD_REASON, text);
}

void log_read_client(struct log_record *record, struct slice peer)
{
    log_peer_parse(record, peer, LOG_FIELD_CLIENT_NAME, LOG_FIELD_CLIENT_IP, LOG_FIELD_CLIENT_PORT);
}

void log_set_if_any(struct log_record *record, enum log_field field, struct slice value)
{
    if (value.len > 0)
        log_record_set(record, field, value);
}
