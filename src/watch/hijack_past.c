/* SPDX-License-Identifier: Apache-2.0
 *
 * See hijack_past.h. Bytes are read twice: first to see that they are good, then into the table.
 */
#include "watch/hijack_past.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/civil.h"
#include "base/country.h"
#include "base/intern.h"
#include "base/memory.h"
#include "store/history_bytes.h"

#define MARK SLICE("todoku accounts\n")
#define VERSION 1
#define DAY_US (SECONDS_PER_DAY * US_PER_SECOND)
#define HOUR_US (3600 * US_PER_SECOND)
#define FLEET_COUNT_MAX 2000000

enum { WITH_LATELY = 1, WITH_PROFILE = 2, WITH_COUNTRIES = 4, WITH_ALL = 7 }; /* of a row */

/* Of an account in the order of rows. */
struct place {
    uint32_t number;
    int64_t hour;
};

/* As it was read. What the account owns lies beside it. */
struct row {
    struct hijack_account account;
    struct hijack_lately lately;
    struct hour_profile profile;
    int64_t forgiven_us;
    unsigned flags;
};

/* ---- writing ---- */

static void write_words(const uint64_t *words, size_t count, struct buf *to)
{
    for (size_t i = 0; i < count; i++)
        history_bytes_add(to, words[i]);
}

static void write_known(const struct hijack_known *known, struct buf *to)
{
    write_words(known->pools.bits, 4, to);
    write_words(known->domains.bits, 4, to);
    write_words(known->recipients.bits, DISTINCT_WORDS, to);
    history_bytes_add(to, known->sender_domains);
    for (size_t i = 0; i < 24; i++)
        history_bytes_add(to, known->hours[i]);
    history_bytes_add(to, known->tried);
    history_bytes_add(to, known->dead);
    history_bytes_add(to, known->busiest);
    history_bytes_add(to, known->spans);
}

static void write_span(const struct hijack_span *span, struct buf *to)
{
    for (size_t i = 0; i < HIJACK_ORIGINS; i++) {
        history_bytes_add(to, span->flows[i].messages);
        history_bytes_add(to, span->flows[i].recipients);
        history_bytes_add(to, span->flows[i].foreign);
        history_bytes_add(to, span->flows[i].odd);
    }
    history_bytes_add(to, span->tried);
    history_bytes_add(to, span->dead);
    history_bytes_add(to, span->spam);
    history_bytes_add(to, span->refused);
    history_bytes_add(to, span->sized);
    history_bytes_add_double(to, span->size_mean);
    history_bytes_add_double(to, span->size_squares);
    write_words(span->pools.bits, 4, to);
    write_words(span->domains.bits, 4, to);
    write_words(&span->senders, 1, to);
    write_words(&span->sender_domains, 1, to);
    write_words(span->recipients.bits, DISTINCT_WORDS, to);
    history_bytes_add(to, span->tainted);
}

static void write_lately(const struct hijack_lately *lately, struct buf *to)
{
    for (size_t i = 0; i < HIJACK_ORIGINS; i++) {
        history_bytes_add(to, (uint64_t)lately->hour[i].step);
        for (size_t k = 0; k < WINDOW_STEPS; k++)
            history_bytes_add(to, lately->hour[i].counts[k]);
    }
    write_span(&lately->now, to);
    write_span(&lately->before, to);
    for (size_t i = 0; i < HIJACK_CLIENTS; i++) {
        history_bytes_add(to, lately->clients[i].message);
        history_bytes_add(to, lately->clients[i].foreign);
    }
    history_bytes_add(to, lately->next_client % HIJACK_CLIENTS);
}

/* Whether where it sends from is known, of now or of before. */
static bool has_countries(const struct hijack_account *account)
{
    const struct hijack_lately *lately = account->lately;
    return account->known.homes[0].country != COUNTRY_NONE ||
           (lately != NULL && (lately->now.countries[0] != COUNTRY_NONE ||
                               lately->before.countries[0] != COUNTRY_NONE));
}

static void write_stay(const struct hijack_span *span, struct buf *to)
{
    for (size_t i = 0; i < HIJACK_ORIGINS; i++)
        history_bytes_add(to, span->flows[i].abroad);
    for (size_t i = 0; i < HIJACK_PLACES; i++)
        history_bytes_add(to, span->countries[i]);
    history_bytes_add(to, span->travel.from);
    history_bytes_add(to, span->travel.to);
    history_bytes_add(to, span->travel.minutes);
}

