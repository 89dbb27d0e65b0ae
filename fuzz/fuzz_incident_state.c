/* SPDX-License-Identifier: Apache-2.0
 *
 * The state of the book of incidents, whatever the bytes: refused or whole. What was loaded lives
 * on: time passes, detectors speak, notices are sound, and saving and loading it again gives the
 * same.
 */
#include "base/memory.h"
#include "respond/incident_book.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NOW INT64_C(1772438400000000)

static void check_notice(void *data, const struct notice *notice)
{
    size_t *left = data;
    ASSERT((*left)-- > 0); /* nothing is told for ever */
    ASSERT(notice->count >= 1 && notice->count <= notice->total);
    ASSERT(notice->count <= NOTICE_ITEMS_MAX);
    ASSERT(notice->page.len > 0 && notice->page.len <= INCIDENT_ID_LEN);
    for (size_t i = 0; i < notice->count; i++)
        ASSERT(notice->items[i].id.len == INCIDENT_ID_LEN);
}

static void check_view(void *data, const struct incident_view *view)
{
    size_t *count = data;
    ++*count;
    ASSERT((view->state == INCIDENT_STATE_CLOSED) == !incident_is_open(view->incident));
    ASSERT((int)view->incident->kind < INCIDENT_KIND_COUNT);
    ASSERT(view->seen_us <= NOW);
}

/* What was loaded, saved and loaded again is saved the same. */
static void check_again(const struct incident_book *book, const struct incident_book_settings *set)
{
    CLEANUP_BUF struct buf first = {0}, second = {0};
    struct incident_book *again = incident_book_new(set, NULL, NULL);
    incident_book_save(book, &first);
    ASSERT(incident_book_load(again, buf_slice(&first), NOW, NULL));
    incident_book_save(again, &second);
    ASSERT(slice_eq(buf_slice(&first), buf_slice(&second)));
    incident_book_free(again);
}

static void live_on(struct incident_book *book)
{
    struct incident block = {.kind = INCIDENT_BLOCK,
                             .relay = SLICE("relay1"),
                             .source = SLICE("out-a"),
                             .provider = SLICE("docomo"),
                             .opened_us = NOW,
                             .closed_us = INCIDENT_OPEN,
                             .hits = 10,
                             .attempts = 20};
    int64_t now_us = NOW, due_us;
    incident_book_take(book, &block, now_us);
    for (int i = 0; i < 50 && (due_us = incident_book_next_due(book)) < INT64_MAX; i++) {
        now_us = due_us > now_us ? due_us : now_us;
        incident_book_advance(book, now_us);
    }
    block.closed_us = now_us;
    incident_book_take(book, &block, now_us);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct incident_book_settings settings = INCIDENT_BOOK_SETTINGS;
    size_t left = 1000000, count = 0;
    struct incident_book *book = incident_book_new(&settings, check_notice, &left);
    if (incident_book_load(book, slice_of((const char *)data, size), NOW, NULL)) {
        incident_book_visit(book, NOW, check_view, &count);
        check_again(book, &settings);
    }
    live_on(book);
    incident_book_free(book);
    return 0;
}
