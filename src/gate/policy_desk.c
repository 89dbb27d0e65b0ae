/* SPDX-License-Identifier: Apache-2.0
 *
 * See policy_desk.h.
 */
#include "gate/policy_desk.h"

#include "base/memory.h"
#include "gate/charge_book.h"
#include "gate/policy_words.h"

struct policy_desk {
    struct policy_terms terms;
    struct limit_gate *limits;
    struct charge_book *charges;
    struct buf login, sender_domain; /* of the request that runs */
};

struct policy_desk *policy_desk_new(const struct policy_terms *terms, uint32_t keys,
                                    uint32_t messages)
{
    struct policy_desk *desk = MEM_NEW(struct policy_desk);
    desk->terms = *terms;
    desk->limits = limit_gate_new(&desk->terms.limits, keys);
    desk->charges = charge_book_new(messages);
    return desk;
}

void policy_desk_free(struct policy_desk *desk)
{
    if (desk == NULL)
        return;
    limit_gate_free(desk->limits);
    charge_book_free(desk->charges);
    buf_done(&desk->login);
    buf_done(&desk->sender_domain);
    mem_free(desk);
}

void policy_desk_configure(struct policy_desk *desk, const struct policy_terms *terms)
{
    desk->terms = *terms;
    limit_gate_configure(desk->limits, &desk->terms.limits);
}

struct limit_gate *policy_desk_limits(struct policy_desk *desk)
{
    return desk->limits;
}

/* ---- who ---- */

static void add_lower(struct slice text, struct buf *to)
{
    buf_add(to, text);
    slice_copy_lower(text, to->ptr + to->len - text.len);
}

/* What stands behind the last `@`; empty: nothing. */
static struct slice domain_of(struct slice address)
{
    const char *at = slice_find_last_char(address, '@');
    return at == NULL ? SLICE("") : slice_between(at + 1, slice_end(address));
}

void policy_desk_login(const struct policy_terms *terms, struct slice login, struct buf *to)
{
    add_lower(login, to);
    if (login.len == 0 || terms->default_domain.len == 0 || slice_find_char(login, '@') != NULL)
        return;
    buf_add_char(to, '@');
    add_lower(terms->default_domain, to);
}

static struct limit_subject subject_of(struct policy_desk *desk,
                                       const struct policy_request *request)
{
    struct limit_subject who = {0};
    buf_clear(&desk->login);
    buf_clear(&desk->sender_domain);
    policy_desk_login(&desk->terms, request->sasl_username, &desk->login);
    add_lower(domain_of(request->sender), &desk->sender_domain);
    who.login = buf_slice(&desk->login);
    who.login_domain = domain_of(who.login);
    who.sender_domain = buf_slice(&desk->sender_domain);
    (void)ip_address_parse(request->client_address, &who.client); /* `unknown`: no rule about it */
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
static struct limit_load load_beyond(const struct policy_request *request,
                                     const struct limit_load *before)
{
    return (struct limit_load){
        .messages = more_than(1, before->messages),
        .recipients = more_than(request->recipient_count, before->recipients),
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

static void say(struct policy_desk *desk, const struct policy_decision *decision, int64_t now_us,
                struct buf *action)
{
    if (!decision->answer.over)
        buf_add_str(action, "DUNNO");
    else
        policy_words_over(&decision->answer.sternest, decision->login, desk->terms.slow_transport,
                          desk->terms.language, now_us, action);
}

static void look(struct policy_desk *desk, const struct limit_subject *who, int64_t now_us,
                 struct buf *action, struct policy_decision *out)
{
    out->load = (struct limit_load){.messages = 1, .recipients = 1};
    limit_gate_judge(desk->limits, who, &out->load, false, now_us, &out->answer);
    if (out->answer.passes)
        buf_add_str(action, "DUNNO");
    else
        say(desk, out, now_us, action);
}

/* Counts what is new and remembers the message with its answer. */
static void charge(struct policy_desk *desk, struct slice relay,
                   const struct policy_request *request, const struct limit_subject *who,
                   struct buf *action, struct policy_decision *out)
{
    size_t begin = action->len;
    int64_t now_us = out->answer.now_us;
    const struct charge *before = charge_book_find(desk->charges, relay, request->instance);
    struct charge now = {.who = *who, .at_us = now_us};
    if (before != NULL)
        now = *before;
    if (before != NULL && before->stage == (int)request->stage) {
        out->again = true;
        buf_add(action, before->answer);
        return;
    }
    out->load = load_beyond(request, &now.load);
    limit_gate_judge(desk->limits, who, &out->load, true, now_us, &out->answer);
    say(desk, out, now_us, action);
    out->counted = out->answer.passes;
    if (out->answer.passes)
        add_load(&now.load, &out->load);
    if (request->queue_id.len > 0)
        now.queue_id = request->queue_id;
    now.stage = (int)request->stage;
    now.answer = slice_skip(buf_slice(action), begin);
    charge_book_put(desk->charges, relay, request->instance, &now);
}

void policy_desk_answer(struct policy_desk *desk, struct slice relay,
                        const struct policy_request *request, int64_t now_us, struct buf *action,
                        struct policy_decision *out)
{
    struct limit_subject who = subject_of(desk, request);
    *out = (struct policy_decision){.stage = request->stage,
                                    .login = who.login,
                                    .exempt = is_exempt(&desk->terms, request, &who),
                                    .answer = {.now_us = now_us, .passes = true}};
    if (!out->exempt && request->stage == POLICY_STAGE_RCPT)
        look(desk, &who, now_us, action, out);
    else if (!out->exempt &&
             (request->stage == POLICY_STAGE_DATA || request->stage == POLICY_STAGE_END_OF_MESSAGE))
        charge(desk, relay, request, &who, action, out);
    else
        buf_add_str(action, "DUNNO");
}

bool policy_desk_give_back(struct policy_desk *desk, struct slice queue_id, struct slice login,
                           int64_t now_us)
{
    CLEANUP_BUF struct buf form = {0};
    policy_desk_login(&desk->terms, login, &form);
    const struct charge *charge =
        charge_book_find_queue_id(desk->charges, queue_id, buf_slice(&form));
    if (charge == NULL || charge->load.messages == 0)
        return false;
    limit_gate_give_back(desk->limits, &charge->who, &charge->load, charge->at_us, now_us);
    charge_book_clear(desk->charges, charge);
    return true;
}
