/* SPDX-License-Identifier: Apache-2.0
 *
 * See route_ledger.h. Sums of each provider run on; a move remembers where they stood when it
 * began.
 */
#include "app/route_ledger.h"

#include "base/intern.h"
#include "base/memory.h"

struct route_ledger {
    struct arena *arena;      /* of the moves' texts */
    struct intern *providers; /* number: index into traffic */
    struct ledger_traffic *traffic[LEDGER_PROVIDERS_MAX + 1];
    struct ledger_move *moves[LEDGER_MOVES_MAX];
    size_t count;
    size_t in_force; /* now */
    struct ledger_sums sums;
};

struct route_ledger *route_ledger_new(void)
{
    struct route_ledger *ledger = MEM_NEW(struct route_ledger);
    ledger->arena = arena_new(4096);
    ledger->providers = intern_new(LEDGER_PROVIDERS_MAX);
    return ledger;
}

void route_ledger_free(struct route_ledger *ledger)
{
    if (ledger == NULL)
        return;
    for (size_t i = 0; i < sizeof(ledger->traffic) / sizeof(ledger->traffic[0]); i++)
        mem_free(ledger->traffic[i]);
    for (size_t i = 0; i < ledger->count; i++)
        mem_free(ledger->moves[i]);
    intern_free(ledger->providers);
    arena_free(ledger->arena);
    mem_free(ledger);
}

/* ---- what the log shows ---- */

static struct ledger_traffic *traffic_of(struct route_ledger *ledger, struct slice provider)
{
    uint32_t number = intern_id(ledger->providers, provider);
    if (ledger->traffic[number] == NULL)
        ledger->traffic[number] = MEM_NEW(struct ledger_traffic);
    return ledger->traffic[number];
}

void route_ledger_take(struct route_ledger *ledger, const struct tally_attempt *told)
{
    const struct attempt *attempt = told->attempt;
    if (attempt->exclusion != ATTEMPT_COUNTS || slice_eq(told->names.provider, SLICE("local")))
        return;
    struct ledger_traffic *traffic = traffic_of(ledger, told->names.provider);
    bool first = attempt->recipient->attempts == 0;
    traffic->recipients += first;
    ledger->sums.recipients += first;
    if (attempt->status == DELIVERY_SENT)
        traffic->delivered++;
    else if (attempt->status == DELIVERY_BOUNCED)
        traffic->bounced++;
    else
        traffic->deferred++;
}

/* As it stands now; a move begins with this and ends with what has come since. */
static struct ledger_traffic standing(struct route_ledger *ledger, struct slice provider)
{
    struct ledger_traffic now = *traffic_of(ledger, provider);
    now.relay_recipients = ledger->sums.recipients;
    return now;
}

static struct ledger_traffic since(const struct ledger_traffic *then,
                                   const struct ledger_traffic *now)
{
    return (struct ledger_traffic){
        .recipients = now->recipients - then->recipients,
        .delivered = now->delivered - then->delivered,
        .deferred = now->deferred - then->deferred,
        .bounced = now->bounced - then->bounced,
        .relay_recipients = now->relay_recipients - then->relay_recipients,
    };
}

/* ---- moves ---- */

static struct slice keep(struct route_ledger *ledger, struct slice text)
{
    return slice_of(arena_copy(ledger->arena, text.ptr, text.len), text.len);
}

static bool is_open(const struct ledger_move *move)
{
    return move->until_us == INT64_MAX;
}

static void close_traffic(struct route_ledger *ledger, struct ledger_move *move)
{
    struct ledger_traffic now = standing(ledger, move->provider);
    move->traffic = since(&move->traffic, &now);
    if (ledger_move_is_in_force(move))
        ledger->sums.moved += move->traffic.recipients;
}

static void end(struct route_ledger *ledger, struct ledger_move *move, int64_t now_us,
                struct slice reason)
{
    close_traffic(ledger, move);
    move->until_us = now_us;
    move->end_reason = keep(ledger, reason);
    ledger->in_force -= ledger_move_is_in_force(move);
}

/* One that takes the place of another at its provider is told before that one ends. */
static bool replaces(const struct route_ledger *ledger, const struct ledger_move *move)
{
    for (size_t i = ledger->count; i-- > 0;) {
        const struct ledger_move *other = ledger->moves[i];
        if (other != move && is_open(other) && ledger_move_is_in_force(other) &&
            slice_eq(other->provider, move->provider))
            return true;
    }
    return false;
}

