/* SPDX-License-Identifier: Apache-2.0
 *
 * See policy_desk.h.
 */
#include "gate/policy_desk.h"

#include "base/memory.h"
#include "gate/new_recipients.h"
#include "gate/policy_words.h"
#include "mail/address.h"
#include "model/login_form.h"

struct policy_desk {
    struct policy_terms terms;
    struct limit_gate *limits;
    struct charge_book *charges;
    struct account_flags *flags;
    struct account_book *accounts; /* NULL: none is known */
    struct limit_overrides *overrides;
    struct new_recipients *recipients;
    policy_desk_return tell_return; /* NULL: nobody is told */
    void *return_context;
    struct limit_own own; /* of the request that runs, as what follows */
    struct buf login, sender_domain;
    unsigned listed; /* flags that stand with the account */
    struct account_flag listed_flag;
};

struct policy_desk *policy_desk_new(const struct policy_terms *terms, uint32_t messages)
{
    struct policy_desk *desk = MEM_NEW(struct policy_desk);
    desk->terms = *terms;
    desk->limits = limit_gate_new(&desk->terms.limits, terms->keys);
    desk->charges = charge_book_new(messages);
    desk->flags = account_flags_new(ACCOUNT_FLAGS_MAX);
    desk->overrides = limit_overrides_new(LIMIT_OVERRIDES_MAX);
    desk->recipients = new_recipients_new(messages);
    new_recipients_configure(desk->recipients, &desk->terms.limits, terms->known_recipients);
    return desk;
}

void policy_desk_free(struct policy_desk *desk)
{
    if (desk == NULL)
        return;
    limit_gate_free(desk->limits);
    charge_book_free(desk->charges);
    account_flags_free(desk->flags);
    new_recipients_free(desk->recipients);
    account_book_unref(desk->accounts);
    limit_overrides_free(desk->overrides);
    buf_done(&desk->login);
    buf_done(&desk->sender_domain);
    mem_free(desk);
}

void policy_desk_configure(struct policy_desk *desk, const struct policy_terms *terms)
{
    desk->terms = *terms;
    limit_gate_configure(desk->limits, &desk->terms.limits, terms->keys);
    new_recipients_configure(desk->recipients, &desk->terms.limits, terms->known_recipients);
}

struct limit_gate *policy_desk_limits(struct policy_desk *desk)
{
    return desk->limits;
}

struct account_flags *policy_desk_flags(struct policy_desk *desk)
{
    return desk->flags;
}

void policy_desk_put_accounts(struct policy_desk *desk, struct account_book *accounts)
{
    account_book_unref(desk->accounts);
    desk->accounts = accounts;
}

struct limit_overrides *policy_desk_overrides(struct policy_desk *desk)
{
    return desk->overrides;
}

void policy_desk_put_overrides(struct policy_desk *desk, struct limit_overrides *overrides)
{
    limit_overrides_free(desk->overrides);
    desk->overrides = overrides;
}

/* ---- who ---- */

/* Whose a login is; buf: for its form. */
static struct account account_of(const struct policy_desk *desk, struct slice login,
                                 struct buf *form)
{
    buf_clear(form);
    login_form(desk->terms.default_domain, login, form);
    struct account own = {.login = buf_slice(form)};
    return desk->accounts == NULL || form->len == 0 ? own
                                                    : account_book_find(desk->accounts, own.login);
}

/* The sternest about sending: of those that todoku keeps, and those that stand with the account.
 * NULL: none. */
static const struct account_flag *flag_of(struct policy_desk *desk, struct slice login,
                                          int64_t now_us)
{
    const struct account_flag *own = account_flags_sending(desk->flags, login, now_us);
    unsigned listed = desk->listed;
    for (size_t kind = ACCOUNT_FLAG_KINDS; kind-- > 0;) {
        if (!account_flag_is_about_sending((enum account_flag_kind)kind) ||
            (own != NULL && own->kind >= kind))
            break;
        if ((listed & 1u << kind) == 0)
            continue;
        desk->listed_flag = (struct account_flag){.kind = (enum account_flag_kind)kind,
                                                  .until_us = INT64_MAX,
                                                  .login = login,
                                                  .actor = SLICE("accounts")};
        return &desk->listed_flag;
    }
    return own;
}

