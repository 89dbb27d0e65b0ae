/* SPDX-License-Identifier: Apache-2.0
 *
 * See backend_book.h. What was configured lies in an arena that is made anew each time; health is
 * carried over. The defaults are one more server, without a name, behind the others.
 */
#include "gate/backend_book.h"

#include <math.h>
#include <stdlib.h>

#include "base/escape.h"
#include "base/keyed_hash.h"
#include "base/memory.h"

enum { FAILURES_TO_BE_DOWN = 2 };

struct place {
    struct backend_place at;
    enum backend_health health;
    int64_t since_us, checked_us, latency_us;
    uint32_t failures;
    uint16_t reason_length;
    char reason[BACKEND_REASON_MAX];
};

struct server {
    struct slice name;
    uint64_t hash;
    uint32_t weight;
    bool draining;
    size_t alternatives[BACKEND_ALTERNATIVES_MAX], alternative_count;
    struct place *places[BACKEND_PROTOCOLS]; /* NULL: not served */
};

struct backend_book {
    struct arena *arena;
    struct server *servers; /* by name, the defaults last */
    size_t count;           /* without the defaults */
    size_t *by_name;        /* numbers, sorted by name */
    bool health;
};

/* ---- names ---- */

static int compare_names(const void *a, const void *b, void *servers)
{
    const struct server *all = servers;
    return slice_cmp(all[*(const size_t *)a].name, all[*(const size_t *)b].name);
}

/* The number of the server, or that of the defaults. */
static size_t find(const struct backend_book *book, struct slice name)
{
    size_t from = 0, to = book->count;
    while (from < to) {
        size_t middle = (from + to) / 2;
        int order = slice_cmp(name, book->servers[book->by_name[middle]].name);
        if (order == 0)
            return book->by_name[middle];
        if (order < 0)
            to = middle;
        else
            from = middle + 1;
    }
    return book->count;
}

/* ---- what is configured ---- */

static const struct server *defaults_of(const struct backend_book *book)
{
    return &book->servers[book->count];
}

static bool same_place(const struct backend_place *a, const struct backend_place *b)
{
    return ip_address_eq(&a->ip, &b->ip) && a->port == b->port;
}

static struct place *find_place(const struct backend_book *book, struct slice name, size_t protocol)
{
    size_t number = find(book, name);
    if (number == book->count && name.len > 0)
        return NULL;
    return book->servers[number].places[protocol];
}

static void set_places(struct backend_book *book, struct server *server,
                       const struct backend_place *places, const struct backend_book *before)
{
    for (size_t i = 0; i < BACKEND_PROTOCOLS; i++) {
        if (places[i].ip.len == 0)
            continue;
        const struct place *old =
            before->health && book->health ? find_place(before, server->name, i) : NULL;
        struct place *place = arena_alloc(book->arena, sizeof(*place));
        if (old != NULL && same_place(&old->at, &places[i]))
            *place = *old;
        place->at = places[i];
        server->places[i] = place;
    }
}

static void set_alternatives(const struct backend_book *book, struct server *server,
                             const struct backend_server *terms)
{
    for (size_t i = 0; i < terms->alternative_count; i++) {
        size_t number = find(book, terms->alternatives[i]);
        if (number < book->count && server->alternative_count < BACKEND_ALTERNATIVES_MAX)
            server->alternatives[server->alternative_count++] = number;
    }
}

static void fill(struct backend_book *book, const struct backend_terms *terms,
                 const struct backend_book *before)
{
    static const struct hash_key everywhere = {{0, 0}};
    for (size_t i = 0; i < book->count; i++) {
        const struct backend_server *from = &terms->servers[i];
        ASSERT(from->name.len > 0 && from->weight <= BACKEND_WEIGHT_MAX);
        char *name = arena_copy(book->arena, from->name.ptr, from->name.len);
        book->servers[i] = (struct server){
            .name = slice_of(name, from->name.len),
            .hash = keyed_hash(&everywhere, from->name),
            .weight = from->weight,
            .draining = from->draining,
        };
        book->by_name[i] = i;
        set_places(book, &book->servers[i], from->places, before);
    }
    set_places(book, &book->servers[book->count], terms->defaults, before);
    qsort_r(book->by_name, book->count, sizeof(size_t), compare_names, book->servers);
    for (size_t i = 0; i < book->count; i++)
        set_alternatives(book, &book->servers[i], &terms->servers[i]);
}

void backend_book_configure(struct backend_book *book, const struct backend_terms *terms)
{
    struct backend_book before = *book;
    ASSERT(terms->count <= BACKEND_SERVERS_MAX);
    book->arena = arena_new(16384);
    book->servers = arena_alloc(book->arena, (terms->count + 1) * sizeof(struct server));
    book->by_name = arena_alloc(book->arena, (terms->count + 1) * sizeof(size_t));
    book->count = terms->count;
    book->health = terms->health;
    fill(book, terms, &before);
    arena_free(before.arena);
}

struct backend_book *backend_book_new(const struct backend_terms *terms)
{
    struct server nobody = {0};
    struct backend_book *book = MEM_NEW(struct backend_book);
    book->servers = &nobody;
    backend_book_configure(book, terms);
    return book;
}

void backend_book_free(struct backend_book *book)
{
    if (book == NULL)
        return;
    arena_free(book->arena);
    mem_free(book);
}

/* ---- choices ---- */

static bool is_down(const struct place *place)
{
    return place->health == BACKEND_IS_DOWN;
}

static enum backend_choice take(const struct backend_book *book, size_t number, unsigned protocol,
                                struct backend_found *out)
{
    const struct server *server = &book->servers[number];
    const struct place *place = server->places[protocol];
    *out = (struct backend_found){.server = number, .name = server->name, .place = place->at};
    return is_down(place) ? BACKEND_DOWN : BACKEND_FOUND;
}

