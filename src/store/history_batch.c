/* SPDX-License-Identifier: Apache-2.0
 *
 * See history_batch.h. Rows are encoded, hashed and summed up here, in the thread that has them:
 * what is left for the writer is to pack and to file.
 */
#include "store/history_batch_private.h"

enum {
    COUNTER_NAME_MAX = 255,
    SENDER_DOMAIN_MAX = 255,
    COUNTERS_MERGED = 256,   /* beyond so many, names may come twice */
    SUM_SLOTS = 64,          /* at first */
    BATCH_BYTES = 300 << 10, /* an empty one, mostly its encoder */
};

static const int64_t HOUR_US = INT64_C(3600000000);

struct history_batch *history_batch_new(void)
{
    struct history_batch *batch = MEM_NEW(struct history_batch);
    batch->encoder = history_encoder_new();
    batch->arena = arena_new(8192);
    batch->sum_slots = MEM_NEW_ARRAY(uint32_t, SUM_SLOTS);
    batch->sum_mask = SUM_SLOTS - 1;
    batch->bytes = BATCH_BYTES;
    return batch;
}

void history_piece_done(struct history_piece *piece)
{
    buf_done(&piece->bytes);
    for (size_t i = 0; i < HISTORY_KEYS; i++)
        mem_free(piece->keys[i].hash);
    *piece = (struct history_piece){0};
}

void history_batch_free(struct history_batch *batch)
{
    if (batch == NULL)
        return;
    for (size_t i = 0; i < batch->piece_count; i++)
        history_piece_done(&batch->pieces[i]);
    history_piece_done(&batch->open);
    mem_free(batch->pieces);
    mem_free(batch->positions);
    mem_free(batch->counters);
    mem_free(batch->incidents);
    mem_free(batch->sums);
    mem_free(batch->sum_slots);
    arena_free(batch->arena);
    history_encoder_free(batch->encoder);
    mem_free(batch);
}

/* Room for one more at the end of an array whose size is a power of two when it is full. */
static void *grown(void *array, size_t count, size_t size)
{
    if (count > 0 && (count & (count - 1)) != 0)
        return array;
    return mem_resize(array, count == 0 ? 1 : count * 2, size);
}

static void add_hash(struct history_hashes *keys, uint32_t hash)
{
    if (keys->count == keys->cap) {
        keys->cap = keys->cap ? keys->cap * 2 : 64;
        keys->hash = mem_resize(keys->hash, keys->cap, sizeof(uint32_t));
    }
    keys->hash[keys->count++] = hash;
}

void history_piece_add(struct history_piece *piece, struct history_encoder *encoder,
                       const struct history_row *row)
{
    struct history_row_key keys[HISTORY_ROW_KEYS_MAX];
    bool first = history_encoder_rows(encoder) == 0;
    uint32_t same = history_encoder_add(encoder, row);
    size_t count = history_row_keys(row, first ? 0 : same, keys);
    for (size_t i = 0; i < count; i++)
        add_hash(&piece->keys[keys[i].key], keys[i].hash);
    if (first || row->time_us < piece->begin_us)
        piece->begin_us = row->time_us;
    if (first || row->time_us > piece->end_us)
        piece->end_us = row->time_us;
}

static struct slice keep(struct history_batch *batch, struct slice text)
{
    batch->bytes += text.len;
    return slice_of(arena_copy(batch->arena, text.ptr, text.len), text.len);
}

static uint64_t sum_hash(const struct history_sum *sum)
{
    uint64_t hash = ((uint64_t)sum->hour * 2 + sum->is_sender) * UINT64_C(0x9e3779b97f4a7c15);
    const struct slice texts[] = {sum->relay, sum->source, sum->provider, sum->class, sum->domain};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        hash = (hash ^ slice_hash(texts[i])) * UINT64_C(0xd6e8feb86659fd93) ^ hash >> 29;
    return hash ^ hash >> 32;
}

static bool is_sum(const struct history_sum *a, const struct history_sum *b)
{
    return a->hash == b->hash && a->hour == b->hour && a->is_sender == b->is_sender &&
           slice_eq(a->relay, b->relay) && slice_eq(a->source, b->source) &&
           slice_eq(a->provider, b->provider) && slice_eq(a->class, b->class) &&
           slice_eq(a->domain, b->domain);
}

/* The slot of a sum, or the free one where it belongs. */
static uint32_t *sum_slot(struct history_batch *batch, const struct history_sum *key)
{
    for (size_t i = key->hash & batch->sum_mask;; i = (i + 1) & batch->sum_mask) {
        uint32_t *slot = &batch->sum_slots[i];
        if (*slot == 0 || is_sum(&batch->sums[*slot - 1], key))
            return slot;
    }
}

static void grow_sum_slots(struct history_batch *batch)
{
    batch->sum_mask = batch->sum_mask * 2 + 1;
    mem_free(batch->sum_slots);
    batch->sum_slots = MEM_NEW_ARRAY(uint32_t, batch->sum_mask + 1);
    for (uint32_t i = 0; i < batch->sum_count; i++)
        *sum_slot(batch, &batch->sums[i]) = i + 1;
}

