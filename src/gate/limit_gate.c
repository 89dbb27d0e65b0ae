/* SPDX-License-Identifier: Apache-2.0
 *
 * See limit_gate.h. Two passes over the groups: what each rule says, then, if all let it pass, the
 * counting.
 */
#include "gate/limit_gate_private.h"

#include "base/memory.h"
#include "gate/limit_holding.h"

enum {
    NETWORK_BYTES_4 = 3,
    NETWORK_BYTES_6 = 6,
    KEY_TAIL = 17, /* of a key that is too long: what it is, as a number */
};

/* ---- numbers ---- */

static struct meter_plan plan_of(const struct limit_rule *rule, uint32_t most)
{
    return (struct meter_plan){
        .kind = rule->window == LIMIT_BUCKET ? METER_BUCKET : METER_WINDOW,
        .limit = most,
        .burst = rule->burst,
        .within_us = rule->within_us,
    };
}

static uint32_t most_of(const struct limit_rule *rule, const struct limit_subject *who)
{
    return limit_holding_of(rule, who).most;
}

/* Rounded down, but at least 1 of what lets anything pass. */
static uint32_t part_for(const struct limit_subject *who, uint32_t whole)
{
    uint32_t part = who->relays > 1 ? whole / who->relays : whole;
    return part == 0 && whole > 0 ? 1 : part;
}

/* Of a subject's limit the part of this relay. */
static struct meter_plan plan_for(const struct limit_rule *rule, const struct limit_subject *who)
{
    struct meter_plan plan = plan_of(rule, part_for(who, most_of(rule, who)));
    plan.burst = part_for(who, rule->burst);
    return plan;
}

static uint32_t units_of(const struct limit_rule *rule, const struct limit_load *load)
{
    uint64_t kibibytes = load->bytes / 1024 + (load->bytes % 1024 != 0);
    switch (rule->unit) {
    case LIMIT_RECIPIENTS:
        return load->recipients;
    case LIMIT_MESSAGES:
        return load->messages;
    case LIMIT_KIBIBYTES:
        return kibibytes < UINT32_MAX ? (uint32_t)kibibytes : UINT32_MAX;
    case LIMIT_NEW_RECIPIENTS:
        return load->new_recipients;
    }
    return 0;
}

/* ---- keys ---- */

/* Of a client's network the bytes that count. */
static struct ip_address network_of(const struct ip_address *client)
{
    struct ip_address network = *client;
    size_t kept = client->len == 4 ? NETWORK_BYTES_4 : NETWORK_BYTES_6;
    for (size_t i = kept; i < client->len; i++)
        network.bytes[i] = 0;
    return network;
}

static bool add_text(struct buf *key, struct slice text)
{
    buf_add(key, text);
    return text.len > 0;
}

static bool add_client(struct buf *key, const struct ip_address *client)
{
    ip_address_format(client, key);
    return client->len > 0;
}

/* Parts that are there end with LF, which none of them has in it. */
static bool add_part(struct buf *key, enum limit_part part, const struct limit_subject *who)
{
    struct ip_address network = network_of(&who->client);
    bool there = false;
    switch (part) {
    case LIMIT_LOGIN:
        there = add_text(key, who->login);
        break;
    case LIMIT_SENDER_DOMAIN:
        there = add_text(key, who->sender_domain);
        break;
    case LIMIT_CLIENT:
        there = add_client(key, &who->client);
        break;
    case LIMIT_NETWORK:
        there = add_client(key, &network);
        break;
    case LIMIT_CLASS:
        there = add_text(key, who->account_class);
        break;
    }
    buf_add_char(key, '\n');
    return there;
}

/* A key that is too long ends with what it is, as a number. */
static void cut_key(struct buf *key)
{
    if (key->len <= LIMIT_KEY_MAX)
        return;
    uint64_t hash = slice_hash(buf_slice(key));
    key->len = LIMIT_KEY_MAX - KEY_TAIL;
    buf_addf(key, "#%016llx", (unsigned long long)hash);
}

