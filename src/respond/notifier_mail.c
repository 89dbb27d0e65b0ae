/* SPDX-License-Identifier: Apache-2.0
 *
 * A mail to a program that takes messages as sendmail does: `COMMAND... -f FROM -- TO...`, message
 * on standard input. The command is chosen by the operator so that this mail does not go the way
 * that is blocked.
 *
 * RFC 5322 with RFC 2047 words in the subject and a base64 body (RFC 2045): no byte of a log text
 * can end a header, begin a line with a dot, or make a line too long. Later notices of a page refer
 * to the first, so that mail programs show them as one thread.
 */
#include "respond/notifier_formats.h"

#include "base/civil.h"
#include "base/escape.h"
#include "io/base64.h"

#define LINE_MAX_BYTES 76
#define WORD_BYTES 42 /* of text in an encoded word: 12 + 56 characters, below 75 */
#define SUBJECT_COLUMNS 150

/* Addresses come from the configuration; still nothing in them may begin a new header. */
static void add_address(struct slice address, struct buf *to)
{
    for (size_t i = 0; i < address.len; i++)
        if ((unsigned char)address.ptr[i] > ' ' && address.ptr[i] != 0x7f)
            buf_add_char(to, address.ptr[i]);
}

/* Encoded words of whole characters, one a line. */
static void add_subject(struct slice title, struct buf *to)
{
    struct slice rest = escape_cut(title, SUBJECT_COLUMNS);
    buf_add_str(to, "Subject:");
    while (rest.len > 0) {
        struct slice word = utf8_first(rest, WORD_BYTES);
        buf_add_str(to, to->ptr[to->len - 1] == ':' ? " =?UTF-8?B?" : "\n =?UTF-8?B?");
        base64_encode(word, to);
        buf_add_str(to, "?=");
        rest = slice_skip(rest, word.len);
    }
    buf_add_char(to, '\n');
}

static void add_date(int64_t us, struct buf *to)
{
    static const char *const days[] = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    int64_t seconds = us / US_PER_SECOND;
    struct civil when = civil_from_seconds(seconds);
    buf_addf(to, "Date: %s, %02d %s %04d %02d:%02d:%02d +0000\n",
             days[seconds / SECONDS_PER_DAY % 7], when.day, months[when.month - 1], when.year,
             when.hour, when.minute, when.second);
}

/* <todoku.KEY@DOMAIN>; the domain is the sender's. */
static void add_id(const char *header, struct slice key, struct slice from, struct buf *to)
{
    const char *at = slice_find_last_char(from, '@');
    buf_addf(to, "%s: <todoku.", header);
    buf_add(to, key);
    buf_add_char(to, '@');
    add_address(at ? slice_between(at + 1, slice_end(from)) : SLICE("localhost"), to);
    buf_add_str(to, ">\n");
}

static void add_ids(const struct notifier_job *job, struct buf *to)
{
    const struct notice *notice = job->notice;
    CLEANUP_BUF struct buf key = {0}, first = {0};
    notice_key(notice, &key);
    add_id("Message-ID", buf_slice(&key), job->settings->from, to);
    if (notice->serial < 2 || notice->transition == NOTICE_DIGEST)
        return;
    buf_add(&first, notice->page);
    buf_add_str(&first, "-1");
    add_id("In-Reply-To", buf_slice(&first), job->settings->from, to);
    add_id("References", buf_slice(&first), job->settings->from, to);
}

static void add_headers(const struct notifier_job *job, struct buf *to)
{
    const struct notifier_settings *settings = job->settings;
    add_date(job->now_us, to);
    buf_add_str(to, "From: ");
    add_address(settings->from, to);
    buf_add_str(to, "\nTo: ");
    for (size_t i = 0; i < settings->to_count; i++) {
        buf_add_str(to, i > 0 ? ",\n " : "");
        add_address(settings->to[i], to);
    }
    buf_add_char(to, '\n');
    add_subject(job->message->title, to);
    add_ids(job, to);
    buf_addf(to, "Auto-Submitted: auto-generated\nX-Todoku-Transition: %s\n",
             notice_transition_word(job->notice->transition));
    buf_add_str(to, "MIME-Version: 1.0\nContent-Type: text/plain; charset=UTF-8\n"
                    "Content-Transfer-Encoding: base64\n\n");
}

static void add_body(const struct notice_message *message, struct buf *to)
{
    CLEANUP_BUF struct buf text = {0}, encoded = {0};
    message_text(message, &text);
    base64_encode(buf_slice(&text), &encoded);
    struct slice rest = buf_slice(&encoded);
    for (; rest.len > 0; rest = slice_skip(rest, LINE_MAX_BYTES)) {
        buf_add(to, slice_first(rest, LINE_MAX_BYTES));
        buf_add_char(to, '\n');
    }
}

static void add_arg(struct slice text, struct outgoing *to)
{
    CLEANUP_BUF struct buf clean = {0};
    add_address(text, &clean);
    outgoing_arg(to, buf_slice(&clean));
}

void notifier_mail(const struct notifier_job *job, struct outgoing *to)
{
    const struct notifier_settings *settings = job->settings;
    CLEANUP_BUF struct buf mail = {0};
    for (size_t i = 0; i < settings->command_count; i++)
        outgoing_arg(to, settings->command[i]);
    outgoing_arg(to, SLICE("-f"));
    add_arg(settings->from, to);
    outgoing_arg(to, SLICE("--"));
    for (size_t i = 0; i < settings->to_count; i++)
        add_arg(settings->to[i], to);
    add_headers(job, &mail);
    add_body(job->message, &mail);
    outgoing_body(to, &mail);
}
