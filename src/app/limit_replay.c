/* SPDX-License-Identifier: Apache-2.0
 *
 * See limit_replay.h.
 */
#include "app/limit_replay.h"

#include <stdlib.h>

#include "app/settings_policy.h"
#include "base/intern.h"
#include "base/memory.h"
#include "gate/policy_desk.h"
#include "mail/address.h"

enum {
    CLIENTS_MAX = 1000000,
    MESSAGES = 1024, /* under way: here each ends when it begins */
    NETWORK_BITS_4 = 24,
    NETWORK_BITS_6 = 48, /* as limit_rule.h says */
};

struct limit_replay {
    struct tally *tally;
    struct arena *arena; /* of the terms */
    struct policy_terms terms;
    struct policy_desk *desk;
    struct account_book *accounts;
    struct intern *clients; /* message->note is a number of it; 0: not known, or no room */
    uint32_t local;         /* of them: no client */
    struct login_volume *volume;
    struct limit_replay_sums sums;
    struct limit_replay_rule *rules;
    struct intern *key_names;
    struct limit_replay_key *keys; /* by the number of the name, from 1 on, until it is finished */
    size_t key_count;
    struct buf instance, action, name; /* of the message that is looked at */
    int64_t now_us;
};

/* ---- counting ---- */

static void count(struct limit_replay_count *sum, const struct policy_request *request,
                  int64_t now_us)
{
    if (sum->messages++ == 0)
        sum->first_us = now_us;
    sum->recipients += request->recipient_count;
    sum->last_us = now_us;
}

static void add_part(struct buf *name, struct slice text)
{
    if (name->len > 0)
        buf_add_char(name, ' ');
    buf_add(name, text);
}

static void add_network(struct buf *name, struct slice client)
{
    CLEANUP_BUF struct buf text = {0};
    struct ip_network network = {0};
    if (!ip_address_parse(client, &network.ip))
        return;
    network.bits = network.ip.len == 4 ? NETWORK_BITS_4 : NETWORK_BITS_6;
    for (size_t i = network.bits / 8; i < network.ip.len; i++)
        network.ip.bytes[i] = 0;
    ip_network_format(&network, &text);
    add_part(name, buf_slice(&text));
}

static void add_name(const struct limit_rule *rule, const struct policy_request *request,
                     const struct account *account, struct buf *name)
{
    if ((rule->key & LIMIT_LOGIN) != 0)
        add_part(name, account->login);
    if ((rule->key & LIMIT_CLASS) != 0)
        add_part(name, account->account_class);
    if ((rule->key & LIMIT_SENDER_DOMAIN) != 0 && address_domain(request->sender).len > 0)
        add_part(name, address_domain(request->sender));
    if ((rule->key & LIMIT_CLIENT) != 0)
        add_part(name, request->client_address);
    if ((rule->key & LIMIT_NETWORK) != 0)
        add_network(name, request->client_address);
}

/* NULL: no room. */
static struct limit_replay_key *key_of(struct limit_replay *replay, size_t rule,
                                       const struct policy_request *request, struct slice login)
{
    const struct account account = account_book_find(replay->accounts, login);
    buf_clear(&replay->name);
    add_name(replay->rules[rule].rule, request, &account, &replay->name);
    slice_copy_lower(buf_slice(&replay->name), replay->name.ptr);
    size_t who = replay->name.len;
    buf_addf(&replay->name, "\n%zu", rule);
    uint32_t number = intern_id(replay->key_names, buf_slice(&replay->name));
    if (number == INTERN_OTHER)
        return NULL;
    struct limit_replay_key *key = &replay->keys[number];
    if (number == replay->key_count + 1) {
        *key = (struct limit_replay_key){
            .rule = rule, .who = slice_first(intern_get(replay->key_names, number), who)};
        replay->key_count++;
    }
    return key;
}

static void take_hit(struct limit_replay *replay, const struct limit_hit *hit,
                     const struct policy_request *request, struct slice login)
{
    size_t rule = (size_t)(hit->rule - replay->terms.limits.rules);
    count(&replay->rules[rule].over, request, replay->now_us);
    struct limit_replay_key *key = key_of(replay, rule, request, login);
    if (key == NULL) {
        replay->sums.keys_left_out++;
        return;
    }
    count(&key->over, request, replay->now_us);
    if (hit->used + hit->wanted > key->wanted)
        key->wanted = hit->used + hit->wanted;
    key->limit = hit->most;
}

static void take_decision(struct limit_replay *replay, const struct policy_request *request,
                          const struct policy_decision *decision)
{
    count(&replay->sums.all, request, replay->now_us);
    if (decision->login.len > 0)
        login_volume_take(replay->volume, decision->login, request->recipient_count,
                          replay->now_us);
    replay->sums.exempt += decision->exempt;
    for (size_t i = 0; i < decision->answer.hit_count; i++)
        take_hit(replay, &decision->answer.hits[i], request, decision->login);
    if (decision->answer.over)
        count(&replay->sums.done[decision->answer.sternest.rule->action], request, replay->now_us);
}

/* ---- messages ---- */

static uint64_t number_of(const struct log_record *record, enum log_field field, uint64_t most)
{
    uint64_t number;
    return slice_to_u64(log_record_get(record, field), most, &number) ? number : 0;
}