bool limit_gate_key(struct limit_gate *gate, unsigned parts, const struct limit_subject *who,
                    struct slice *out)
{
    if (parts == LIMIT_LOGIN && who->login.len <= LIMIT_KEY_MAX) { /* nearly always */
        *out = who->login;
        return who->login.len > 0;
    }
    buf_clear(&gate->key);
    for (unsigned part = LIMIT_LOGIN; part <= LIMIT_CLASS; part *= 2)
        if ((parts & part) != 0 && !add_part(&gate->key, (enum limit_part)part, who))
            return false;
    cut_key(&gate->key);
    *out = buf_slice(&gate->key);
    return true;
}

/* ---- life ---- */

static struct limit_gate_group *group_with(struct limit_gate *gate, unsigned key)
{
    for (size_t i = 0; i < gate->group_count; i++)
        if (gate->groups[i].key == key)
            return &gate->groups[i];
    ASSERT(gate->group_count < LIMIT_GROUPS_MAX);
    struct limit_gate_group *group = &gate->groups[gate->group_count++];
    *group = (struct limit_gate_group){.key = key};
    return group;
}

/* Rules about a message by itself have no meter: their group has no table. */
static void make_groups(struct limit_gate *gate, const struct limit_rules *rules)
{
    gate->group_count = 0;
    gate->generation++;
    for (size_t i = 0; i < rules->count; i++) {
        const struct limit_rule *rule = &rules->rules[i];
        struct limit_gate_group *group =
            group_with(gate, rule->within_us > 0 ? rule->key : rule->key | LIMIT_ALONE);
        ASSERT(group->count < LIMIT_METERS_MAX);
        group->slowest[group->count] = plan_of(rule, 1);
        group->rules[group->count++] = rule;
    }
    for (size_t i = 0; i < gate->group_count; i++) {
        struct limit_gate_group *group = &gate->groups[i];
        if ((group->key & LIMIT_ALONE) != 0)
            continue;
        group->table = limit_table_new(group->count, gate->keys);
        limit_table_hash_by(group->table, &gate->hash_key);
    }
}

struct limit_gate *limit_gate_new(const struct limit_rules *rules, uint32_t keys)
{
    struct limit_gate *gate = MEM_NEW(struct limit_gate);
    gate->keys = keys;
    make_groups(gate, rules);
    return gate;
}

static void free_tables(struct limit_gate_group *groups, size_t count)
{
    for (size_t i = 0; i < count; i++)
        limit_table_free(groups[i].table);
}

void limit_gate_free(struct limit_gate *gate)
{
    if (gate == NULL)
        return;
    free_tables(gate->groups, gate->group_count);
    buf_done(&gate->key);
    mem_free(gate);
}

/* ---- other rules ---- */

/* Which meter of the old group goes on in each of the new one; -1: none. */
struct move {
    struct limit_gate_group *to;
    int from[LIMIT_METERS_MAX];
};

static bool counts_alike(const struct limit_rule *a, const struct limit_rule *b)
{
    return a->unit == b->unit && a->window == b->window && a->within_us == b->within_us;
}

static void move_row(void *context, struct slice key, const union meter *meters)
{
    const struct move *move = context;
    union meter *to = limit_table_use(move->to->table, key);
    for (size_t i = 0; i < move->to->count; i++)
        if (move->from[i] >= 0)
            to[i] = meters[move->from[i]];
}

static void move_group(const struct limit_gate_group *from, struct limit_gate_group *to)
{
    struct move move = {.to = to};
    bool any = false;
    for (size_t i = 0; i < to->count; i++) {
        move.from[i] = -1;
        for (size_t k = 0; k < from->count && move.from[i] < 0; k++)
            if (counts_alike(from->rules[k], to->rules[i]))
                move.from[i] = (int)k;
        any = any || move.from[i] >= 0;
    }
    if (any)
        limit_table_each(from->table, LIMIT_OLDEST_FIRST, move_row, &move);
}

void limit_gate_configure(struct limit_gate *gate, const struct limit_rules *rules, uint32_t keys)
{
    struct limit_gate_counts counts;
    struct limit_gate_group *old = gate->groups;
    size_t count = gate->group_count;
    struct limit_gate_group before[LIMIT_GROUPS_MAX];
    limit_gate_counts(gate, &counts);
    gate->crowded_out_before = counts.crowded_out;
    gate->keys = keys;
    memcpy(before, old, count * sizeof(before[0]));
    make_groups(gate, rules);
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < gate->group_count; k++)
            if (before[i].key == gate->groups[k].key && before[i].table != NULL)
                move_group(&before[i], &gate->groups[k]);
    free_tables(before, count);
}

