/* SPDX-License-Identifier: Apache-2.0
 *
 * Rows of logins. See login_table.h.
 */
#include "watch/login_table.h"

#include <math.h>

#include "base/memory.h"

#define SURGES_MAX 10000
#define CHUNK 1024
#define RECIPIENTS_MAX 1000000

struct ended_surge {
    uint32_t login;
    struct surge_counts counts;
};

/* One that goes on, as it was told. */
struct open_surge {
    uint32_t login;
    uint64_t messages; /* 0: not yet */
};

struct login_table {
    struct surge_rule rule;
    struct surge_fleet fleet;
    struct login **chunks; /* rows never move */
    uint32_t count, chunk_count;
    int64_t newest_us, known_until_us; /* of messages; known: by the past, 0: none */
    bool again;                        /* what is being told is known */
    struct ended_surge *ended;
    uint32_t ended_count, ended_capacity;
    struct open_surge *surging;
    uint32_t surging_count, surging_capacity;
};

struct login_table *login_table_new(const struct surge_rule *rule)
{
    struct login_table *table = MEM_NEW(struct login_table);
    table->rule = *rule;
    table->count = 1;
    return table;
}

void login_table_free(struct login_table *table)
{
    if (table == NULL)
        return;
    for (uint32_t i = 0; i < table->chunk_count; i++) {
        for (uint32_t k = 0; k < CHUNK; k++)
            surge_login_done(&table->chunks[i][k].surge);
        mem_free(table->chunks[i]);
    }
    mem_free(table->chunks);
    mem_free(table->ended);
    mem_free(table->surging);
    mem_free(table);
}

static struct login *row_of(struct login_table *table, uint32_t number)
{
    while (number >= table->chunk_count * CHUNK) {
        table->chunks = mem_resize(table->chunks, table->chunk_count + 1, sizeof(struct login *));
        table->chunks[table->chunk_count++] = MEM_NEW_ARRAY(struct login, CHUNK);
    }
    if (number >= table->count)
        table->count = number + 1;
    return &table->chunks[number / CHUNK][number % CHUNK];
}

const struct login *login_table_get(const struct login_table *table, uint32_t number)
{
    ASSERT(number < table->count);
    return &table->chunks[number / CHUNK][number % CHUNK];
}

uint32_t login_table_count(const struct login_table *table)
{
    return table->count;
}

static void keep_ended(struct login_table *table, uint32_t login, struct surge_counts counts)
{
    if (table->ended_count == SURGES_MAX)
        return;
    if (table->ended_count == table->ended_capacity) {
        table->ended_capacity = table->ended_capacity ? table->ended_capacity * 2 : 16;
        table->ended = mem_resize(table->ended, table->ended_capacity, sizeof(struct ended_surge));
    }
    table->ended[table->ended_count++] = (struct ended_surge){login, counts};
}

/* At most one entry a login. */
static void keep_surging(struct login_table *table, uint32_t number, struct surge_login *surge)
{
    if (surge->listed)
        return;
    if (table->surging_count == table->surging_capacity) {
        table->surging_capacity = table->surging_capacity ? table->surging_capacity * 2 : 16;
        table->surging =
            mem_resize(table->surging, table->surging_capacity, sizeof(struct open_surge));
    }
    surge->listed = true;
    table->surging[table->surging_count++] = (struct open_surge){.login = number};
}

static void add(uint32_t *counter, uint64_t more)
{
    *counter = more > UINT32_MAX - *counter ? UINT32_MAX : *counter + (uint32_t)more;
}

static bool comes_again(struct login_table *table, int64_t now_us)
{
    table->again = table->known_until_us > 0 && now_us <= table->known_until_us;
    if (now_us > table->newest_us)
        table->newest_us = now_us;
    return table->again;
}

void login_table_accept(struct login_table *table, const struct message *message, int64_t now_us)
{
    if (message->login == 0 || comes_again(table, now_us))
        return;
    struct login *login = row_of(table, message->login);
    add(&login->messages, 1);
    struct surge_counts ended;
    struct surge_message taken = {
        .time_us = now_us,
        .recipients = message->expected ? message->expected : 1,
        .client = UINT64_C(1) << (message->client & 63),
        .clients = login->client_bits,
        .ended = login->recipients,
        .bounced = login->outcomes.bounced,
        .refused = login->auth_failures,
    };
    login->client_bits |= taken.client;
    if (taken.recipients > RECIPIENTS_MAX)
        taken.recipients = RECIPIENTS_MAX; /* a log may claim anything */
    enum surge_event told =
        surge_login_take(&login->surge, &table->fleet, &table->rule, &taken, &ended);
    if (told == SURGE_CLOSED)
        keep_ended(table, message->login, ended);
    if (told == SURGE_OPENED)
        keep_surging(table, message->login, &login->surge);
}

