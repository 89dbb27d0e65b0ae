/* SPDX-License-Identifier: Apache-2.0
 *
 * See part_book.h.
 */
#include "app/part_book.h"

#include "base/memory.h"

enum said { SAID_NOTHING, SAID_BAD, SAID_KEEP };

struct part {
    struct buf name, words;
    enum incident_severity severity;
    enum said said; /* in this turn */
    struct part_health health;
};

struct part_book {
    enum incident_kind kind;
    struct buf relay;
    struct part parts[PART_BOOK_MAX];
    size_t count;
};

struct part_book *part_book_new(enum incident_kind kind, struct slice relay)
{
    struct part_book *book = MEM_NEW(struct part_book);
    book->kind = kind;
    buf_add(&book->relay, relay);
    return book;
}

static void part_done(struct part *part)
{
    buf_done(&part->name);
    buf_done(&part->words);
    part_health_done(&part->health);
}

void part_book_free(struct part_book *book)
{
    if (book == NULL)
        return;
    for (size_t i = 0; i < book->count; i++)
        part_done(&book->parts[i]);
    buf_done(&book->relay);
    mem_free(book);
}

static size_t number_of(const struct part_book *book, struct slice name)
{
    size_t i = 0;
    name = slice_first(name, PART_BOOK_NAME_MAX);
    while (i < book->count && !slice_eq(buf_slice(&book->parts[i].name), name))
        i++;
    return i;
}

/* NULL: there are too many. */
static struct part *part_of(struct part_book *book, struct slice name)
{
    size_t number = number_of(book, name);
    if (number == PART_BOOK_MAX)
        return NULL;
    struct part *part = &book->parts[number];
    if (number == book->count) {
        book->count++;
        *part = (struct part){0};
        buf_add(&part->name, slice_first(name, PART_BOOK_NAME_MAX));
    }
    return part;
}

void part_book_resume(struct part_book *book, const struct incident *known)
{
    if (known->kind != book->kind || !incident_is_open(known) ||
        !slice_eq(known->relay, buf_slice(&book->relay)))
        return;
    struct part *part = part_of(book, known->name);
    if (part == NULL || !part_health_is_well(&part->health))
        return;
    part->severity = known->severity;
    part_health_resume(&part->health, known);
}

void part_book_say(struct part_book *book, const struct part_ailment *ailment)
{
    struct part *part = part_of(book, ailment->name);
    if (part == NULL)
        return;
    buf_clear(&part->words);
    buf_add(&part->words, ailment->words);
    part->severity = ailment->severity;
    part->said = SAID_BAD;
}

void part_book_keep(struct part_book *book, struct slice name)
{
    size_t number = number_of(book, name);
    if (number < book->count && book->parts[number].said == SAID_NOTHING)
        book->parts[number].said = SAID_KEEP;
}

void part_book_keep_others(struct part_book *book)
{
    for (size_t i = 0; i < book->count; i++)
        if (book->parts[i].said == SAID_NOTHING)
            book->parts[i].said = SAID_KEEP;
}

bool part_book_is_open(const struct part_book *book, struct slice name)
{
    size_t number = number_of(book, name);
    return number < book->count && book->parts[number].health.opened_us != 0;
}

/* What is well is as if it had never been. */
static void drop_well(struct part_book *book)
{
    size_t kept = 0;
    for (size_t i = 0; i < book->count; i++) {
        if (part_health_is_well(&book->parts[i].health))
            part_done(&book->parts[i]);
        else
            book->parts[kept++] = book->parts[i];
    }
    book->count = kept;
}

void part_book_tell(struct part_book *book, int64_t now_us, incident_tell tell, void *data)
{
    for (size_t i = 0; i < book->count; i++) {
        struct part *part = &book->parts[i];
        enum said said = part->said;
        struct incident incident;
        const struct incident like = {
            .kind = book->kind,
            .scope = INCIDENT_SCOPE_RELAY,
            .severity = part->severity,
            .relay = buf_slice(&book->relay),
            .name = buf_slice(&part->name),
        };
        const struct part_trouble of_part = {.words = said == SAID_BAD ? buf_slice(&part->words)
                                                                       : SLICE("")};
        part->said = SAID_NOTHING;
        if (said != SAID_KEEP &&
            part_health_take(&part->health, &like, &of_part, now_us, &incident))
            tell(data, &incident);
    }
    drop_well(book);
}
