/* SPDX-License-Identifier: Apache-2.0
 *
 * See recipient_book.h.
 */
#include "gate/recipient_book.h"

#include "base/memory.h"

enum { WAYS = 8 };

/* second 0: free. Seconds since 1970 end in 2106. */
struct place {
    uint32_t print, second;
};

/* As long as a line of the cache: a look-up is one miss, or two. */
struct line {
    struct place places[WAYS];
};

struct recipient_book {
    struct line *lines;
    uint32_t mask;
    uint64_t crowded_out;
};

struct recipient_book *recipient_book_new(uint32_t max)
{
    struct recipient_book *book = MEM_NEW(struct recipient_book);
    uint32_t lines = 1;
    ASSERT(max > 0 && max <= UINT32_C(1) << 28);
    while ((uint64_t)lines * WAYS < (uint64_t)max * 2)
        lines *= 2;
    book->lines = MEM_NEW_ARRAY(struct line, lines);
    book->mask = lines - 1;
    return book;
}

void recipient_book_free(struct recipient_book *book)
{
    if (book == NULL)
        return;
    mem_free(book->lines);
    mem_free(book);
}

static uint32_t second_of(int64_t now_us)
{
    int64_t second = now_us / 1000000;
    return second < 1 ? 1 : (uint32_t)second;
}

static uint32_t print_of(uint64_t pair)
{
    return (uint32_t)(pair >> 32);
}

/* What lies further ahead than the time was put by a clock that was wrong. */
static bool is_live(const struct place *place, int64_t within_us, uint32_t now)
{
    uint32_t apart = place->second > now ? place->second - now : now - place->second;
    return place->second != 0 && apart <= within_us / 1000000;
}

bool recipient_book_has(const struct recipient_book *book, uint64_t pair, int64_t within_us,
                        int64_t now_us)
{
    const struct line *line = &book->lines[(uint32_t)pair & book->mask];
    uint32_t print = print_of(pair), now = second_of(now_us);
    for (size_t i = 0; i < WAYS; i++)
        if (line->places[i].print == print && is_live(&line->places[i], within_us, now))
            return true;
    return false;
}

/* Its own place, or one that is free or over, or the oldest. */
static struct place *place_for(struct line *line, uint32_t print, int64_t within_us, uint32_t now)
{
    struct place *oldest = &line->places[0], *over = NULL;
    for (size_t i = 0; i < WAYS; i++) {
        struct place *place = &line->places[i];
        if (place->print == print && place->second != 0)
            return place;
        if (!is_live(place, within_us, now))
            over = place;
        if (place->second < oldest->second)
            oldest = place;
    }
    return over != NULL ? over : oldest;
}

void recipient_book_put(struct recipient_book *book, uint64_t pair, int64_t within_us,
                        int64_t now_us)
{
    uint32_t print = print_of(pair), now = second_of(now_us);
    struct place *place =
        place_for(&book->lines[(uint32_t)pair & book->mask], print, within_us, now);
    if (place->print != print && is_live(place, within_us, now))
        book->crowded_out++;
    *place = (struct place){print, now};
}

uint64_t recipient_book_crowded_out(const struct recipient_book *book)
{
    return book->crowded_out;
}
