/* SPDX-License-Identifier: Apache-2.0
 *
 * Numbers turned into names.
 */
#include "world.h"

struct receiver_row {
    const char *provider, *domain, *mx, *net;
    uint32_t share;
};

#define X(name, provider, domain, mx, net, share) {provider, domain, mx, net, share},
static const struct receiver_row rows[] = {RECEIVERS(X)};
#undef X

static const char *const names[64] = {
    "sato",      "suzuki",    "takahashi", "tanaka",   "watanabe", "ito",      "yamamoto",
    "nakamura",  "kobayashi", "kato",      "yoshida",  "yamada",   "sasaki",   "yamaguchi",
    "matsumoto", "inoue",     "kimura",    "hayashi",  "shimizu",  "yamazaki", "mori",
    "abe",       "ikeda",     "hashimoto", "ishikawa", "ogawa",    "okada",    "goto",
    "hasegawa",  "murakami",  "kondo",     "ishii",    "smith",    "jones",    "garcia",
    "mueller",   "rossi",     "novak",     "silva",    "martin",   "lee",      "kim",
    "chen",      "wang",      "singh",     "khan",     "ali",      "nguyen",   "info",
    "sales",     "support",   "order",     "hello",    "contact",  "team",     "office",
    "alice",     "bob",       "carol",     "dave",     "erin",     "frank",    "grace",
    "heidi",
};

static const char *const hostile[HOSTILE_COUNT] = {
    "\"a, status=sent (x)\"",
    "\"b>, relay=none, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 ok)\"",
    "\"c) d\"",
    "\"e, orig_to=<f>, relay=local\"",
    "\"g, dsn=5.0.0, status=bounced (no\"",
    "\"to=<h>: removed\"",
};

static void put_numbered(struct line *line, const char *pattern, uint32_t number)
{
    const char *mark = strchr(pattern, '%');
    if (!mark) {
        line_str(line, pattern);
        return;
    }
    line_put(line, pattern, (size_t)(mark - pattern));
    line_number(line, number);
    line_str(line, mark + 2);
}

struct address world_address(struct random *random, bool with_hostile)
{
    struct address address = {.local = random_below(random, 4000000)};
    uint32_t dice = random_below(random, 1000);
    while (dice >= rows[address.receiver].share)
        dice -= rows[address.receiver++].share;
    if (address.receiver == RECEIVER_TAIL)
        address.domain = (uint16_t)random_zipf(random, TAIL_DOMAINS);
    if (address.receiver == RECEIVER_WORKSPACE)
        address.domain = (uint16_t)random_zipf(random, 500);
    if (address.receiver == RECEIVER_MAILBOX)
        address.local %= LOGIN_COUNT;
    else if (address.receiver == RECEIVER_TAIL && with_hostile && address.local % 3 == 0)
        address.flavour = FLAVOUR_HOSTILE;
    else if (address.local % 32 == 1)
        address.flavour = FLAVOUR_UPPER;
    else if (address.local % 32 == 2)
        address.flavour = FLAVOUR_EXTENSION;
    return address;
}

static void put_local_part(struct line *line, struct address address)
{
    if (address.flavour == FLAVOUR_HOSTILE) {
        line_str(line, hostile[address.local / 3 % HOSTILE_COUNT]);
        return;
    }
    size_t begin = line->len;
    line_str(line, names[address.local % 64]);
    if (address.flavour == FLAVOUR_UPPER && begin < line->len)
        line->bytes[begin] = (char)(line->bytes[begin] - 'a' + 'A');
    line_number(line, address.local / 64);
    if (address.flavour == FLAVOUR_EXTENSION)
        line_str(line, "+shop");
}

void world_put_address(struct line *line, struct address address)
{
    if (address.receiver == RECEIVER_MAILBOX) {
        world_put_login(line, address.local);
        return;
    }
    put_local_part(line, address);
    line_char(line, '@');
    put_numbered(line, rows[address.receiver].domain, address.domain);
}

static uint32_t mx_number(struct address address)
{
    return address.receiver == RECEIVER_MAILBOX ? 1 + address.local % 20 : address.domain;
}

void world_put_mx(struct line *line, struct address address)
{
    put_numbered(line, rows[address.receiver].mx, mx_number(address));
}

void world_put_ip(struct line *line, struct address address, bool ipv6)
{
    uint32_t host = 26 + (mx_number(address) + address.receiver * 7) % 200;
    if (ipv6) {
        line_str(line, "2001:db8:");
        line_number(line, 4000 + address.receiver);
        line_str(line, "::");
        line_number(line, host);
        return;
    }
    line_str(line, rows[address.receiver].net);
    line_number(line, host);
}

void world_put_login(struct line *line, uint32_t login)
{
    if (login >= SHOP_FIRST) {
        line_str(line, "news");
    } else if (login >= APP_FIRST) {
        line_str(line, "app");
        line_number(line, login - APP_FIRST);
    } else {
        line_str(line, names[login % 64]);
        line_number(line, login / 64);
    }
    line_char(line, '@');
    world_put_login_domain(line, login);
}

void world_put_login_domain(struct line *line, uint32_t login)
{
    if (login >= SHOP_FIRST)
        put_numbered(line, "shop%u.example", login - SHOP_FIRST);
    else
        line_str(line, login >= APP_FIRST ? "app.example.jp" : "mail.example.jp");
}

void world_put_tail(struct line *line, uint32_t domain)
{
    put_numbered(line, rows[RECEIVER_TAIL].domain, domain);
}

uint32_t world_share(uint8_t receiver)
{
    return rows[receiver].share;
}

const char *world_provider(uint8_t receiver)
{
    return rows[receiver].provider;
}

static void put_service_client(struct line *line, uint32_t number)
{
    bool foreign = number >= CLIENT_FOREIGN;
    uint32_t host = number - (foreign ? CLIENT_FOREIGN : CLIENT_OURS);
    line_str(line, foreign ? "unknown[198.19." : "client.isp.example[198.18.");
    line_number(line, host / 256);
    line_char(line, '.');
    line_number(line, host % 256);
    line_char(line, ']');
}

void world_put_client(struct line *line, uint32_t number)
{
    if (number >= CLIENT_OURS) {
        put_service_client(line, number);
        return;
    }
    if (number % 5 == 0) {
        line_str(line, "unknown[");
    } else {
        line_str(line, "host");
        line_number(line, number % 90000);
        line_str(line, ".isp.example[");
    }
    if (number % 17 == 3) {
        line_str(line, "2001:db8:77::");
        line_number(line, 1 + number % 9999);
    } else {
        line_str(line, number % 2 ? "198.51.100." : "203.0.113.");
        line_number(line, 1 + number / 2 % 254);
    }
    line_char(line, ']');
}
