/* SPDX-License-Identifier: Apache-2.0
 *
 * See quota_desk.h.
 */
#include "gate/quota_desk_private.h"

#include "base/memory.h"

const char *quota_result_word(enum quota_result result)
{
    static const char *const words[] = {
#define X(name, word) word,
        QUOTA_RESULTS(X)
#undef X
    };
    return words[result];
}

/* ---- terms ---- */

static struct slice keep(struct arena *arena, struct slice text)
{
    return slice_of(arena_copy(arena, text.ptr, text.len), text.len);
}

static void take_terms(struct quota_desk *desk, const struct quota_desk_terms *terms)
{
    struct mailbox_finder *before = desk->terms.finder;
    desk->terms = *terms;
    desk->terms.finder = mailbox_finder_ref(terms->finder);
    mailbox_finder_unref(before);
    mem_free(desk->rules);
    arena_free(desk->arena);
    desk->arena = arena_new(1024);
    desk->rules = MEM_NEW_ARRAY(struct quota_rule, terms->rule_count + 1);
    for (size_t i = 0; i < terms->rule_count; i++) {
        desk->rules[i] = terms->rules[i];
        desk->rules[i].domain = keep(desk->arena, terms->rules[i].domain);
        desk->rules[i].text = keep(desk->arena, terms->rules[i].text);
    }
    desk->terms.rules = desk->rules;
}

struct quota_desk *quota_desk_new(const struct quota_desk_terms *terms,
                                  const struct quota_desk_doors *doors)
{
    struct quota_desk *desk = MEM_NEW(struct quota_desk);
    desk->doors = *doors;
    desk->ready_end = &desk->ready;
    desk->facts = quota_facts_new(&terms->facts);
    desk->memory = quota_memory_new(&(struct quota_memory_options){.key = terms->facts.key});
    take_terms(desk, terms);
    return desk;
}

void quota_desk_free(struct quota_desk *desk)
{
    if (desk == NULL)
        return;
    ASSERT(desk->oldest == NULL);
    mailbox_finder_unref(desk->terms.finder);
    quota_facts_free(desk->facts);
    quota_memory_free(desk->memory);
    mem_free(desk->rules);
    arena_free(desk->arena);
    mem_free(desk);
}

void quota_desk_configure(struct quota_desk *desk, const struct quota_desk_terms *terms)
{
    quota_facts_set(desk->facts, &terms->facts);
    take_terms(desk, terms);
}

/* ---- recipients ---- */

static void wish_for(struct quota_case *of, const struct mailbox_result *result)
{
    const struct quota_desk *desk = of->desk;
    const struct finder_terms *terms = mailbox_finder_terms(of->finder);
    of->has_others = result->elsewhere > 0;
    of->wishes = MEM_NEW_ARRAY(struct quota_wish, result->count);
    for (size_t i = 0; i < result->count; i++)
        of->wishes[i] = (struct quota_wish){
            .mailbox = result->mailboxes[i].address,
            .server = terms->names[result->mailboxes[i].server].name,
            .probes = desk->terms.splits && of->ruling.stage == POLICY_STAGE_RCPT &&
                      of->ruling.size < desk->terms.near_full,
        };
    of->count = result->count;
}

static void take_result(struct quota_case *of, int64_t now_us)
{
    const struct mailbox_result *result = mailbox_search_result(of->found);
    switch (result->end) {
    case MAILBOX_END_MAILBOXES:
        wish_for(of, result);
        quota_case_advance(of, now_us);
        return;
    case MAILBOX_END_NO_USER:
        quota_case_decide(of, now_us);
        return;
    case MAILBOX_END_TROUBLE:
        quota_case_fail(of, now_us);
        return;
    case MAILBOX_END_ELSEWHERE:
    case MAILBOX_END_NO_DOMAIN:
    case MAILBOX_END_TOO_MANY:
    case MAILBOX_END_LOOP:
    case MAILBOX_END_NO_ADDRESS:
        break;
    }
    quota_case_let_in(of, QUOTA_RESULT_ELSEWHERE, now_us);
}

void quota_desk_found(struct quota_desk *desk, struct quota_lookup *lookup, int64_t now_us)
{
    struct quota_case *of = lookup->of;
    desk->now_us = now_us;
    if (of == NULL) {
        mailbox_search_free(lookup->search);
        mem_free(lookup);
        return;
    }
    of->found = lookup->search;
    of->lookup = NULL;
    mem_free(lookup);
    take_result(of, now_us);
}

static void find(struct quota_case *of, int64_t now_us)
{
    struct quota_desk *desk = of->desk;
    struct quota_lookup *lookup = MEM_NEW(struct quota_lookup);
    of->finder = mailbox_finder_ref(desk->terms.finder);
    lookup->search = mailbox_search_new(of->finder, of->ruling.recipient);
    lookup->of = of;
    of->lookup = lookup;
    if (desk->doors.find(desk->doors.context, lookup))
        quota_desk_found(desk, lookup, now_us);
}

