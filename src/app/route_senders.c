/* SPDX-License-Identifier: Apache-2.0
 *
 * Sender domains by provider. See route_senders.h.
 */
#include "app/route_senders.h"

#include "base/intern.h"

struct kept {
    uint32_t domain;
    uint64_t count;  /* and `before` */
    uint64_t before; /* of who had the place */
};

struct provider_senders {
    struct kept kept[SENDERS_KEPT]; /* most often first */
    size_t count;
    uint64_t total;
};

struct route_senders {
    struct intern *providers, *domains;
    struct provider_senders all, *by_provider; /* by number of the provider */
    size_t room;
};

struct route_senders *route_senders_new(void)
{
    struct route_senders *senders = MEM_NEW(struct route_senders);
    senders->providers = intern_new(SENDERS_PROVIDERS);
    senders->domains = intern_new(SENDERS_DOMAINS);
    senders->room = SENDERS_PROVIDERS + 1;
    senders->by_provider = MEM_NEW_ARRAY(struct provider_senders, senders->room);
    return senders;
}

void route_senders_free(struct route_senders *senders)
{
    if (senders == NULL)
        return;
    intern_free(senders->providers);
    intern_free(senders->domains);
    mem_free(senders->by_provider);
    mem_free(senders);
}

static void fade(struct provider_senders *of)
{
    of->total /= 2;
    for (size_t i = 0; i < of->count; i++) {
        of->kept[i].count /= 2;
        of->kept[i].before /= 2;
    }
}

static void raise(struct provider_senders *of, size_t at)
{
    for (; at > 0 && of->kept[at].count > of->kept[at - 1].count; at--) {
        struct kept other = of->kept[at - 1];
        of->kept[at - 1] = of->kept[at];
        of->kept[at] = other;
    }
}

static void note(struct provider_senders *of, uint32_t domain)
{
    size_t at = 0;
    if (++of->total >= SENDERS_FADE)
        fade(of);
    if (domain == INTERN_OTHER)
        return; /* counts for the whole alone */
    while (at < of->count && of->kept[at].domain != domain)
        at++;
    if (at == SENDERS_KEPT) { /* it takes the place of the rarest, and its count */
        at--;
        of->kept[at].domain = domain;
        of->kept[at].before = of->kept[at].count;
    } else if (at == of->count) {
        of->kept[of->count++] = (struct kept){.domain = domain};
    }
    of->kept[at].count++;
    raise(of, at);
}

void route_senders_note(struct route_senders *senders, struct slice provider, struct slice domain)
{
    uint32_t number = domain.len > 0 ? intern_id(senders->domains, domain) : (uint32_t)INTERN_OTHER;
    uint32_t of = provider.len > 0 ? intern_id(senders->providers, provider) : INTERN_OTHER;
    note(&senders->all, number);
    if (of != INTERN_OTHER && of < senders->room)
        note(&senders->by_provider[of], number);
}

void route_senders_list(const struct route_senders *senders, struct slice provider,
                        struct route_sender_list *out)
{
    const struct provider_senders *of = &senders->all;
    uint32_t number = INTERN_OTHER;
    if (provider.len > 0)
        number = intern_find(senders->providers, provider);
    *out = (struct route_sender_list){.count = 0};
    if (provider.len > 0 && (number == INTERN_OTHER || number >= senders->room))
        return;
    if (provider.len > 0)
        of = &senders->by_provider[number];
    out->total = of->total;
    out->count = of->count;
    for (size_t i = 0; i < of->count; i++)
        out->rows[i] = (struct route_sender){intern_get(senders->domains, of->kept[i].domain),
                                             of->kept[i].count - of->kept[i].before};
}
