/* SPDX-License-Identifier: Apache-2.0
 *
 * See decision_book.h.
 */
#include "app/decision_book.h"

#include "watch/lru_table.h"

/* Whose newest is in front of `next`. */
struct ring {
    struct policy_event *events[DECISIONS_KEPT]; /* NULL: not yet */
    uint32_t times[DECISIONS_KEPT];
    unsigned next;
};

/* Of one account. Limits in shadow apart: they say much, and nothing was done. */
struct row {
    struct ring acted, shadow;
};

struct decision_book {
    struct lru_table *logins; /* by hash: the texts are compared too */
    struct row *rows;         /* by the number of the table, from 1 on */
};

struct decision_book *decision_book_new(void)
{
    struct decision_book *book = MEM_NEW(struct decision_book);
    book->logins = lru_table_new(DECISION_LOGINS);
    book->rows = MEM_NEW_ARRAY(struct row, DECISION_LOGINS + 1);
    return book;
}

static void clear_ring(struct ring *ring)
{
    for (size_t i = 0; i < DECISIONS_KEPT; i++)
        policy_event_free(ring->events[i]);
    *ring = (struct ring){0};
}

static void clear(struct row *row)
{
    clear_ring(&row->acted);
    clear_ring(&row->shadow);
}

void decision_book_free(struct decision_book *book)
{
    if (book == NULL)
        return;
    for (size_t i = 0; i <= DECISION_LOGINS; i++)
        clear(&book->rows[i]);
    lru_table_free(book->logins);
    mem_free(book->rows);
    mem_free(book);
}

/* The place of the newest. */
static unsigned newest_of(const struct ring *ring)
{
    return (ring->next + DECISIONS_KEPT - 1) % DECISIONS_KEPT;
}

static bool is_of(const struct row *row, struct slice login)
{
    const struct policy_event *one = row->acted.events[newest_of(&row->acted)];
    if (one == NULL)
        one = row->shadow.events[newest_of(&row->shadow)];
    return one != NULL && slice_eq(one->login, login);
}

static bool is_again(const struct policy_event *before, const struct policy_event *event)
{
    return before != NULL && event->instance.len > 0 &&
           slice_eq(before->instance, event->instance) && slice_eq(before->rule, event->rule) &&
           before->action == event->action && before->shadow == event->shadow;
}

void decision_book_put(struct decision_book *book, struct policy_event *event)
{
    bool fresh;
    if (event->login.len == 0) {
        policy_event_free(event);
        return;
    }
    struct row *row = &book->rows[lru_table_use(book->logins, slice_hash(event->login), &fresh)];
    if (fresh || !is_of(row, event->login))
        clear(row);
    struct ring *ring = event->shadow ? &row->shadow : &row->acted;
    unsigned newest = newest_of(ring), at = ring->next;
    uint32_t times = 1;
    if (is_again(ring->events[newest], event)) {
        at = newest;
        times = ring->times[at] < UINT32_MAX ? ring->times[at] + 1 : UINT32_MAX;
    }
    policy_event_free(ring->events[at]);
    ring->events[at] = event;
    ring->times[at] = times;
    ring->next = (at + 1) % DECISIONS_KEPT;
}

static void each_of(const struct ring *ring, decision_see see, void *context)
{
    unsigned at = newest_of(ring);
    for (size_t i = 0; i < DECISIONS_KEPT && ring->events[at] != NULL; i++) {
        see(context, ring->events[at], ring->times[at]);
        at = (at + DECISIONS_KEPT - 1) % DECISIONS_KEPT;
    }
}

void decision_book_each(const struct decision_book *book, struct slice login, decision_see see,
                        void *context)
{
    uint32_t number = lru_table_find(book->logins, slice_hash(login));
    const struct row *row = &book->rows[number];
    if (number == 0 || !is_of(row, login))
        return;
    each_of(&row->acted, see, context);
    each_of(&row->shadow, see, context);
}
