/* SPDX-License-Identifier: Apache-2.0
 *
 * The envelope of a log line. Forms and their sources: RFC 3164 section 4.1, RFC 5424 section 6,
 * Postfix src/util/msg_syslog.c and src/util/msg_logger.c, Postfix src/global/mail_task.c (how a
 * tag is put together), nginx src/core/ngx_log.c, Dovecot src/lib/failures.c.
 *
 * A parser belongs to one thread. It keeps the tags it has seen, at most TAGS_MAX; a log
 * with more than that is hostile, and its further tags are split anew on every line.
 */
#include "mail/log_line.h"

#include "base/memory.h"
#include "mail/queue_id.h"

#define TAG_SLOTS 8192 /* power of two */
#define TAGS_MAX 4096
#define RECENT_TAGS 64 /* power of two */

struct log_parser {
    struct stamp_context own_stamps;
    struct stamp_context *stamps; /* of the input being read */
    struct arena *arena;
    const struct log_tag *recent[RECENT_TAGS]; /* by a hint; NULL: none */
    struct log_tag *slots[TAG_SLOTS];          /* by hash of the text; NULL: free */
    const struct log_tag *dovecot, *nginx;     /* of lines that have no tag */
    struct log_tag scratch, nameless;
    uint32_t count;
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

/* Only Postfix writes tags with a slash; without one just these two names mean what they say. */
static enum log_program program_of(struct slice name, bool with_slash)
{
    for (size_t i = 1; i < sizeof(program_words) / sizeof(program_words[0]); i++) {
        bool own_tag = i == LOG_PROGRAM_DOVECOT || i == LOG_PROGRAM_NGINX;
        if (own_tag != with_slash && slice_eq(name, slice_from_str(program_words[i])))
            return (enum log_program)i;
    }
    return LOG_PROGRAM_OTHER;
}

static struct log_tag tag_split(struct slice text, uint32_t id)
{
    struct log_tag tag = {.text = text, .name = text, .id = id};
    const char *last = slice_find_last_char(text, '/');
    if (last != NULL) {
        struct slice before = slice_between(text.ptr, last);
        tag.name = slice_between(last + 1, slice_end(text));
        tag.instance = slice_cut(&before, '/');
        if (before.ptr != NULL)
            tag.service = before;
    }
    tag.program = program_of(tag.name, last != NULL);
    return tag;
}

/* Where the tag is, or the free slot where it belongs. */
static struct log_tag **tag_slot(struct log_parser *parser, struct slice text)
{
    size_t at = (size_t)slice_hash(text) & (TAG_SLOTS - 1);
    while (parser->slots[at] != NULL && !slice_eq(parser->slots[at]->text, text))
        at = (at + 1) & (TAG_SLOTS - 1);
    return &parser->slots[at];
}

static const struct log_tag *tag_of(struct log_parser *parser, struct slice text)
{
    struct log_tag **slot = tag_slot(parser, text);
    if (*slot != NULL)
        return *slot;
    if (parser->count == TAGS_MAX) {
        parser->scratch = tag_split(text, 0);
        return &parser->scratch;
    }
    struct log_tag *tag = arena_alloc(parser->arena, sizeof(*tag));
    struct slice own = slice_of(arena_copy(parser->arena, text.ptr, text.len), text.len);
    *tag = tag_split(own, ++parser->count);
    return *slot = tag;
}

struct log_parser *log_parser_new(int year, stamp_zone_fn zone, void *zone_data)
{
    struct log_parser *parser = MEM_NEW(struct log_parser);
    stamp_context_init(&parser->own_stamps, year, zone, zone_data);
    parser->stamps = &parser->own_stamps;
    parser->arena = arena_new(4096);
    parser->dovecot = tag_of(parser, SLICE("dovecot"));
    parser->nginx = tag_of(parser, SLICE("nginx"));
    return parser;
}

void log_parser_free(struct log_parser *parser)
{
    if (parser == NULL)
        return;
    arena_free(parser->arena);
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
    out->tag = tag_of(parser, app);
    return true;
}

/* Takes `[pid]: ` off the front. */
static bool take_pid(struct slice *rest, struct log_line *out)
{
    const char *close = slice_find_char(slice_first(*rest, 24), ']');
    if (close == NULL)
        return false;
    out->pid = slice_between(rest->ptr + 1, close);
    *rest = slice_between(close + 1, slice_end(*rest));
    return slice_take_prefix(rest, SLICE(":"));
}

/* The tag in front, if it was seen before and `[` follows: no tag that is kept holds ':' or a
 * blank, so that the first '[' ends it for sure. A dozen tags make up a log; a hint of length and
 * last bytes finds most without hashing. */
static const struct log_tag *known_tag(struct log_parser *parser, struct slice rest)
{
    const char *open = slice_find_char(slice_first(rest, 64), '[');
    if (open == NULL || open - rest.ptr < 4)
        return NULL;
    struct slice text = slice_between(rest.ptr, open);
    size_t hint =
        (text.len * 7 + (unsigned char)open[-1] * 3u + (unsigned char)open[-4]) % RECENT_TAGS;
    const struct log_tag *recent = parser->recent[hint];
    if (recent != NULL && slice_eq(recent->text, text))
        return recent;
    const struct log_tag *found = *tag_slot(parser, text);
    if (found != NULL)
        parser->recent[hint] = found;
    return found;
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
    const struct log_tag *known = known_tag(parser, *rest);
    size_t n = known ? known->text.len : tag_length(*rest);
    if (n == 0 || n == rest->len || rest->ptr[n] == ' ')
        return false;
    struct slice after = slice_skip(*rest, n);
    if (after.ptr[0] == ':')
        after = slice_skip(after, 1);
    else if (!take_pid(&after, out))
        return false;
    slice_take_prefix(&after, SLICE(" "));
    out->tag = known ? known : tag_of(parser, slice_first(*rest, n));
    *rest = after;
    return true;
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
    return take_tag(parser, &out->text, out);
}

static void take_severity(struct log_line *out)
{
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
    out->host = out->pid = out->queue_id = (struct slice){NULL, 0};
    out->tag = &parser->nameless;
    out->severity = LOG_SEVERITY_INFO;
    out->noqueue = false;
    out->repeat = 1;
    out->raw = out->text = line;
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
