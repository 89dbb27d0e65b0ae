/* SPDX-License-Identifier: Apache-2.0
 *
 * The receiver of told incidents. See listener.h.
 */
#include "listener.h"

#include "base/memory.h"
#include "respond/incident_book.h"

#define OPEN_MAX 256

struct listener {
    const char *where;
    struct buf *problems;
    struct arena *arena;
    struct incident_book *book;
    int64_t now_us;
    struct incident open[OPEN_MAX];
    size_t count;
};

struct listener *listener_new(const char *where, struct buf *problems)
{
    static const struct incident_book_settings settings = INCIDENT_BOOK_SETTINGS;
    struct listener *listener = MEM_NEW(struct listener);
    *listener = (struct listener){.where = where, .problems = problems, .arena = arena_new(4096)};
    listener->book = incident_book_new(&settings, NULL, NULL);
    return listener;
}

void listener_free(struct listener *listener)
{
    incident_book_free(listener->book);
    arena_free(listener->arena);
    mem_free(listener);
}

void listener_set_now(struct listener *listener, int64_t now_us)
{
    listener->now_us = now_us;
}

static void complain(struct listener *listener, const char *what, const struct incident *incident)
{
    buf_addf(listener->problems, "%s: told live: %s: %s %.*s/%.*s %.*s %.*s\n", listener->where,
             what, incident_kind_word(incident->kind), SLICE_ARG(incident->relay),
             SLICE_ARG(incident->source), SLICE_ARG(incident->provider),
             SLICE_ARG(incident->login));
}

static bool is_same(const struct incident *a, const struct incident *b)
{
    return a->kind == b->kind && slice_eq(a->relay, b->relay) && slice_eq(a->source, b->source) &&
           slice_eq(a->provider, b->provider) && slice_eq(a->login, b->login) &&
           slice_eq(a->domain, b->domain);
}

static struct incident *find(struct listener *listener, const struct incident *like)
{
    for (size_t i = 0; i < listener->count; i++)
        if (is_same(&listener->open[i], like))
            return &listener->open[i];
    return NULL;
}

static struct slice keep(struct listener *listener, struct slice text)
{
    return slice_of(arena_copy(listener->arena, text.ptr, text.len), text.len);
}

static void add(struct listener *listener, const struct incident *incident)
{
    ASSERT(listener->count < OPEN_MAX);
    struct incident *kept = &listener->open[listener->count++];
    *kept = *incident;
    kept->relay = keep(listener, incident->relay);
    kept->source = keep(listener, incident->source);
    kept->provider = keep(listener, incident->provider);
    kept->login = keep(listener, incident->login);
    kept->domain = keep(listener, incident->domain);
}

/* What is the same as before is no news; what was counted is not taken back. */
static void update(struct listener *listener, struct incident *known,
                   const struct incident *incident)
{
    if (incident->opened_us != known->opened_us)
        complain(listener, "another beginning", incident);
    if (incident->hits < known->hits)
        complain(listener, "fewer hits", incident);
    if (!incident_is_open(incident)) {
        *known = listener->open[--listener->count];
        return;
    }
    if (incident->hits == known->hits && incident->scope == known->scope &&
        incident->kind != INCIDENT_SURGE)
        complain(listener, "nothing new", incident);
    known->hits = incident->hits;
    known->scope = incident->scope;
}

void listener_take(void *data, const struct incident *incident)
{
    struct listener *listener = data;
    struct incident *known = find(listener, incident);
    incident_book_take(listener->book, incident, listener->now_us);
    if (known != NULL)
        update(listener, known, incident);
    else if (incident_is_open(incident))
        add(listener, incident);
}

/* The book knows the same ones. */
static void compare_book(struct listener *listener)
{
    struct incident_book_counts counts = incident_book_count(listener->book);
    uint64_t open = counts.open + counts.acknowledged;
    if (open != listener->count || counts.refused > 0)
        buf_addf(listener->problems, "%s: the book holds %llu open incidents, told are %zu\n",
                 listener->where, (unsigned long long)open, listener->count);
}

/* An outage is told of a provider; a report that knows one path of it names that. */
static bool is_told(struct listener *listener, const struct incident *reported)
{
    struct incident like = *reported;
    if (like.kind == INCIDENT_OUTAGE)
        like.relay = like.source = (struct slice){NULL, 0};
    struct incident *known = find(listener, &like);
    if (known == NULL)
        return false;
    if (known->hits != reported->hits)
        complain(listener, "other hits than the report", reported);
    if (known->opened_us != reported->opened_us && like.kind != INCIDENT_OUTAGE)
        complain(listener, "another beginning than the report", reported);
    *known = listener->open[--listener->count];
    return true;
}

void listener_compare(struct listener *listener, const struct summary *summary)
{
    compare_book(listener);
    for (size_t i = 0; i < summary->incident_count; i++)
        if (incident_is_open(&summary->incidents[i]) && !is_told(listener, &summary->incidents[i]))
            complain(listener, "not, but in the report", &summary->incidents[i]);
    for (size_t i = 0; i < listener->count; i++)
        complain(listener, "open, but not in the report", &listener->open[i]);
}
