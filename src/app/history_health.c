/* SPDX-License-Identifier: Apache-2.0
 *
 * From states of the history to an incident. See history_health.h.
 */
#include "app/history_health.h"

#include "base/memory.h"
#include "store/history_schema.h"

void history_health_init(struct history_health *health, const char *folder)
{
    *health = (struct history_health){.severity = INCIDENT_USUAL};
    buf_addf(&health->name, "%s/" HISTORY_FILE, folder);
}

void history_health_done(struct history_health *health)
{
    buf_done(&health->name);
    buf_done(&health->first);
    buf_done(&health->newest);
}

bool history_health_resume(struct history_health *health, const struct incident *known)
{
    if (known->kind != INCIDENT_HISTORY || !slice_eq(known->name, buf_slice(&health->name)) ||
        !incident_is_open(known))
        return false;
    buf_clear(&health->first);
    buf_clear(&health->newest);
    if (known->evidence_count > 0) {
        buf_add(&health->first, known->evidence[0]);
        buf_add(&health->newest, known->evidence[known->evidence_count - 1]);
    }
    health->opened_us = known->opened_us;
    health->changed_us = known->last_hit_us;
    health->severity = known->severity;
    return true;
}

static bool is_behind(const struct history_state *state)
{
    return state->queued_bytes > state->queue_bytes / 2;
}

/* The room for what cannot be written is half taken. */
static bool is_grave(const struct history_state *state)
{
    if (state->trouble == HISTORY_TROUBLE_NONE)
        return false;
    return state->spool_max_bytes > 0 ? state->spool_bytes > state->spool_max_bytes / 2
                                      : is_behind(state);
}

static bool is_well(const struct history_state *state)
{
    return state->trouble == HISTORY_TROUBLE_NONE && state->spool_bytes == 0 &&
           state->queued_bytes <= state->queue_bytes / 4;
}

/* What is wrong, in words; false: nothing. *now: it is no matter of time. */
static bool is_bad(struct history_health *health, const struct history_state *state,
                   struct buf *words, bool *now)
{
    *now = false;
    if (state->set_aside != health->set_aside) {
        buf_addf(words, "it was damaged; it is kept as %s, and a new one was begun", state->aside);
        *now = true;
    } else if (state->lost_batches != health->lost_batches) {
        buf_add_str(words, "the spool was damaged: rows that waited in it are missing");
        *now = true;
    } else if (state->trouble != HISTORY_TROUBLE_NONE) {
        buf_addf(words, "%s: %s", history_trouble_word(state->trouble), state->why.text);
    } else if (is_behind(state)) {
        buf_add_str(words, "writing is slower than the mail: rows wait in memory");
    }
    health->set_aside = state->set_aside;
    health->lost_batches = state->lost_batches;
    return words->len > 0;
}

/* Since when it lasts; a clock that was set back begins anew. */
static bool lasts(int64_t *since_us, int64_t now_us)
{
    if (*since_us == 0 || *since_us > now_us)
        *since_us = now_us;
    return now_us - *since_us >= HISTORY_HEALTH_US;
}

static void describe(const struct history_health *health, bool open, int64_t now_us,
                     struct incident *out)
{
    *out = (struct incident){
        .kind = INCIDENT_HISTORY,
        .scope = INCIDENT_SCOPE_FLEET,
        .severity = health->severity,
        .name = buf_slice(&health->name),
        .opened_us = health->opened_us,
        .closed_us = open ? INCIDENT_OPEN : now_us,
        .last_hit_us = health->changed_us,
    };
    const struct buf *texts[] = {&health->first, &health->newest};
    for (size_t i = 0; i < 2; i++)
        if (texts[i]->len > 0 && (i == 0 || !slice_eq(buf_slice(texts[0]), buf_slice(texts[1]))))
            out->evidence[out->evidence_count++] = buf_slice(texts[i]);
}

static bool take_bad(struct history_health *health, const struct history_state *state,
                     const struct buf *words, int64_t now_us)
{
    bool grave = is_grave(state) && health->severity != INCIDENT_CRITICAL;
    if (health->opened_us != 0 && !grave && slice_eq(buf_slice(words), buf_slice(&health->newest)))
        return false;
    if (health->opened_us == 0) {
        health->opened_us = health->bad_us;
        health->severity = INCIDENT_USUAL;
        buf_clear(&health->first);
        buf_add(&health->first, buf_slice(words));
    }
    if (grave)
        health->severity = INCIDENT_CRITICAL;
    buf_clear(&health->newest);
    buf_add(&health->newest, buf_slice(words));
    health->changed_us = now_us;
    return true;
}

bool history_health_take(struct history_health *health, const struct history_state *state,
                         int64_t now_us, struct incident *out)
{
    CLEANUP_BUF struct buf words = {0};
    bool at_once;
    if (is_bad(health, state, &words, &at_once)) {
        health->good_us = 0;
        if (!lasts(&health->bad_us, now_us) && !at_once && health->opened_us == 0)
            return false;
        if (!take_bad(health, state, &words, now_us))
            return false;
        describe(health, true, now_us, out);
        return true;
    }
    health->bad_us = 0;
    if (!is_well(state) || !lasts(&health->good_us, now_us) || health->opened_us == 0)
        return false;
    describe(health, false, now_us, out);
    health->opened_us = 0;
    return true;
}
