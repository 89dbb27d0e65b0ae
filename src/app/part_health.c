/* SPDX-License-Identifier: Apache-2.0
 *
 * From failures of a part to its incident. See part_health.h.
 */
#include "app/part_health.h"

void part_health_done(struct part_health *part)
{
    buf_done(&part->first);
    buf_done(&part->newest);
}

static void set(struct buf *to, struct slice text)
{
    buf_clear(to);
    buf_add(to, text);
}

void part_health_resume(struct part_health *part, const struct incident *known)
{
    if (known->evidence_count > 0) {
        set(&part->first, known->evidence[0]);
        set(&part->newest, known->evidence[known->evidence_count - 1]);
    }
    part->opened_us = known->opened_us;
    part->changed_us = known->last_hit_us;
    part->severity = known->severity;
    part->untold = true;
}

/* Since when it lasts; a clock that was set back begins anew. */
static bool lasts(int64_t *since_us, int64_t now_us)
{
    if (*since_us == 0 || *since_us > now_us)
        *since_us = now_us;
    return now_us - *since_us >= PART_HEALTH_US;
}

static void describe(const struct part_health *part, const struct incident *like, int64_t closed_us,
                     struct incident *out)
{
    *out = *like;
    out->severity = part->severity;
    out->opened_us = part->opened_us;
    out->closed_us = closed_us;
    out->last_hit_us = part->changed_us;
    const struct buf *texts[] = {&part->first, &part->newest};
    for (size_t i = 0; i < 2; i++)
        if (texts[i]->len > 0 && (i == 0 || !slice_eq(buf_slice(texts[0]), buf_slice(texts[1]))))
            out->evidence[out->evidence_count++] = buf_slice(texts[i]);
}

/* False: it was said already. */
static bool take_bad(struct part_health *part, enum incident_severity severity, struct slice words,
                     int64_t now_us)
{
    if (part->opened_us != 0 && !part->untold && part->severity == severity &&
        slice_eq(words, buf_slice(&part->newest)))
        return false;
    if (part->opened_us == 0) {
        part->opened_us = part->bad_us;
        set(&part->first, words);
    }
    set(&part->newest, words);
    part->severity = severity;
    part->changed_us = now_us;
    part->untold = false;
    return true;
}

bool part_health_take(struct part_health *part, const struct incident *like,
                      const struct part_trouble *trouble, int64_t now_us, struct incident *out)
{
    if (trouble->words.len > 0) {
        part->good_us = 0;
        bool long_enough = lasts(&part->bad_us, now_us) || trouble->at_once || part->opened_us != 0;
        if (!long_enough || !take_bad(part, like->severity, trouble->words, now_us))
            return false;
        describe(part, like, INCIDENT_OPEN, out);
        return true;
    }
    part->bad_us = 0;
    if (part->opened_us == 0 || !lasts(&part->good_us, now_us))
        return false;
    describe(part, like, now_us, out);
    part->opened_us = part->good_us = 0;
    return true;
}
