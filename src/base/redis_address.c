/* SPDX-License-Identifier: Apache-2.0
 *
 * See redis_address.h. Form: IANA's provisional `redis` scheme.
 */
#include "base/redis_address.h"

static const uint16_t REDIS_PORT = 6379, SENTINEL_PORT = 26379;

static int hex_of(char c)
{
    if (ascii_is_digit(c))
        return c - '0';
    c = ascii_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Printable bytes, `%xx` decoded. */
static bool put_word(struct slice text, char out[REDIS_WORD_MAX + 1])
{
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        int c = (unsigned char)text.ptr[i];
        if (c == '%' && i + 2 < text.len) {
            int high = hex_of(text.ptr[i + 1]), low = hex_of(text.ptr[i + 2]);
            c = high < 0 || low < 0 ? 0 : high * 16 + low;
            i += 2;
        }
        if (c <= ' ' || c == 127 || len == REDIS_WORD_MAX)
            return false;
        out[len++] = (char)c;
    }
    out[len] = '\0';
    return true;
}

static bool put_host(struct slice name, struct redis_host *out)
{
    if (name.len == 0 || name.len > REDIS_HOST_MAX)
        return false;
    for (size_t i = 0; i < name.len; i++)
        if (name.ptr[i] <= ' ' || slice_find_char(SLICE("@/?#[]%,"), name.ptr[i]) != NULL)
            return false;
    memcpy(out->name, name.ptr, name.len);
    out->name[name.len] = '\0';
    return true;
}

static bool parse_host(struct slice text, uint16_t port, struct redis_host *out)
{
    uint64_t number = port;
    const char *end = slice_find_char(text, ']');
    bool bracketed = slice_starts_with(text, SLICE("["));
    if (bracketed && end == NULL)
        return false;
    struct slice rest = bracketed ? slice_between(end + 1, slice_end(text)) : text;
    struct slice name = bracketed ? slice_between(text.ptr + 1, end) : slice_cut(&rest, ':');
    if (bracketed && rest.len > 0 && !slice_take_prefix(&rest, SLICE(":")))
        return false;
    bool said = bracketed ? slice_end(rest) != end + 1 : rest.ptr != NULL;
    if (said && (!slice_to_u64(rest, UINT16_MAX, &number) || number == 0))
        return false;
    out->port = (uint16_t)number;
    return put_host(name, out);
}

static bool parse_hosts(struct slice text, uint16_t port, struct redis_address *out)
{
    while (text.ptr != NULL) {
        if (out->host_count == REDIS_HOSTS_MAX ||
            !parse_host(slice_cut(&text, ','), port, &out->hosts[out->host_count++]))
            return false;
    }
    return true;
}

static bool parse_database(struct slice text, struct redis_address *out)
{
    uint64_t number;
    if (!slice_to_u64(text, REDIS_DATABASE_MAX, &number))
        return false;
    out->database = (uint32_t)number;
    return true;
}

static bool parse_unix(struct slice text, struct redis_address *out)
{
    struct slice path = slice_cut(&text, '?');
    out->kind = REDIS_UNIX;
    if (path.len == 0 || path.len > ENDPOINT_PATH_MAX || path.ptr[0] != '/')
        return false;
    for (size_t i = 0; i < path.len; i++)
        if ((unsigned char)path.ptr[i] < ' ' || path.ptr[i] == 127)
            return false;
    memcpy(out->path, path.ptr, path.len);
    return text.ptr == NULL ||
           (slice_take_prefix(&text, SLICE("db=")) && parse_database(text, out));
}

/* `[[user]:password@]`, taken off *text. */
static bool take_account(struct slice *text, struct redis_address *out)
{
    const char *at = slice_find_last_char(*text, '@');
    if (at == NULL)
        return true;
    struct slice account = slice_between(text->ptr, at);
    *text = slice_between(at + 1, slice_end(*text));
    struct slice user = slice_cut(&account, ':');
    return account.len > 0 && put_word(user, out->user) && put_word(account, out->password);
}

bool redis_address_parse(struct slice text, struct redis_address *out)
{
    *out = (struct redis_address){0};
    if (slice_take_prefix(&text, SLICE("unix:")))
        return parse_unix(text, out);
    bool sentinel = slice_take_prefix(&text, SLICE("sentinel://"));
    if (!sentinel && !slice_take_prefix(&text, SLICE("redis://")))
        return false;
    out->kind = sentinel ? REDIS_SENTINEL : REDIS_TCP;
    if (!take_account(&text, out))
        return false;
    struct slice hosts = slice_cut(&text, '/');
    if (!parse_hosts(hosts, sentinel ? SENTINEL_PORT : REDIS_PORT, out))
        return false;
    if (!sentinel)
        return out->host_count == 1 && (text.len == 0 || parse_database(text, out));
    struct slice master = slice_cut(&text, '/');
    return master.len > 0 && put_word(master, out->master) &&
           (text.ptr == NULL || parse_database(text, out));
}

static void add_hosts(const struct redis_address *address, struct buf *to)
{
    for (size_t i = 0; i < address->host_count; i++) {
        const struct redis_host *host = &address->hosts[i];
        bool colons = slice_find_char(slice_from_str(host->name), ':') != NULL;
        buf_addf(to, colons ? "%s[%s]:%u" : "%s%s:%u", i > 0 ? "," : "", host->name,
                 (unsigned)host->port);
    }
}

void redis_address_format(const struct redis_address *address, struct buf *to)
{
    if (address->kind == REDIS_UNIX) {
        buf_addf(to, "unix:%s?db=%u", address->path, address->database);
        return;
    }
    buf_add_str(to, address->kind == REDIS_SENTINEL ? "sentinel://" : "redis://");
    if (address->password[0] != '\0')
        buf_addf(to, "%s:***@", address->user);
    add_hosts(address, to);
    if (address->kind == REDIS_SENTINEL)
        buf_addf(to, "/%s", address->master);
    buf_addf(to, "/%u", address->database);
}
