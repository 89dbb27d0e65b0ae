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

enum kind { OF_ALL, OF_CLASS, OF_DOMAIN };

/* Logins and what they are of. */
struct source {
    const struct login_volume *volume;
    const struct account_book *accounts;
};

/* What a login has in common with others; empty: nothing. */
static struct slice name_of(const struct source *source, size_t login, enum kind kind)
{
    struct login_volume_row row = login_volume_at(source->volume, login);
    if (kind == OF_DOMAIN)
        return row.domain;
    return kind == OF_CLASS && source->accounts != NULL
               ? account_book_find(source->accounts, row.login).account_class
               : SLICE("");
}

struct group {
    struct slice name;
    size_t logins;
};

static int by_logins(const void *a, const void *b)
{
    const struct group *left = a, *right = b;
    if (left->logins != right->logins)
        return left->logins < right->logins ? 1 : -1;
    return slice_cmp(left->name, right->name);
}

/* Every class, or domain, those with most logins first. */
static struct group *list_groups(const struct source *source, enum kind kind, struct arena *arena,
                                 size_t *count)
{
    size_t logins = login_volume_count(source->volume);
    struct intern *names = intern_new((uint32_t)logins + 1);
    struct group *groups = arena_alloc(arena, (logins + 2) * sizeof(*groups));
    for (size_t i = 0; i < logins; i++) {
        struct slice name = name_of(source, i, kind);
        struct group *group = &groups[intern_id(names, name)];
        group->name = name;
        group->logins++;
    }
    *count = intern_count(names);
    intern_free(names);
    qsort(groups, *count, sizeof(*groups), by_logins);
    return groups;
}

/* numbers: room for one of each login. */
static void make_all(const struct source *source, enum kind kind, struct slice name,
                     uint32_t *numbers, struct limit_proposal *out)
{
    for (enum volume_span span = VOLUME_MESSAGE; span < VOLUME_SPANS; span++) {
        size_t count = 0;
        for (size_t i = 0; i < login_volume_count(source->volume); i++)
            if (kind == OF_ALL || slice_eq(name_of(source, i, kind), name))
                numbers[count++] = login_volume_at(source->volume, i).most[span];
        limit_proposal_make(numbers, count, span, &out[span]);
        if (kind == OF_CLASS)
            out[span].account_class = name;
        else
            out[span].domain = name;
    }
}

/* The groups with enough logins, unless one has them all. How many. */
static size_t make_groups(const struct source *source, enum kind kind, struct arena *arena,
                          struct limit_proposal *out)
{
    size_t logins = login_volume_count(source->volume), group_count, made = 0;
    uint32_t *numbers = arena_alloc(arena, (logins + 1) * sizeof(*numbers));
    const struct group *groups = list_groups(source, kind, arena, &group_count);
    for (size_t i = 0; i < group_count && made < PROPOSAL_GROUPS; i++)
        if (groups[i].name.len > 0 && groups[i].logins >= PROPOSAL_LOGINS &&
            groups[i].logins < logins)
            make_all(source, kind, groups[i].name, numbers, &out[made++ * VOLUME_SPANS]);
    return made;
}

struct limit_proposal *limit_proposal_list(const struct login_volume *volume,
                                           const struct account_book *accounts, struct arena *arena,
                                           size_t *count)
{
    const struct source source = {volume, accounts};
    uint32_t *numbers = arena_alloc(arena, (login_volume_count(volume) + 1) * sizeof(*numbers));
    struct limit_proposal *out =
        arena_alloc(arena, (2 * PROPOSAL_GROUPS + 1) * VOLUME_SPANS * sizeof(*out));
    size_t sets = 1;
    make_all(&source, OF_ALL, SLICE(""), numbers, out);
    sets += make_groups(&source, OF_CLASS, arena, &out[sets * VOLUME_SPANS]);
    sets += make_groups(&source, OF_DOMAIN, arena, &out[sets * VOLUME_SPANS]);
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
