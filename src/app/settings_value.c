/* SPDX-License-Identifier: Apache-2.0
 *
 * See settings_value.h. A type is a row of `classes`: what it is called and how it is read and
 * written. Numbers share one reader, which holds them against the bounds of the setting.
 */
#include "app/settings_value.h"

#include <inttypes.h>

#include "base/byte_size.h"
#include "base/day_span.h"
#include "base/decimal.h"
#include "base/duration.h"
#include "base/endpoint.h"
#include "base/ip_address.h"
#include "base/rate.h"
#include "base/redis_address.h"
#include "base/spelling.h"

#define TEXT_MAX 1024
#define QUERY_MAX 8192
#define NAME_MAX_BYTES 255
#define MAILBOX_MAX 254 /* RFC 5321 with erratum 1690 */
#define PATH_MAX_BYTES 4095
#define URL_MAX 2048

typedef bool (*parse_fn)(const struct setting *row, struct slice text, struct setting_place *place,
                         void *out, struct err *err);
typedef void (*format_fn)(const struct setting *row, const void *value, struct buf *to);

struct setting_class {
    const char *name;    /* "\"x\" is no ..." */
    const char *such_as; /* examples of the form; NULL: the name says it */
    size_t size;
    parse_fn parse;
    format_fn format;
};

/* ---- texts ---- */

static bool is_printable(struct slice text, size_t max)
{
    if (text.len == 0 || text.len > max)
        return false;
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.ptr[i] < 0x20 || text.ptr[i] == 0x7f)
            return false;
    return true;
}

static bool put_text(struct setting_place *place, struct slice text, void *out)
{
    *(const char **)out = arena_copy(place->arena, text.ptr, text.len);
    return true;
}

static bool parse_text(const struct setting *row, struct slice text, struct setting_place *place,
                       void *out, struct err *err)
{
    (void)row;
    (void)err;
    return is_printable(text, TEXT_MAX) && put_text(place, text, out);
}

/* Lines as the file has them: a comment in it ends with its line. */
static bool parse_query(const struct setting *row, struct slice text, struct setting_place *place,
                        void *out, struct err *err)
{
    (void)row;
    (void)err;
    text = slice_trim(text);
    for (size_t i = 0; i < text.len; i++)
        if (((unsigned char)text.ptr[i] < 0x20 && text.ptr[i] != '\n' && text.ptr[i] != '\t') ||
            text.ptr[i] == 0x7f)
            return false;
    return text.len > 0 && text.len <= QUERY_MAX && put_text(place, text, out);
}

static bool parse_name(const struct setting *row, struct slice text, struct setting_place *place,
                       void *out, struct err *err)
{
    (void)row;
    (void)err;
    if (text.len == 0 || text.len > NAME_MAX_BYTES || text.ptr[0] == '-')
        return false;
    for (size_t i = 0; i < text.len; i++)
        if (!ascii_is_alpha(text.ptr[i]) && !ascii_is_digit(text.ptr[i]) &&
            slice_find_char(SLICE("._-"), text.ptr[i]) == NULL)
            return false;
    return put_text(place, text, out);
}

/* It becomes an argument of a program and a header of a mail. */
static bool parse_mailbox(const struct setting *row, struct slice text, struct setting_place *place,
                          void *out, struct err *err)
{
    (void)row;
    (void)err;
    const char *at = slice_find_last_char(text, '@');
    if (!is_printable(text, MAILBOX_MAX) || text.ptr[0] == '-' || at == NULL || at == text.ptr ||
        at + 1 == slice_end(text))
        return false;
    for (size_t i = 0; i < text.len; i++)
        if (slice_find_char(SLICE(" <>(),;:\\\""), text.ptr[i]) != NULL)
            return false;
    return put_text(place, text, out);
}

static bool put_path(struct setting_place *place, struct slice text, size_t max, void *out)
{
    CLEANUP_BUF struct buf path = {0};
    if (!is_printable(text, PATH_MAX_BYTES))
        return false;
    if (text.ptr[0] != '/')
        buf_add_str(&path, place->folder);
    buf_add(&path, text);
    return path.len <= max && put_text(place, buf_slice(&path), out);
}

static bool parse_path(const struct setting *row, struct slice text, struct setting_place *place,
                       void *out, struct err *err)
{
    (void)row;
    (void)err;
    return put_path(place, text, PATH_MAX_BYTES, out);
}