static void write_countries(const struct hijack_account *account, struct buf *to)
{
    const struct hijack_lately *lately = account->lately;
    for (size_t i = 0; i < HIJACK_COUNTRIES; i++) {
        history_bytes_add(to, account->known.homes[i].country);
        history_bytes_add(to, account->known.homes[i].spans);
    }
    if (lately == NULL)
        return;
    write_stay(&lately->now, to);
    write_stay(&lately->before, to);
    for (size_t i = 0; i < HIJACK_CLIENTS; i++)
        history_bytes_add(to, lately->clients[i].abroad);
    for (size_t i = 0; i < HIJACK_PLACES; i++) {
        history_bytes_add(to, lately->places[i].country);
        history_bytes_add(to, (uint64_t)lately->places[i].at_us);
    }
}

static void write_row(const struct hijack_account *account, int64_t forgiven_us, struct buf *to)
{
    unsigned flags = (account->lately != NULL ? WITH_LATELY : 0u) |
                     (account->profile != NULL ? WITH_PROFILE : 0u) |
                     (has_countries(account) ? WITH_COUNTRIES : 0u);
    history_bytes_add(to, flags);
    history_bytes_add_text(to, slice_of(account->login, account->login_len));
    history_bytes_add(to, (uint64_t)forgiven_us);
    history_bytes_add(to, (uint64_t)account->span);
    history_bytes_add(to, (uint64_t)account->hour);
    history_bytes_add(to, (uint64_t)account->first_hour);
    for (size_t i = 0; i < HIJACK_ORIGINS; i++)
        history_bytes_add(to, account->count[i]);
    history_bytes_add(to, account->limit);
    write_known(&account->known, to);
    if (account->lately != NULL)
        write_lately(account->lately, to);
    if (flags & WITH_COUNTRIES)
        write_countries(account, to);
    if (account->profile == NULL)
        return;
    history_bytes_add(to, (uint64_t)account->profile->first);
    history_bytes_add(to, (uint64_t)account->profile->newest);
    history_bytes_add_text(to, slice_of((const char *)account->profile->classes, PROFILE_HOURS));
}

static int latest_first(const void *left, const void *right)
{
    const struct place *a = left, *b = right;
    if (a->hour != b->hour)
        return a->hour < b->hour ? 1 : -1;
    return (a->number < b->number) - (a->number > b->number); /* rows are written the other way */
}

/* Those that are kept; the caller frees them. */
static struct place *choose(const struct hijack *hijack, uint32_t *count)
{
    uint32_t all = hijack_count(hijack);
    struct place *places = MEM_NEW_ARRAY(struct place, (size_t)all + 1);
    *count = 0;
    for (uint32_t number = 1; number <= all; number++) {
        int64_t forgiven_us;
        const struct hijack_account *account = hijack_get(hijack, number, &forgiven_us);
        bool known = account->known.spans > 0 || account->lately != NULL || forgiven_us > 0;
        if (known && account->hour > 0 && account->login_len < HIJACK_LOGIN_MAX)
            places[(*count)++] = (struct place){number, account->hour};
    }
    qsort(places, *count, sizeof(struct place), latest_first);
    if (*count > HIJACK_PAST_ACCOUNTS)
        *count = HIJACK_PAST_ACCOUNTS;
    return places;
}

void hijack_past_write(const struct hijack *hijack, struct buf *to)
{
    uint32_t count;
    struct place *places = choose(hijack, &count);
    const struct hijack_fleet *fleet = hijack_fleet(hijack);
    if (count > 0) {
        buf_add(to, MARK);
        history_bytes_add(to, VERSION);
        history_bytes_add(to, (uint64_t)hijack_newest(hijack));
        for (size_t i = 0; i < HIJACK_FLEET_CLASSES; i++)
            history_bytes_add(to, fleet->hours[i]);
        history_bytes_add(to, count);
    }
    for (uint32_t i = count; i-- > 0;) {
        int64_t forgiven_us;
        const struct hijack_account *account = hijack_get(hijack, places[i].number, &forgiven_us);
        write_row(account, forgiven_us, to);
    }
    mem_free(places);
}

/* ---- reading ---- */

/* The bytes before the rows. */
struct head {
    int64_t newest_us, most_us; /* most: no time of the past is later */
    struct hijack_fleet fleet;
    uint32_t count;
};

static void take_words(struct history_bytes *from, uint64_t *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        words[i] = history_bytes_take(from, UINT64_MAX);
}

