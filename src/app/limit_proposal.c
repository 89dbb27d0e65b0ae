/* SPDX-License-Identifier: Apache-2.0
 *
 * See limit_proposal.h.
 */
#include "app/limit_proposal.h"

#include <stdlib.h>

#include "base/figure.h"
#include "base/intern.h"
#include "gate/meter.h"

/* A lower limit is in the way of people who do nothing unusual. */
static const uint32_t least[VOLUME_SPANS] = {
    [VOLUME_MESSAGE] = 20, [VOLUME_HOUR] = 50, [VOLUME_DAY] = 200};

const char *volume_span_word(enum volume_span span)
{
    static const char *const words[] = {
        [VOLUME_MESSAGE] = "message", [VOLUME_HOUR] = "hour", [VOLUME_DAY] = "day"};
    return words[span];
}

/* ---- one ---- */

static int by_number(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    return (left > right) - (left < right);
}

/* The smallest number that so many of 100 are not above. */
static uint32_t percentile(const uint32_t *sorted, size_t count, size_t percent)
{
    return count == 0 ? 0 : sorted[(count * percent + 99) / 100 - 1];
}

/* Two digits and zeros, as people write limits. */
static uint64_t round_up(uint64_t number)
{
    uint64_t unit = 1;
    while (number / unit >= 100)
        unit *= 10;
    return (number + unit - 1) / unit * unit;
}

static void propose(struct limit_proposal *out)
{
    bool many = out->logins >= PROPOSAL_MANY;
    out->percent = many ? 99 : 90;
    out->times = many ? 2 : 3;
    out->base = many ? out->ninety_nine : out->ninety;
    uint64_t count = round_up((uint64_t)out->base * out->times);
    out->least = count < least[out->span];
    if (out->least)
        count = least[out->span];
    out->count = count < METER_LIMIT_MAX ? (uint32_t)count : METER_LIMIT_MAX;
}

void limit_proposal_make(uint32_t *most, size_t count, enum volume_span span,
                         struct limit_proposal *out)
{
    if (count > 0)
        qsort(most, count, sizeof(most[0]), by_number);
    *out = (struct limit_proposal){
        .span = span,
        .logins = count,
        .half = percentile(most, count, 50),
        .ninety = percentile(most, count, 90),
        .ninety_nine = percentile(most, count, 99),
        .most = percentile(most, count, 100),
    };
    if (count < PROPOSAL_LOGINS)
        return;
    propose(out);
    while (out->touched < count && most[count - 1 - out->touched] > out->count)
        out->touched++;
}

/* ---- all ---- */

struct domain {
    struct slice name;
    size_t logins;
};

static int by_logins(const void *a, const void *b)
{
    const struct domain *left = a, *right = b;
    if (left->logins != right->logins)
        return left->logins < right->logins ? 1 : -1;
    return slice_cmp(left->name, right->name);
}

/* Every domain, those with most logins first. */
static struct domain *list_domains(const struct login_volume *volume, struct arena *arena,
                                   size_t *count)
{
    size_t logins = login_volume_count(volume);
    struct intern *names = intern_new((uint32_t)logins + 1);
    struct domain *domains = arena_alloc(arena, (logins + 2) * sizeof(*domains));
    for (size_t i = 0; i < logins; i++) {
        struct slice name = login_volume_at(volume, i).domain;
        struct domain *domain = &domains[intern_id(names, name)];
        domain->name = name;
        domain->logins++;
    }
    *count = intern_count(names);
    intern_free(names);
    qsort(domains, *count, sizeof(*domains), by_logins);
    return domains;
}

/* domain NULL: of all logins. */
static void make_all(const struct login_volume *volume, const struct slice *domain,
                     uint32_t *numbers, struct limit_proposal *out)
{
    for (enum volume_span span = VOLUME_MESSAGE; span < VOLUME_SPANS; span++) {
        size_t count = 0;
        for (size_t i = 0; i < login_volume_count(volume); i++) {
            struct login_volume_row row = login_volume_at(volume, i);
            if (domain == NULL || slice_eq(row.domain, *domain))
                numbers[count++] = row.most[span];
        }
        limit_proposal_make(numbers, count, span, &out[span]);
        if (domain != NULL)
            out[span].domain = *domain;
    }
}

struct limit_proposal *limit_proposal_list(const struct login_volume *volume, struct arena *arena,
                                           size_t *count)
{
    size_t logins = login_volume_count(volume), domain_count, sets = 1;
    uint32_t *numbers = arena_alloc(arena, (logins + 1) * sizeof(*numbers));
    struct domain *domains = list_domains(volume, arena, &domain_count);
    struct limit_proposal *out =
        arena_alloc(arena, (PROPOSAL_DOMAINS + 1) * VOLUME_SPANS * sizeof(*out));
    make_all(volume, NULL, numbers, out);
    for (size_t i = 0; i < domain_count && sets <= PROPOSAL_DOMAINS; i++) {
        const struct domain *domain = &domains[i];
        if (domain->name.len > 0 && domain->logins >= PROPOSAL_LOGINS && domain->logins < logins)
            make_all(volume, &domain->name, numbers, &out[sets++ * VOLUME_SPANS]);
    }
    *count = sets * VOLUME_SPANS;
    return out;
}

void limit_proposal_reason(const struct limit_proposal *proposal, struct buf *to)
{
    if (proposal->count == 0) {
        buf_addf(to, "fewer than %d logins say nothing", PROPOSAL_LOGINS);
        return;
    }
    if (proposal->least)
        buf_add_str(to, "the least that is in nobody's way; ");
    buf_addf(to, "%s what %u of 100 logins had in their %s %s (",
             proposal->times == 2 ? "twice" : "three times", proposal->percent,
             proposal->span == VOLUME_MESSAGE ? "largest" : "busiest",
             volume_span_word(proposal->span));
    figure_number(proposal->base, to);
    buf_add_str(to, proposal->least ? ") is less" : ")");
}