static bool parse_socket(const struct setting *row, struct slice text, struct setting_place *place,
                         void *out, struct err *err)
{
    (void)row;
    if (slice_starts_with(text, SLICE("unix:")))
        return err_set(err, ERR_INPUT, "unix: is not written here");
    return put_path(place, text, ENDPOINT_PATH_MAX, out);
}

static bool is_url(struct slice text)
{
    if (!is_printable(text, URL_MAX) || slice_find_char(text, ' ') != NULL)
        return false;
    if (!slice_take_prefix(&text, SLICE("https://")) && !slice_take_prefix(&text, SLICE("http://")))
        return false;
    return text.len > 0 && slice_find_char(SLICE("/:?#@"), text.ptr[0]) == NULL;
}

static bool parse_url(const struct setting *row, struct slice text, struct setting_place *place,
                      void *out, struct err *err)
{
    (void)row;
    (void)err;
    return is_url(text) && put_text(place, text, out);
}

/* The text itself, or what stands in the file that it names, without blanks and newlines around. */
static bool read_secret(struct slice *text, struct setting_place *place, struct buf *content,
                        struct err *err)
{
    const char *path;
    if (!slice_take_prefix(text, SLICE("file:"))) {
        place->plain_secret = true;
        return true;
    }
    if (!put_path(place, *text, PATH_MAX_BYTES, &path))
        return err_set(err, ERR_INPUT, "file: names no file");
    if (place->read_secret == NULL)
        return true;
    if (!place->read_secret(path, content, err))
        return false;
    *text = slice_trim(buf_slice(content));
    if (text->len == 0 || text->len > SETTING_SECRET_MAX)
        return err_set(err, ERR_INPUT, "%s holds %s", path,
                       text->len == 0 ? "nothing" : "more than 4096 bytes");
    return true;
}

static bool parse_secret(const struct setting *row, struct slice text, struct setting_place *place,
                         void *out, struct err *err)
{
    CLEANUP_SECRET_BUF struct buf content = {0};
    bool from_file = slice_starts_with(text, SLICE("file:"));
    if (!read_secret(&text, place, &content, err))
        return false;
    bool good = row->type == SETTING_SECRET ? is_printable(text, SETTING_SECRET_MAX) : is_url(text);
    if (!good && (!from_file || place->read_secret != NULL))
        return err_set(err, ERR_INPUT, "%s is no %s",
                       from_file ? "what stands in the file" : "the value (not shown)",
                       row->type == SETTING_SECRET ? "secret" : "URL");
    return put_text(place, text, out);
}

/* A URL with a password is a secret; it is kept as it was written, and read where it is used. */
static bool parse_state(const struct setting *row, struct slice text, struct setting_place *place,
                        void *out, struct err *err)
{
    CLEANUP_SECRET_BUF struct buf content = {0};
    struct redis_address address;
    (void)row;
    bool plain = place->plain_secret;
    if (!read_secret(&text, place, &content, err))
        return false;
    if (content.len == 0)
        place->plain_secret = plain;
    if (slice_eq(text, SLICE("sqlite")) ||
        (slice_starts_with(text, SLICE("file:")) && place->read_secret == NULL))
        return put_text(place, text, out);
    if (!is_printable(text, URL_MAX) || !redis_address_parse(text, &address))
        return err_set(err, ERR_INPUT, "the value (not shown) is no Redis that this version knows");
    if (content.len == 0 && address.password[0] != '\0')
        place->plain_secret = true;
    return put_text(place, text, out);
}

static void format_state(const struct setting *row, const void *value, struct buf *to)
{
    const char *text = *(const char *const *)value;
    struct redis_address address;
    (void)row;
    if (redis_address_parse(slice_from_str(text), &address))
        redis_address_format(&address, to);
    else
        buf_add_str(to, text);
}

static void format_text(const struct setting *row, const void *value, struct buf *to)
{
    (void)row;
    buf_add_str(to, *(const char *const *)value);
}

static void format_secret(const struct setting *row, const void *value, struct buf *to)
{
    (void)row;
    (void)value;
    buf_add_str(to, "***");
}

/* ---- words ---- */

static bool find_word(const struct setting *row, struct slice text, unsigned *out)
{
    struct slice rest = slice_from_str(row->words);
    for (unsigned i = 0; rest.ptr != NULL; i++) {
        if (slice_eq(slice_cut(&rest, ' '), text)) {
            *out = i;
            return true;
        }
    }
    return false;
}