static void read_known(struct history_bytes *from, struct hijack_known *known)
{
    take_words(from, known->pools.bits, 4);
    take_words(from, known->domains.bits, 4);
    take_words(from, known->recipients.bits, DISTINCT_WORDS);
    known->sender_domains = history_bytes_take(from, UINT64_MAX);
    for (size_t i = 0; i < 24; i++)
        known->hours[i] = (uint8_t)history_bytes_take(from, UINT8_MAX);
    known->tried = history_bytes_take_u32(from);
    known->dead = (uint32_t)history_bytes_take(from, known->tried);
    known->busiest = history_bytes_take_u32(from);
    known->spans = (uint16_t)history_bytes_take(from, UINT16_MAX);
}

static void read_span(struct history_bytes *from, struct hijack_span *span)
{
    for (size_t i = 0; i < HIJACK_ORIGINS; i++) {
        span->flows[i].messages = history_bytes_take_u32(from);
        span->flows[i].recipients = history_bytes_take_u32(from);
        span->flows[i].foreign = (uint32_t)history_bytes_take(from, span->flows[i].recipients);
        span->flows[i].odd = (uint32_t)history_bytes_take(from, span->flows[i].recipients);
    }
    span->tried = history_bytes_take_u32(from);
    span->dead = (uint32_t)history_bytes_take(from, span->tried);
    span->spam = (uint32_t)history_bytes_take(from, span->tried);
    span->refused = history_bytes_take_u32(from);
    span->sized = history_bytes_take_u32(from);
    span->size_mean = history_bytes_take_double(from);
    span->size_squares = history_bytes_take_double(from);
    take_words(from, span->pools.bits, 4);
    take_words(from, span->domains.bits, 4);
    take_words(from, &span->senders, 1);
    take_words(from, &span->sender_domains, 1);
    take_words(from, span->recipients.bits, DISTINCT_WORDS);
    span->tainted = history_bytes_take(from, 1);
}

static void read_lately(struct history_bytes *from, int64_t most_us, struct hijack_lately *lately)
{
    for (size_t i = 0; i < HIJACK_ORIGINS; i++) {
        lately->hour[i].step =
            history_bytes_take_between(from, 0, most_us / (HOUR_US / WINDOW_STEPS));
        for (size_t k = 0; k < WINDOW_STEPS; k++)
            lately->hour[i].counts[k] = history_bytes_take_u32(from);
    }
    read_span(from, &lately->now);
    read_span(from, &lately->before);
    for (size_t i = 0; i < HIJACK_CLIENTS; i++) {
        lately->clients[i].message = history_bytes_take_u32(from);
        lately->clients[i].foreign = history_bytes_take(from, 1);
    }
    lately->next_client = (uint32_t)history_bytes_take(from, HIJACK_CLIENTS - 1);
}

static uint16_t take_country(struct history_bytes *from)
{
    return (uint16_t)history_bytes_take(from, COUNTRY_MOST);
}

static void read_stay(struct history_bytes *from, struct hijack_span *span)
{
    for (size_t i = 0; i < HIJACK_ORIGINS; i++)
        span->flows[i].abroad = (uint32_t)history_bytes_take(from, span->flows[i].recipients);
    for (size_t i = 0; i < HIJACK_PLACES; i++)
        span->countries[i] = take_country(from);
    span->travel.from = take_country(from);
    span->travel.to = take_country(from);
    span->travel.minutes = (uint16_t)history_bytes_take(from, 60);
    from->bad |= (span->travel.from == COUNTRY_NONE) != (span->travel.to == COUNTRY_NONE);
}

/* lately: NULL: it was quiet. */
static void read_countries(struct history_bytes *from, int64_t most_us, struct hijack_known *known,
                           struct hijack_lately *lately)
{
    for (size_t i = 0; i < HIJACK_COUNTRIES; i++) {
        known->homes[i].country = take_country(from);
        known->homes[i].spans = (uint16_t)history_bytes_take(from, UINT16_MAX);
    }
    if (lately == NULL)
        return;
    read_stay(from, &lately->now);
    read_stay(from, &lately->before);
    for (size_t i = 0; i < HIJACK_CLIENTS; i++)
        lately->clients[i].abroad = history_bytes_take(from, 1);
    for (size_t i = 0; i < HIJACK_PLACES; i++) {
        lately->places[i].country = take_country(from);
        lately->places[i].at_us = history_bytes_take_between(from, 0, most_us);
    }
}