/* ---- judging ---- */

/* Of a group what a subject has; meters NULL: nothing yet, or the group keeps none. */
struct place {
    bool concerns;
    union meter *meters;
};

void limit_answer_add(struct limit_answer *answer, const struct limit_hit *hit)
{
    if (answer->hit_count < LIMIT_HITS_MAX)
        answer->hits[answer->hit_count++] = *hit;
    if (hit->rule->shadow)
        return;
    const struct limit_hit *most = &answer->sternest;
    if (!answer->over || hit->rule->action > most->rule->action ||
        (hit->rule->action == most->rule->action && hit->room_us > most->room_us))
        answer->sternest = *hit;
    answer->over = true;
    if (hit->rule->action >= LIMIT_DEFER)
        answer->passes = false;
}

static void judge_rule(const struct limit_rule *rule, const union meter *meter,
                       const struct limit_subject *who, const struct limit_load *load,
                       struct limit_answer *answer)
{
    static const union meter empty;
    struct limit_hit hit = {.rule = rule, .wanted = units_of(rule, load)};
    struct meter_plan plan;
    if (hit.wanted == 0)
        return;
    if (rule->within_us > 0) {
        plan = plan_for(rule, who);
        hit.most = plan.limit;
    } else {
        hit.most = most_of(rule, who);
    }
    if (meter == NULL)
        meter = &empty;
    if (rule->within_us == 0 || hit.most == 0)
        hit.room_us = hit.wanted > hit.most ? INT64_MAX : answer->now_us;
    else
        hit.room_us = meter_room_at(meter, &plan, hit.wanted, answer->now_us);
    if (hit.room_us <= answer->now_us)
        return;
    if (rule->within_us > 0 && hit.most > 0)
        hit.used = meter_used(meter, &plan, answer->now_us);
    limit_answer_add(answer, &hit);
}

static struct place find_place(struct limit_gate *gate, struct limit_gate_group *group,
                               const struct limit_subject *who, bool counts)
{
    struct slice key;
    struct place place = {.concerns = limit_gate_key(gate, group->key & ~LIMIT_ALONE, who, &key)};
    if (place.concerns && group->table != NULL)
        place.meters =
            counts ? limit_table_use(group->table, key) : limit_table_find(group->table, key);
    return place;
}

static void count_load(const struct limit_gate_group *group, union meter *meters,
                       const struct limit_subject *who, const struct limit_load *load,
                       int64_t now_us)
{
    for (size_t i = 0; i < group->count; i++) {
        const struct limit_rule *rule = group->rules[i];
        uint32_t units = units_of(rule, load);
        if (units == 0)
            continue;
        struct meter_plan plan = plan_for(rule, who);
        if (plan.limit > 0)
            meter_add(&meters[i], &plan, units, now_us);
    }
}

void limit_gate_judge(struct limit_gate *gate, const struct limit_subject *who,
                      const struct limit_load *load, bool counts, int64_t now_us,
                      struct limit_answer *out)
{
    struct place places[LIMIT_GROUPS_MAX];
    struct limit_subject shared = *who;
    if (gate->elsewhere != NULL) {
        const struct limit_question question = {who, load, counts, now_us};
        if (gate->elsewhere(gate->elsewhere_context, &question, &shared.relays, out))
            return;
        who = &shared;
    }
    *out = (struct limit_answer){.now_us = now_us, .passes = true, .relays = who->relays};
    for (size_t g = 0; g < gate->group_count; g++) {
        struct limit_gate_group *group = &gate->groups[g];
        places[g] = find_place(gate, group, who, counts);
        for (size_t i = 0; places[g].concerns && i < group->count; i++)
            judge_rule(group->rules[i], places[g].meters ? &places[g].meters[i] : NULL, who, load,
                       out);
    }
    for (size_t g = 0; counts && out->passes && g < gate->group_count; g++) {
        if (places[g].meters == NULL)
            continue;
        count_load(&gate->groups[g], places[g].meters, who, load, now_us);
        limit_gate_show_row(gate, &gate->groups[g], places[g].meters);
    }
}

