/* SPDX-License-Identifier: Apache-2.0
 *
 * Takes the reason of a delivery apart. Forms: Postfix src/smtp/smtp_proto.c (xfer_states,
 * xfer_request), smtp_connect.c, smtp_trouble.c, src/dns/dns_lookup.c. All of it is hostile text:
 * the host name comes from somebody's DNS, the words from somebody's server. No allocation; every
 * search is one pass over the text.
 */
#include "mail/reply.h"

#include "mail/reply_line.h"

#define LIT(text) \
    { \
        "" text, sizeof(text) - 1 \
    }
#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define COMMAND_MAX 40 /* bytes of the C of "(in reply to C)" */

struct stage_words {
    struct slice words;
    enum reply_stage stage;
};

/* C of "(in reply to C)" without the word "command"; compared whole, any case. */
static const struct stage_words command_table[] = {
    {LIT("RCPT TO"), REPLY_STAGE_RCPT},
    {LIT("end of DATA"), REPLY_STAGE_EOD},
    {LIT("MAIL FROM"), REPLY_STAGE_MAIL},
    {LIT("DATA"), REPLY_STAGE_DATA},
    {LIT("EHLO"), REPLY_STAGE_EHLO},
    {LIT("HELO"), REPLY_STAGE_EHLO},
    {LIT("LHLO"), REPLY_STAGE_EHLO},
    {LIT("STARTTLS"), REPLY_STAGE_STARTTLS},
    {LIT("AUTH"), REPLY_STAGE_AUTH},
    {LIT("XFORWARD name/address"), REPLY_STAGE_NONE},
    {LIT("XFORWARD helo/protocol"), REPLY_STAGE_NONE},
    {LIT("final RSET"), REPLY_STAGE_NONE},
    {LIT("RSET probe"), REPLY_STAGE_NONE},
    {LIT("QUIT"), REPLY_STAGE_NONE},
};

/* W of "lost connection with H while W"; compared as a prefix, since more may follow. */
static const struct stage_words activity_table[] = {
    {LIT("receiving the initial server greeting"), REPLY_STAGE_GREETING},
    {LIT("performing the EHLO"), REPLY_STAGE_EHLO},
    {LIT("performing the HELO"), REPLY_STAGE_EHLO},
    {LIT("performing the LHLO"), REPLY_STAGE_EHLO},
    {LIT("receiving the STARTTLS"), REPLY_STAGE_STARTTLS},
    {LIT("performing SASL"), REPLY_STAGE_AUTH},
    {LIT("sending MAIL FROM"), REPLY_STAGE_MAIL},
    {LIT("sending RCPT TO"), REPLY_STAGE_RCPT},
    {LIT("sending DATA"), REPLY_STAGE_DATA},
    {LIT("sending message body"), REPLY_STAGE_DATA},
    {LIT("sending end of data"), REPLY_STAGE_EOD},
};

static const char *const stage_names[] = {
#define X(name, word) [REPLY_STAGE_##name] = word,
    REPLY_STAGES(X)
#undef X
};

const char *reply_stage_word(enum reply_stage stage)
{
    return stage_names[stage];
}

static bool stage_of_command(struct slice command, enum reply_stage *out)
{
    const size_t suffix = sizeof(" command") - 1;
    if (command.len > suffix && slice_ends_with(command, SLICE(" command")))
        command.len -= suffix;
    for (size_t i = 0; i < COUNT(command_table); i++) {
        struct slice words = command_table[i].words;
        if (words.len == command.len && slice_ieq(command, words)) {
            *out = command_table[i].stage;
            return true;
        }
    }
    return false;
}

bool reply_stage_from_word(struct slice word, enum reply_stage *out)
{
    for (size_t i = 1; i < COUNT(stage_names); i++) {
        if (slice_ieq(word, slice_from_str(stage_names[i]))) {
            *out = (enum reply_stage)i;
            return true;
        }
    }
    return stage_of_command(word, out);
}

static enum reply_stage stage_of_activity(struct slice activity)
{
    for (size_t i = 0; i < COUNT(activity_table); i++)
        if (slice_starts_with(activity, activity_table[i].words))
            return activity_table[i].stage;
    return REPLY_STAGE_NONE;
}

/* Cuts the text before its last "(in reply to C)" with a known C; what follows is a site's own. */
static bool cut_in_reply_to(struct slice *text, enum reply_stage *stage)
{
    struct slice before = *text;
    for (;;) {
        const char *open = slice_find_last_char(before, '(');
        if (open == NULL)
            return false;
        before = slice_between(before.ptr, open);
        struct slice rest = slice_between(open, slice_end(*text));
        if (!slice_take_prefix(&rest, SLICE("(in reply to ")))
            continue;
        rest = slice_first(rest, COMMAND_MAX);
        const char *close = slice_find_char(rest, ')');
        if (close != NULL && stage_of_command(slice_between(rest.ptr, close), stage))
            break;
    }
    *text = before;
    return true;
}

static bool has_blank(struct slice s)
{
    return slice_find_char(s, ' ') != NULL;
}

