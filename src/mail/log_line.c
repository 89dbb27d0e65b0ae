/* SPDX-License-Identifier: Apache-2.0
 *
 * The envelope of a log line. Forms and their sources: RFC 3164 section 4.1, RFC 5424 section 6,
 * Postfix src/util/msg_syslog.c and src/util/msg_logger.c, nginx src/core/ngx_log.c, Dovecot
 * src/lib/failures.c. A parser belongs to one thread.
 */
#include "mail/log_line.h"

#include "base/memory.h"
#include "base/word.h"
#include "mail/log_head.h"
#include "mail/queue_id.h"

#define PID_BYTES 24
#define HEAD_BYTES 160 /* a host name and a tag; of longer ones the parts are looked up */

struct log_parser {
    struct stamp_context own_stamps;
    struct stamp_context *stamps; /* of the input being read */
    struct log_heads *heads;
    const struct log_tag *dovecot, *nginx; /* of lines that have no tag */
    struct log_tag nameless;
};

static const char *const program_words[] = {
#define X(name, word) [LOG_PROGRAM_##name] = word,
    LOG_PROGRAMS(X)
#undef X
};

const char *log_program_word(enum log_program program)
{
    return program_words[program];
}

const char *log_severity_word(enum log_severity severity)
{
    static const char *const words[] = {"info", "warning", "error", "fatal", "panic"};
    return words[severity];
}

struct log_parser *log_parser_new(int year, stamp_zone_fn zone, void *zone_data)
{
    struct log_parser *parser = MEM_NEW(struct log_parser);
    stamp_context_init(&parser->own_stamps, year, zone, zone_data);
    parser->stamps = &parser->own_stamps;
    parser->heads = log_heads_new();
    parser->dovecot = log_heads_tag(parser->heads, SLICE("dovecot"));
    parser->nginx = log_heads_tag(parser->heads, SLICE("nginx"));
    return parser;
}

void log_parser_free(struct log_parser *parser)
{
    if (parser == NULL)
        return;
    log_heads_free(parser->heads);
    mem_free(parser);
}

void log_parser_switch(struct log_parser *parser, struct stamp_context *stamps)
{
    parser->stamps = stamps;
}

/* `<22>` in front, as it comes from the wire. Returns whether a version digit of RFC 5424 follows.
 */
static bool take_priority(struct slice *rest)
{
    if (rest->len < 3 || rest->ptr[0] != '<')
        return false;
    const char *close = slice_find_char(slice_first(*rest, 5), '>');
    if (close == NULL)
        return false;
    *rest = slice_between(close + 1, slice_end(*rest));
    return slice_take_prefix(rest, SLICE("1 "));
}

/* Takes the next blank-separated word; "-" is an empty one (RFC 5424's nil). */
static struct slice take_word(struct slice *rest)
{
    struct slice word = slice_cut(rest, ' ');
    return slice_eq(word, SLICE("-")) ? slice_first(word, 0) : word;
}

/* Structured data: `-` or `[id name="value"]...`; a `]` in a value is escaped by a backslash. */
static void skip_structured_data(struct slice *rest)
{
    if (rest->len == 0 || rest->ptr[0] != '[') {
        take_word(rest);
        return;
    }
    size_t i = 0;
    for (; i + 1 < rest->len; i++) {
        if (rest->ptr[i] == '\\')
            i++;
        else if (rest->ptr[i] == ']' && rest->ptr[i + 1] != '[')
            break;
    }
    *rest = slice_skip(*rest, i + 1);
    slice_take_prefix(rest, SLICE(" "));
}

/* <PRI>1 STAMP HOST APP PROCID MSGID SD MSG, from HOST on. */
static bool parse_5424(struct log_parser *parser, struct slice rest, struct log_line *out)
{
    out->host = take_word(&rest);
    struct slice app = take_word(&rest);
    out->pid = take_word(&rest);
    take_word(&rest);
    skip_structured_data(&rest);
    slice_take_prefix(&rest, SLICE("\xef\xbb\xbf"));
    out->text = rest;
    if (app.len == 0)
        return false;
    out->tag = log_heads_tag(parser->heads, app);
    return true;
}

