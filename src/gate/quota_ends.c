/* SPDX-License-Identifier: Apache-2.0
 *
 * How a case ends, see quota_desk_private.h.
 */
#include "gate/quota_desk_private.h"

#include "base/memory.h"
#include "base/wildcard.h"

/* Of a mailbox or a recipient, by his domain. */
const struct quota_rule *quota_desk_rule(const struct quota_desk *desk, struct slice address)
{
    static const struct quota_rule plain = {.over = QUOTA_OVER_REJECT};
    const char *at = slice_find_last_char(address, '@');
    struct slice domain = at == NULL ? SLICE("") : slice_between(at + 1, slice_end(address));
    for (size_t i = 0; i < desk->terms.rule_count; i++)
        if (wildcard_matches(desk->rules[i].domain, domain))
            return &desk->rules[i];
    return &plain;
}

/* ---- the end of a case ---- */

void quota_case_link(struct quota_case *of)
{
    struct quota_desk *desk = of->desk;
    of->older = desk->newest;
    *(of->older != NULL ? &of->older->newer : &desk->oldest) = of;
    desk->newest = of;
    desk->counts.cases++;
}

static void unlink_case(struct quota_case *of)
{
    struct quota_desk *desk = of->desk;
    *(of->older != NULL ? &of->older->newer : &desk->oldest) = of->newer;
    *(of->newer != NULL ? &of->newer->older : &desk->newest) = of->older;
    of->older = of->newer = NULL;
    desk->counts.cases--;
}

/* Who asks a server goes on to its answer; who waits for another one's does not. */
void quota_case_let_go(struct quota_case *of)
{
    if (of->lookup != NULL)
        of->lookup->of = NULL;
    of->lookup = NULL;
    for (size_t i = 0; i < of->count; i++) {
        struct quota_probe *probe = of->wishes[i].probe;
        of->wishes[i].probe = NULL;
        if (probe == NULL)
            continue;
        probe->of = NULL;
        if (probe->flight.leader == NULL)
            continue;
        quota_facts_leave(&probe->flight);
        mem_free(probe);
    }
    of->pending = 0;
}

void quota_case_end(struct quota_case *of, enum quota_result result)
{
    struct quota_desk *desk = of->desk;
    ASSERT(!of->decided);
    quota_case_let_go(of);
    unlink_case(of);
    of->decided = true;
    of->ruling.result = result;
    if (of->action.len == 0)
        buf_add_str(&of->action, "DUNNO");
    of->ruling.action = buf_slice(&of->action);
    of->ruling.words = buf_slice(&of->words);
    if (of->begins)
        return;
    of->is_ready = true;
    *desk->ready_end = of;
    desk->ready_end = &of->next_ready;
}

static void fail_case(struct quota_case *of)
{
    bool defers = of->desk->terms.defers_failures;
    if (defers)
        quota_words_failed(of->desk->terms.language, &of->action);
    quota_case_end(of, defers ? QUOTA_RESULT_PUT_OFF : QUOTA_RESULT_FAILED);
}

static void take_off_ready(struct quota_case *of)
{
    struct quota_case **place = &of->desk->ready;
    while (*place != of)
        place = &(*place)->next_ready;
    *place = of->next_ready;
    if (of->desk->ready_end == &of->next_ready)
        of->desk->ready_end = place;
}

struct quota_case *quota_desk_ready(struct quota_desk *desk)
{
    struct quota_case *of = desk->ready;
    if (of == NULL)
        return NULL;
    take_off_ready(of);
    of->is_ready = false;
    return of;
}

void quota_case_free(struct quota_case *of)
{
    if (of == NULL)
        return;
    if (!of->decided) {
        quota_case_let_go(of);
        unlink_case(of);
    }
    if (of->is_ready)
        take_off_ready(of);
    mailbox_search_free(of->found);
    quota_message_free(of->message);
    mailbox_finder_unref(of->finder);
    mem_free(of->wishes);
    buf_done(&of->action);
    buf_done(&of->words);
    mem_free(of);
}

/* ---- what becomes of the mailboxes ---- */

struct tally {
    size_t fits, over, unknown, failed;
    const struct quota_wish *first_over, *first_failed;
};