/* What was written instead of a word, and what may have been meant. */
static bool refuse_word(const struct setting *row, struct slice text, struct err *err)
{
    CLEANUP_BUF struct buf near = {0};
    struct spelling search = {.word = text};
    for (struct slice rest = slice_from_str(row->words); rest.ptr != NULL;)
        spelling_offer(&search, slice_cut(&rest, ' '));
    spelling_suggest(&search, &near);
    return err_set(err, ERR_INPUT, "\"%.*s\" is nothing that this version knows%s",
                   SLICE_ARG(slice_first(text, 60)), buf_str(&near));
}

static bool parse_word(const struct setting *row, struct slice text, struct setting_place *place,
                       void *out, struct err *err)
{
    (void)place;
    (void)err;
    unsigned number;
    if (!find_word(row, text, &number))
        return false;
    *(unsigned *)out = row->first + number;
    return true;
}

static void format_word(const struct setting *row, const void *value, struct buf *to)
{
    struct slice rest = slice_from_str(row->words);
    struct slice word = slice_cut(&rest, ' ');
    for (unsigned i = *(const unsigned *)value - row->first; i > 0; i--)
        word = slice_cut(&rest, ' ');
    buf_add(to, word);
}

static bool parse_switch(const struct setting *row, struct slice text, struct setting_place *place,
                         void *out, struct err *err)
{
    unsigned number;
    (void)place;
    (void)err;
    if (!find_word(row, text, &number))
        return false;
    *(bool *)out = slice_eq(text, SLICE("true"));
    return true;
}

static void format_switch(const struct setting *row, const void *value, struct buf *to)
{
    (void)row;
    buf_add_str(to, *(const bool *)value ? "true" : "false");
}

/* ---- numbers ---- */

/* Deadlines of settings may be shorter than a second: `400ms`. */
static bool read_duration(struct slice text, double *out)
{
    uint64_t count;
    int64_t us;
    if (duration_parse(text, &us))
        *out = (double)us;
    else if (slice_ends_with(text, SLICE("ms")) &&
             slice_to_u64(slice_first(text, text.len - 2), UINT32_MAX, &count))
        *out = (double)count * 1000;
    else
        return false;
    return true;
}

static void write_duration(int64_t us, struct buf *to)
{
    if (us % 1000000 != 0)
        buf_addf(to, "%lldms", (long long)(us / 1000));
    else
        duration_format(us, to);
}

/* All of them fit a double exactly: below 2^53. */
static bool read_number(enum setting_type type, struct slice text, double *out)
{
    uint64_t count;
    if (type == SETTING_DURATION)
        return read_duration(text, out);
    if (type == SETTING_SHARE)
        return percent_parse(text, out);
    if (type == SETTING_FACTOR)
        return decimal_parse(text, out);
    if (!(type == SETTING_SIZE ? byte_size_parse(text, &count)
                               : slice_to_u64(text, UINT32_MAX, &count)))
        return false;
    *out = (double)count;
    return true;
}

static void write_number(enum setting_type type, double value, struct buf *to)
{
    if (type == SETTING_DURATION)
        write_duration((int64_t)value, to);
    else if (type == SETTING_SHARE)
        percent_format(value, to);
    else if (type == SETTING_FACTOR)
        decimal_format(value, to);
    else if (type == SETTING_SIZE)
        byte_size_format((uint64_t)value, to);
    else
        buf_addf(to, "%.0f", value);
}

static bool parse_number(const struct setting *row, struct slice text, struct setting_place *place,
                         void *out, struct err *err)
{
    double value;
    (void)place;
    if (!read_number(row->type, text, &value))
        return false;
    if (value < row->least || value > row->most) {
        CLEANUP_BUF struct buf bound = {0};
        write_number(row->type, value < row->least ? row->least : row->most, &bound);
        return err_set(err, ERR_INPUT, "\"%.*s\" is %s %s", SLICE_ARG(slice_first(text, 60)),
                       value < row->least ? "less than" : "more than", buf_str(&bound));
    }
    if (row->type == SETTING_DURATION)
        *(int64_t *)out = (int64_t)value;
    else if (row->type == SETTING_SIZE)
        *(uint64_t *)out = (uint64_t)value;
    else if (row->type == SETTING_COUNT)
        *(uint32_t *)out = (uint32_t)value;
    else
        *(double *)out = value;
    return true;
}

