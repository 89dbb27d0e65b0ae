/* SPDX-License-Identifier: Apache-2.0
 *
 * The rows of the gate, for those who care for what is counted rather than judge by it: who keeps
 * it over a restart (watch, some, restore), who forgets it, who makes room. The gate owns the
 * tables; limits and thread are its own.
 */
#include "gate/limit_gate_private.h"

#include "base/memory.h"

enum { SWEEP_KEYS = 1000 }; /* of a group at a time */

static struct limit_group group_shown(const struct limit_gate_group *group)
{
    return (struct limit_group){.key = group->key & ~LIMIT_ALONE,
                                .rules = group->rules,
                                .count = group->table != NULL ? group->count : 0};
}

/* ---- for those who keep what is counted ---- */

void limit_gate_show_row(const struct limit_gate *gate, const struct limit_gate_group *group,
                         const union meter *meters)
{
    if (gate->see != NULL)
        gate->see(gate->context, (size_t)(group - gate->groups), limit_table_key(meters), meters);
}

void limit_gate_hash_by(struct limit_gate *gate, const struct hash_key *key)
{
    gate->hash_key = *key;
    for (size_t g = 0; g < gate->group_count; g++)
        if (gate->groups[g].table != NULL)
            limit_table_hash_by(gate->groups[g].table, key);
}

size_t limit_gate_groups(const struct limit_gate *gate, struct limit_group *groups)
{
    for (size_t g = 0; g < gate->group_count; g++)
        groups[g] = group_shown(&gate->groups[g]);
    return gate->group_count;
}

uint32_t limit_gate_generation(const struct limit_gate *gate)
{
    return gate->generation;
}

void limit_gate_watch(struct limit_gate *gate, limit_gate_see see, void *context)
{
    ASSERT(see == NULL || gate->see == NULL);
    gate->see = see;
    gate->context = context;
}

/* A row of the group that is gone through. */
struct visit {
    size_t group;
    limit_gate_see see;
    void *context;
};

static void visit_row(void *context, struct slice key, const union meter *meters)
{
    const struct visit *visit = context;
    visit->see(visit->context, visit->group, key, meters);
}

bool limit_gate_some(const struct limit_gate *gate, struct limit_gate_place *place, uint32_t most,
                     limit_gate_see see, void *context)
{
    if (place->group < gate->group_count) {
        struct visit visit = {place->group, see, context};
        const struct limit_table *table = gate->groups[place->group].table;
        if (table == NULL || !limit_table_some(table, &place->row, most, visit_row, &visit))
            *place = (struct limit_gate_place){.group = place->group + 1};
    }
    return place->group < gate->group_count;
}

void limit_gate_restore(struct limit_gate *gate, size_t group, struct slice key,
                        const union meter *const *meters, int64_t now_us)
{
    ASSERT(group < gate->group_count && gate->groups[group].table != NULL);
    const struct limit_gate_group *to = &gate->groups[group];
    union meter *row = limit_table_find(to->table, key);
    bool idle = true;
    for (size_t i = 0; idle && i < to->count; i++)
        idle = meters[i] == NULL || meter_is_idle(meters[i], &to->slowest[i], now_us);
    if (row == NULL && idle)
        return;
    row = limit_table_use(to->table, key);
    for (size_t i = 0; i < to->count; i++)
        if (meters[i] != NULL)
            row[i] = *meters[i];
}

/* ---- forgetting ---- */

static bool has_rows_of_logins(const struct limit_gate_group *group)
{
    return (group->key & LIMIT_LOGIN) != 0 && (group->key & LIMIT_ALONE) == 0;
}

/* A group whose rows are looked through. */
struct seeking {
    struct slice begin; /* of a key that has more parts than the login */
    struct limit_group group;
    limit_see_key see;
    void *context;
};

static void see_row(void *context, struct slice key, const union meter *meters)
{
    const struct seeking *seeking = context;
    (void)meters;
    if (slice_starts_with(key, seeking->begin))
        seeking->see(seeking->context, &seeking->group, key);
}

void limit_gate_keys(struct limit_gate *gate, struct slice login, limit_see_key see, void *context)
{
    CLEANUP_BUF struct buf begin = {0};
    const struct limit_subject who = {.login = login};
    struct seeking seeking = {.see = see, .context = context};
    struct slice key;
    buf_addf(&begin, "%.*s\n", SLICE_ARG(login));
    seeking.begin = buf_slice(&begin);
    for (size_t g = 0; g < gate->group_count; g++) {
        const struct limit_gate_group *group = &gate->groups[g];
        seeking.group = group_shown(group);
        if (!has_rows_of_logins(group))
            continue;
        if (group->key != LIMIT_LOGIN)
            limit_table_each(group->table, LIMIT_NEWEST_FIRST, see_row, &seeking);
        else if (limit_gate_key(gate, group->key, &who, &key))
            see(context, &seeking.group, key);
    }
}

struct forgetting {
    const struct limit_gate *gate;
    struct slice rule; /* empty: all */
    size_t count;
};

static void forget_row(void *context, const struct limit_group *of, struct slice key)
{
    struct forgetting *forgetting = context;
    const struct limit_gate *gate = forgetting->gate;
    const struct limit_gate_group *group = gate->groups;
    while (group->rules != of->rules)
        group++;
    union meter *meters = limit_table_find(group->table, key);
    if (meters == NULL)
        return;
    for (size_t i = 0; i < group->count; i++)
        if (forgetting->rule.len == 0 || slice_eq(group->rules[i]->name, forgetting->rule))
            meters[i] = (union meter){0};
    limit_gate_show_row(gate, group, meters);
    forgetting->count++;
}

size_t limit_gate_forget(struct limit_gate *gate, struct slice login, struct slice rule)
{
    struct forgetting forgetting = {.gate = gate, .rule = rule};
    limit_gate_keys(gate, login, forget_row, &forgetting);
    return forgetting.count;
}

/* ---- room ---- */

size_t limit_gate_sweep(struct limit_gate *gate, int64_t now_us)
{
    size_t gone = 0;
    for (size_t g = 0; g < gate->group_count; g++)
        if (gate->groups[g].table != NULL)
            gone += limit_table_sweep(gate->groups[g].table, gate->groups[g].slowest, now_us,
                                      SWEEP_KEYS);
    return gone;
}

void limit_gate_counts(const struct limit_gate *gate, struct limit_gate_counts *out)
{
    *out = (struct limit_gate_counts){.crowded_out = gate->crowded_out_before};
    for (size_t g = 0; g < gate->group_count; g++) {
        if (gate->groups[g].table == NULL)
            continue;
        out->keys += limit_table_count(gate->groups[g].table);
        out->crowded_out += limit_table_crowded_out(gate->groups[g].table);
    }
}
