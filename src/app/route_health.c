/* SPDX-License-Identifier: Apache-2.0
 *
 * From failures about routes to incidents. See route_health.h.
 */
#include "app/route_health.h"

static const struct {
    const char *name;
    enum incident_severity severity;
} parts[] = {
#define X(part, word, severity) [ROUTE_PART_##part] = {word, INCIDENT_##severity},
    ROUTE_PARTS(X)
#undef X
};

void route_health_done(struct route_health *health)
{
    for (size_t i = 0; i < ROUTE_PART_COUNT; i++) {
        buf_done(&health->parts[i].first);
        buf_done(&health->parts[i].newest);
    }
}

static void set(struct buf *to, struct slice text)
{
    buf_clear(to);
    buf_add(to, text);
}

static void resume(struct route_health_part *part, const struct incident *known)
{
    if (known->evidence_count > 0) {
        set(&part->first, known->evidence[0]);
        set(&part->newest, known->evidence[known->evidence_count - 1]);
    }
    part->opened_us = known->opened_us;
    part->changed_us = known->last_hit_us;
    part->untold = true;
}

void route_health_resume(struct route_health *health, struct slice relay,
                         const struct incident *known)
{
    if (known->kind != INCIDENT_ROUTING || !incident_is_open(known) ||
        !slice_eq(known->relay, relay))
        return;
    for (size_t i = 0; i < ROUTE_PART_COUNT; i++)
        if (slice_eq(known->name, slice_from_str(parts[i].name)))
            resume(&health->parts[i], known);
}

/* Since when it lasts; a clock that was set back begins anew. */
static bool lasts(int64_t *since_us, int64_t now_us)
{
    if (*since_us == 0 || *since_us > now_us)
        *since_us = now_us;
    return now_us - *since_us >= ROUTE_HEALTH_US;
}

static void describe(const struct route_health_part *part, enum route_part which, int64_t closed_us,
                     struct incident *out)
{
    *out = (struct incident){
        .kind = INCIDENT_ROUTING,
        .scope = INCIDENT_SCOPE_RELAY,
        .severity = parts[which].severity,
        .name = slice_from_str(parts[which].name),
        .opened_us = part->opened_us,
        .closed_us = closed_us,
        .last_hit_us = part->changed_us,
    };
    const struct buf *texts[] = {&part->first, &part->newest};
    for (size_t i = 0; i < 2; i++)
        if (texts[i]->len > 0 && (i == 0 || !slice_eq(buf_slice(texts[0]), buf_slice(texts[1]))))
            out->evidence[out->evidence_count++] = buf_slice(texts[i]);
}

/* False: it was said already. */
static bool take_bad(struct route_health_part *part, struct slice words, int64_t now_us)
{
    if (part->opened_us != 0 && !part->untold && slice_eq(words, buf_slice(&part->newest)))
        return false;
    if (part->opened_us == 0) {
        part->opened_us = part->bad_us;
        set(&part->first, words);
    }
    set(&part->newest, words);
    part->changed_us = now_us;
    part->untold = false;
    return true;
}

bool route_health_take(struct route_health *health, const struct route_trouble *trouble,
                       int64_t now_us, struct incident *out)
{
    struct route_health_part *part = &health->parts[trouble->part];
    if (trouble->words.len > 0) {
        part->good_us = 0;
        bool long_enough = lasts(&part->bad_us, now_us) || trouble->at_once || part->opened_us != 0;
        if (!long_enough || !take_bad(part, trouble->words, now_us))
            return false;
        describe(part, trouble->part, INCIDENT_OPEN, out);
        return true;
    }
    part->bad_us = 0;
    if (part->opened_us == 0 || !lasts(&part->good_us, now_us))
        return false;
    describe(part, trouble->part, now_us, out);
    part->opened_us = part->good_us = 0;
    return true;
}
