/* SPDX-License-Identifier: Apache-2.0
 *
 * See login_past.h. Bytes are read twice: first to see that they are good, then into the table.
 */
#include "watch/login_past.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/civil.h"
#include "base/intern.h"
#include "base/memory.h"
#include "store/history_bytes.h"

#define MARK SLICE("todoku logins\n")
#define VERSION 1
#define DAY_US (SECONDS_PER_DAY * US_PER_SECOND)
#define COUNT_MAX (UINT64_C(1) << 53) /* that a double holds */

enum { WITH_VOLUME = 1, LEARNED = 2, ABOVE = 4, SURGING = 8 }; /* flags of a row */

/* As it was read. */
struct row {
    struct slice name;
    uint64_t client_bits;
    struct surge_login surge; /* without its volume */
    struct surge_volume volume;
    bool with_volume;
};

/* Of a login in the order of rows. */
struct place {
    uint32_t number, peak;
};

/* ---- writing ---- */

/* Counts of the login begin at 0 again, so what is kept of them is how much came since then. */
static void write_above(const struct login *login, struct buf *to)
{
    const struct surge_counts *above = &login->surge.volume->above;
    history_bytes_add(to, (uint64_t)above->opened_us);
    history_bytes_add(to, (uint64_t)above->last_us);
    history_bytes_add(to, above->recipients);
    history_bytes_add(to, above->messages);
    history_bytes_add_double(to, above->normal);
    history_bytes_add_double(to, above->limit);
    history_bytes_add(to, above->clients);
    history_bytes_add(to, above->foreign);
    history_bytes_add(to, login->recipients - above->ended);
    history_bytes_add(to, login->outcomes.bounced - above->bounced);
    history_bytes_add(to, login->auth_failures - above->refused);
}

static void write_volume(const struct surge_volume *volume, struct buf *to)
{
    for (size_t i = 0; i < SURGE_STEPS; i++)
        history_bytes_add(to, volume->steps[i]);
    history_bytes_add(to, volume->normal);
    history_bytes_add(to, volume->busiest_before);
    history_bytes_add(to, volume->busiest_today);
    history_bytes_add(to, (uint64_t)volume->day);
    history_bytes_add(to, volume->clients_before);
    for (size_t i = 0; volume->learned && i < SURGE_CLASSES; i++)
        history_bytes_add(to, volume->history[i]);
}

static unsigned flags_of(const struct surge_login *surge)
{
    if (surge->volume == NULL)
        return 0;
    return WITH_VOLUME | (surge->volume->learned ? LEARNED : 0u) |
           (surge->volume->above.opened_us != 0 ? ABOVE : 0u) | (surge->surging ? SURGING : 0u);
}

static void write_row(const struct login *login, struct slice name, struct buf *to)
{
    const struct surge_login *surge = &login->surge;
    unsigned flags = flags_of(surge);
    history_bytes_add(to, flags);
    history_bytes_add_text(to, name);
    history_bytes_add(to, login->client_bits);
    history_bytes_add(to, (uint64_t)surge->step);
    history_bytes_add(to, surge->peak);
    history_bytes_add(to, surge->fleet_class);
    if (!(flags & LEARNED))
        history_bytes_add(to, surge->history_count);
    if (flags & WITH_VOLUME)
        write_volume(surge->volume, to);
    for (size_t i = 0; !(flags & WITH_VOLUME) && i < SURGE_STEPS; i++)
        history_bytes_add(to, surge->few[i]);
    if (flags & ABOVE)
        write_above(login, to);
}

static int busiest_first(const void *left, const void *right)
{
    const struct place *a = left, *b = right;
    if (a->peak != b->peak)
        return a->peak < b->peak ? 1 : -1;
    return (a->number > b->number) - (a->number < b->number);
}

/* Those to be kept, the busiest first; the caller frees them. */
static struct place *choose(const struct login_table *table, const struct correlator *names,
                            uint32_t *count)
{
    uint32_t all = login_table_count(table);
    struct place *places = MEM_NEW_ARRAY(struct place, all);
    *count = 0;
    for (uint32_t number = 1; number < all; number++) {
        const struct surge_login *surge = &login_table_get(table, number)->surge;
        size_t len = surge->step > 0 ? correlator_login(names, number).len : 0;
        if (len > 0 && len <= LOGIN_PAST_NAME)
            places[(*count)++] = (struct place){number, surge->peak};
    }
    qsort(places, *count, sizeof(struct place), busiest_first);
    if (*count > LOGIN_PAST_LOGINS)
        *count = LOGIN_PAST_LOGINS;
    return places;
}