static bool is_over(const struct quota_wish *wish)
{
    return wish->state == QUOTA_WISH_SETTLED &&
           (wish->kind == QUOTA_OVER || wish->kind == QUOTA_TOO_LARGE);
}

static void tally_wish(const struct quota_wish *wish, struct tally *tally)
{
    if (wish->state != QUOTA_WISH_SETTLED) {
        tally->failed++;
        tally->first_failed = tally->first_failed != NULL ? tally->first_failed : wish;
    } else if (is_over(wish)) {
        tally->over++;
        tally->first_over = tally->first_over != NULL ? tally->first_over : wish;
    } else if (wish->kind == QUOTA_NO_USER) {
        tally->unknown++;
    } else {
        tally->fits++;
    }
}

static struct tally tally_of(const struct quota_case *of)
{
    struct tally tally = {0};
    for (size_t i = 0; i < of->count; i++)
        tally_wish(&of->wishes[i], &tally);
    return tally;
}

struct quota_message_id quota_case_id(const struct quota_case *of)
{
    const struct quota_ruling *ruling = &of->ruling;
    return (struct quota_message_id){of->relay, ruling->instance, ruling->sender, ruling->queue_id};
}

/* What is told of the first that is over. */
static int64_t note_over(struct quota_case *of, const struct quota_wish *wish)
{
    struct quota_standing standing = {0};
    struct quota_ruling *ruling = &of->ruling;
    (void)quota_facts_standing(of->desk->facts, wish->mailbox, &standing);
    ruling->mailbox = wish->mailbox;
    ruling->server = wish->server;
    ruling->full = standing.full;
    return standing.full ? standing.full_since_us : 0;
}

/* The mildest of the rules of those that are over. */
static const struct quota_rule *mildest_rule(const struct quota_case *of,
                                             const struct quota_wish *first)
{
    const struct quota_rule *mildest = quota_desk_rule(of->desk, first->mailbox);
    for (size_t i = 0; i < of->count; i++) {
        if (!is_over(&of->wishes[i]))
            continue;
        const struct quota_rule *rule = quota_desk_rule(of->desk, of->wishes[i].mailbox);
        if (rule->over > mildest->over)
            mildest = rule;
    }
    return mildest;
}

/* Larger than a mailbox may ever be is said of a message only if it is so of all of them. */
static enum quota_kind kind_of(const struct quota_case *of)
{
    for (size_t i = 0; i < of->count; i++)
        if (is_over(&of->wishes[i]) && of->wishes[i].kind == QUOTA_OVER)
            return QUOTA_OVER;
    return QUOTA_TOO_LARGE;
}

/* False: by rule it is taken all the same. */
static bool refuse(struct quota_case *of, const struct tally *tally)
{
    const struct quota_rule *rule = mildest_rule(of, tally->first_over);
    int64_t since_us = note_over(of, tally->first_over);
    if (rule->over == QUOTA_OVER_ACCEPT)
        return false;
    const struct quota_refusal refusal = {
        .kind = kind_of(of),
        .mailbox = of->ruling.mailbox,
        .words = buf_slice(&of->words),
        .size = of->ruling.size,
        .since_us = since_us,
    };
    quota_words_refuse(rule, &refusal, of->desk->terms.language, &of->action);
    quota_case_end(of, refusal.kind == QUOTA_OVER ? QUOTA_RESULT_OVER : QUOTA_RESULT_TOO_LARGE);
    return true;
}

/* ---- RCPT, let in ---- */

static enum quota_kind noted_kind(const struct quota_wish *wish)
{
    return wish->state == QUOTA_WISH_SETTLED ? wish->kind : QUOTA_TROUBLE;
}

/* Who leads elsewhere too can always be reached, so nothing is asked of him again. */
static void note(struct quota_case *of, int64_t now_us)
{
    const struct quota_message_id id = quota_case_id(of);
    size_t count = of->has_others ? 0 : of->count;
    struct quota_mailbox *mailboxes = MEM_NEW_ARRAY(struct quota_mailbox, count + 1);
    for (size_t i = 0; i < count; i++)
        mailboxes[i] = (struct quota_mailbox){.mailbox = of->wishes[i].mailbox,
                                              .server = of->wishes[i].server,
                                              .kind = noted_kind(&of->wishes[i])};
    (void)quota_memory_note(of->desk->memory, &id, mailboxes, count, of->ruling.near_full, now_us);
    mem_free(mailboxes);
}

