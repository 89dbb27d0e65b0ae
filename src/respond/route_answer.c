/* SPDX-License-Identifier: Apache-2.0
 *
 * See route_answer.h. The die: question n of a rule is number n mod 100 of its hundred, and within
 * each hundred the numbers take turns in an order of which every part is spread evenly (steps of
 * 61, near the golden section of 100, which meet each place once). Where the order begins is
 * another place in each hundred, so that a sender who comes in tens does not fall into step.
 */
#include "respond/route_answer.h"

#include <stdio.h>

#include "base/civil.h"
#include "base/intern.h"

#define HUNDRED 100
#define STEP 61
#define HOUR_US (INT64_C(3600) * US_PER_SECOND)
#define PER_HOUR_MAX 1000000 /* nothing is paced above it */
#define PROBES_PER_HOUR 59   /* one at once, then one a minute */
#define NONE UINT16_MAX

struct rule {
    char id[OVERRIDE_ID_MAX + 1];
    unsigned share_percent;
    uint32_t per_hour;        /* 0: no pace */
    struct slice first, rest; /* of the arena; rest: empty where the next one says */
    uint16_t next;            /* rule; NONE: the other tables */
    int64_t expires_us;
};

struct route_answer_table {
    struct arena *arena;
    struct rule rules[OVERRIDES_MAX];
    size_t rule_count;
    struct intern *names; /* domains, and addresses of probes; small letters */
    uint16_t *rule_of;    /* [id of the name] */
    uint32_t room;
};

struct counter {
    char id[OVERRIDE_ID_MAX + 1];
    unsigned share_percent;
    uint32_t per_hour;
    uint64_t asked;
    int64_t room_us; /* PACE: of the bucket; a delivery takes an hour of it, time fills it */
    int64_t seen_us; /* when it was filled last; 0: it is full */
};

struct route_answer_counters {
    struct counter counters[OVERRIDES_MAX]; /* as the rules of the table */
    size_t count;
};

/* ---- making a table ---- */

static void add_name(struct route_answer_table *table, struct slice name, uint16_t rule)
{
    char lower[OVERRIDE_RECIPIENT_MAX];
    if (name.len == 0 || name.len > sizeof(lower))
        return;
    slice_copy_lower(name, lower);
    uint32_t id = intern_id(table->names, slice_of(lower, name.len));
    if (id == INTERN_OTHER)
        return;
    if (id >= table->room) {
        table->room = id * 2 + 64;
        table->rule_of = mem_resize(table->rule_of, table->room, sizeof(table->rule_of[0]));
    }
    table->rule_of[id] = rule;
}

static struct slice keep(const struct route_answer_table *table, const struct buf *text)
{
    return slice_of(arena_copy(table->arena, buf_str(text), text->len), text->len);
}

static struct slice route_to(const struct route_answer_table *table,
                             const struct fleet_source *source)
{
    CLEANUP_BUF struct buf text = {0};
    fleet_route(source, &text);
    return keep(table, &text);
}

static struct slice hold_of(const struct route_answer_table *table, const struct override *override)
{
    CLEANUP_BUF struct buf text = {0};
    route_map_hold(override, &text);
    return keep(table, &text);
}

/* What goes to the target, or waits where there is none. */
static struct slice route_or_hold(const struct route_answer_table *table,
                                  const struct override *override,
                                  const struct fleet_source *target)
{
    return target != NULL ? route_to(table, target) : hold_of(table, override);
}

/* False: one of its sources is not known. */
static bool fill_rule(const struct route_answer_table *table, const struct fleet *fleet,
                      const struct override *override, struct rule *out)
{
    const struct fleet_source *source = fleet_source_named(fleet, override->source);
    const struct fleet_source *target = fleet_source_named(fleet, override->target);
    bool manual = override->kind == OVERRIDE_MANUAL;
    if ((target == NULL && override->target.len > 0) || (source == NULL && !manual))
        return false;
    *out =
        (struct rule){.share_percent = override->share_percent, .expires_us = override->expires_us};
    snprintf(out->id, sizeof(out->id), "%s", override->id);
    out->first = manual ? route_or_hold(table, override, target) : route_to(table, source);
    if (override->kind == OVERRIDE_RAMP || override->kind == OVERRIDE_THROTTLE)
        out->rest = route_or_hold(table, override, target);
    if (override->kind == OVERRIDE_THROTTLE)
        out->per_hour = override->per_hour < PER_HOUR_MAX ? override->per_hour : PER_HOUR_MAX;
    if (override->kind == OVERRIDE_PROBE && override->recipient.len == 0)
        out->per_hour = PROBES_PER_HOUR;
    return true;
}

/* Its rule, or `next` when there is none to be had. */
static uint16_t add_rule(struct route_answer_table *table, const struct fleet *fleet,
                         const struct override *override, uint16_t next)
{
    uint16_t at = (uint16_t)table->rule_count;
    if (at == OVERRIDES_MAX || !fill_rule(table, fleet, override, &table->rules[at]))
        return next;
    table->rules[at].next = next;
    table->rule_count++;
    return at;
}

/* Probes of one recipient, whatever else holds: their names are addresses. */
static void add_recipients(struct route_answer_table *table, const struct route_map_facts *facts,
                           const struct route_provider *provider, int64_t now_us)
{
    for (size_t i = 0; i < facts->override_count; i++) {
        const struct override *override = &facts->overrides[i];
        if (override->kind != OVERRIDE_PROBE || override->recipient.len == 0 ||
            !route_map_counts(facts, override, provider, now_us))
            continue;
        uint16_t rule = add_rule(table, facts->fleet, override, NONE);
        if (rule != NONE)
            add_name(table, override->recipient, rule);
    }
}