static struct limit_subject subject_of(struct policy_desk *desk,
                                       const struct policy_request *request, int64_t now_us)
{
    struct limit_subject who = {0};
    struct account account = account_of(desk, request->sasl_username, &desk->login);
    desk->listed = account.flags;
    buf_clear(&desk->sender_domain);
    buf_add_lower(&desk->sender_domain, address_domain(request->sender));
    who.login = account.login;
    who.account_class = account.account_class;
    who.login_domain = address_domain(who.login);
    who.sender_domain = buf_slice(&desk->sender_domain);
    (void)ip_address_parse(request->client_address, &who.client); /* `unknown`: no rule about it */
    desk->own = limit_overrides_of(desk->overrides, who.login, now_us);
    who.own = &desk->own;
    return who;
}

static bool is_exempt(const struct policy_terms *terms, const struct policy_request *request,
                      const struct limit_subject *who)
{
    bool exempt = request->sender.len == 0;
    for (size_t i = 0; !exempt && i < terms->exempt_count; i++)
        exempt = ip_network_has(&terms->exempt[i], &who->client);
    return exempt && who->login.len == 0;
}

/* ---- how much ---- */

static uint32_t more_than(uint32_t now, uint32_t before)
{
    return now > before ? now - before : 0;
}

/* What a message is, beyond what was counted of it. */
static struct limit_load load_beyond(const struct policy_request *request, uint32_t new_recipients,
                                     const struct limit_load *before)
{
    return (struct limit_load){
        .messages = more_than(1, before->messages),
        .recipients = more_than(request->recipient_count, before->recipients),
        .new_recipients = more_than(new_recipients, before->new_recipients),
        .bytes = request->size > before->bytes ? request->size - before->bytes : 0,
    };
}

static void add_load(struct limit_load *sum, const struct limit_load *more)
{
    sum->messages += more->messages;
    sum->recipients += more->recipients;
    sum->new_recipients += more->new_recipients;
    sum->bytes += more->bytes;
}

/* ---- answers ---- */

static void say_flag(struct policy_desk *desk, const struct account_flag *flag, struct buf *action,
                     struct policy_decision *out)
{
    out->flag = flag;
    policy_words_flag(flag, desk->terms.slow_transport, desk->terms.language, action);
}

/* Of a flag that lets the message pass and the limits the sterner one; flag NULL: none. */
static void say(struct policy_desk *desk, const struct account_flag *flag, int64_t now_us,
                struct buf *action, struct policy_decision *decision)
{
    const struct limit_answer *answer = &decision->answer;
    if (flag != NULL &&
        (!answer->over || account_flag_action(flag->kind) > answer->sternest.rule->action))
        say_flag(desk, flag, action, decision);
    else if (!decision->answer.over)
        buf_add_str(action, "DUNNO");
    else
        policy_words_over(&decision->answer.sternest, decision->login, desk->terms.slow_transport,
                          desk->terms.language, now_us, action);
}

/* What is asked, by whom. */
struct question {
    struct slice relay;
    const struct policy_request *request;
    struct limit_subject who;
    const struct account_flag *flag; /* about sending; NULL: none */
};

static void look(struct policy_desk *desk, const struct question *question, int64_t now_us,
                 struct buf *action, struct policy_decision *out)
{
    const struct new_recipients_message message = {question->relay, question->request,
                                                   &question->who};
    out->load = (struct limit_load){.messages = 1, .recipients = 1};
    out->load.new_recipients = new_recipients_look(desk->recipients, &message, now_us);
    limit_gate_judge(desk->limits, &question->who, &out->load, false, now_us, &out->answer);
    if (out->answer.waits)
        return;
    if (!out->answer.passes) {
        say(desk, NULL, now_us, action, out);
        return;
    }
    new_recipients_note(desk->recipients, &message);
    buf_add_str(action, "DUNNO");
}

/* Counts what is new and remembers the message with its answer. */
static void charge(struct policy_desk *desk, const struct question *question, struct buf *action,
                   struct policy_decision *out)
{
    const struct policy_request *request = question->request;
    size_t begin = action->len;
    int64_t now_us = out->answer.now_us;
    const struct charge *before =
        charge_book_find(desk->charges, question->relay, request->instance);
    struct charge now = {.who = question->who, .at_us = now_us};
    if (before != NULL)
        now = *before;
    if (before != NULL && before->stage == (int)request->stage) {
        out->again = true;
        buf_add(action, before->answer);
        return;
    }
    const struct new_recipients_message message = {question->relay, request, &question->who};
    out->load =
        load_beyond(request, new_recipients_count(desk->recipients, &message, now_us), &now.load);
    limit_gate_judge(desk->limits, &question->who, &out->load, true, now_us, &out->answer);
    if (out->answer.waits)
        return;
    say(desk, question->flag, now_us, action, out);
    out->counted = out->answer.passes;
    if (out->answer.passes) {
        add_load(&now.load, &out->load);
        now.who.relays = out->answer.relays;
        new_recipients_learn(desk->recipients, &message, out->load.new_recipients, now_us);
    }
    if (request->queue_id.len > 0)
        now.queue_id = request->queue_id;
    now.who.own = NULL; /* those of the next request are others */
    now.stage = (int)request->stage;
    now.answer = slice_skip(buf_slice(action), begin);
    charge_book_put(desk->charges, question->relay, request->instance, &now);
}