static void format_number(const struct setting *row, const void *value, struct buf *to)
{
    double number;
    if (row->type == SETTING_DURATION)
        number = (double)*(const int64_t *)value;
    else if (row->type == SETTING_SIZE)
        number = (double)*(const uint64_t *)value;
    else if (row->type == SETTING_COUNT)
        number = (double)*(const uint32_t *)value;
    else
        number = *(const double *)value;
    write_number(row->type, number, to);
}

/* ---- those that have a noun in base/ ---- */

/* Of a limit people say 0 and mean that nothing may pass. */
static bool parse_rate(const struct setting *row, struct slice text, struct setting_place *place,
                       void *out, struct err *err)
{
    struct slice rest = text;
    (void)place;
    if (slice_eq(slice_cut(&rest, '/'), SLICE("0")) && rest.len > 0)
        return err_set(err, ERR_INPUT, "\"%.*s\" is less than 1%s",
                       SLICE_ARG(slice_first(text, 60)),
                       row->kind == 0 ? ""
                                      : " (0 goes in levels, as count: 0, or by todoku limit set "
                                        "LOGIN LIMIT 0)");
    return rate_parse(text, out);
}

static void format_rate(const struct setting *row, const void *value, struct buf *to)
{
    (void)row;
    rate_format(value, to);
}

#define NOUN(name, parse_call, format_call) \
    static bool parse_##name(const struct setting *row, struct slice text, \
                             struct setting_place *place, void *out, struct err *err) \
    { \
        (void)row; \
        (void)place; \
        (void)err; \
        return parse_call(text, out); \
    } \
    static void format_##name(const struct setting *row, const void *value, struct buf *to) \
    { \
        (void)row; \
        format_call(value, to); \
    }

NOUN(address, ip_address_parse, ip_address_format)
NOUN(network, ip_network_parse, ip_network_format)
NOUN(endpoint, endpoint_parse, endpoint_format)
NOUN(transport, endpoint_parse_transport, endpoint_format_transport)
NOUN(day_span, day_span_parse, day_span_format)

static const struct setting_class classes[] = {
    [SETTING_TEXT] = {"text of at most 1024 printable bytes", NULL, sizeof(char *), parse_text,
                      format_text},
    [SETTING_QUERY] = {"query of at most 8192 bytes", NULL, sizeof(char *), parse_query,
                       format_text},
    [SETTING_NAME] = {"name of letters, digits, \".\", \"_\" and \"-\"", NULL, sizeof(char *),
                      parse_name, format_text},
    [SETTING_MAILBOX] = {"mail address", "oncall@example.jp", sizeof(char *), parse_mailbox,
                         format_text},
    [SETTING_PATH] = {"path", "/var/lib/todoku", sizeof(char *), parse_path, format_text},
    [SETTING_SOCKET] = {"path of a socket", "/run/todoku/control.sock (at most 107 bytes)",
                        sizeof(char *), parse_socket, format_text},
    [SETTING_URL] = {"URL", "https://example.jp/hook, http://127.0.0.1:9000/", sizeof(char *),
                     parse_url, format_text},
    [SETTING_SECRET] = {"secret", "file:/etc/todoku/secret or the text itself", sizeof(char *),
                        parse_secret, format_secret},
    [SETTING_SECRET_URL] = {"URL", "file:/etc/todoku/secret with the URL, or https://...",
                            sizeof(char *), parse_secret, format_secret},
    [SETTING_STATE] = {"state",
                       "sqlite, redis://[user:password@]host:6379/0, unix:/run/redis/redis.sock, "
                       "sentinel://host,host/master, or file:/etc/todoku/redis with one of them",
                       sizeof(char *), parse_state, format_state},
    [SETTING_WORD] = {"word", NULL, sizeof(unsigned), parse_word, format_word},
    [SETTING_SWITCH] = {"switch", NULL, sizeof(bool), parse_switch, format_switch},
    [SETTING_COUNT] = {"whole number", "100", sizeof(uint32_t), parse_number, format_number},
    [SETTING_FACTOR] = {"number", "4, 1.5", sizeof(double), parse_number, format_number},
    [SETTING_SHARE] = {"share in percent", "99%, 0.5%", sizeof(double), parse_number,
                       format_number},
    [SETTING_DURATION] = {"duration", "90s, 15m, 1h, 7d", sizeof(int64_t), parse_number,
                          format_number},
    [SETTING_SIZE] = {"size", "512KiB, 10MiB, 2GiB", sizeof(uint64_t), parse_number, format_number},
    [SETTING_RATE] = {"rate", "500/1h, 30/10m", sizeof(struct rate), parse_rate, format_rate},
    [SETTING_ADDRESS] = {"IP address", "192.0.2.1, 2001:db8::1", sizeof(struct ip_address),
                         parse_address, format_address},
    [SETTING_NETWORK] = {"network", "192.0.2.0/24, 2001:db8::/32, 192.0.2.1",
                         sizeof(struct ip_network), parse_network, format_network},
    [SETTING_ENDPOINT] = {"address to listen on",
                          "127.0.0.1:8481, \"[::1]:8481\", unix:/run/todoku/policy",
                          sizeof(struct endpoint), parse_endpoint, format_endpoint},
    [SETTING_TRANSPORT] = {"address with its transport",
                           "udp:127.0.0.1:5514, tcp:[::1]:5514, unix:/run/todoku/syslog",
                           sizeof(struct endpoint), parse_transport, format_transport},
    [SETTING_DAY_SPAN] = {"part of the day", "22:00-07:00, Mon-Fri 22:00-07:00",
                          sizeof(struct day_span), parse_day_span, format_day_span},
    [SETTING_SECTION] = {"map", NULL, 0, NULL, NULL},
};