/* Probes of any message come before what holds for all of them. */
static void add_provider(struct route_answer_table *table, const struct route_map_facts *facts,
                         const struct route_provider *provider, int64_t now_us)
{
    const struct override *strongest = route_map_strongest(facts, provider, now_us);
    uint16_t rule = NONE;
    if (strongest != NULL && route_map_is_asked(strongest))
        rule = add_rule(table, facts->fleet, strongest, NONE);
    for (size_t i = 0; i < facts->override_count; i++) {
        const struct override *override = &facts->overrides[i];
        if (override->kind == OVERRIDE_PROBE && route_map_is_asked(override) &&
            route_map_counts(facts, override, provider, now_us))
            rule = add_rule(table, facts->fleet, override, rule);
    }
    if (rule == NONE)
        return;
    for (size_t i = 0; i < provider->domain_count; i++)
        add_name(table, provider->domains[i], rule);
    add_recipients(table, facts, provider, now_us);
}

struct route_answer_table *route_answer_table_new(const struct route_map_facts *facts,
                                                  int64_t now_us)
{
    struct route_answer_table *table = MEM_NEW(struct route_answer_table);
    table->arena = arena_new(4096);
    table->names = intern_new(ROUTE_ANSWER_NAMES_MAX);
    for (size_t i = 0; i < facts->provider_count; i++)
        add_provider(table, facts, &facts->providers[i], now_us);
    return table;
}

void route_answer_table_free(struct route_answer_table *table)
{
    if (table == NULL)
        return;
    intern_free(table->names);
    arena_free(table->arena);
    mem_free(table->rule_of);
    mem_free(table);
}

size_t route_answer_table_count(const struct route_answer_table *table)
{
    return table->rule_count;
}

/* ---- counting ---- */

struct route_answer_counters *route_answer_counters_new(void)
{
    return MEM_NEW(struct route_answer_counters);
}

void route_answer_counters_free(struct route_answer_counters *counters)
{
    mem_free(counters);
}

static bool goes_on(const struct counter *counter, const struct rule *rule)
{
    return strcmp(counter->id, rule->id) == 0 && counter->share_percent == rule->share_percent &&
           counter->per_hour == rule->per_hour;
}

static struct counter begin(const struct route_answer_counters *before, const struct rule *rule)
{
    for (size_t i = 0; i < before->count; i++)
        if (goes_on(&before->counters[i], rule))
            return before->counters[i];
    struct counter counter = {.share_percent = rule->share_percent, .per_hour = rule->per_hour};
    snprintf(counter.id, sizeof(counter.id), "%s", rule->id);
    return counter;
}

void route_answer_counters_follow(struct route_answer_counters *counters,
                                  const struct route_answer_table *table)
{
    struct route_answer_counters *before = MEM_NEW(struct route_answer_counters);
    *before = *counters;
    for (size_t i = 0; i < table->rule_count; i++)
        counters->counters[i] = begin(before, &table->rules[i]);
    counters->count = table->rule_count;
    mem_free(before);
}

/* ---- answering ---- */

static bool is_of_share(struct counter *counter)
{
    uint64_t hundred[2] = {slice_hash(slice_from_str(counter->id)), counter->asked / HUNDRED};
    uint64_t start = slice_hash(slice_of((const char *)hundred, sizeof(hundred)));
    uint64_t place = (counter->asked++ % HUNDRED * STEP + start % HUNDRED) % HUNDRED;
    return place < counter->share_percent;
}

/* A bucket of one delivery and a sixtieth of the pace, filled by what is left of it in an hour: so
 * no hour has more than the pace. A clock that was set back fills nothing. */
static bool is_within_pace(struct counter *counter, int64_t now_us)
{
    int64_t most = 1 + counter->per_hour / 60, gain = counter->per_hour + 1 - most;
    int64_t passed_us = now_us - counter->seen_us;
    if (counter->seen_us == 0 || passed_us > HOUR_US)
        counter->room_us = most * HOUR_US;
    else if (passed_us > 0)
        counter->room_us += passed_us * gain;
    if (counter->room_us > most * HOUR_US)
        counter->room_us = most * HOUR_US;
    counter->seen_us = now_us;
    if (counter->room_us < HOUR_US)
        return false;
    counter->room_us -= HOUR_US;
    return true;
}

static struct slice decide(const struct rule *rule, struct counter *counter, int64_t now_us)
{
    bool first = rule->per_hour > 0 ? is_within_pace(counter, now_us) : is_of_share(counter);
    return first ? rule->first : rule->rest;
}

/* The first rule of a name. */
static uint16_t find(const struct route_answer_table *table, struct slice name)
{
    char lower[OVERRIDE_RECIPIENT_MAX];
    if (name.len > sizeof(lower))
        return NONE;
    slice_copy_lower(name, lower);
    uint32_t id = intern_find(table->names, slice_of(lower, name.len));
    return id != INTERN_OTHER ? table->rule_of[id] : NONE;
}

struct slice route_answer(const struct route_answer_table *table,
                          struct route_answer_counters *counters, struct slice key, int64_t now_us)
{
    struct slice answer = SLICE("");
    const char *at = slice_find_last_char(key, '@');
    uint16_t rule = at != NULL ? find(table, key) : NONE;
    if (at != NULL && rule == NONE)
        rule = find(table, slice_between(at + 1, slice_end(key)));
    for (; rule != NONE && answer.len == 0; rule = table->rules[rule].next)
        if (now_us < table->rules[rule].expires_us)
            answer = decide(&table->rules[rule], &counters->counters[rule], now_us);
    return answer;
}