/* The row of a busy login, from 1; 0: it has none. */
static uint32_t row_of_busy(const struct login_table *table, const struct surge_login *login,
                            const struct place *places, uint32_t count)
{
    for (uint32_t i = 0; login != NULL && i < count; i++)
        if (&login_table_get(table, places[i].number)->surge == login)
            return i + 1;
    return 0;
}

static void write_busiest(const struct login_table *table, const struct place *places,
                          uint32_t count, struct buf *to)
{
    const struct surge_fleet *fleet = login_table_fleet(table);
    for (size_t i = 0; i < SURGE_BUSIEST; i++) {
        uint32_t row = row_of_busy(table, fleet->busiest[i].login, places, count);
        if (row == 0)
            continue;
        history_bytes_add(to, row);
        history_bytes_add_double(to, fleet->busiest[i].hour);
    }
    history_bytes_add(to, 0);
}

void login_past_write(const struct login_table *table, const struct correlator *names,
                      struct buf *to)
{
    const struct surge_fleet *fleet = login_table_fleet(table);
    uint32_t count;
    struct place *places = choose(table, names, &count);
    if (count > 0) {
        buf_add(to, MARK);
        history_bytes_add(to, VERSION);
        history_bytes_add(to, (uint64_t)login_table_newest(table));
        history_bytes_add(to, (uint64_t)fleet->first_day);
        history_bytes_add(to, (uint64_t)fleet->day);
        history_bytes_add(to, count);
        for (uint32_t i = 0; i < count; i++)
            write_row(login_table_get(table, places[i].number),
                      correlator_login(names, places[i].number), to);
        write_busiest(table, places, count, to);
    }
    mem_free(places);
}

/* ---- reading ---- */

/* The bytes before the rows. */
struct head {
    int64_t newest_us, first_day, day;
    uint32_t count;
};

static void read_above(struct history_bytes *from, int64_t newest_us, struct surge_counts *above)
{
    above->opened_us = history_bytes_take_between(from, 1, newest_us);
    above->last_us = history_bytes_take_between(from, 1, newest_us);
    above->recipients = history_bytes_take(from, COUNT_MAX);
    above->messages = history_bytes_take(from, COUNT_MAX);
    above->normal = history_bytes_take_double(from);
    above->limit = history_bytes_take_double(from);
    above->clients = history_bytes_take(from, UINT64_MAX);
    above->foreign = history_bytes_take(from, above->messages);
    above->ended = 0 - history_bytes_take_u32(from);
    above->bounced = 0 - history_bytes_take_u32(from);
    above->refused = 0 - history_bytes_take_u32(from);
}

static void read_volume(struct history_bytes *from, int64_t newest_us, struct row *row)
{
    struct surge_volume *volume = &row->volume;
    for (size_t i = 0; i < SURGE_STEPS; i++)
        volume->steps[i] = history_bytes_take_u32(from);
    volume->normal = history_bytes_take_u32(from);
    volume->busiest_before = history_bytes_take_u32(from);
    volume->busiest_today = history_bytes_take_u32(from);
    volume->day = (int32_t)history_bytes_take_between(from, 0, newest_us / DAY_US);
    volume->clients_before = history_bytes_take(from, UINT64_MAX);
    for (size_t i = 0; volume->learned && i < SURGE_CLASSES; i++) {
        volume->history[i] = (uint8_t)history_bytes_take(from, UINT8_MAX);
        row->surge.history_count = (uint16_t)(row->surge.history_count + volume->history[i]);
    }
}

static void read_few(struct history_bytes *from, struct surge_login *surge)
{
    unsigned sum = 0;
    for (size_t i = 0; i < SURGE_STEPS; i++)
        sum += surge->few[i] = (uint8_t)history_bytes_take(from, SURGE_SMALL - 1);
    from->bad |= sum >= SURGE_SMALL;
}

/* False: it is none. */
static bool read_row(struct history_bytes *from, int64_t newest_us, struct row *row)
{
    unsigned flags = (unsigned)history_bytes_take(from, WITH_VOLUME | LEARNED | ABOVE | SURGING);
    if ((!(flags & WITH_VOLUME) && flags != 0) || ((flags & SURGING) && !(flags & ABOVE)))
        return false;
    *row = (struct row){.with_volume = flags & WITH_VOLUME};
    struct surge_login *surge = &row->surge;
    row->name = history_bytes_take_text(from, LOGIN_PAST_NAME);
    row->client_bits = history_bytes_take(from, UINT64_MAX);
    surge->step = history_bytes_take_between(from, 1, newest_us / SURGE_STEP_US);
    surge->peak = history_bytes_take_u32(from);
    surge->fleet_class = (uint8_t)history_bytes_take_between(from, 1, SURGE_CLASSES - 1);
    surge->surging = surge->surged = flags & SURGING;
    row->volume.learned = flags & LEARNED;
    if (!(flags & LEARNED))
        surge->history_count = (uint16_t)history_bytes_take(from, UINT16_MAX);
    if (flags & WITH_VOLUME)
        read_volume(from, newest_us, row);
    else
        read_few(from, surge);
    if (flags & ABOVE)
        read_above(from, newest_us, &row->volume.above);
    return !from->bad && row->name.len > 0;
}

