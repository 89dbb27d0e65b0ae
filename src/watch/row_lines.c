/* SPDX-License-Identifier: Apache-2.0
 *
 * Log lines of rows. See row_lines.h. Peer documents: Postfix src/global/log_adhoc.c (deliveries),
 * src/qmgr/qmgr_active.c, src/smtpd/smtpd.c, src/cleanup/cleanup_message.c.
 */
#include "watch/row_lines.h"

#include "base/civil.h"

/* Texts of rows came from lines, so they hold no newline; a damaged file may say otherwise. */
static void add_text(struct slice text, struct buf *to)
{
    size_t begin = to->len;
    buf_add(to, text);
    if (slice_find_char(text, '\n') == NULL && slice_find_char(text, '\0') == NULL)
        return;
    for (size_t i = begin; i < to->len; i++)
        if (to->ptr[i] == '\n' || to->ptr[i] == '\0')
            to->ptr[i] = ' ';
}

/* At least `width` digits; a report makes millions of numbers, for which printf is too slow. */
static void add_number(uint64_t value, size_t width, struct buf *to)
{
    char digits[20];
    size_t count = 0;
    for (; value > 0 || count < width; value /= 10)
        digits[sizeof(digits) - ++count] = (char)('0' + value % 10);
    buf_add(to, slice_of(digits + sizeof(digits) - count, count));
}

static void add_stamp(int64_t us, struct buf *to)
{
    char text[24];
    int64_t part = us % US_PER_SECOND;
    if (part < 0)
        part += US_PER_SECOND;
    civil_format_utc(us < INT64_MIN + part ? 0 : us - part, text);
    buf_add(to, slice_of(text, strlen("2026-03-02T08:01:02")));
    buf_add_char(to, '.');
    add_number((uint64_t)part, 6, to);
    buf_add_char(to, 'Z');
}

/* `STAMP HOST INSTANCE/SERVICE/PROGRAM[0]: ID: ` */
static void add_head(const struct history_row *row, int64_t at_us, struct slice service,
                     struct slice program, struct buf *to)
{
    struct slice instance = row->text[HISTORY_INSTANCE];
    struct slice relay = row->text[HISTORY_RELAY];
    add_stamp(at_us, to);
    buf_add_char(to, ' ');
    add_text(relay.len > 0 ? relay : SLICE("unknown"), to);
    buf_add_char(to, ' ');
    if (instance.len > 0 || service.len > 0) {
        add_text(instance.len > 0 ? instance : SLICE("postfix"), to);
        buf_add_char(to, '/');
    }
    if (service.len > 0) {
        add_text(service, to);
        buf_add_char(to, '/');
    }
    add_text(program, to);
    buf_add_str(to, "[0]: ");
    add_text(row->text[HISTORY_QUEUE_ID], to);
    buf_add_str(to, ": ");
}

static void add_pair(const char *key, struct slice value, const char *after, struct buf *to)
{
    buf_add_str(to, key);
    add_text(value, to);
    buf_add_str(to, after);
}

/* ---- before the deliveries ---- */

static void add_client(const struct history_row *row, int64_t at_us, struct buf *to)
{
    struct slice name = row->text[HISTORY_CLIENT_NAME], ip = row->text[HISTORY_CLIENT_IP];
    add_head(row, at_us, (struct slice){NULL, 0}, SLICE("smtpd"), to);
    add_pair("client=", name.len > 0 ? name : SLICE("unknown"), "", to);
    add_pair("[", ip.len > 0 ? ip : SLICE("unknown"), "]", to);
    if (row->text[HISTORY_LOGIN].len > 0)
        add_pair(", sasl_username=", row->text[HISTORY_LOGIN], "", to);
    buf_add_char(to, '\n');
}

static void add_queued(const struct history_row *row, int64_t at_us, struct buf *to)
{
    bool message = row->kind == HISTORY_MESSAGE;
    add_head(row, at_us, (struct slice){NULL, 0}, SLICE("qmgr"), to);
    add_pair("from=<", row->text[HISTORY_SENDER], ">", to);
    buf_add_str(to, ", size=");
    add_number(message ? row->size : 0, 1, to);
    buf_add_str(to, ", nrcpt=");
    add_number(message ? row->recipients : 0, 1, to);
    buf_add_str(to, " (queue active)\n");
}

void row_lines_begin(const struct history_row *row, int64_t at_us, struct buf *to)
{
    bool client = row->text[HISTORY_CLIENT_NAME].len + row->text[HISTORY_CLIENT_IP].len +
                      row->text[HISTORY_LOGIN].len >
                  0;
    bool message_id = row->text[HISTORY_MESSAGE_ID].len > 0;
    if (client)
        add_client(row, at_us, to);
    if (message_id) {
        add_head(row, at_us, (struct slice){NULL, 0}, SLICE("cleanup"), to);
        add_pair("message-id=<", row->text[HISTORY_MESSAGE_ID], ">\n", to);
    }
    if (client || message_id || row->text[HISTORY_SENDER].len > 0)
        add_queued(row, at_us, to);
}

