/* SPDX-License-Identifier: Apache-2.0
 *
 * Guessed passwords. See guessing.h.
 */
#include "watch/guessing.h"

#include <arpa/inet.h>
#include <math.h>
#include <stdio.h>

#include "base/memory.h"
#include "watch/alarm_list.h"
#include "watch/lru_table.h"
#include "watch/window_count.h"

#define ALARMS_MAX 256
#define HOMES_MAX 131072
#define LOGIN_NAME_MAX 256

/* One client network or one login. */
struct guessed {
    struct window_count failures, logins;
    struct alarm *alarm;
    int64_t first_us;    /* of the failures since the window was last empty */
    uint64_t other_bits; /* the logins, or networks, of those failures, by hash: linear counting */
    uint64_t only;       /* hash of the one login of all failures so far; 0: several */
    uint64_t relay;      /* hash of the relay; 0: several */
};

/* A login, with the hashes of its network and name; 0: not known. */
struct guess {
    const struct guessing_login *login;
    int64_t now_us;
    uint64_t network, name;
    char text[GUESSING_NETWORK_LEN]; /* the network */
};

struct guessed_table {
    struct lru_table *index;
    struct guessed *rows;
    struct guessing_rate rate;
    uint32_t least_others;
};

struct guessing {
    struct guessed_table clients, logins;
    struct alarm_list *alarms;
    struct lru_table *homes; /* (network, login) pairs in which the login was right */
};

const struct guessing_rule guessing_default = GUESSING_RULE;

static void table_init(struct guessed_table *table, struct guessing_rate rate,
                       uint32_t least_others)
{
    table->index = lru_table_new(GUESSING_MAX);
    table->rows = MEM_NEW_ARRAY(struct guessed, GUESSING_MAX + 1);
    table->rate = rate;
    table->least_others = least_others;
}

static void table_done(struct guessed_table *table)
{
    lru_table_free(table->index);
    mem_free(table->rows);
}

struct guessing *guessing_new(const struct guessing_rule *rule)
{
    struct guessing *guessing = MEM_NEW(struct guessing);
    table_init(&guessing->clients, rule->per_client, 1);
    table_init(&guessing->logins, rule->per_login, GUESSING_NETWORKS);
    guessing->alarms = alarm_list_new(ALARMS_MAX);
    guessing->homes = lru_table_new(HOMES_MAX);
    return guessing;
}

void guessing_free(struct guessing *guessing)
{
    if (guessing == NULL)
        return;
    table_done(&guessing->clients);
    table_done(&guessing->logins);
    lru_table_free(guessing->homes);
    alarm_list_free(guessing->alarms);
    mem_free(guessing);
}

/* ---- networks ---- */

static bool network4(const char *text, char *to)
{
    unsigned char bytes[4];
    if (inet_pton(AF_INET, text, bytes) != 1)
        return false;
    (void)snprintf(to, GUESSING_NETWORK_LEN, "%u.%u.%u.0/24", bytes[0], bytes[1], bytes[2]);
    return true;
}

static bool network6(const char *text, char *to)
{
    static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};
    unsigned char bytes[16];
    char part[INET6_ADDRSTRLEN];
    if (inet_pton(AF_INET6, text, bytes) != 1)
        return false;
    if (memcmp(bytes, mapped, sizeof(mapped)) == 0) {
        (void)snprintf(to, GUESSING_NETWORK_LEN, "%u.%u.%u.0/24", bytes[12], bytes[13], bytes[14]);
        return true;
    }
    memset(bytes + 8, 0, 8);
    if (inet_ntop(AF_INET6, bytes, part, sizeof(part)) == NULL)
        return false;
    (void)snprintf(to, GUESSING_NETWORK_LEN, "%s/64", part);
    return true;
}

bool guessing_network(struct slice address, char *to)
{
    char text[INET6_ADDRSTRLEN];
    (void)slice_take_prefix(&address, SLICE("IPv6:"));
    if (address.len == 0 || address.len >= sizeof(text))
        return false;
    memcpy(text, address.ptr, address.len);
    text[address.len] = '\0';
    return network4(text, to) || network6(text, to);
}

/* ---- taking ---- */

static struct guessed *row_of(struct guessed_table *table, uint64_t key, int64_t now_us)
{
    bool fresh;
    struct guessed *row = &table->rows[lru_table_use(table->index, key, &fresh)];
    if (fresh) {
        if (row->alarm != NULL)
            alarm_close(row->alarm, now_us);
        *row = (struct guessed){.first_us = 0};
    }
    return row;
}

static uint64_t bits_count(uint64_t bits)
{
    int free_bits = 64 - __builtin_popcountll(bits);
    return (uint64_t)llround(-64.0 * log((free_bits ? free_bits : 1) / 64.0));
}

/* `other`: hash of the login, where the row is of a network, and the other way round. */
static void count_failure(struct guessed_table *table, struct guessed *row,
                          const struct guess *guess, uint64_t other)
{
    int64_t within_us = table->rate.within_us;
    uint64_t relay = slice_hash(guess->login->relay) | 1;
    if (row->alarm == NULL && window_count_sum(&row->failures, within_us, guess->now_us) == 0) {
        row->first_us = guess->now_us;
        row->other_bits = 0;
        row->only = other;
        row->relay = relay;
    }
    window_count_add(&row->failures, within_us, guess->now_us, guess->login->times);
    row->other_bits |= UINT64_C(1) << (other >> 8 & 63);
    row->only = row->only == other ? other : 0;
    row->relay = row->relay == relay ? relay : 0;
}

