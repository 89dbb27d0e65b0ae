/* SPDX-License-Identifier: Apache-2.0
 *
 * See auth_request.h. All headers are sorted out first, each into its place, since a name that
 * comes twice makes all of them doubtful: who could bring a line into the request would be two
 * people at once (CVE-2026-28753). Only then is anything read.
 */
#include "mail/auth_request.h"

#include "base/memory.h"

/* ---- words ---- */

struct word {
    struct slice text;
    unsigned value;
};

/* A slice at the begin of a table's row. */
#define WORD(text) \
    { \
        text, sizeof(text) - 1 \
    }

static const struct word methods[] = {
#define X(name, word) {WORD(word), AUTH_##name},
    AUTH_METHODS_X(X)
#undef X
        {WORD("login"), AUTH_PLAIN},
};

static const struct word protocols[] = {
#define X(name, word) {WORD(word), AUTH_##name},
    AUTH_PROTOCOLS_X(X)
#undef X
        {WORD("submission"), AUTH_SMTP},
    {WORD("managesieve"), AUTH_SIEVE},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* NULL: no such word. */
static const struct word *word_find(const struct word *words, size_t count, struct slice text)
{
    for (size_t i = 0; i < count; i++)
        if (slice_ieq(words[i].text, text))
            return &words[i];
    return NULL;
}

/* The words of an enum stand first, in its order. */
const char *auth_method_word(enum auth_method method)
{
    return methods[method].text.ptr;
}

const char *auth_protocol_word(enum auth_protocol protocol)
{
    return protocols[protocol].text.ptr;
}

bool auth_method_from_word(struct slice word, enum auth_method *out)
{
    const struct word *found = word_find(methods, COUNT(methods), word);
    if (found != NULL)
        *out = (enum auth_method)found->value;
    return found != NULL;
}

bool auth_protocol_from_word(struct slice word, enum auth_protocol *out)
{
    const struct word *found = word_find(protocols, COUNT(protocols), word);
    if (found != NULL)
        *out = (enum auth_protocol)found->value;
    return found != NULL;
}

enum whose { CALLER, CLIENT };

static const struct {
    enum whose whose;
    const char *sentence;
} faults[] = {
#define X(name, whose, sentence) {whose, sentence},
    AUTH_REQUEST_FAULTS_X(X)
#undef X
};

const char *auth_request_fault_sentence(enum auth_request_fault fault)
{
    return faults[fault].sentence;
}

bool auth_request_fault_is_clients(enum auth_request_fault fault)
{
    return faults[fault].whose == CLIENT;
}

/* ---- which header is which ---- */

enum field {
    METHOD,
    USER,
    PASS,
    SALT,
    PROTOCOL,
    ATTEMPT,
    PORT,
    CLIENT_IP,
    CLIENT_PORT,
    CLIENT_HOST,
    HELO,
    FROM,
    TO,
    TLS,
    VERIFY,
    SUBJECT,
    FINGERPRINT,
    KEY,
};
enum { FIELDS = KEY + 1 };

/* In the order of nginx 1.22, as far as it sends them. */
static const struct word names[] = {
    {WORD("Auth-Method"), METHOD},
    {WORD("Auth-User"), USER},
    {WORD("Auth-Pass"), PASS},
    {WORD("Auth-Salt"), SALT},
    {WORD("Auth-Protocol"), PROTOCOL},
    {WORD("Auth-Login-Attempt"), ATTEMPT},
    {WORD("Auth-Port"), PORT},
    {WORD("Client-IP"), CLIENT_IP},
    {WORD("Client-Port"), CLIENT_PORT},
    {WORD("Client-Host"), CLIENT_HOST},
    {WORD("Auth-SMTP-Helo"), HELO},
    {WORD("Auth-SMTP-From"), FROM},
    {WORD("Auth-SMTP-To"), TO},
    {WORD("Auth-SSL"), TLS},
    {WORD("Auth-SSL-Verify"), VERIFY},
    {WORD("Auth-SSL-Subject"), SUBJECT},
    {WORD("Auth-SSL-Fingerprint"), FINGERPRINT},
    {WORD("X-Auth-Key"), KEY},
};

struct fields {
    struct slice values[FIELDS]; /* of one that came twice: empty */
    unsigned has;                /* bits 1u << enum field */
};

static bool is_ours(struct slice name)
{
    return slice_istarts_with(name, SLICE("Auth-")) || slice_istarts_with(name, SLICE("Client-"));
}

/* One of ours whose name is not read here, as Auth-SSL-Cipher: whether it came before. */
static bool came_before(const struct header_field *headers, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (slice_ieq(headers[k].name, headers[i].name))
            return true;
    return false;
}

static bool has_control(struct slice value)
{
    return slice_find_char(value, '\0') != NULL || slice_find_char(value, '\r') != NULL ||
           slice_find_char(value, '\n') != NULL;
}

/* Of the faults the first in the order of their enum counts, so that none hides a graver one. */
static void note(enum auth_request_fault *fault, enum auth_request_fault found)
{
    if (*fault == AUTH_FAULT_NONE || found < *fault)
        *fault = found;
}

static void take_field(struct fields *fields, enum field field, struct slice value,
                       enum auth_request_fault *fault)
{
    bool twice = (fields->has & 1u << field) != 0;
    fields->has |= 1u << field;
    if (twice)
        note(fault, AUTH_FAULT_TWICE);
    if (has_control(value))
        note(fault, AUTH_FAULT_CONTROL);
    if (value.len > AUTH_VALUE_MAX)
        note(fault, AUTH_FAULT_LONG);
    bool good = !twice && !has_control(value) && value.len <= AUTH_VALUE_MAX;
    fields->values[field] = good ? value : SLICE("");
}

static enum auth_request_fault sort_out(const struct header_field *headers, size_t count,
                                        struct fields *fields)
{
    enum auth_request_fault fault = AUTH_FAULT_NONE;
    for (size_t i = 0; i < count; i++) {
        const struct word *name = word_find(names, COUNT(names), headers[i].name);
        if (name != NULL)
            take_field(fields, (enum field)name->value, slice_trim(headers[i].value), &fault);
        else if (is_ours(headers[i].name) && came_before(headers, i))
            note(&fault, AUTH_FAULT_TWICE);
    }
    return fault;
}

/* ---- reading ---- */

static int hex_digit(char c)
{
    if (ascii_is_digit(c))
        return c - '0';
    c = ascii_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Decodes to *at, which then stands behind it; never more bytes than raw. False: a bad %XX. */
static bool decode(struct slice raw, char **at, struct slice *out)
{
    char *to = *at;
    for (size_t i = 0; i < raw.len; i++) {
        if (raw.ptr[i] != '%') {
            *to++ = raw.ptr[i];
            continue;
        }
        int high = i + 2 < raw.len ? hex_digit(raw.ptr[i + 1]) : -1;
        int low = high >= 0 ? hex_digit(raw.ptr[i + 2]) : -1;
        if (low < 0)
            return false;
        *to++ = (char)(high << 4 | low);
        i += 2;
    }
    *out = slice_between(*at, to);
    *at = to;
    return true;
}

static enum auth_request_fault decode_all(const struct fields *fields, struct buf *space,
                                          struct auth_request *out)
{
    struct slice user = fields->values[USER], secret = fields->values[PASS],
                 salt = fields->values[SALT];
    char *at = buf_reserve(space, user.len + secret.len + salt.len);
    bool good = decode(user, &at, &out->user) && decode(secret, &at, &out->secret) &&
                decode(salt, &at, &out->salt);
    space->len = (size_t)(at - space->ptr);
    if (!good)
        return AUTH_FAULT_ESCAPE;
    if (slice_find_char(out->user, '\0') != NULL || slice_find_char(out->secret, '\0') != NULL)
        return AUTH_FAULT_NUL;
    if (out->user.len > AUTH_USER_MAX)
        return AUTH_FAULT_USER_LONG;
    return out->secret.len > AUTH_SECRET_MAX ? AUTH_FAULT_SECRET_LONG : AUTH_FAULT_NONE;
}

static bool read_number(struct slice text, uint64_t max, uint64_t *out)
{
    *out = 0;
    return text.len == 0 || slice_to_u64(text, max, out);
}

/* What is wanted for the answer and the log, whatever else is wrong. */
static enum auth_request_fault read_who(const struct fields *fields, struct auth_request *out)
{
    struct slice ip = fields->values[CLIENT_IP], protocol = fields->values[PROTOCOL];
    enum auth_request_fault fault = AUTH_FAULT_NONE;
    uint64_t port;
    out->key = fields->values[KEY];
    if (protocol.len == 0)
        note(&fault, AUTH_FAULT_NO_PROTOCOL);
    else if (!auth_protocol_from_word(protocol, &out->protocol))
        note(&fault, AUTH_FAULT_PROTOCOL);
    /* nginx calls a client by a unix socket `unix:`. */
    if (ip.len > 0 && !slice_eq(ip, SLICE("unix:")) && !ip_address_parse(ip, &out->client))
        note(&fault, AUTH_FAULT_CLIENT_IP);
    if (read_number(fields->values[CLIENT_PORT], UINT16_MAX, &port))
        out->client_port = (uint16_t)port;
    else
        note(&fault, AUTH_FAULT_NUMBER);
    return fault;
}

/* Whether a word says that there is TLS: nginx `on`, Dovecot `TLS`. */
static bool says_yes(struct slice word)
{
    return word.len > 0 && !slice_ieq(word, SLICE("off")) && !slice_ieq(word, SLICE("no")) &&
           !slice_ieq(word, SLICE("false"));
}

static enum auth_request_fault read_how(const struct fields *fields, struct auth_request *out)
{
    const struct slice *values = fields->values;
    uint64_t attempt, port;
    if (values[METHOD].len == 0)
        return AUTH_FAULT_NO_METHOD;
    if (!auth_method_from_word(values[METHOD], &out->method))
        return AUTH_FAULT_METHOD;
    if (!read_number(values[ATTEMPT], UINT32_MAX, &attempt) ||
        !read_number(values[PORT], UINT16_MAX, &port))
        return AUTH_FAULT_NUMBER;
    out->attempt = (uint32_t)attempt;
    out->port = (uint16_t)port;
    out->client_host = values[CLIENT_HOST];
    out->helo = values[HELO];
    out->from = values[FROM];
    out->to = values[TO];
    out->tls = says_yes(values[TLS]);
    out->certificate_verified = slice_eq(values[VERIFY], SLICE("SUCCESS"));
    if (out->certificate_verified) {
        out->certificate_subject = values[SUBJECT];
        out->certificate_fingerprint = values[FINGERPRINT];
    }
    return AUTH_FAULT_NONE;
}

/* ---- what goes together ---- */

static bool is_challenge(struct slice salt)
{
    return salt.len > 2 && salt.len <= AUTH_SALT_MAX && salt.ptr[0] == '<' &&
           slice_find_char(salt, '>') == slice_end(salt) - 1 && !has_control(salt);
}

static bool is_digest(struct slice text)
{
    bool good = text.len == 32;
    for (size_t i = 0; good && i < text.len; i++)
        good = hex_digit(text.ptr[i]) >= 0;
    return good;
}

static enum auth_request_fault check_digest(const struct auth_request *request)
{
    if (!is_challenge(request->salt))
        return AUTH_FAULT_SALT;
    return is_digest(request->secret) ? AUTH_FAULT_NONE : AUTH_FAULT_DIGEST;
}

static enum auth_request_fault check_none(const struct auth_request *request)
{
    if (request->protocol != AUTH_SMTP)
        return AUTH_FAULT_NONE_SMTP;
    return request->user.len > 0 ? AUTH_FAULT_NONE_USER : AUTH_FAULT_NONE;
}

static enum auth_request_fault check(const struct fields *fields,
                                     const struct auth_request *request)
{
    if (request->method == AUTH_NONE)
        return check_none(request);
    if (request->user.len == 0)
        return AUTH_FAULT_NO_USER;
    if (request->method == AUTH_EXTERNAL)
        return request->certificate_verified ? AUTH_FAULT_NONE : AUTH_FAULT_CERTIFICATE;
    if ((fields->has & 1u << PASS) == 0)
        return AUTH_FAULT_NO_SECRET;
    return request->method == AUTH_PLAIN ? AUTH_FAULT_NONE : check_digest(request);
}

bool auth_request_parse(const struct header_field *headers, size_t count, struct buf *space,
                        struct auth_request *out, enum auth_request_fault *fault)
{
    struct fields fields = {0};
    struct auth_request request = {0};
    buf_clear(space);
    *out = request;
    *fault = AUTH_FAULT_HEADERS;
    if (count > AUTH_HEADERS_MAX)
        return false;
    *fault = sort_out(headers, count, &fields);
    enum auth_request_fault who = read_who(&fields, out);
    if (*fault == AUTH_FAULT_NONE)
        *fault = who;
    request = *out;
    if (*fault == AUTH_FAULT_NONE)
        *fault = read_how(&fields, &request);
    if (*fault == AUTH_FAULT_NONE)
        *fault = decode_all(&fields, space, &request);
    if (*fault == AUTH_FAULT_NONE)
        *fault = check(&fields, &request);
    if (*fault != AUTH_FAULT_NONE)
        return false;
    *out = request;
    return true;
}

void auth_request_wipe(struct buf *space)
{
    if (space->cap > 0)
        explicit_bzero(space->ptr, space->cap);
    buf_clear(space);
}
