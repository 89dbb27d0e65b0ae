/* SPDX-License-Identifier: Apache-2.0
 *
 * Waiting mail by provider. See postfix_release.h; postqueue(1), postfix(1).
 */
#include "app/postfix_release.h"

#include <stdlib.h>

#include "base/host_name.h"
#include "watch/queue_listing.h"

#define DOMAIN_MAX 255

static int compare(const void *a, const void *b)
{
    const struct release_domain *left = a, *right = b;
    return slice_cmp(left->name, right->name);
}

/* In lower case; empty: none. */
static struct slice domain_of(struct slice address, char lower[DOMAIN_MAX])
{
    const char *at = slice_find_last_char(address, '@');
    struct slice name = at ? slice_between(at + 1, slice_end(address)) : (struct slice){NULL, 0};
    if (name.len == 0 || name.len > DOMAIN_MAX)
        return (struct slice){NULL, 0};
    slice_copy_lower(name, lower);
    return slice_of(lower, name.len);
}

/* NULL: of no provider that is asked about. */
static const struct release_domain *find(struct slice name, const struct release_domain *domains,
                                         size_t count)
{
    struct release_domain key = {.name = name};
    return name.len > 0 ? bsearch(&key, domains, count, sizeof(key), compare) : NULL;
}

static struct slice keep(struct arena *arena, struct slice text)
{
    return slice_of(arena_copy(arena, text.ptr ? text.ptr : "", text.len), text.len);
}

/* A table of twice the places, in which a name stands at its hash or soon behind it. */
#define STRANGER_PLACES (2 * RELEASE_STRANGERS_MAX)
#define STRANGER_STEPS 16

struct strangers {
    struct slice places[STRANGER_PLACES];
};

static void take_stranger(struct slice name, struct strangers *seen, struct release_look *out)
{
    size_t place = slice_hash(name) % STRANGER_PLACES;
    if (!host_name_is_valid(name) || out->stranger_count == RELEASE_STRANGERS_MAX)
        return;
    for (size_t i = 0; i < STRANGER_STEPS; i++, place = (place + 1) % STRANGER_PLACES) {
        if (slice_eq(seen->places[place], name))
            return;
        if (seen->places[place].len > 0)
            continue;
        seen->places[place] = out->strangers[out->stranger_count++] = keep(out->arena, name);
        return;
    }
}

static void take_deferred(const struct queued_mail *mail, struct slice address, size_t instance,
                          size_t provider, struct release_look *out)
{
    struct release_waiting *waiting = &out->waiting[provider];
    size_t n = waiting->recipient_count;
    waiting->deferred++;
    if (mail->arrival_us < waiting->oldest_us)
        waiting->oldest_us = mail->arrival_us;
    if (n == RELEASE_RECIPIENTS)
        return;
    waiting->recipients[n] = keep(out->arena, address);
    waiting->messages[n] =
        (struct release_id){keep(out->arena, mail->queue_id), provider, instance};
    waiting->recipient_count++;
}

/* Once, for the first provider that it is for: a message is tried as a whole. */
static void add_id(const struct queued_mail *mail, size_t instance, size_t provider,
                   struct release_look *out)
{
    if (out->id_count < RELEASE_IDS_MAX)
        out->ids[out->id_count++] =
            (struct release_id){keep(out->arena, mail->queue_id), provider, instance};
}

struct look {
    size_t instance;
    const struct release_domain *domains;
    size_t domain_count;
    struct strangers *seen;
};

static void take_mail(const struct queued_mail *mail, const struct look *look,
                      struct release_look *out)
{
    char lower[DOMAIN_MAX];
    size_t first = SIZE_MAX;
    if (mail->queue != MAIL_QUEUE_DEFERRED && mail->queue != MAIL_QUEUE_ACTIVE)
        return;
    for (size_t i = 0; i < mail->recipient_count; i++) {
        struct slice address = mail->recipients[i].address;
        struct slice name = domain_of(address, lower);
        const struct release_domain *domain = find(name, look->domains, look->domain_count);
        if (domain == NULL) {
            take_stranger(name, look->seen, out);
            continue;
        }
        if (mail->queue == MAIL_QUEUE_DEFERRED)
            take_deferred(mail, address, look->instance, domain->provider, out);
        if (first == SIZE_MAX)
            first = domain->provider;
    }
    if (first == SIZE_MAX)
        return;
    if (mail->queue == MAIL_QUEUE_ACTIVE)
        out->waiting[first].active++;
    else
        add_id(mail, look->instance, first, out);
}

bool postfix_release_look(const struct postfix_place *place, size_t instance,
                          const struct release_domain *domains, size_t domain_count,
                          struct release_look *out, struct err *err)
{
    CLEANUP_BUF struct buf listing = {0};
    struct arena *arena = arena_new(4096);
    struct queued_mail mail;
    bool cut, good = postfix_call_queue(place, &listing, &cut, err);
    struct slice rest = buf_slice(&listing);
    struct look look = {instance, domains, domain_count, MEM_NEW(struct strangers)};
    if (out->ids == NULL)
        out->ids = arena_alloc(out->arena, RELEASE_IDS_MAX * sizeof(out->ids[0]));
    if (out->strangers == NULL)
        out->strangers = arena_alloc(out->arena, RELEASE_STRANGERS_MAX * sizeof(out->strangers[0]));
    while (good && rest.len > 0) {
        arena_reset(arena);
        if (queue_listing_line(slice_cut(&rest, '\n'), arena, &mail))
            take_mail(&mail, &look, out);
    }
    mem_free(look.seen);
    arena_free(arena);
    return good;
}

bool postfix_release_message(const struct postfix_place *place, const char *id,
                             const atomic_bool *abort, struct err *err)
{
    const char *const words[] = {"-i", id, NULL};
    return postfix_call_command(place, "postqueue", words, abort, err);
}

bool postfix_release_reload(const struct postfix_place *place, const char *const *words,
                            const atomic_bool *abort, struct err *err)
{
    static const char *const plain[] = {"reload", NULL};
    return words != NULL ? postfix_call_words(words, abort, err)
                         : postfix_call_command(place, "postfix", plain, abort, err);
}