static uint32_t *outcome_counter(struct login_outcomes *outcomes, enum outcome outcome)
{
    switch (outcome) {
    case OUTCOME_SENT:
        return &outcomes->sent;
    case OUTCOME_BOUNCED:
        return &outcomes->bounced;
    case OUTCOME_EXPIRED:
        return &outcomes->expired;
    case OUTCOME_OPEN:
        return &outcomes->open;
    case OUTCOME_DISCARDED:
        return &outcomes->discarded;
    case OUTCOME_LOST:
        break;
    }
    return &outcomes->lost;
}

void login_table_end(struct login_table *table, uint32_t number, enum outcome outcome,
                     uint64_t count)
{
    if (number == 0 || table->again)
        return;
    struct login *login = row_of(table, number);
    add(&login->recipients, count);
    add(outcome_counter(&login->outcomes, outcome), count);
}

void login_table_block(struct login_table *table, uint32_t number)
{
    if (number != 0 && !table->again)
        add(&row_of(table, number)->blocked, 1);
}

void login_table_refuse(struct login_table *table, uint32_t number, uint64_t times)
{
    if (number != 0 && !table->again)
        add(&row_of(table, number)->auth_failures, times);
}

/* ---- over a restart ---- */

const struct surge_fleet *login_table_fleet(const struct login_table *table)
{
    return &table->fleet;
}

int64_t login_table_newest(const struct login_table *table)
{
    return table->newest_us;
}

void login_table_restore(struct login_table *table, uint32_t number, uint64_t client_bits,
                         const struct surge_login *surge)
{
    struct login *login = row_of(table, number);
    ASSERT(login->surge.step == 0);
    login->client_bits = client_bits;
    login->surge = *surge;
    if (surge->surging)
        keep_surging(table, number, &login->surge);
}

void login_table_restore_fleet(struct login_table *table, const struct surge_fleet *fleet,
                               int64_t newest_us)
{
    table->fleet = *fleet;
    table->newest_us = table->known_until_us = newest_us;
    table->again = true;
}

void login_table_caught_up(struct login_table *table)
{
    table->known_until_us = 0;
    table->again = false;
}

uint64_t login_clients(uint64_t bits)
{
    int free_bits = 64 - __builtin_popcountll(bits);
    return (uint64_t)llround(-64.0 * log((free_bits ? free_bits : 1) / 64.0));
}

static struct incident surge_incident(const struct surge_counts *counts, bool open)
{
    double normal = fmin(counts->normal, (double)counts->recipients);
    return (struct incident){
        .kind = INCIDENT_SURGE,
        .scope = INCIDENT_SCOPE_LOGIN,
        .opened_us = counts->opened_us,
        .closed_us = open ? INCIDENT_OPEN : counts->last_us,
        .last_hit_us = counts->last_us,
        .attempts = counts->recipients,
        .hits = counts->recipients - (uint64_t)normal,
        .messages = counts->messages,
        .normal = counts->normal,
    };
}

/* Tells a surge that goes on if it changed; false: it has ended. */
static bool tell_surging(struct open_surge *open, struct surge_login *surge, int64_t now_us,
                         surge_visit visit, void *data)
{
    if (!surge->surging)
        return false;
    bool goes_on = surge_is_open(surge, now_us);
    struct surge_counts counts = goes_on ? surge->volume->above : surge_login_end(surge);
    if (goes_on && counts.messages == open->messages)
        return true;
    struct incident incident = surge_incident(&counts, goes_on);
    open->messages = counts.messages;
    visit(data, open->login, &incident);
    return goes_on;
}

void login_table_tell_surges(struct login_table *table, int64_t now_us, surge_visit visit,
                             void *data)
{
    for (uint32_t i = 0; i < table->ended_count; i++) {
        struct incident incident = surge_incident(&table->ended[i].counts, false);
        visit(data, table->ended[i].login, &incident);
    }
    table->ended_count = 0;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < table->surging_count; i++) {
        struct open_surge *open = &table->surging[i];
        struct surge_login *surge = &row_of(table, open->login)->surge;
        surge->listed = tell_surging(open, surge, now_us, visit, data);
        if (surge->listed)
            table->surging[kept++] = *open;
    }
    table->surging_count = kept;
}

void login_table_visit_surges(struct login_table *table, int64_t now_us, surge_visit visit,
                              void *data)
{
    for (uint32_t i = 0; i < table->ended_count; i++) {
        struct incident incident = surge_incident(&table->ended[i].counts, false);
        visit(data, table->ended[i].login, &incident);
    }
    for (uint32_t number = 1; number < table->count; number++) {
        const struct surge_login *surge = &login_table_get(table, number)->surge;
        if (!surge->surging)
            continue;
        struct incident incident =
            surge_incident(&surge->volume->above, surge_is_open(surge, now_us));
        visit(data, number, &incident);
    }
}
