/* SPDX-License-Identifier: Apache-2.0
 *
 * What logins did lately against what they used to do. See suspect_book.h.
 */
#include "watch/suspect_book.h"

#include <math.h>

#include "base/civil.h"
#include "base/intern.h"
#include "base/memory.h"
#include "watch/lru_table.h"

#define HOUR_US (3600 * US_PER_SECOND)
#define LEARN 0.1       /* weight of the newest active hour in the usual */
#define GREW_LEAST 20   /* recipients above the usual, and as many as are usual */
#define MANY_NETWORKS 3 /* new ones */
#define MANY_REFUSED 10 /* failed logins */
#define LOGIN_BYTES 96  /* of its name that are kept */

/* One hour of a login. */
struct suspect_hour {
    uint64_t networks;       /* bits by hash */
    uint32_t recipients;     /* accepted */
    uint32_t tried, novel;   /* recipients tried; of domains that were new */
    uint32_t ended, bounced; /* outcomes; hard bounces */
    uint32_t refused;        /* failed logins */
};

struct suspect {
    struct suspect_hour now, before;
    int64_t hour;        /* of now, since 1970 */
    uint64_t networks;   /* bits of the past */
    uint64_t domains[4]; /* bits of recipients' domains, of the past and now */
    double usual;        /* recipients in an hour with mail; 0: no past */
    uint64_t sender;     /* hash of the newest sender domain */
    uint32_t hours;      /* with mail, in the past; saturates */
    uint8_t login_len;
    char login[LOGIN_BYTES];
};

struct suspect_book {
    struct lru_table *index;
    struct suspect *rows;
};

struct suspect_book *suspect_book_new(void)
{
    struct suspect_book *book = MEM_NEW(struct suspect_book);
    book->index = lru_table_new(SUSPECT_LOGINS);
    book->rows = MEM_NEW_ARRAY(struct suspect, SUSPECT_LOGINS + 1);
    return book;
}

void suspect_book_free(struct suspect_book *book)
{
    if (book == NULL)
        return;
    lru_table_free(book->index);
    mem_free(book->rows);
    mem_free(book);
}

/* ---- what they do ---- */

static void learn(struct suspect *row, const struct suspect_hour *hour)
{
    row->networks |= hour->networks;
    if (hour->recipients == 0)
        return;
    row->usual =
        row->hours == 0 ? hour->recipients : row->usual + LEARN * (hour->recipients - row->usual);
    row->hours += row->hours < UINT32_MAX;
}

/* An hour is past when two have begun since. */
static void advance(struct suspect *row, int64_t now_us)
{
    int64_t hour = now_us / HOUR_US;
    if (hour <= row->hour)
        return;
    learn(row, &row->before);
    row->before = row->now;
    if (hour > row->hour + 1) {
        learn(row, &row->before);
        row->before = (struct suspect_hour){.recipients = 0};
    }
    row->now = (struct suspect_hour){.recipients = 0};
    row->hour = hour;
}

static struct suspect *known(struct suspect_book *book, struct slice login, int64_t now_us)
{
    uint32_t number = login.len ? lru_table_find(book->index, slice_hash(login)) : 0;
    if (number == 0)
        return NULL;
    advance(&book->rows[number], now_us);
    return &book->rows[number];
}

/* Neighbouring addresses are one network: without what follows the last dot or colon. */
static uint64_t network_bit(struct slice client)
{
    const char *last = slice_find_last_char(client, slice_find_char(client, ':') ? ':' : '.');
    if (last == NULL)
        return 0;
    return UINT64_C(1) << (slice_hash(slice_between(client.ptr, last)) & 63);
}

/* The row of a login, made if new. */
static struct suspect *row_of(struct suspect_book *book, struct slice login, int64_t now_us)
{
    bool fresh;
    struct suspect *row = &book->rows[lru_table_use(book->index, slice_hash(login), &fresh)];
    if (fresh) {
        login = slice_first(login, LOGIN_BYTES);
        *row = (struct suspect){.hour = now_us / HOUR_US, .login_len = (uint8_t)login.len};
        memcpy(row->login, login.ptr, login.len);
    }
    advance(row, now_us);
    return row;
}

void suspect_book_accept(struct suspect_book *book, const struct suspect_message *message,
                         int64_t now_us)
{
    if (message->login.len == 0)
        return;
    struct suspect *row = row_of(book, message->login, now_us);
    row->now.recipients += message->recipients;
    row->sender = slice_hash_nocase(message->domain);
}