static void count_begin(struct route_ledger *ledger, const struct ledger_move *move)
{
    struct ledger_sums *sums = &ledger->sums;
    bool in_force = ledger_move_is_in_force(move);
    sums->asked += move->action == AUDIT_PROPOSE;
    sums->observed += move->action == AUDIT_OBSERVE;
    sums->probes += move->action == AUDIT_PROBE;
    sums->in_force += in_force;
    ledger->in_force += in_force;
    size_t at_once = ledger->in_force - (in_force && replaces(ledger, move));
    if (at_once > sums->most_at_once)
        sums->most_at_once = at_once;
}

static struct ledger_move *begin(struct route_ledger *ledger, const struct audit_entry *entry,
                                 enum route_mode mode, int64_t expiry_us)
{
    if (ledger->count == LEDGER_MOVES_MAX) {
        ledger->sums.left_out++;
        return NULL;
    }
    struct ledger_move *move = MEM_NEW(struct ledger_move);
    ledger->moves[ledger->count++] = move;
    *move = (struct ledger_move){
        .id = keep(ledger, entry->override_id),
        .action = entry->action,
        .mode = mode,
        .provider = keep(ledger, entry->provider),
        .source = keep(ledger, entry->source),
        .before = keep(ledger, entry->before),
        .after = keep(ledger, entry->after),
        .reason = keep(ledger, entry->reason),
        .incident = keep(ledger, entry->incidents[0]),
        .since_us = entry->time_us,
        .expires_us = entry->time_us + expiry_us,
        .until_us = INT64_MAX,
        .traffic = standing(ledger, entry->provider),
    };
    count_begin(ledger, move);
    return move;
}

/* The newest that is open and has this id, or, without one, is this provider's thought. */
static struct ledger_move *find_open(const struct route_ledger *ledger, struct slice provider,
                                     struct slice id)
{
    for (size_t i = ledger->count; i-- > 0;) {
        struct ledger_move *move = ledger->moves[i];
        if (is_open(move) && slice_eq(move->id, id) && slice_eq(move->provider, provider))
            return move;
    }
    return NULL;
}

static void end_thought(struct route_ledger *ledger, const struct audit_entry *entry)
{
    struct ledger_move *thought = find_open(ledger, entry->provider, (struct slice){NULL, 0});
    if (thought != NULL)
        end(ledger, thought, entry->time_us, entry->reason);
}

struct ledger_move *route_ledger_decide(struct route_ledger *ledger,
                                        const struct audit_entry *entry, enum route_mode mode,
                                        int64_t expiry_us)
{
    struct ledger_move *move;
    switch (entry->action) {
    case AUDIT_OBSERVE:
        end_thought(ledger, entry);
        return begin(ledger, entry, mode, expiry_us);
    case AUDIT_LEAVE: /* urgent: there is no way any more; else it is about something beside */
        if (entry->urgent)
            end_thought(ledger, entry);
        return NULL;
    case AUDIT_RETURN:
        end_thought(ledger, entry);
        return NULL;
    case AUDIT_DETOUR:
    case AUDIT_HOLD:
    case AUDIT_THROTTLE:
    case AUDIT_PROBE:
    case AUDIT_RAMP:
    case AUDIT_PROPOSE:
        return begin(ledger, entry, mode, expiry_us);
    case AUDIT_END:
        move = find_open(ledger, entry->provider, entry->override_id);
        if (move != NULL)
            end(ledger, move, entry->time_us, entry->reason);
        return move;
    case AUDIT_QUARANTINE:
    case AUDIT_WARN:
    case AUDIT_APPROVE:
    case AUDIT_DENY:
    case AUDIT_UNDO:
    case AUDIT_SET:
    case AUDIT_CLEAR:
        break;
    }
    return NULL;
}

void route_ledger_finish(struct route_ledger *ledger)
{
    for (size_t i = 0; i < ledger->count; i++)
        if (is_open(ledger->moves[i]))
            close_traffic(ledger, ledger->moves[i]);
}

size_t route_ledger_count(const struct route_ledger *ledger)
{
    return ledger->count;
}

const struct ledger_move *route_ledger_at(const struct route_ledger *ledger, size_t index)
{
    return ledger->moves[index];
}

struct ledger_sums route_ledger_sums(const struct route_ledger *ledger)
{
    return ledger->sums;
}