/* ---- questions ---- */

static void ask_again(struct quota_case *of, int64_t now_us)
{
    size_t count = quota_message_count(of->message);
    of->wishes = MEM_NEW_ARRAY(struct quota_wish, count + 1);
    for (size_t i = 0; i < count; i++) {
        struct quota_mailbox mailbox = quota_message_mailbox(of->message, i);
        of->wishes[i] = (struct quota_wish){
            .mailbox = mailbox.mailbox, .server = mailbox.server, .recipient = mailbox.recipient};
    }
    of->count = count;
    quota_case_advance(of, now_us);
}

/* Postfix names the recipient of a message that has one. */
static void end_message(struct quota_case *of, int64_t now_us)
{
    const struct quota_message_id id = quota_case_id(of);
    struct quota_message *message = quota_memory_take(of->desk->memory, &id, now_us);
    if (of->recipient_count == 1 && of->ruling.recipient.len > 0) {
        quota_message_free(message);
        find(of, now_us);
    } else if (message == NULL) {
        quota_case_end(of, QUOTA_RESULT_UNREMEMBERED);
    } else {
        of->message = message;
        ask_again(of, now_us);
    }
}

static struct quota_case *case_new(struct quota_desk *desk, struct slice relay,
                                   const struct policy_request *request)
{
    const struct slice from[] = {relay,
                                 request->recipient,
                                 slice_first(request->sender, QUOTA_DESK_TEXT_MAX),
                                 slice_first(request->client_address, QUOTA_DESK_TEXT_MAX),
                                 slice_first(request->queue_id, QUOTA_DESK_TEXT_MAX),
                                 slice_first(request->instance, QUOTA_DESK_TEXT_MAX)};
    size_t bytes = 0;
    for (size_t i = 0; i < sizeof(from) / sizeof(from[0]); i++)
        bytes += from[i].len;
    struct quota_case *of = mem_new(1, sizeof(*of) + bytes + 1);
    struct quota_ruling *ruling = &of->ruling;
    struct slice *to[] = {&of->relay,      &ruling->recipient, &ruling->sender,
                          &ruling->client, &ruling->queue_id,  &ruling->instance};
    char *at = of->texts;
    for (size_t i = 0; i < sizeof(to) / sizeof(to[0]); i++)
        *to[i] = slice_put(from[i], &at);
    of->desk = desk;
    ruling->stage = request->stage;
    ruling->size = request->size;
    of->recipient_count = request->recipient_count;
    return of;
}

struct quota_case *quota_desk_begin(struct quota_desk *desk, struct slice relay,
                                    const struct policy_request *request, int64_t now_us)
{
    struct quota_case *of = case_new(desk, relay, request);
    desk->now_us = of->begun_us = now_us;
    of->begins = true;
    quota_case_link(of);
    if (request->stage == POLICY_STAGE_RCPT)
        find(of, now_us);
    else if (request->stage == POLICY_STAGE_END_OF_MESSAGE)
        end_message(of, now_us);
    else
        quota_case_end(of, QUOTA_RESULT_STAGE);
    of->begins = false;
    return of;
}

const struct quota_ruling *quota_case_ruling(const struct quota_case *of)
{
    return of->decided ? &of->ruling : NULL;
}

void quota_case_mark(struct quota_case *of, void *mark)
{
    of->mark = mark;
}

void *quota_case_marked(const struct quota_case *of)
{
    return of->mark;
}

/* ---- ticks ---- */

static void lose_patience(struct quota_case *of, int64_t now_us)
{
    bool finds = of->lookup != NULL;
    of->desk->counts.impatience++;
    quota_case_let_go(of);
    for (size_t i = 0; i < of->count; i++)
        if (of->wishes[i].state != QUOTA_WISH_SETTLED)
            quota_wish_fail(of, &of->wishes[i]);
    of->next = of->count;
    if (finds)
        quota_case_fail(of, now_us);
    else
        quota_case_advance(of, now_us);
}

void quota_desk_tick(struct quota_desk *desk, int64_t now_us)
{
    struct quota_case *of;
    desk->now_us = now_us;
    while ((of = desk->oldest) != NULL && now_us - of->begun_us >= desk->terms.patience_us)
        lose_patience(of, now_us);
    quota_memory_tidy(desk->memory, now_us);
}

struct quota_desk_counts quota_desk_counts(const struct quota_desk *desk)
{
    struct quota_desk_counts counts = desk->counts;
    counts.facts = quota_facts_counts(desk->facts);
    counts.memory = quota_memory_counts(desk->memory);
    return counts;
}

const struct quota_facts *quota_desk_facts(const struct quota_desk *desk)
{
    return desk->facts;
}
