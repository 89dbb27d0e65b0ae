/* SPDX-License-Identifier: Apache-2.0
 *
 * See full_mailboxes.h.
 */
#include "watch/full_mailboxes.h"

#include "base/buf.h"
#include "base/memory.h"
#include "watch/lru_table.h"
#include "watch/ranking.h"

enum { MAILBOXES_MAX = 65536, ADDRESS_MAX = 320 };

struct mailbox {
    struct buf address; /* as it was written first */
    uint64_t counts[SUMMARY_FULL_SIGNS];
    int64_t since_us, last_us; /* since_us STAMP_NONE: something was delivered after */
};

struct full_mailboxes {
    struct lru_table *numbers; /* by address in lower case */
    struct mailbox *rows;      /* from 1 on; grows with them */
    size_t capacity;
    uint64_t sums[SUMMARY_FULL_SIGNS];
};

struct full_mailboxes *full_mailboxes_new(void)
{
    struct full_mailboxes *mailboxes = MEM_NEW(struct full_mailboxes);
    mailboxes->numbers = lru_table_new(MAILBOXES_MAX);
    return mailboxes;
}

void full_mailboxes_free(struct full_mailboxes *mailboxes)
{
    if (mailboxes == NULL)
        return;
    for (uint32_t i = 1; i <= lru_table_count(mailboxes->numbers); i++)
        buf_done(&mailboxes->rows[i].address);
    mem_free(mailboxes->rows);
    lru_table_free(mailboxes->numbers);
    mem_free(mailboxes);
}

/* ---- lines ---- */

static bool is_full(const struct log_record *record)
{
    struct slice dsn = log_record_get(record, LOG_FIELD_DSN);
    return slice_eq(dsn, SLICE("5.2.2")) || slice_eq(dsn, SLICE("4.2.2"));
}

static enum delivery_status status_of(const struct log_record *record)
{
    return delivery_status_from_word(log_record_get(record, LOG_FIELD_STATUS));
}

/* False: it says nothing of a full mailbox. */
static bool sign_of(const struct log_record *record, enum summary_full_sign *out)
{
    if (!is_full(record))
        return false;
    if (record->kind == LOG_KIND_REJECT) {
        bool early = slice_eq(log_record_get(record, LOG_FIELD_STAGE), SLICE("RCPT"));
        *out = early ? SUMMARY_FULL_REFUSED_RCPT : SUMMARY_FULL_REFUSED_END;
        return true;
    }
    if (record->kind != LOG_KIND_DELIVERY)
        return false;
    enum delivery_status status = status_of(record);
    *out = status == DELIVERY_BOUNCED ? SUMMARY_FULL_BOUNCED : SUMMARY_FULL_DEFERRED;
    return status == DELIVERY_BOUNCED || status == DELIVERY_DEFERRED ||
           status == DELIVERY_SOFTBOUNCE;
}

static struct mailbox *row_of(struct full_mailboxes *mailboxes, struct slice address)
{
    bool fresh;
    uint32_t number = lru_table_use(mailboxes->numbers, slice_hash_nocase(address), &fresh);
    while (number >= mailboxes->capacity) {
        size_t before = mailboxes->capacity;
        mailboxes->capacity = before * 2 + 64;
        mailboxes->rows = mem_resize(mailboxes->rows, mailboxes->capacity, sizeof(struct mailbox));
        memset(mailboxes->rows + before, 0,
               (mailboxes->capacity - before) * sizeof(struct mailbox));
    }
    struct mailbox *row = &mailboxes->rows[number];
    if (fresh) {
        struct buf text = row->address;
        buf_clear(&text);
        buf_add(&text, slice_first(address, ADDRESS_MAX));
        *row = (struct mailbox){.address = text, .since_us = STAMP_NONE};
    }
    return row;
}

static void has_room(struct full_mailboxes *mailboxes, struct slice address)
{
    uint32_t number = lru_table_find(mailboxes->numbers, slice_hash_nocase(address));
    if (number != 0)
        mailboxes->rows[number].since_us = STAMP_NONE;
}

void full_mailboxes_take(struct full_mailboxes *mailboxes, const struct log_record *record,
                         int64_t time_us, bool counts)
{
    enum summary_full_sign sign;
    struct slice address = log_record_get(record, LOG_FIELD_TO);
    if (record->kind == LOG_KIND_DELIVERY && status_of(record) == DELIVERY_SENT)
        has_room(mailboxes, address);
    if (!sign_of(record, &sign))
        return;
    mailboxes->sums[sign] += counts;
    if (address.len == 0) /* the end of a message for several */
        return;
    struct mailbox *row = row_of(mailboxes, address);
    row->counts[sign] += counts;
    row->last_us = time_us;
    if (row->since_us == STAMP_NONE)
        row->since_us = time_us;
}

/* ---- what is known ---- */

int64_t full_mailboxes_since(const struct full_mailboxes *mailboxes,
                             const struct log_record *record, int64_t time_us)
{
    struct slice address = log_record_get(record, LOG_FIELD_TO);
    uint32_t number = 0;
    if (is_full(record) && address.len > 0)
        number = lru_table_find(mailboxes->numbers, slice_hash_nocase(address));
    if (number == 0 || mailboxes->rows[number].since_us >= time_us)
        return STAMP_NONE;
    return mailboxes->rows[number].since_us;
}

static uint64_t mail_of(const struct mailbox *row)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < SUMMARY_FULL_SIGNS; i++)
        sum += row->counts[i];
    return sum;
}

static void write_row(const struct mailbox *row, struct arena *arena,
                      struct summary_full_mailbox *out)
{
    struct slice address = buf_slice(&row->address);
    out->address = slice_of(arena_copy(arena, address.ptr, address.len), address.len);
    memcpy(out->counts, row->counts, sizeof(out->counts));
    out->since_us = row->since_us;
    out->last_us = row->last_us;
}

void full_mailboxes_write(const struct full_mailboxes *mailboxes, size_t most, struct arena *arena,
                          struct summary_full *out)
{
    struct ranking ranking;
    *out = (struct summary_full){0};
    memcpy(out->sums, mailboxes->sums, sizeof(out->sums));
    ranking_begin(&ranking, most);
    for (uint32_t i = 1; i <= lru_table_count(mailboxes->numbers); i++) {
        uint64_t mail = mail_of(&mailboxes->rows[i]);
        if (mail == 0)
            continue;
        out->distinct++;
        ranking_add(&ranking, (struct ranked){.weight = mail, .number = i});
    }
    ranking_settle(&ranking);
    out->rows = arena_alloc(arena, (ranking.count + 1) * sizeof(*out->rows));
    for (size_t i = 0; i < ranking.count; i++)
        write_row(&mailboxes->rows[ranking.rows[i].number], arena, &out->rows[i]);
    out->count = ranking.count;
    mem_free(ranking.rows);
}