/* ---- the row's own ---- */

static const char *status_word(enum history_status status)
{
    if (status == HISTORY_SENT)
        return "sent";
    return status == HISTORY_BOUNCED ? "bounced" : "deferred";
}

static void add_seconds(uint32_t ms, struct buf *to)
{
    add_number(ms / 1000, 1, to);
    if (ms % 1000 == 0)
        return;
    buf_add_char(to, '.');
    add_number(ms % 1000, 3, to);
}

static void add_times(const struct history_row *row, struct buf *to)
{
    buf_add_str(to, ", delay=");
    add_seconds(row->delay_ms, to);
    for (size_t i = 0; i < 4; i++) {
        buf_add_str(to, i == 0 ? ", delays=" : "/");
        add_seconds(row->delays_ms[i], to);
    }
}

static void add_server(const struct history_row *row, struct buf *to)
{
    struct slice host = row->text[HISTORY_REMOTE_HOST], ip = row->text[HISTORY_REMOTE_IP];
    add_pair(", relay=", host.len + ip.len > 0 ? host : SLICE("none"), "", to);
    if (ip.len > 0)
        add_pair("[", ip, "]", to);
}

static void add_delivery(const struct history_row *row, struct buf *to)
{
    struct slice agent = row->text[HISTORY_AGENT], source = row->text[HISTORY_SOURCE];
    if (slice_eq(source, row->text[HISTORY_INSTANCE]))
        source.len = 0; /* a transport without a name of its own */
    add_head(row, row->time_us, source, agent.len > 0 ? agent : SLICE("smtp"), to);
    add_pair("to=<", row->text[HISTORY_RECIPIENT], ">", to);
    if (row->text[HISTORY_ORIG_RECIPIENT].len > 0)
        add_pair(", orig_to=<", row->text[HISTORY_ORIG_RECIPIENT], ">", to);
    add_server(row, to);
    add_times(row, to);
    if (row->text[HISTORY_DSN].len > 0)
        add_pair(", dsn=", row->text[HISTORY_DSN], "", to);
    add_pair(", status=", slice_from_str(status_word(row->status)), " (", to);
    add_text(row->text[HISTORY_REPLY], to);
    buf_add_str(to, ")\n");
}

static void add_expired(const struct history_row *row, struct buf *to)
{
    add_head(row, row->time_us, (struct slice){NULL, 0}, SLICE("qmgr"), to);
    add_pair("from=<", row->text[HISTORY_SENDER], ">, status=expired, returned to sender\n", to);
}

/* Only an administrator ends what was tried; what was not, a rule may have. */
static void add_discarded(const struct history_row *row, struct buf *to)
{
    struct slice ip = row->text[HISTORY_CLIENT_IP];
    bool tried = row->attempt > 0;
    add_head(row, row->time_us, (struct slice){NULL, 0},
             tried ? SLICE("postsuper") : SLICE("cleanup"), to);
    if (tried) {
        buf_add_str(to, "removed\n");
        return;
    }
    add_pair("discard: queue from unknown[", ip.len > 0 ? ip : SLICE("unknown"), "]", to);
    add_pair(": by a rule or by postsuper -d; from=<", row->text[HISTORY_SENDER], ">\n", to);
}

static void add_removed(const struct history_row *row, struct buf *to)
{
    add_head(row, row->time_us, (struct slice){NULL, 0}, SLICE("qmgr"), to);
    buf_add_str(to, "removed\n");
}

bool row_lines_same_message(const struct history_row *a, const struct history_row *b)
{
    return a->begin_us == b->begin_us &&
           slice_eq(a->text[HISTORY_QUEUE_ID], b->text[HISTORY_QUEUE_ID]) &&
           slice_eq(a->text[HISTORY_RELAY], b->text[HISTORY_RELAY]) &&
           slice_eq(a->text[HISTORY_INSTANCE], b->text[HISTORY_INSTANCE]);
}

/* One line ends all recipients of a message, each of which has a row. */
static bool is_said(const struct history_row *row, const struct history_row *before)
{
    if (before == NULL || before->kind != HISTORY_DELIVERY || !row_lines_same_message(row, before))
        return false;
    bool discarded = before->status == HISTORY_DISCARDED;
    if (row->kind == HISTORY_MESSAGE)
        return discarded && before->attempt > 0;
    return before->status == row->status && (discarded || row->status == HISTORY_EXPIRED);
}

void row_lines_own(const struct history_row *row, const struct history_row *before, struct buf *to)
{
    if (is_said(row, before))
        return;
    if (row->kind == HISTORY_MESSAGE) {
        add_removed(row, to);
        return;
    }
    switch (row->status) {
    case HISTORY_SENT:
    case HISTORY_DEFERRED:
    case HISTORY_BOUNCED:
        add_delivery(row, to);
        break;
    case HISTORY_EXPIRED:
        add_expired(row, to);
        break;
    case HISTORY_DISCARDED:
        add_discarded(row, to);
        break;
    case HISTORY_OTHER:
    case HISTORY_LOST:
        break;
    }
}
