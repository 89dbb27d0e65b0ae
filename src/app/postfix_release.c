/* SPDX-License-Identifier: Apache-2.0
 *
 * Waiting mail by provider. See postfix_release.h; postqueue(1), postfix(1).
 */
#include "app/postfix_release.h"

#include <stdlib.h>

#include "watch/queue_listing.h"

#define DOMAIN_MAX 255

static int compare(const void *a, const void *b)
{
    const struct release_domain *left = a, *right = b;
    return slice_cmp(left->name, right->name);
}

/* NULL: of no provider that is asked about. */
static const struct release_domain *domain_of(struct slice address,
                                              const struct release_domain *domains, size_t count)
{
    char lower[DOMAIN_MAX];
    const char *at = slice_find_last_char(address, '@');
    struct slice name = at ? slice_between(at + 1, slice_end(address)) : (struct slice){NULL, 0};
    if (name.len == 0 || name.len > sizeof(lower))
        return NULL;
    slice_copy_lower(name, lower);
    struct release_domain key = {.name = slice_of(lower, name.len)};
    return bsearch(&key, domains, count, sizeof(key), compare);
}

static struct slice keep(struct arena *arena, struct slice text)
{
    return slice_of(arena_copy(arena, text.ptr ? text.ptr : "", text.len), text.len);
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

static void take_mail(const struct queued_mail *mail, size_t instance,
                      const struct release_domain *domains, size_t domain_count,
                      struct release_look *out)
{
    size_t first = SIZE_MAX;
    if (mail->queue != MAIL_QUEUE_DEFERRED && mail->queue != MAIL_QUEUE_ACTIVE)
        return;
    for (size_t i = 0; i < mail->recipient_count; i++) {
        struct slice address = mail->recipients[i].address;
        const struct release_domain *domain = domain_of(address, domains, domain_count);
        if (domain == NULL)
            continue;
        if (mail->queue == MAIL_QUEUE_DEFERRED)
            take_deferred(mail, address, instance, domain->provider, out);
        if (first == SIZE_MAX)
            first = domain->provider;
    }
    if (first == SIZE_MAX)
        return;
    if (mail->queue == MAIL_QUEUE_ACTIVE)
        out->waiting[first].active++;
    else
        add_id(mail, instance, first, out);
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
    if (out->ids == NULL)
        out->ids = arena_alloc(out->arena, RELEASE_IDS_MAX * sizeof(out->ids[0]));
    while (good && rest.len > 0) {
        arena_reset(arena);
        if (queue_listing_line(slice_cut(&rest, '\n'), arena, &mail))
            take_mail(&mail, instance, domains, domain_count, out);
    }
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
