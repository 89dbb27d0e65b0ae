/* SPDX-License-Identifier: Apache-2.0
 *
 * Domains of senders. See sender_book.h.
 */
#include "watch/sender_book.h"

#include "base/buf.h"
#include "base/intern.h"
#include "base/memory.h"

struct sender {
    uint64_t serial;
    uint32_t domain; /* INTERN_OTHER: not known */
};

/* Domains seen lately as they were written, direct-mapped by hash: most mail comes from few, and
 * they need not be made small and looked up again. */
#define SEEN 1024 /* power of two */

struct seen_domain {
    uint64_t hash; /* 0: empty */
    uint32_t number;
};

struct sender_book {
    struct intern *domains;
    struct seen_domain seen[SEEN];
    struct sender *senders; /* [number] */
    uint32_t capacity;
    struct buf text;
};

struct sender_book *sender_book_new(void)
{
    struct sender_book *book = MEM_NEW(struct sender_book);
    book->domains = intern_new(SENDER_DOMAINS);
    return book;
}

void sender_book_free(struct sender_book *book)
{
    if (book == NULL)
        return;
    intern_free(book->domains);
    mem_free(book->senders);
    buf_done(&book->text);
    mem_free(book);
}

static struct sender *sender_of(struct sender_book *book, uint32_t number)
{
    if (number >= book->capacity) {
        uint32_t capacity = book->capacity ? book->capacity : 1024;
        while (capacity <= number)
            capacity *= 2;
        book->senders = mem_resize(book->senders, capacity, sizeof(*book->senders));
        for (uint32_t i = book->capacity; i < capacity; i++)
            book->senders[i] = (struct sender){0};
        book->capacity = capacity;
    }
    return &book->senders[number];
}

/* Room is made once, not for each letter. */
static uint32_t look_up(struct sender_book *book, struct slice domain)
{
    buf_clear(&book->text);
    char *lower = buf_reserve(&book->text, domain.len);
    slice_copy_lower(domain, lower);
    return intern_id(book->domains, slice_of(lower, domain.len));
}

/* One for which there was no room is looked up each time, so that it is counted. */
static uint32_t domain_number(struct sender_book *book, struct slice domain)
{
    uint64_t hash = slice_hash(domain) | 1;
    struct seen_domain *seen = &book->seen[hash >> 1 & (SEEN - 1)];
    if (seen->hash == hash)
        return seen->number;
    uint32_t number = look_up(book, domain);
    if (number != INTERN_OTHER)
        *seen = (struct seen_domain){hash, number};
    return number;
}

void sender_book_note(struct sender_book *book, uint32_t number, uint64_t serial, struct slice from)
{
    const char *at = slice_find_last_char(from, '@');
    struct sender sender = {.serial = serial, .domain = INTERN_OTHER};
    if (at != NULL && at + 1 < slice_end(from))
        sender.domain = domain_number(book, slice_between(at + 1, slice_end(from)));
    *sender_of(book, number) = sender;
}

struct slice sender_book_domain(const struct sender_book *book, uint32_t number, uint64_t serial)
{
    if (number >= book->capacity || book->senders[number].serial != serial ||
        book->senders[number].domain == INTERN_OTHER)
        return (struct slice){NULL, 0};
    return intern_get(book->domains, book->senders[number].domain);
}

uint64_t sender_book_left_out(const struct sender_book *book)
{
    return intern_overflows(book->domains);
}