void suspect_book_client(struct suspect_book *book, struct slice login, struct slice client,
                         int64_t now_us)
{
    if (login.len > 0)
        row_of(book, login, now_us)->now.networks |= network_bit(client);
}

void suspect_book_try(struct suspect_book *book, struct slice login, struct slice recipient_domain,
                      int64_t now_us)
{
    struct suspect *row = known(book, login, now_us);
    if (row == NULL)
        return;
    uint64_t hash = slice_hash_nocase(recipient_domain), bit = UINT64_C(1) << (hash & 63);
    uint64_t *word = &row->domains[hash >> 6 & 3];
    row->now.tried++;
    row->now.novel += (*word & bit) == 0;
    *word |= bit;
}

void suspect_book_end(struct suspect_book *book, struct slice login, bool bounced, uint32_t count,
                      int64_t now_us)
{
    struct suspect *row = known(book, login, now_us);
    if (row == NULL)
        return;
    row->now.ended += count;
    row->now.bounced += bounced ? count : 0;
}

void suspect_book_refuse(struct suspect_book *book, struct slice login, uint32_t times,
                         int64_t now_us)
{
    struct suspect *row = known(book, login, now_us);
    if (row != NULL)
        row->now.refused += times;
}

/* ---- who did it ---- */

/* The last one to two hours. */
struct lately {
    double recipients, above, novelty, bounces; /* the last two: shares */
    uint32_t refused, networks;                 /* networks: new ones */
    double score;
};

static double share(uint32_t part, uint32_t whole)
{
    return whole ? (double)part / whole : 0;
}

static struct lately lately_of(const struct suspect *row)
{
    const struct suspect_hour *now = &row->now, *before = &row->before;
    struct lately lately = {
        .recipients = (double)now->recipients + before->recipients,
        .novelty = share(now->novel + before->novel, now->tried + before->tried),
        .bounces = share(now->bounced + before->bounced, now->ended + before->ended),
        .refused = now->refused + before->refused,
        .networks =
            (uint32_t)__builtin_popcountll((now->networks | before->networks) & ~row->networks),
    };
    lately.above = lately.recipients - 2 * row->usual;
    lately.score =
        lately.above * (1 + lately.novelty + 4 * lately.bounces +
                        (lately.networks >= MANY_NETWORKS) + (lately.refused >= MANY_REFUSED));
    return lately;
}

static struct incident_suspect suspect_of(const struct suspect *row, const struct lately *lately)
{
    return (struct incident_suspect){
        .login = slice_of(row->login, row->login_len),
        .recipients = (uint64_t)lately->recipients,
        .usual = (uint64_t)lround(row->usual),
        .hours = row->hours,
        .new_percent = (uint64_t)lround(lately->novelty * 100),
        .bounced_percent = (uint64_t)lround(lately->bounces * 100),
        .networks = lately->networks,
        .refused = lately->refused,
    };
}

struct ranking {
    const struct suspect *rows[INCIDENT_SUSPECTS_MAX];
    struct lately lately[INCIDENT_SUSPECTS_MAX];
};

static void rank(struct ranking *ranking, const struct suspect *row, const struct lately *lately)
{
    size_t place = INCIDENT_SUSPECTS_MAX;
    while (place > 0 &&
           (ranking->rows[place - 1] == NULL || ranking->lately[place - 1].score < lately->score))
        place--;
    if (place == INCIDENT_SUSPECTS_MAX)
        return;
    for (size_t i = INCIDENT_SUSPECTS_MAX - 1; i > place; i--) {
        ranking->rows[i] = ranking->rows[i - 1];
        ranking->lately[i] = ranking->lately[i - 1];
    }
    ranking->rows[place] = row;
    ranking->lately[place] = *lately;
}

void suspect_book_name(struct suspect_book *book, struct slice domain, int64_t now_us,
                       struct incident *incident)
{
    struct ranking ranking = {.rows = {NULL}};
    for (uint32_t i = 1; i <= lru_table_count(book->index); i++) {
        struct suspect *row = &book->rows[i];
        if (domain.len > 0 && row->sender != slice_hash_nocase(domain))
            continue;
        advance(row, now_us);
        struct lately lately = lately_of(row);
        if (lately.above >= GREW_LEAST && lately.above >= lately.recipients / 2)
            rank(&ranking, row, &lately);
    }
    for (size_t i = 0; i < INCIDENT_SUSPECTS_MAX && ranking.rows[i] != NULL; i++)
        incident->suspects[i] = suspect_of(ranking.rows[i], &ranking.lately[i]);
}