/* The number is spread over all bits: Steele, Lea and Flood 2014 (SplitMix). */
static uint64_t spread(uint64_t number)
{
    number = (number ^ number >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    number = (number ^ number >> 27) * UINT64_C(0x94d049bb133111eb);
    return number ^ number >> 31;
}

/* The least wins; a server of twice the weight does so twice as often. */
static double lot_of(const struct server *server, uint64_t login)
{
    double chance = ((double)(spread(login ^ server->hash) >> 11) + 0.5) * 0x1p-53;
    return -log(chance) / server->weight;
}

/* One of those that take new accounts. */
static enum backend_choice draw(const struct backend_book *book, struct slice login,
                                unsigned protocol, struct backend_found *out)
{
    static const struct hash_key everywhere = {{0, 0}};
    uint64_t hash = keyed_hash(&everywhere, login);
    size_t best = book->count;
    double least = (double)INFINITY;
    bool served = false;
    for (size_t i = 0; i < book->count; i++) {
        const struct server *server = &book->servers[i];
        const struct place *place = server->places[protocol];
        if (place == NULL || server->weight == 0 || server->draining)
            continue;
        served = true;
        if (!is_down(place) && lot_of(server, hash) < least) {
            least = lot_of(server, hash);
            best = i;
        }
    }
    if (best < book->count)
        return take(book, best, protocol, out);
    return served ? BACKEND_DOWN : BACKEND_NOT_SERVED;
}

static enum backend_choice choose_named(const struct backend_book *book, size_t number,
                                        unsigned protocol, struct backend_found *out)
{
    const struct server *server = &book->servers[number];
    if (take(book, number, protocol, out) == BACKEND_FOUND)
        return BACKEND_FOUND;
    for (size_t i = 0; i < server->alternative_count; i++) {
        const struct server *other = &book->servers[server->alternatives[i]];
        if (other->places[protocol] == NULL || is_down(other->places[protocol]))
            continue;
        (void)take(book, server->alternatives[i], protocol, out);
        out->instead = true;
        return BACKEND_FOUND;
    }
    return BACKEND_DOWN;
}

enum backend_choice backend_book_choose(const struct backend_book *book, struct slice server,
                                        struct slice login, unsigned protocol,
                                        struct backend_found *out)
{
    ASSERT(protocol < BACKEND_PROTOCOLS);
    *out = (struct backend_found){.server = book->count, .name = SLICE("")};
    size_t number = server.len > 0 ? find(book, server) : book->count;
    if (server.len > 0 && number == book->count)
        return BACKEND_UNKNOWN;
    if (book->servers[number].places[protocol] != NULL)
        return choose_named(book, number, protocol, out);
    if (defaults_of(book)->places[protocol] != NULL)
        return take(book, book->count, protocol, out);
    return server.len > 0 ? BACKEND_NOT_SERVED : draw(book, login, protocol, out);
}

/* ---- health ---- */

const char *backend_health_word(enum backend_health health)
{
    static const char *const words[] = {
        [BACKEND_HEALTH_UNKNOWN] = "unknown", [BACKEND_UP] = "up", [BACKEND_IS_DOWN] = "down"};
    return words[health];
}

size_t backend_book_count(const struct backend_book *book)
{
    return book->count + 1;
}

bool backend_book_state(const struct backend_book *book, size_t server, unsigned protocol,
                        struct backend_state *out)
{
    ASSERT(server <= book->count && protocol < BACKEND_PROTOCOLS);
    const struct server *from = &book->servers[server];
    const struct place *place = from->places[protocol];
    if (place == NULL)
        return false;
    *out = (struct backend_state){
        .server = server,
        .protocol = protocol,
        .name = from->name,
        .place = place->at,
        .draining = from->draining,
        .weight = from->weight,
        .health = place->health,
        .since_us = place->since_us,
        .checked_us = place->checked_us,
        .latency_us = place->latency_us,
        .failures = place->failures,
        .reason = slice_of(place->reason, place->reason_length),
    };
    return true;
}

static enum backend_health learn(struct place *place, const struct backend_report *report,
                                 int64_t now_us)
{
    struct slice reason = report->ok ? SLICE("") : utf8_first(report->reason, BACKEND_REASON_MAX);
    place->checked_us = now_us;
    place->reason_length = (uint16_t)reason.len;
    if (reason.len > 0)
        memcpy(place->reason, reason.ptr, reason.len);
    if (report->ok) {
        place->latency_us = report->latency_us;
        place->failures = 0;
        return BACKEND_UP;
    }
    if (place->failures < UINT32_MAX)
        place->failures++;
    return place->failures >= FAILURES_TO_BE_DOWN ? BACKEND_IS_DOWN : place->health;
}

bool backend_book_report(struct backend_book *book, const struct backend_report *report,
                         int64_t now_us, struct backend_change *change)
{
    struct place *place = NULL;
    if (book->health && report->server <= book->count && report->protocol < BACKEND_PROTOCOLS)
        place = book->servers[report->server].places[report->protocol];
    if (place == NULL || !same_place(&place->at, &report->place))
        return false;
    enum backend_health from = place->health, to = learn(place, report, now_us);
    if (from == to)
        return false;
    *change = (struct backend_change){.from = from, .to = to};
    if (place->since_us > 0 && place->since_us < now_us)
        change->lasted_us = now_us - place->since_us;
    place->health = to;
    place->since_us = now_us;
    return from != BACKEND_HEALTH_UNKNOWN || to == BACKEND_IS_DOWN;
}