static bool is_attack(struct guessed_table *table, struct guessed *row, int64_t now_us)
{
    uint64_t failures = window_count_sum(&row->failures, table->rate.within_us, now_us);
    return failures >= table->rate.count &&
           failures > window_count_sum(&row->logins, table->rate.within_us, now_us) &&
           bits_count(row->other_bits) >= table->least_others;
}

/* What is found goes on with each login: hits are failures, attempts all logins since it began. */
static void grow(struct guessed *row, const struct guess *guess, bool by_client)
{
    struct incident *incident = alarm_change(row->alarm);
    incident->attempts += guess->login->times;
    if (!guess->login->failed)
        return;
    incident->hits += guess->login->times;
    incident->last_hit_us = guess->now_us;
    if (by_client) {
        incident->logins = bits_count(row->other_bits);
        incident->scope = row->relay ? INCIDENT_SCOPE_RELAY : INCIDENT_SCOPE_FLEET;
    }
    alarm_see(row->alarm, guess->login->line);
}

/* `about`: scope and names. */
static void open_attack(struct guessing *guessing, struct guessed_table *table, struct guessed *row,
                        const struct guess *guess, struct incident about)
{
    int64_t within_us = table->rate.within_us;
    about.kind = INCIDENT_BRUTE_FORCE;
    about.opened_us = row->first_us;
    about.last_hit_us = guess->now_us;
    about.hits = window_count_sum(&row->failures, within_us, guess->now_us);
    about.attempts = about.hits + window_count_sum(&row->logins, within_us, guess->now_us);
    row->alarm = alarm_open(guessing->alarms, &about);
    if (row->alarm != NULL)
        alarm_see(row->alarm, guess->login->line);
}

/* Logins that succeed make no row: most clients never fail. */
static void take_success(struct guessed_table *table, uint64_t key, const struct guess *guess)
{
    uint32_t number = lru_table_find(table->index, key);
    if (number == 0)
        return;
    struct guessed *row = &table->rows[number];
    window_count_add(&row->logins, table->rate.within_us, guess->now_us, guess->login->times);
    if (row->alarm != NULL)
        grow(row, guess, true);
}

static void take_client(struct guessing *guessing, const struct guess *guess)
{
    struct guessed_table *table = &guessing->clients;
    struct guessed *row = row_of(table, guess->network, guess->now_us);
    count_failure(table, row, guess, guess->name);
    bool old_password =
        row->only != 0 && lru_table_find(guessing->homes, guess->network ^ row->only) != 0;
    if (row->alarm != NULL)
        grow(row, guess, true);
    else if (!old_password && is_attack(table, row, guess->now_us))
        open_attack(guessing, table, row, guess,
                    (struct incident){
                        .scope = row->relay ? INCIDENT_SCOPE_RELAY : INCIDENT_SCOPE_FLEET,
                        .name = slice_from_str(guess->text),
                        .logins = bits_count(row->other_bits),
                    });
}

static void take_name(struct guessing *guessing, const struct guess *guess)
{
    struct guessed_table *table = &guessing->logins;
    if (lru_table_find(guessing->homes, guess->network ^ guess->name) != 0)
        return; /* its owner, who may well mistype */
    struct guessed *row = row_of(table, guess->name, guess->now_us);
    count_failure(table, row, guess, guess->network);
    if (row->alarm != NULL)
        grow(row, guess, false);
    else if (is_attack(table, row, guess->now_us))
        open_attack(guessing, table, row, guess,
                    (struct incident){
                        .scope = INCIDENT_SCOPE_LOGIN,
                        .login = slice_first(guess->login->login, LOGIN_NAME_MAX),
                    });
}

void guessing_take_login(struct guessing *guessing, const struct guessing_login *login,
                         int64_t now_us)
{
    struct guess guess = {.login = login, .now_us = now_us};
    if (guessing_network(login->client, guess.text))
        guess.network = slice_hash(slice_from_str(guess.text)) | 1;
    if (login->login.len > 0)
        guess.name = slice_hash_nocase(login->login) | 1;
    if (!login->failed) {
        bool fresh;
        if (guess.network != 0 && guess.name != 0)
            (void)lru_table_use(guessing->homes, guess.network ^ guess.name, &fresh);
        take_success(&guessing->clients, guess.network, &guess);
        return;
    }
    if (guess.network != 0)
        take_client(guessing, &guess);
    if (guess.name != 0)
        take_name(guessing, &guess);
}

/* ---- telling ---- */

static void close_quiet(struct guessed_table *table, int64_t now_us)
{
    for (uint32_t i = 1; i <= lru_table_count(table->index); i++) {
        struct guessed *row = &table->rows[i];
        if (row->alarm == NULL ||
            window_count_sum(&row->failures, table->rate.within_us, now_us) * 4 >=
                table->rate.count)
            continue;
        alarm_close(row->alarm, now_us);
        row->alarm = NULL;
    }
}

void guessing_tell(struct guessing *guessing, int64_t now_us, incident_tell tell, void *data)
{
    if (alarm_list_open(guessing->alarms) > 0) {
        close_quiet(&guessing->clients, now_us);
        close_quiet(&guessing->logins, now_us);
    }
    alarm_list_tell(guessing->alarms, tell, data);
}