static void read_profile(struct history_bytes *from, int64_t hour, struct hour_profile *profile)
{
    profile->first = history_bytes_take_between(from, 1, hour);
    profile->newest = history_bytes_take_between(from, profile->first, hour);
    struct slice classes = history_bytes_take_text(from, PROFILE_HOURS);
    from->bad |= classes.len != PROFILE_HOURS || profile->newest - profile->first >= PROFILE_HOURS;
    if (!from->bad)
        memcpy(profile->classes, classes.ptr, PROFILE_HOURS);
}

/* False: it is none. */
static bool read_row(struct history_bytes *from, int64_t most_us, struct row *row)
{
    struct hijack_account *account = &row->account;
    *row = (struct row){.flags = (unsigned)history_bytes_take(from, WITH_ALL)};
    struct slice login = history_bytes_take_text(from, HIJACK_LOGIN_MAX - 1);
    if (from->bad || login.len == 0)
        return false;
    memcpy(account->login, login.ptr, login.len);
    account->login_len = (uint8_t)login.len;
    row->forgiven_us = (int64_t)history_bytes_take(from, INT64_MAX);
    account->span = history_bytes_take_between(from, 0, most_us / (12 * HOUR_US));
    account->hour = history_bytes_take_between(from, 1, most_us / HOUR_US);
    account->first_hour = history_bytes_take_between(from, 1, account->hour);
    for (size_t i = 0; i < HIJACK_ORIGINS; i++)
        account->count[i] = history_bytes_take_u32(from);
    account->limit = history_bytes_take_u32(from);
    read_known(from, &account->known);
    if (row->flags & WITH_LATELY)
        read_lately(from, most_us, &row->lately);
    if (row->flags & WITH_COUNTRIES)
        read_countries(from, most_us, &account->known,
                       row->flags & WITH_LATELY ? &row->lately : NULL);
    if (row->flags & WITH_PROFILE)
        read_profile(from, account->hour, &row->profile);
    return !from->bad;
}

static bool read_head(struct history_bytes *from, int64_t now_us, struct head *head,
                      struct err *err)
{
    if (!slice_take_prefix(&from->rest, MARK))
        return err_set(err, ERR_INPUT, "it is no past of accounts");
    uint64_t version = history_bytes_take(from, UINT64_MAX);
    if (!from->bad && version != VERSION)
        return err_set(err, ERR_INPUT, "it is of version %" PRIu64 ", not %d", version, VERSION);
    head->newest_us = history_bytes_take_between(from, 0, INT64_MAX);
    head->most_us = now_us + DAY_US;
    if (!from->bad && head->newest_us > head->most_us)
        return err_set(err, ERR_INPUT, "it is from the future");
    for (size_t i = 0; i < HIJACK_FLEET_CLASSES; i++) {
        head->fleet.hours[i] = (uint32_t)history_bytes_take(from, FLEET_COUNT_MAX);
        head->fleet.count += head->fleet.hours[i];
    }
    head->count = (uint32_t)history_bytes_take_between(from, 1, HIJACK_PAST_ACCOUNTS);
    return !from->bad || err_set(err, ERR_INPUT, "it is damaged");
}

/* Each account once, and nothing behind them. */
static bool check_rows(struct history_bytes from, const struct head *head)
{
    struct intern *seen = intern_new(head->count);
    struct row row;
    bool good = true;
    for (uint32_t i = 0; good && i < head->count; i++)
        good = read_row(&from, head->most_us, &row) &&
               intern_id(seen, slice_of(row.account.login, row.account.login_len)) == i + 1;
    intern_free(seen);
    return good && from.rest.len == 0;
}

/* The rows are known to be good. */
static void take_rows(struct history_bytes from, const struct head *head, struct hijack *hijack)
{
    struct row row;
    for (uint32_t i = 0; i < head->count && read_row(&from, head->most_us, &row); i++) {
        if (row.flags & WITH_LATELY) {
            row.account.lately = MEM_NEW(struct hijack_lately);
            *row.account.lately = row.lately;
        }
        if (row.flags & WITH_PROFILE) {
            row.account.profile = MEM_NEW(struct hour_profile);
            *row.account.profile = row.profile;
        }
        hijack_restore(hijack, &row.account, row.forgiven_us);
    }
    hijack_restore_fleet(hijack, &head->fleet, head->newest_us);
}

bool hijack_past_read(struct slice bytes, int64_t now_us, struct hijack *hijack, struct err *err)
{
    ASSERT(hijack_count(hijack) == 0);
    struct history_bytes from = {.rest = bytes};
    struct head head = {0};
    if (!read_head(&from, now_us, &head, err))
        return false;
    if (!check_rows(from, &head))
        return err_set(err, ERR_INPUT, "it is damaged");
    take_rows(from, &head, hijack);
    return true;
}