void limit_gate_give_back(struct limit_gate *gate, const struct limit_subject *who,
                          const struct limit_load *load, int64_t at_us, int64_t now_us)
{
    for (size_t g = 0; g < gate->group_count; g++) {
        struct limit_gate_group *group = &gate->groups[g];
        struct place place = find_place(gate, group, who, false);
        for (size_t i = 0; place.meters != NULL && i < group->count; i++) {
            const struct limit_rule *rule = group->rules[i];
            struct meter_plan plan = plan_for(rule, who);
            if (plan.limit > 0)
                meter_give_back(&place.meters[i], &plan, units_of(rule, load), at_us, now_us);
        }
        if (place.meters != NULL)
            limit_gate_show_row(gate, group, place.meters);
    }
}

uint64_t limit_gate_used(struct limit_gate *gate, const struct limit_subject *who,
                         const struct limit_rule *rule, int64_t now_us)
{
    for (size_t g = 0; g < gate->group_count; g++) {
        struct limit_gate_group *group = &gate->groups[g];
        struct place place = find_place(gate, group, who, false);
        for (size_t i = 0; place.meters != NULL && i < group->count; i++) {
            struct meter_plan plan = plan_for(rule, who);
            if (group->rules[i] == rule && plan.limit > 0)
                return meter_used(&place.meters[i], &plan, now_us);
        }
    }
    return 0;
}

static bool has_rule(const struct limit_gate_group *group, const struct limit_rule *rule)
{
    for (size_t i = 0; i < group->count; i++)
        if (group->rules[i] == rule)
            return true;
    return false;
}

bool limit_gate_show(struct limit_gate *gate, const struct limit_subject *who,
                     const struct limit_rule *rule, int64_t now_us, struct limit_hit *out)
{
    struct meter_plan plan = plan_of(rule, most_of(rule, who));
    *out = (struct limit_hit){.rule = rule, .most = plan.limit, .wanted = 1, .room_us = now_us};
    for (size_t g = 0; g < gate->group_count; g++) {
        struct limit_gate_group *group = &gate->groups[g];
        if (!has_rule(group, rule))
            continue;
        struct place place = find_place(gate, group, who, false);
        for (size_t i = 0; place.meters != NULL && plan.limit > 0 && i < group->count; i++) {
            if (group->rules[i] != rule)
                continue;
            out->used = meter_used(&place.meters[i], &plan, now_us);
            out->room_us = meter_room_at(&place.meters[i], &plan, 1, now_us);
        }
        if (plan.limit == 0)
            out->room_us = INT64_MAX;
        return place.concerns;
    }
    return false;
}

/* ---- for those who keep the counts elsewhere ---- */

void limit_gate_elsewhere(struct limit_gate *gate, limit_elsewhere elsewhere, void *context)
{
    gate->elsewhere = elsewhere;
    gate->elsewhere_context = context;
}

void limit_gate_ask(struct limit_gate *gate, const struct limit_subject *who,
                    const struct limit_load *load, const struct limit_asker *asker,
                    struct limit_answer *out)
{
    *out = (struct limit_answer){.now_us = asker->now_us, .passes = true};
    for (size_t g = 0; g < gate->group_count; g++) {
        const struct limit_gate_group *group = &gate->groups[g];
        struct limit_demand demand = {.parts = group->key & ~LIMIT_ALONE};
        bool concerns = limit_gate_key(gate, demand.parts, who, &demand.key);
        for (size_t i = 0; concerns && i < group->count; i++) {
            demand.rule = group->rules[i];
            demand.plan = plan_of(demand.rule, most_of(demand.rule, who));
            demand.wanted = units_of(demand.rule, load);
            if (demand.rule->within_us == 0 || demand.plan.limit == 0)
                judge_rule(demand.rule, NULL, who, load, out);
            else
                asker->see(asker->context, &demand);
        }
    }
}

void limit_gate_count(struct limit_gate *gate, const struct limit_subject *who,
                      const struct limit_load *load, int64_t now_us)
{
    for (size_t g = 0; g < gate->group_count; g++) {
        struct place place = find_place(gate, &gate->groups[g], who, true);
        if (place.meters == NULL)
            continue;
        count_load(&gate->groups[g], place.meters, who, load, now_us);
        limit_gate_show_row(gate, &gate->groups[g], place.meters);
    }
}
