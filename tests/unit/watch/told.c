/* SPDX-License-Identifier: Apache-2.0
 *
 * What a detector told. See told.h.
 */
#include "told.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct slice keep(struct told_incident *item, size_t place, struct slice text)
{
    assert_true(text.len < TOLD_TEXT);
    if (text.len > 0)
        memcpy(item->texts[place], text.ptr, text.len);
    return slice_of(item->texts[place], text.len);
}

static bool is_same(const struct incident *a, const struct incident *b)
{
    return a->kind == b->kind && a->opened_us == b->opened_us && slice_eq(a->relay, b->relay) &&
           slice_eq(a->source, b->source) && slice_eq(a->provider, b->provider) &&
           slice_eq(a->login, b->login) && slice_eq(a->domain, b->domain) &&
           slice_eq(a->name, b->name);
}

void told_take(void *data, const struct incident *incident)
{
    struct told *told = data;
    size_t at = 0;
    told->calls++;
    while (at < told->count && !is_same(&told->items[at].incident, incident))
        at++;
    assert_true(at < TOLD_MAX);
    struct told_incident *item = &told->items[at];
    if (at < told->count)
        assert_true(incident_is_open(&item->incident));
    else
        told->count++;
    assert_true(incident->closed_us >= incident->opened_us);
    item->incident = *incident;
    item->incident.relay = keep(item, 0, incident->relay);
    item->incident.source = keep(item, 1, incident->source);
    item->incident.provider = keep(item, 2, incident->provider);
    item->incident.login = keep(item, 3, incident->login);
    item->incident.domain = keep(item, 4, incident->domain);
    item->incident.name = keep(item, 5, incident->name);
    item->incident.evidence[0] = keep(item, 6, incident->evidence[0]);
    item->incident.evidence[1] = keep(item, 7, incident->evidence[1]);
}

size_t told_open(const struct told *told)
{
    size_t open = 0;
    for (size_t i = 0; i < told->count; i++)
        open += incident_is_open(&told->items[i].incident);
    return open;
}

const struct incident *told_of(const struct told *told, enum incident_kind kind)
{
    for (size_t i = told->count; i > 0; i--)
        if (told->items[i - 1].incident.kind == kind)
            return &told->items[i - 1].incident;
    return NULL;
}

const struct incident *told_find(const struct told *told, enum incident_kind kind,
                                 enum incident_scope scope)
{
    for (size_t i = 0; i < told->count; i++) {
        const struct incident *incident = &told->items[i].incident;
        if (incident->kind == kind && incident->scope == scope)
            return incident;
    }
    return NULL;
}

size_t told_count(const struct told *told, enum incident_kind kind)
{
    size_t count = 0;
    for (size_t i = 0; i < told->count; i++)
        count += told->items[i].incident.kind == kind;
    return count;
}

/* splitmix64 */
uint32_t told_random(uint64_t *seed)
{
    uint64_t z = *seed += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return (uint32_t)((z ^ z >> 31) >> 32);
}

static double uniform(uint64_t *seed)
{
    return ((double)told_random(seed) + 0.5) / 4294967296.0;
}

uint32_t told_poisson(uint64_t *seed, double mean)
{
    if (mean > 50) { /* near enough to normal */
        double noise = sqrt(-2 * log(uniform(seed))) * cos(6.283185307179586 * uniform(seed));
        double value = mean + sqrt(mean) * noise;
        return value > 0 ? (uint32_t)lround(value) : 0;
    }
    uint32_t count = 0;
    double limit = exp(-mean), product = uniform(seed);
    while (product > limit) {
        count++;
        product *= uniform(seed);
    }
    return count;
}