/* `H[ip]` or `H[ip]:port` at the front of *rest; nothing is taken when it is not of that form. */
static bool take_peer(struct slice *rest, struct reply *out)
{
    struct slice head = slice_first(*rest, 400);
    const char *open = slice_find_char(head, '[');
    if (open == NULL || has_blank(slice_between(head.ptr, open)))
        return false;
    struct slice inside = slice_between(open + 1, slice_end(head));
    const char *close = slice_find_char(inside, ']');
    if (close == NULL || has_blank(slice_between(inside.ptr, close)))
        return false;
    inside = slice_between(inside.ptr, close);
    out->host = slice_between(head.ptr, open);
    out->ip = slice_find_char(inside, '/') ? slice_of(inside.ptr, 0) : inside;
    *rest = slice_between(close + 1, slice_end(*rest));
    size_t port = 1;
    while (port < rest->len && ascii_is_digit(rest->ptr[port]))
        port++;
    if (port > 1 && rest->ptr[0] == ':')
        *rest = slice_skip(*rest, port);
    return true;
}

/* Code and DSN of the last line that carries one. */
static void read_codes(struct reply *out)
{
    struct reply_lines lines = reply_lines(out->words);
    struct reply_line line;
    while (reply_lines_next(&lines, &line)) {
        out->code = line.code ? line.code : out->code;
        out->dsn = line.dsn.len ? line.dsn : out->dsn;
    }
}

static void set_said(struct slice words, struct reply *out)
{
    cut_in_reply_to(&words, &out->stage);
    out->words = slice_trim(words);
    read_codes(out);
}

/* host H[ip] said: TEXT (in reply to C) | host H[ip] refused to talk to me: TEXT */
static bool parse_host(struct slice rest, struct reply *out)
{
    if (!take_peer(&rest, out))
        return false;
    if (slice_take_prefix(&rest, SLICE(" said: "))) {
        out->origin = REPLY_SAID;
    } else if (slice_take_prefix(&rest, SLICE(" refused to talk to me: "))) {
        out->origin = REPLY_REFUSED;
        out->stage = REPLY_STAGE_GREETING;
    } else {
        return false;
    }
    set_said(rest, out);
    return true;
}

/* SASL authentication failed; server H[ip] said: TEXT */
static bool parse_sasl(struct slice rest, struct reply *out)
{
    if (!take_peer(&rest, out) || !slice_take_prefix(&rest, SLICE(" said: ")))
        return false;
    out->origin = REPLY_SAID;
    out->stage = REPLY_STAGE_AUTH;
    set_said(rest, out);
    return true;
}

/* connect to H[ip]:port: WHY */
static bool parse_connect(struct slice rest, struct reply *out)
{
    if (!take_peer(&rest, out) || !slice_starts_with(rest, SLICE(": ")))
        return false;
    out->origin = REPLY_CONNECT;
    out->stage = REPLY_STAGE_CONNECT;
    return true;
}

/* lost connection with H[ip] while W | conversation with H[ip] timed out while W */
static bool parse_lost(struct slice rest, struct reply *out)
{
    if (!take_peer(&rest, out))
        return false;
    slice_take_prefix(&rest, SLICE(" timed out"));
    if (!slice_take_prefix(&rest, SLICE(" while ")))
        return false;
    out->origin = REPLY_LOST;
    out->stage = stage_of_activity(rest);
    return true;
}

static struct slice first_word(struct slice s)
{
    size_t n = 0;
    while (n < s.len && s.ptr[n] != ' ' && s.ptr[n] != ':' && s.ptr[n] != ',')
        n++;
    return slice_first(s, n);
}

/* unable to look up host N: WHY */
static bool parse_lookup(struct slice rest, struct reply *out)
{
    out->origin = REPLY_DNS;
    out->host = first_word(rest);
    return true;
}

/* Host or domain name not found. Name service error for name=N type=T: WHY. N is a server unless T
 * is MX. */
static bool parse_not_found(struct slice rest, struct reply *out)
{
    out->origin = REPLY_DNS;
    const char *name = slice_find(rest, SLICE("name="));
    if (name == NULL)
        return true;
    rest = slice_between(name + 5, slice_end(rest));
    struct slice host = first_word(rest);
    if (slice_starts_with(slice_skip(rest, host.len), SLICE(" type=A")))
        out->host = host;
    return true;
}

static const struct reason_form {
    struct slice prefix;
    bool (*parse)(struct slice rest, struct reply *out); /* false: *out may be half filled */
} reason_table[] = {
    {LIT("host "), parse_host},
    {LIT("connect to "), parse_connect},
    {LIT("lost connection with "), parse_lost},
    {LIT("conversation with "), parse_lost},
    {LIT("Host or domain name not found"), parse_not_found},
    {LIT("Host not found"), parse_not_found},
    {LIT("Name service error"), parse_not_found},
    {LIT("unable to look up host "), parse_lookup},
    {LIT("SASL authentication failed; server "), parse_sasl},
};

static bool parse_form(struct slice reason, struct reply *out)
{
    for (size_t i = 0; i < COUNT(reason_table); i++) {
        struct slice rest = reason;
        if (slice_take_prefix(&rest, reason_table[i].prefix))
            return reason_table[i].parse(rest, out);
    }
    return false;
}

void reply_parse(struct slice reason, struct reply *out)
{
    struct reply reply = {.origin = REPLY_OURS};
    reason = slice_trim(reason);
    while (slice_take_prefix(&reason, SLICE("delivery temporarily suspended: ")))
        reply.suspended = true;
    struct reply plain = reply;
    reply.words = reason;
    if (!parse_form(reason, &reply)) {
        reply = plain;
        bool answered = cut_in_reply_to(&reason, &reply.stage);
        reply.words = slice_trim(reason);
        read_codes(&reply);
        if (answered || reply.code != 0)
            reply.origin = REPLY_SAID;
    }
    *out = reply;
}