static void ask(struct limit_replay *replay, const struct message *message,
                const struct log_record *record)
{
    struct policy_decision decision;
    buf_clear(&replay->instance);
    buf_clear(&replay->action);
    buf_addf(&replay->instance, "%llu", (unsigned long long)message->serial);
    struct policy_request request = {
        .stage = POLICY_STAGE_END_OF_MESSAGE,
        .client_address = intern_get(replay->clients, message->note),
        .sender = log_record_get(record, LOG_FIELD_FROM),
        .instance = buf_slice(&replay->instance),
        .recipient_count = message->expected,
        .size = number_of(record, LOG_FIELD_SIZE, UINT64_MAX),
    };
    if (message->login != 0)
        request.sasl_username = tally_login(replay->tally, message);
    policy_desk_answer(replay->desk, SLICE(""), &request, replay->now_us, &replay->action,
                       &decision);
    take_decision(replay, &request, &decision);
}

/* The queue manager has it for the first time: it was taken. */
static void take_queued(struct limit_replay *replay, const struct message *message,
                        const struct log_record *record)
{
    int64_t now_us = correlator_now(tally_correlator(replay->tally));
    if (message->queued || message->continued || !message->born || message->note == replay->local)
        return;
    if (now_us != STAMP_NONE && now_us > replay->now_us)
        replay->now_us = now_us;
    if (message->note == INTERN_OTHER)
        replay->sums.left_out++;
    else
        ask(replay, message, record);
}

static void take_noted(void *data, struct message *message, const struct log_record *record)
{
    struct limit_replay *replay = data;
    if (record->kind == LOG_KIND_CLIENT)
        message->note = intern_id(replay->clients, log_record_get(record, LOG_FIELD_CLIENT_IP));
    else if (record->kind == LOG_KIND_PICKUP)
        message->note = replay->local;
    else if (record->kind == LOG_KIND_QUEUED)
        take_queued(replay, message, record);
}

/* ---- life ---- */

struct limit_replay *limit_replay_new(const struct settings *settings, struct tally *tally,
                                      struct account_book *accounts)
{
    struct limit_replay *replay = MEM_NEW(struct limit_replay);
    replay->tally = tally;
    replay->arena = arena_new(4096);
    settings_policy_make(&settings->policy, replay->arena, &replay->terms);
    replay->desk = policy_desk_new(&replay->terms, MESSAGES);
    replay->accounts = account_book_ref(accounts);
    policy_desk_put_accounts(replay->desk, account_book_ref(accounts));
    replay->clients = intern_new(CLIENTS_MAX);
    replay->local = intern_id(replay->clients, SLICE("local"));
    replay->volume = login_volume_new(settings->policy.accounts);
    replay->key_names = intern_new(REPLAY_KEYS_MAX);
    replay->keys = MEM_NEW_ARRAY(struct limit_replay_key, REPLAY_KEYS_MAX + 1);
    replay->rules = MEM_NEW_ARRAY(struct limit_replay_rule, replay->terms.limits.count + 1);
    for (size_t i = 0; i < replay->terms.limits.count; i++) {
        const struct limit_rule *rule = &replay->terms.limits.rules[i];
        replay->rules[i] = (struct limit_replay_rule){
            .rule = rule, .looked_at = rule->unit != LIMIT_NEW_RECIPIENTS};
    }
    struct tally_observer observer = {.data = replay, .noted = take_noted};
    tally_observe(tally, &observer);
    return replay;
}

void limit_replay_free(struct limit_replay *replay)
{
    if (replay == NULL)
        return;
    policy_desk_free(replay->desk);
    account_book_unref(replay->accounts);
    intern_free(replay->clients);
    intern_free(replay->key_names);
    login_volume_free(replay->volume);
    mem_free(replay->keys);
    mem_free(replay->rules);
    buf_done(&replay->instance);
    buf_done(&replay->action);
    buf_done(&replay->name);
    arena_free(replay->arena);
    mem_free(replay);
}

/* ---- the end ---- */

static int by_rule(const void *a, const void *b)
{
    const struct limit_replay_key *left = a, *right = b;
    if (left->rule != right->rule)
        return left->rule < right->rule ? -1 : 1;
    if (left->over.recipients != right->over.recipients)
        return left->over.recipients < right->over.recipients ? 1 : -1;
    return slice_cmp(left->who, right->who);
}

void limit_replay_finish(struct limit_replay *replay)
{
    struct limit_replay_key *keys = replay->keys + 1;
    qsort(keys, replay->key_count, sizeof(keys[0]), by_rule);
    for (size_t i = replay->key_count; i > 0; i--) {
        struct limit_replay_rule *rule = &replay->rules[keys[i - 1].rule];
        rule->first_key = i - 1;
        rule->key_count++;
    }
}

const struct limit_replay_sums *limit_replay_sums(const struct limit_replay *replay)
{
    return &replay->sums;
}

size_t limit_replay_rules(const struct limit_replay *replay)
{
    return replay->terms.limits.count;
}

const struct limit_replay_rule *limit_replay_rule(const struct limit_replay *replay, size_t index)
{
    return &replay->rules[index];
}

const struct limit_replay_key *limit_replay_key(const struct limit_replay *replay, size_t index)
{
    return &replay->keys[index + 1];
}

const struct login_volume *limit_replay_volume(const struct limit_replay *replay)
{
    return replay->volume;
}

const struct limit_proposal *limit_replay_proposals(const struct limit_replay *replay,
                                                    struct arena *arena, size_t *count)
{
    return limit_proposal_list(replay->volume, replay->accounts, arena, count);
}