size_t setting_size(const struct setting *row)
{
    return row->type == SETTING_SECTION ? row->section->size : classes[row->type].size;
}

bool setting_parse(const struct setting *row, struct slice text, struct setting_place *place,
                   void *out, struct err *err)
{
    struct err why = {0};
    const struct setting_class *class = &classes[row->type];
    if (class->parse(row, text, place, out, &why))
        return true;
    if (why.code != ERR_NONE)
        return err_set(err, why.code, "%s", why.text);
    if (row->words != NULL)
        return refuse_word(row, text, err);
    return err_set(err, ERR_INPUT, "\"%.*s\" is no %s", SLICE_ARG(slice_first(text, 60)),
                   class->name);
}

void setting_format(const struct setting *row, const void *value, struct buf *to)
{
    if (setting_is_set(row, value))
        classes[row->type].format(row, value, to);
}

bool setting_is_set(const struct setting *row, const void *value)
{
    if (classes[row->type].format == format_text || classes[row->type].format == format_secret)
        return *(const char *const *)value != NULL;
    if (row->type == SETTING_ADDRESS)
        return ((const struct ip_address *)value)->len != 0;
    const struct endpoint *at = value;
    if (row->type == SETTING_ENDPOINT)
        return at->kind == ENDPOINT_UNIX || at->ip.len != 0;
    return true;
}

void setting_keys(const struct setting_section *section, struct buf *to)
{
    for (size_t i = 0; i < section->count; i++)
        buf_addf(to, "%s%s", i == 0 ? "" : ", ", section->rows[i].key);
}

static void add_words(const struct setting *row, struct buf *to)
{
    struct slice rest = slice_from_str(row->words);
    for (bool first = true; rest.ptr != NULL; first = false) {
        struct slice word = slice_cut(&rest, ' ');
        buf_add_str(to, first ? "" : rest.ptr == NULL ? " or " : ", ");
        buf_add(to, word);
    }
}

/* Of a section of kinds, whose entries people begin with the value alone. */
static void add_example(const struct setting_section *section, struct buf *to)
{
    const struct setting *first = section->kinds ? &section->rows[0] : NULL;
    if (first != NULL && first->kind != 0 && first->example != NULL)
        buf_addf(to, ", such as %s: %s", first->key, first->example);
}

void setting_accepted(const struct setting *row, bool entry, struct buf *to)
{
    const struct setting_class *class = &classes[row->type];
    if (row->words != NULL) {
        add_words(row, to);
        return;
    }
    if (row->list && !entry)
        buf_addf(to, "a list, each %s ", row->type == SETTING_SECTION ? "entry" : "value");
    bool vowel = slice_find_char(SLICE("aeiIo"), class->name[0]) != NULL;
    buf_addf(to, "%s %s", vowel ? "an" : "a", class->name);
    if (row->most > 0) {
        buf_add_str(to, " from ");
        write_number(row->type, row->least, to);
        buf_add_str(to, " to ");
        write_number(row->type, row->most, to);
    }
    if (class->such_as != NULL)
        buf_addf(to, ", such as %s", class->such_as);
    if (row->type == SETTING_SECTION) {
        buf_add_str(to, " of the keys ");
        setting_keys(row->section, to);
        add_example(row->section, to);
    }
}