static struct history_sum *sum_of(struct history_batch *batch, struct history_sum *key)
{
    key->hash = sum_hash(key);
    uint32_t *slot = sum_slot(batch, key);
    if (*slot != 0)
        return &batch->sums[*slot - 1];
    batch->sums = grown(batch->sums, batch->sum_count, sizeof(*batch->sums));
    struct history_sum *sum = &batch->sums[batch->sum_count++];
    *sum = *key;
    sum->relay = keep(batch, key->relay);
    sum->source = keep(batch, key->source);
    sum->provider = keep(batch, key->provider);
    sum->class = keep(batch, key->class);
    sum->domain = keep(batch, key->domain);
    batch->bytes += sizeof(*sum);
    *slot = (uint32_t)batch->sum_count;
    if (batch->sum_count > batch->sum_mask / 4 * 3)
        grow_sum_slots(batch);
    return &batch->sums[batch->sum_count - 1];
}

/* A first try of mail that a login sent from this address. */
static void add_sender(struct history_batch *batch, struct slice sender, int64_t hour)
{
    char lower[SENDER_DOMAIN_MAX];
    struct history_sum key = {.hour = hour, .is_sender = true};
    sum_of(batch, &key)->first++;
    const char *at = sender.len ? memrchr(sender.ptr, '@', sender.len) : NULL;
    if (at == NULL || at + 1 == slice_end(sender))
        return;
    key.domain = slice_first(slice_between(at + 1, slice_end(sender)), sizeof(lower));
    for (size_t i = 0; i < key.domain.len; i++)
        lower[i] = ascii_lower(key.domain.ptr[i]);
    key.domain.ptr = lower;
    sum_of(batch, &key)->first++;
}

static void add_up(struct history_batch *batch, const struct history_row *row)
{
    bool expired = row->status == HISTORY_EXPIRED;
    if (row->kind != HISTORY_DELIVERY || (!row->is_attempt && !expired))
        return;
    int64_t hour = row->time_us / HOUR_US - (row->time_us % HOUR_US < 0);
    bool first = row->is_attempt && row->attempt == 1;
    struct history_sum key = {.hour = hour};
    key.relay = history_row_clip(HISTORY_RELAY, row->text[HISTORY_RELAY]);
    key.source = history_row_clip(HISTORY_SOURCE, row->text[HISTORY_SOURCE]);
    key.provider = history_row_clip(HISTORY_PROVIDER, row->text[HISTORY_PROVIDER]);
    key.class = history_row_clip(HISTORY_CLASS, row->text[HISTORY_CLASS]);
    struct history_sum *sum = sum_of(batch, &key);
    sum->attempts += row->is_attempt;
    sum->sent += row->is_attempt && row->status == HISTORY_SENT;
    sum->deferred += row->is_attempt && row->status == HISTORY_DEFERRED;
    sum->bounced += row->is_attempt && row->status == HISTORY_BOUNCED;
    sum->expired += expired;
    sum->first += first;
    if (first && row->text[HISTORY_LOGIN].len > 0)
        add_sender(batch, row->text[HISTORY_SENDER], hour);
}

void history_batch_seal(struct history_batch *batch)
{
    uint32_t rows = history_encoder_rows(batch->encoder);
    if (rows == 0)
        return;
    batch->open.rows = rows;
    history_encoder_finish(batch->encoder, &batch->open.bytes);
    batch->bytes += batch->open.bytes.cap + sizeof(batch->open);
    for (size_t i = 0; i < HISTORY_KEYS; i++)
        batch->bytes += batch->open.keys[i].cap * sizeof(uint32_t);
    batch->pieces = grown(batch->pieces, batch->piece_count, sizeof(*batch->pieces));
    batch->pieces[batch->piece_count++] = batch->open;
    batch->open = (struct history_piece){0};
}

void history_batch_add(struct history_batch *batch, const struct history_row *row)
{
    if (history_encoder_rows(batch->encoder) == HISTORY_CHUNK_ROWS)
        history_batch_seal(batch);
    history_piece_add(&batch->open, batch->encoder, row);
    add_up(batch, row);
    batch->rows++;
}

void history_batch_position(struct history_batch *batch, struct slice name, struct slice value)
{
    ASSERT(name.len <= HISTORY_NAME_MAX && value.len <= HISTORY_POSITION_MAX);
    batch->positions = grown(batch->positions, batch->position_count, sizeof(*batch->positions));
    batch->positions[batch->position_count++] =
        (struct history_mark){keep(batch, name), keep(batch, value)};
}

void history_batch_count(struct history_batch *batch, struct slice name, int64_t more)
{
    name = slice_first(name, COUNTER_NAME_MAX);
    for (size_t i = 0; i < batch->counter_count && i < COUNTERS_MERGED; i++)
        if (slice_eq(batch->counters[i].name, name)) {
            batch->counters[i].more += more;
            return;
        }
    batch->counters = grown(batch->counters, batch->counter_count, sizeof(*batch->counters));
    batch->counters[batch->counter_count++] = (struct history_increment){keep(batch, name), more};
}

void history_batch_incident(struct history_batch *batch, const struct history_incident *incident)
{
    ASSERT(incident->id.len > 0 && incident->id.len <= HISTORY_ID_MAX &&
           incident->kind.len <= HISTORY_KIND_MAX &&
           incident->key.len <= HISTORY_INCIDENT_KEY_MAX && incident->body.len <= HISTORY_BODY_MAX);
    batch->incidents = grown(batch->incidents, batch->incident_count, sizeof(*batch->incidents));
    struct history_incident *kept = &batch->incidents[batch->incident_count++];
    *kept = *incident;
    kept->id = keep(batch, incident->id);
    kept->kind = keep(batch, incident->kind);
    kept->key = keep(batch, incident->key);
    kept->body = keep(batch, incident->body);
}

uint64_t history_batch_rows(const struct history_batch *batch)
{
    return batch->rows;
}