/* `[pid]: ` of at most seven digits at the front. */
static bool take_usual_pid(struct slice *rest, struct log_line *out)
{
    size_t end = rest->len > 11 ? 1 + word_find(word_load(rest->ptr + 1), ']') : 9;
    if (end == 9 || rest->ptr[end + 1] != ':' || rest->ptr[end + 2] != ' ')
        return false;
    out->pid = slice_of(rest->ptr + 1, end - 1);
    *rest = slice_of(rest->ptr + end + 3, rest->len - end - 3);
    return true;
}

/* Takes `[pid]: ` or `[pid]:` off the front. Apart from the usual way, which is nearly every
 * line's.
 */
static __attribute__((noinline)) bool take_any_pid(struct slice *rest, struct log_line *out)
{
    size_t end = 1;
    while (end < rest->len && end < PID_BYTES && rest->ptr[end] != ']')
        end++;
    if (end >= PID_BYTES || end + 1 >= rest->len || rest->ptr[end + 1] != ':')
        return false;
    out->pid = slice_of(rest->ptr + 1, end - 1);
    size_t blank = end + 2 < rest->len && rest->ptr[end + 2] == ' ';
    *rest = slice_skip(*rest, end + 2 + blank);
    return true;
}

static bool take_pid(struct slice *rest, struct log_line *out)
{
    return take_usual_pid(rest, out) || take_any_pid(rest, out);
}

static size_t tag_length(struct slice rest)
{
    size_t n = 0;
    while (n < rest.len && rest.ptr[n] != '[' && rest.ptr[n] != ':' && rest.ptr[n] != ' ')
        n++;
    return n;
}

/* `tag[pid]: text` or `tag: text`. False, *rest untouched, when it is not of this form. */
static bool take_tag(struct log_parser *parser, struct slice *rest, struct log_line *out)
{
    size_t n = tag_length(*rest);
    if (n == 0 || n == rest->len || rest->ptr[n] == ' ')
        return false;
    struct slice after = slice_skip(*rest, n);
    if (after.ptr[0] == ':') {
        after = slice_skip(after, 1);
        slice_take_prefix(&after, SLICE(" "));
    } else if (!take_pid(&after, out)) {
        return false;
    }
    out->tag = log_heads_tag(parser->heads, slice_first(*rest, n));
    *rest = after;
    return true;
}

/* `host tag[pid]: text`, where host and tag were seen together before. */
static bool take_known_head(struct log_parser *parser, struct slice *rest, struct log_line *out)
{
    const char *open = slice_find_near(slice_first(*rest, HEAD_BYTES), '[');
    if (open == NULL)
        return false;
    const struct log_head *head = log_heads_find(parser->heads, slice_between(rest->ptr, open));
    struct slice after = slice_between(open, slice_end(*rest));
    if (head == NULL || !take_pid(&after, out))
        return false;
    out->host = slice_first(*rest, head->host_len);
    out->tag = head->tag;
    out->head = head->id;
    *rest = after;
    return true;
}

/* A head is known by the bytes up to `[` only where they leave no other reading: Dovecot's own file
 * has a ':' or a '(' in front of it. */
static uint32_t keep_head(struct log_parser *parser, struct slice rest, const struct log_line *line)
{
    struct slice head = slice_between(rest.ptr, slice_end(line->host) + 1 + line->tag->text.len);
    bool plain = line->pid.ptr != NULL && head.len < HEAD_BYTES &&
                 slice_find_char(head, ':') == NULL && slice_find_char(head, '(') == NULL;
    return plain ? log_heads_add(parser->heads, head, line->host.len, line->tag) : 0;
}

/* Dovecot's own file has no host: `imap-login: Info: ...`, `lmtp(user)<pid><session>: Info: ...`.
 */
static bool is_dovecot_file(struct slice rest)
{
    size_t n = 0;
    while (n < rest.len &&
           (ascii_is_alpha(rest.ptr[n]) || ascii_is_digit(rest.ptr[n]) || rest.ptr[n] == '-'))
        n++;
    if (n == 0 || n == rest.len)
        return false;
    if (rest.ptr[n] != ':')
        return rest.ptr[n] == '(';
    static const struct slice levels[] = {
        {": Info: ", 8},  {": Warning: ", 11}, {": Error: ", 9},
        {": Fatal: ", 9}, {": Panic: ", 9},    {": Debug: ", 9},
    };
    for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++)
        if (slice_starts_with(slice_skip(rest, n), levels[i]))
            return true;
    return false;
}