void quota_case_let_in(struct quota_case *of, enum quota_result result, int64_t now_us)
{
    const struct quota_message_id id = quota_case_id(of);
    bool at_rcpt = of->ruling.stage == POLICY_STAGE_RCPT;
    if (at_rcpt && of->desk->terms.splits &&
        quota_memory_is_apart(of->desk->memory, &id, of->ruling.near_full, now_us)) {
        quota_words_apart(of->desk->terms.language, &of->action);
        quota_case_end(of, QUOTA_RESULT_APART);
        return;
    }
    if (at_rcpt)
        note(of, now_us);
    else
        for (size_t i = 0; i < of->count; i++)
            quota_facts_accepted(of->desk->facts, of->wishes[i].mailbox, of->ruling.size, now_us);
    quota_case_end(of, result);
}

/* A failure at RCPT lets in, or puts off. */
void quota_case_fail(struct quota_case *of, int64_t now_us)
{
    if (of->desk->terms.defers_failures)
        fail_case(of);
    else
        quota_case_let_in(of, QUOTA_RESULT_FAILED, now_us);
}

/* All mailboxes of the one recipient are settled. */
static void decide_recipient(struct quota_case *of, int64_t now_us)
{
    const struct tally tally = tally_of(of);
    of->ruling.over = tally.over;
    for (size_t i = 0; i < of->count; i++)
        of->ruling.near_full = of->ruling.near_full || of->wishes[i].near_full;
    if (tally.fits > 0 || of->has_others) {
        if (tally.over > 0)
            (void)note_over(of, tally.first_over);
        quota_case_let_in(of, tally.over > 0 ? QUOTA_RESULT_MIXED : QUOTA_RESULT_FITS, now_us);
    } else if (tally.failed > 0) {
        of->ruling.mailbox = tally.first_failed->mailbox;
        of->ruling.server = tally.first_failed->server;
        quota_case_fail(of, now_us);
    } else if (tally.over == 0 &&
               quota_desk_rule(of->desk, of->ruling.recipient)->rejects_unknown) {
        quota_words_unknown(of->desk->terms.language, &of->action);
        quota_case_end(of, QUOTA_RESULT_NO_USER);
    } else if (tally.over == 0) {
        quota_case_let_in(of, QUOTA_RESULT_UNKNOWN, now_us);
    } else if (!refuse(of, &tally)) {
        quota_case_let_in(of, QUOTA_RESULT_TOLERATED, now_us);
    }
}

/* ---- a message at its end ---- */

/* How many recipients are asked about, and how many of them have no mailbox that is not over.
 * Wishes are in the order of recipients. */
static size_t count_recipients(const struct quota_case *of, size_t *lost)
{
    size_t count = 0;
    *lost = 0;
    for (size_t i = 0; i < of->count; count++) {
        uint32_t recipient = of->wishes[i].recipient;
        bool all = true;
        for (; i < of->count && of->wishes[i].recipient == recipient; i++)
            all = all && is_over(&of->wishes[i]);
        *lost += all;
    }
    return count;
}

static void decide_message(struct quota_case *of, int64_t now_us)
{
    const struct tally tally = tally_of(of);
    size_t lost, recipients = count_recipients(of, &lost);
    bool refusable = quota_message_has_all(of->message, of->recipient_count) &&
                     recipients == quota_message_recipients(of->message);
    of->ruling.over = tally.over;
    if (refusable && recipients > 0 && lost == recipients) {
        if (!refuse(of, &tally))
            quota_case_let_in(of, QUOTA_RESULT_TOLERATED, now_us);
    } else if (refusable && tally.failed > 0 && tally.fits == 0) {
        of->ruling.mailbox = tally.first_failed->mailbox;
        of->ruling.server = tally.first_failed->server;
        fail_case(of);
    } else if (tally.over > 0) {
        (void)note_over(of, tally.first_over);
        quota_case_let_in(of, QUOTA_RESULT_MIXED, now_us);
    } else {
        quota_case_let_in(of, QUOTA_RESULT_FITS, now_us);
    }
}

void quota_case_decide(struct quota_case *of, int64_t now_us)
{
    if (of->message != NULL)
        decide_message(of, now_us);
    else
        decide_recipient(of, now_us);
}