/* The flags first: who may not send is told so before anything is counted. */
static void answer(struct policy_desk *desk, const struct question *question, struct buf *action,
                   struct policy_decision *out)
{
    const struct account_flag *flag = question->flag;
    if (flag != NULL && account_flag_action(flag->kind) >= LIMIT_DEFER)
        say_flag(desk, flag, action, out);
    else if (question->request->stage == POLICY_STAGE_RCPT)
        look(desk, question, out->answer.now_us, action, out);
    else
        charge(desk, question, action, out);
}

void policy_desk_answer(struct policy_desk *desk, struct slice relay,
                        const struct policy_request *request, int64_t now_us, struct buf *action,
                        struct policy_decision *out)
{
    struct question question = {relay, request, subject_of(desk, request, now_us), NULL};
    struct slice login = question.who.login;
    *out = (struct policy_decision){.stage = request->stage,
                                    .login = login,
                                    .exempt = is_exempt(&desk->terms, request, &question.who),
                                    .answer = {.now_us = now_us, .passes = true}};
    bool asked = request->stage == POLICY_STAGE_RCPT || request->stage == POLICY_STAGE_DATA ||
                 request->stage == POLICY_STAGE_END_OF_MESSAGE;
    if (out->exempt || !asked) {
        buf_add_str(action, "DUNNO");
        return;
    }
    if (login.len > 0)
        question.flag = flag_of(desk, login, now_us);
    answer(desk, &question, action, out);
}

void policy_desk_on_return(struct policy_desk *desk, policy_desk_return tell, void *context)
{
    desk->tell_return = tell;
    desk->return_context = context;
}

/* back: of the charge what is given back. */
static void tell_return(const struct policy_desk *desk, const struct charge *charge,
                        const struct charge *back)
{
    struct slice relay, instance;
    if (desk->tell_return == NULL)
        return;
    charge_book_names(charge, &relay, &instance);
    desk->tell_return(desk->return_context, relay, instance, back);
}

bool policy_desk_give_back(struct policy_desk *desk, struct slice queue_id, struct slice login,
                           int64_t now_us)
{
    CLEANUP_BUF struct buf form = {0};
    struct account account = account_of(desk, login, &form);
    const struct charge *charge = charge_book_find_queue_id(desk->charges, queue_id, account.login);
    if (charge == NULL || charge->load.messages == 0)
        return false;
    struct charge back = *charge;
    back.load.new_recipients = 0; /* who was learned stays known */
    tell_return(desk, charge, &back);
    desk->own = limit_overrides_of(desk->overrides, back.who.login, now_us);
    back.who.own = &desk->own;
    limit_gate_give_back(desk->limits, &back.who, &back.load, back.at_us, now_us);
    charge_book_clear(desk->charges, charge);
    return true;
}

uint64_t policy_desk_forgotten(const struct policy_desk *desk)
{
    return new_recipients_crowded_out(desk->recipients);
}

/* ---- for those who keep what is counted ---- */

struct charge_book *policy_desk_charges(struct policy_desk *desk)
{
    return desk->charges;
}

void policy_desk_hash_by(struct policy_desk *desk, const struct hash_key *key)
{
    limit_gate_hash_by(desk->limits, key);
    charge_book_hash_by(desk->charges, key);
    new_recipients_hash_by(desk->recipients, key);
}

void policy_desk_usage(struct policy_desk *desk, struct slice login, int64_t now_us,
                       policy_usage_see see, void *context)
{
    const struct policy_request request = {.sasl_username = login};
    struct limit_subject who = subject_of(desk, &request, now_us);
    for (size_t i = 0; i < desk->terms.limits.count; i++) {
        const struct limit_rule *rule = &desk->terms.limits.rules[i];
        struct policy_usage usage = {.holding = limit_holding_of(rule, &who)};
        usage.concerns = limit_gate_show(desk->limits, &who, rule, now_us, &usage.hit);
        see(context, &usage);
    }
}