static bool parse_after_stamp(struct log_parser *parser, struct slice rest, struct log_line *out)
{
    out->text = rest;
    if (take_known_head(parser, &out->text, out))
        return true;
    if (rest.len > 0 && rest.ptr[0] == '[') {
        out->tag = parser->nginx;
        return true;
    }
    if (is_dovecot_file(rest)) {
        out->tag = parser->dovecot;
        return true;
    }
    struct slice after = rest;
    struct slice host = slice_cut(&after, ' ');
    if (after.ptr == NULL || host.len == 0)
        return false;
    out->host = host;
    out->text = after;
    if (!take_tag(parser, &out->text, out))
        return false;
    out->head = keep_head(parser, rest, out);
    return true;
}

static void take_severity(struct log_line *out)
{
    char first = out->text.len > 0 ? out->text.ptr[0] : '\0';
    if (first != 'w' && first != 'e' && first != 'f' && first != 'p')
        return;
    static const struct {
        struct slice word;
        enum log_severity severity;
    } table[] = {
        {{"warning: ", 9}, LOG_SEVERITY_WARNING},
        {{"error: ", 7}, LOG_SEVERITY_ERROR},
        {{"fatal: ", 7}, LOG_SEVERITY_FATAL},
        {{"panic: ", 7}, LOG_SEVERITY_PANIC},
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        if (slice_take_prefix(&out->text, table[i].word)) {
            out->severity = table[i].severity;
            return;
        }
    }
}

static void take_queue_id(struct log_line *out)
{
    size_t len = queue_id_length(out->text, ':');
    if (len > 0 && len + 1 < out->text.len && out->text.ptr[len + 1] == ' ') {
        out->queue_id = slice_first(out->text, len);
        out->text = slice_skip(out->text, len + 2);
    } else if (slice_take_prefix(&out->text, SLICE("NOQUEUE: "))) {
        out->noqueue = true;
    }
}

/* rsyslog: `message repeated 3 times: [ text]`. */
static void take_repeat(struct log_line *out)
{
    struct slice rest = out->text;
    if (!slice_take_prefix(&rest, SLICE("message repeated ")))
        return;
    uint64_t times;
    struct slice number = slice_cut(&rest, ' ');
    if (rest.ptr == NULL || !slice_to_u64(number, UINT32_MAX, &times) || times == 0 ||
        !slice_take_prefix(&rest, SLICE("times: [ ")) || !slice_ends_with(rest, SLICE("]")))
        return;
    out->repeat = (uint32_t)times;
    out->text = slice_first(rest, rest.len - 1);
}

int64_t log_line_time(struct log_parser *parser, struct slice line)
{
    return take_priority(&line) ? stamp_take_iso(parser->stamps, &line)
                                : stamp_take(parser->stamps, &line);
}

bool log_line_parse(struct log_parser *parser, struct slice line, struct log_line *out)
{
    out->time_us = STAMP_NONE;
    out->host = (struct slice){NULL, 0};
    out->pid = (struct slice){NULL, 0};
    out->queue_id = (struct slice){NULL, 0};
    out->tag = &parser->nameless;
    out->head = 0;
    out->severity = LOG_SEVERITY_INFO;
    out->noqueue = false;
    out->repeat = 1;
    out->raw = line;
    out->text = line;
    struct slice rest = line;
    bool is_5424 = take_priority(&rest);
    out->time_us =
        is_5424 ? stamp_take_iso(parser->stamps, &rest) : stamp_take(parser->stamps, &rest);
    out->text = rest;
    if (is_5424 && out->time_us == STAMP_NONE && slice_starts_with(rest, SLICE("- ")))
        take_word(&rest);
    else if (out->time_us == STAMP_NONE)
        return false;
    bool told = is_5424 ? parse_5424(parser, rest, out) : parse_after_stamp(parser, rest, out);
    if (!told)
        return false;
    if (out->tag->program == LOG_PROGRAM_DOVECOT || out->tag->program == LOG_PROGRAM_NGINX)
        return true;
    take_repeat(out);
    take_severity(out);
    take_queue_id(out);
    return true;
}
