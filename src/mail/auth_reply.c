/* SPDX-License-Identifier: Apache-2.0
 *
 * See auth_reply.h. What cannot be said is found out before anything is written; what was written
 * and is too long is taken back.
 */
#include "mail/auth_reply.h"

#include "base/memory.h"

/* How a denial is said in a protocol. */
struct denial {
    const char *code;       /* before the text, with a blank behind it, or "" */
    const char *error_code; /* Auth-Error-Code; NULL: none */
};

static const struct denial denials[AUTH_PROTOCOLS][AUTH_LATER + 1] =
    {
        [AUTH_IMAP] =
            {
                [AUTH_WRONG] = {"[AUTHENTICATIONFAILED] ", NULL},
                [AUTH_FORBIDDEN] = {"[AUTHORIZATIONFAILED] ", NULL},
                [AUTH_LATER] = {"[UNAVAILABLE] ", NULL},
            },
        [AUTH_POP3] =
            {
                [AUTH_WRONG] = {"[AUTH] ", NULL},
                [AUTH_FORBIDDEN] = {"[AUTH] ", NULL},
                [AUTH_LATER] = {"[SYS/TEMP] ", NULL},
            },
        [AUTH_SMTP] =
            {
                [AUTH_WRONG] = {"", "535 5.7.8"},
                [AUTH_FORBIDDEN] = {"", "535 5.7.13"},
                [AUTH_LATER] = {"", "454 4.7.0"},
            },
        [AUTH_SIEVE] =
            {
                [AUTH_WRONG] = {"", NULL},
                [AUTH_FORBIDDEN] = {"", NULL},
                [AUTH_LATER] = {"", NULL},
            },
};

static const char *sentence_of(enum auth_verdict verdict)
{
    switch (verdict) {
    case AUTH_OK:
    case AUTH_WRONG:
        return "Authentication failed";
    case AUTH_FORBIDDEN:
        return "This login is not permitted";
    case AUTH_LATER:
        return "Temporary trouble, try again later";
    }
    return "";
}

/* Appends what a line can carry: a character of several bytes becomes one `?`. */
static void add_safe(struct buf *to, struct slice text)
{
    char *at = buf_reserve(to, text.len), *begin = at;
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (c >= ' ' && c < 0x7F)
            *at++ = text.ptr[i];
        else if (c == '\r' || c == '\n' || c == '\t')
            *at++ = ' ';
        else if ((c & 0xC0u) != 0x80 || at == begin || at[-1] != '?')
            *at++ = '?';
    }
    to->len += (size_t)(at - begin);
}

/* Appends a line of text that is neither empty nor one of the words that nginx acts upon. */
static void add_text(struct buf *to, const struct auth_reply *reply, enum auth_verdict verdict)
{
    CLEANUP_BUF struct buf safe = {0};
    add_safe(&safe, slice_first(reply->text, AUTH_TEXT_MAX));
    struct slice text = slice_trim(buf_slice(&safe));
    if (text.len == 0 || slice_ieq(text, SLICE("OK")) || slice_ieq(text, SLICE("WAIT")))
        text = slice_from_str(sentence_of(verdict));
    buf_add(to, text);
}

static void add_denial(struct buf *to, const struct auth_reply *reply, enum auth_verdict verdict)
{
    const struct denial *denial = &denials[reply->protocol][verdict];
    buf_addf(to, "Auth-Status: %s", denial->code);
    add_text(to, reply, verdict);
    buf_add_str(to, "\r\n");
    if (denial->error_code != NULL)
        buf_addf(to, "Auth-Error-Code: %s\r\n", denial->error_code);
    if (reply->wait_s > 0)
        buf_addf(to, "Auth-Wait: %lu\r\n", (unsigned long)reply->wait_s);
}

/* nginx takes blanks around a value off, and a control byte ends or spoils the line. */
static bool can_be_value(struct slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.ptr[i] < ' ')
            return false;
    return text.len <= AUTH_REPLY_MAX && slice_trim(text).len == text.len;
}

bool auth_reply_can_name(const struct ip_address *server)
{
    return server->len == 4 || (server->len == 16 && ip_address_is_loopback(server));
}

static void add_value(struct buf *to, const char *name, struct slice value)
{
    if (value.len == 0)
        return;
    buf_addf(to, "%s: ", name);
    buf_add(to, value);
    buf_add_str(to, "\r\n");
}

static bool add_ok(struct buf *to, const struct auth_reply *reply)
{
    size_t before = to->len;
    if (!auth_reply_can_name(&reply->server) || reply->port == 0 || !can_be_value(reply->user) ||
        !can_be_value(reply->pass))
        return false;
    (void)buf_reserve(to, AUTH_REPLY_MAX + reply->user.len + reply->pass.len);
    buf_add_str(to, "Auth-Status: OK\r\nAuth-Server: ");
    ip_address_format(&reply->server, to);
    buf_addf(to, "\r\nAuth-Port: %u\r\n", (unsigned)reply->port);
    add_value(to, "Auth-User", reply->user);
    add_value(to, "Auth-Pass", reply->pass);
    if (to->len - before <= AUTH_REPLY_MAX)
        return true;
    explicit_bzero(to->ptr + before, to->len - before);
    to->len = before;
    return false;
}

bool auth_reply_format(const struct auth_reply *reply, struct buf *to)
{
    if (reply->verdict != AUTH_OK) {
        add_denial(to, reply, reply->verdict);
        return true;
    }
    if (add_ok(to, reply))
        return true;
    add_denial(to, &(struct auth_reply){.protocol = reply->protocol}, AUTH_LATER);
    return false;
}
