/* SPDX-License-Identifier: Apache-2.0
 *
 * What is known of the mailboxes of a case, and what their servers are asked; see
 * quota_desk_private.h.
 */
#include "gate/quota_desk_private.h"

#include "base/memory.h"

static void start(struct quota_case *of, struct quota_wish *wish, int64_t now_us);

static void keep_words(struct quota_case *of, enum quota_kind kind, struct slice words)
{
    if (of->words.len == 0 && (kind == QUOTA_OVER || kind == QUOTA_TOO_LARGE))
        buf_add(&of->words, slice_first(words, QUOTA_DESK_TEXT_MAX));
}

/* Without room for near_full bytes it is asked about the size itself. */
static void settle(struct quota_case *of, struct quota_wish *wish, enum quota_kind kind,
                   struct slice words, int64_t now_us)
{
    bool over = kind == QUOTA_OVER || kind == QUOTA_TOO_LARGE;
    wish->state = QUOTA_WISH_OPEN;
    if (wish->probes && over) {
        wish->probes = false;
        wish->near_full = true;
        start(of, wish, now_us);
        return;
    }
    wish->near_full = wish->near_full && !over;
    wish->state = QUOTA_WISH_SETTLED;
    wish->kind = kind;
    keep_words(of, kind, words);
    of->hopeless = of->hopeless || kind == QUOTA_FITS;
}

void quota_wish_fail(struct quota_case *of, struct quota_wish *wish)
{
    wish->state = QUOTA_WISH_FAILED;
    of->hopeless = true;
}

static void on_woken(struct quota_flight *flight, const struct quota_fact *fact, bool failed);

static bool ask_server(struct quota_case *of, const struct quota_wish *wish, uint64_t size)
{
    const struct quota_question question = {.recipient = wish->mailbox, .size = size};
    of->ruling.asked = true;
    return of->desk->doors.ask(of->desk->doors.context, wish->server, &question, wish->probe);
}

static void start(struct quota_case *of, struct quota_wish *wish, int64_t now_us)
{
    struct quota_desk *desk = of->desk;
    struct quota_fact fact;
    struct quota_probe *probe = MEM_NEW(struct quota_probe);
    probe->flight.woken = on_woken;
    probe->desk = desk;
    probe->of = of;
    probe->wish = (size_t)(wish - of->wishes);
    probe->size = wish->probes ? desk->terms.near_full : of->ruling.size;
    enum quota_turn turn =
        quota_facts_find(desk->facts, wish->mailbox, probe->size, now_us, &probe->flight, &fact);
    if (turn == QUOTA_TURN_KNOWN) {
        mem_free(probe);
        settle(of, wish, fact.kind, fact.text, now_us);
        return;
    }
    wish->probe = probe;
    if (turn == QUOTA_TURN_ASK && !ask_server(of, wish, probe->size)) {
        wish->probe = NULL;
        quota_facts_land(desk->facts, &probe->flight, NULL, now_us);
        mem_free(probe);
        quota_wish_fail(of, wish);
        return;
    }
    wish->state = QUOTA_WISH_ASKED;
    of->pending++;
}

/* Starts what may start; decides when nothing is under way. */
void quota_case_advance(struct quota_case *of, int64_t now_us)
{
    while (of->next < of->count && of->pending < QUOTA_DESK_WINDOW) {
        bool enough = of->next >= QUOTA_DESK_WINDOW && of->hopeless && of->message != NULL;
        if (enough)
            break;
        start(of, &of->wishes[of->next++], now_us);
    }
    if (of->pending > 0)
        return;
    of->ruling.mailboxes = of->count;
    of->count = of->next; /* what was not asked about says nothing */
    quota_case_decide(of, now_us);
}

/* The wish of a probe that is over, and the case with it; NULL: nobody waits. */
static struct quota_case *take_back(const struct quota_probe *probe, struct quota_wish **wish)
{
    struct quota_case *of = probe->of;
    if (of == NULL)
        return NULL;
    *wish = &of->wishes[probe->wish];
    (*wish)->probe = NULL;
    (*wish)->state = QUOTA_WISH_OPEN;
    of->pending--;
    return of;
}

static void on_woken(struct quota_flight *flight, const struct quota_fact *fact, bool failed)
{
    struct quota_probe *probe = (struct quota_probe *)(void *)flight;
    struct quota_wish *wish;
    struct quota_case *of = take_back(probe, &wish);
    int64_t now_us = probe->desk->now_us;
    mem_free(probe);
    if (of == NULL)
        return;
    if (fact != NULL)
        settle(of, wish, fact->kind, fact->text, now_us);
    else if (failed)
        quota_wish_fail(of, wish);
    else
        start(of, wish, now_us);
    quota_case_advance(of, now_us);
}

void quota_desk_heard(struct quota_desk *desk, struct quota_probe *probe,
                      const struct quota_answer *answer, int64_t now_us)
{
    struct quota_wish *wish;
    bool failed = answer == NULL || answer->kind == QUOTA_TROUBLE;
    desk->now_us = now_us;
    quota_facts_land(desk->facts, &probe->flight, answer, now_us);
    struct quota_case *of = take_back(probe, &wish);
    mem_free(probe);
    if (of == NULL)
        return;
    if (failed)
        quota_wish_fail(of, wish);
    else
        settle(of, wish, answer->kind, answer->text, now_us);
    quota_case_advance(of, now_us);
}