static bool read_head(struct history_bytes *from, int64_t now_us, struct head *head,
                      struct err *err)
{
    if (!slice_take_prefix(&from->rest, MARK))
        return err_set(err, ERR_INPUT, "it is no past of logins");
    uint64_t version = history_bytes_take(from, UINT64_MAX);
    if (!from->bad && version != VERSION)
        return err_set(err, ERR_INPUT, "it is of version %" PRIu64 ", not %d", version, VERSION);
    head->newest_us = history_bytes_take_between(from, 1, INT64_MAX);
    head->day = head->newest_us / DAY_US;
    head->first_day = history_bytes_take_between(from, 0, head->day);
    head->day = history_bytes_take_between(from, head->first_day, head->day);
    head->count = (uint32_t)history_bytes_take_between(from, 1, LOGIN_PAST_LOGINS);
    if (!from->bad && head->newest_us > now_us && head->newest_us - now_us > DAY_US)
        return err_set(err, ERR_INPUT, "it is from the future");
    return !from->bad || err_set(err, ERR_INPUT, "it is damaged");
}

/* Each login once. */
static bool check_rows(struct history_bytes *from, const struct head *head)
{
    struct intern *seen = intern_new(head->count);
    struct row row;
    bool good = true;
    for (uint32_t i = 0; good && i < head->count; i++)
        good = read_row(from, head->newest_us, &row) && intern_id(seen, row.name) == i + 1;
    intern_free(seen);
    return good;
}

/* Rows from 1 into `rows`; the highest hour is the first. */
static bool read_busiest(struct history_bytes *from, const struct head *head,
                         struct surge_fleet *fleet, uint32_t rows[SURGE_BUSIEST])
{
    for (size_t i = 0; i <= SURGE_BUSIEST; i++) {
        uint32_t row = (uint32_t)history_bytes_take(from, head->count);
        if (row == 0)
            return !from->bad && from->rest.len == 0;
        if (i == SURGE_BUSIEST)
            break;
        rows[i] = row;
        fleet->busiest[i].hour = history_bytes_take_double(from);
        if (i > 0 && fleet->busiest[i].hour > fleet->busiest[i - 1].hour)
            return false;
        for (size_t k = 0; k < i; k++)
            if (rows[k] == row)
                return false;
    }
    return false;
}

/* The rows are known to be good. */
static void take_rows(struct history_bytes from, const struct head *head, struct surge_fleet *fleet,
                      const uint32_t busy[SURGE_BUSIEST], struct login_table *table,
                      struct correlator *names)
{
    struct row row;
    for (uint32_t i = 1; i <= head->count && read_row(&from, head->newest_us, &row); i++) {
        uint32_t number = correlator_add_login(names, row.name);
        if (row.with_volume) {
            row.surge.volume = MEM_NEW(struct surge_volume);
            *row.surge.volume = row.volume;
        }
        login_table_restore(table, number, row.client_bits, &row.surge);
        fleet->logins[row.surge.fleet_class]++;
        fleet->active++;
        for (size_t k = 0; k < SURGE_BUSIEST; k++)
            if (busy[k] == i)
                fleet->busiest[k].login = &login_table_get(table, number)->surge;
    }
}

bool login_past_read(struct slice bytes, int64_t now_us, struct login_table *table,
                     struct correlator *names, struct err *err)
{
    ASSERT(login_table_count(table) == 1);
    struct history_bytes from = {.rest = bytes};
    struct head head = {0};
    if (!read_head(&from, now_us, &head, err))
        return false;
    struct history_bytes rows = from;
    struct surge_fleet fleet = {.first_day = head.first_day, .day = head.day};
    uint32_t busy[SURGE_BUSIEST] = {0};
    if (!check_rows(&from, &head) || !read_busiest(&from, &head, &fleet, busy))
        return err_set(err, ERR_INPUT, "it is damaged");
    take_rows(rows, &head, &fleet, busy, table, names);
    login_table_restore_fleet(table, &fleet, head.newest_us);
    return true;
}
