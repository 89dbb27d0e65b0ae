/* SPDX-License-Identifier: Apache-2.0
 *
 * See auth_trouble.h.
 */
#include "app/auth_trouble.h"

#include "base/memory.h"

enum said { SAID_NOTHING, SAID_BAD, SAID_KEEP };

struct part {
    struct buf name, words;
    enum incident_severity severity;
    enum said said; /* in this turn */
    struct part_health health;
};

struct auth_trouble {
    struct buf relay;
    struct part parts[AUTH_TROUBLE_MAX];
    size_t count;
};

struct auth_trouble *auth_trouble_new(struct slice relay)
{
    struct auth_trouble *trouble = MEM_NEW(struct auth_trouble);
    buf_add(&trouble->relay, relay);
    return trouble;
}

static void part_done(struct part *part)
{
    buf_done(&part->name);
    buf_done(&part->words);
    part_health_done(&part->health);
}

void auth_trouble_free(struct auth_trouble *trouble)
{
    if (trouble == NULL)
        return;
    for (size_t i = 0; i < trouble->count; i++)
        part_done(&trouble->parts[i]);
    buf_done(&trouble->relay);
    mem_free(trouble);
}

static size_t number_of(const struct auth_trouble *trouble, struct slice name)
{
    size_t i = 0;
    name = slice_first(name, AUTH_TROUBLE_NAME_MAX);
    while (i < trouble->count && !slice_eq(buf_slice(&trouble->parts[i].name), name))
        i++;
    return i;
}

/* NULL: there are too many. */
static struct part *part_of(struct auth_trouble *trouble, struct slice name)
{
    size_t number = number_of(trouble, name);
    if (number == AUTH_TROUBLE_MAX)
        return NULL;
    struct part *part = &trouble->parts[number];
    if (number == trouble->count) {
        trouble->count++;
        *part = (struct part){0};
        buf_add(&part->name, slice_first(name, AUTH_TROUBLE_NAME_MAX));
    }
    return part;
}

void auth_trouble_resume(struct auth_trouble *trouble, const struct incident *known)
{
    if (known->kind != INCIDENT_AUTH_BACKEND_DOWN || !incident_is_open(known) ||
        !slice_eq(known->relay, buf_slice(&trouble->relay)))
        return;
    struct part *part = part_of(trouble, known->name);
    if (part == NULL || !part_health_is_well(&part->health))
        return;
    part->severity = known->severity;
    part_health_resume(&part->health, known);
}

void auth_trouble_say(struct auth_trouble *trouble, const struct auth_ailment *ailment)
{
    struct part *part = part_of(trouble, ailment->name);
    if (part == NULL)
        return;
    buf_clear(&part->words);
    buf_add(&part->words, ailment->words);
    part->severity = ailment->severity;
    part->said = SAID_BAD;
}

void auth_trouble_keep(struct auth_trouble *trouble, struct slice name)
{
    size_t number = number_of(trouble, name);
    if (number < trouble->count && trouble->parts[number].said == SAID_NOTHING)
        trouble->parts[number].said = SAID_KEEP;
}

void auth_trouble_keep_others(struct auth_trouble *trouble)
{
    for (size_t i = 0; i < trouble->count; i++)
        if (trouble->parts[i].said == SAID_NOTHING)
            trouble->parts[i].said = SAID_KEEP;
}

bool auth_trouble_is_open(const struct auth_trouble *trouble, struct slice name)
{
    size_t number = number_of(trouble, name);
    return number < trouble->count && trouble->parts[number].health.opened_us != 0;
}

/* What is well is as if it had never been. */
static void drop_well(struct auth_trouble *trouble)
{
    size_t kept = 0;
    for (size_t i = 0; i < trouble->count; i++) {
        if (part_health_is_well(&trouble->parts[i].health))
            part_done(&trouble->parts[i]);
        else
            trouble->parts[kept++] = trouble->parts[i];
    }
    trouble->count = kept;
}

void auth_trouble_tell(struct auth_trouble *trouble, int64_t now_us, incident_tell tell, void *data)
{
    for (size_t i = 0; i < trouble->count; i++) {
        struct part *part = &trouble->parts[i];
        enum said said = part->said;
        struct incident incident;
        const struct incident like = {
            .kind = INCIDENT_AUTH_BACKEND_DOWN,
            .scope = INCIDENT_SCOPE_RELAY,
            .severity = part->severity,
            .relay = buf_slice(&trouble->relay),
            .name = buf_slice(&part->name),
        };
        const struct part_trouble of_part = {.words = said == SAID_BAD ? buf_slice(&part->words)
                                                                       : SLICE("")};
        part->said = SAID_NOTHING;
        if (said != SAID_KEEP &&
            part_health_take(&part->health, &like, &of_part, now_us, &incident))
            tell(data, &incident);
    }
    drop_well(trouble);
}
