/* SPDX-License-Identifier: Apache-2.0
 *
 * See limit_image.h.
 */
#include "gate/limit_image.h"

#include "base/memory.h"
#include "gate/limit_table.h"
#include "store/history_bytes.h"

enum {
    VERSION = 2,
    WITHOUT_RELAYS = 1, /* an older version: its messages do not say by which part they count */
    TERMS = 'T',
    ROW = 'R',
    CHARGE = 'C',
    TEXT_MAX = 65536,
    ROWS_AT_ONCE = 64, /* of a whole image, between two looks at how large it is */
};

#define TIME_MAX (INT64_C(1) << 61)

struct limit_image {
    struct limit_gate *gate;
    struct charge_book *book;
    struct buf bytes;
    uint32_t generation; /* of the terms that stand last in bytes */
};

/* ---- to bytes ---- */

static void add_terms(struct limit_image *image)
{
    struct limit_group groups[LIMIT_GROUPS_MAX];
    size_t count = limit_gate_groups(image->gate, groups);
    buf_add_char(&image->bytes, TERMS);
    history_bytes_add(&image->bytes, count);
    for (size_t g = 0; g < count; g++) {
        history_bytes_add(&image->bytes, groups[g].key);
        history_bytes_add(&image->bytes, groups[g].count);
        for (size_t i = 0; i < groups[g].count; i++) {
            const struct limit_rule *rule = groups[g].rules[i];
            history_bytes_add(&image->bytes, (uint64_t)rule->unit);
            history_bytes_add(&image->bytes, (uint64_t)rule->window);
            history_bytes_add(&image->bytes, (uint64_t)rule->within_us);
        }
    }
    image->generation = limit_gate_generation(image->gate);
}

/* Every block says by itself what it is, and whose rows those behind it are. */
static void begin_block(struct limit_image *image)
{
    bool empty = image->bytes.len == 0;
    if (empty)
        buf_add_char(&image->bytes, VERSION);
    if (empty || image->generation != limit_gate_generation(image->gate))
        add_terms(image);
}

static void begin_record(struct limit_image *image, char kind)
{
    begin_block(image);
    buf_add_char(&image->bytes, kind);
}

/* A window: the part, which of its places hold something, and what they hold. */
static void add_window(struct buf *to, const struct meter_window *window)
{
    unsigned held = 0;
    for (unsigned i = 0; i < METER_PARTS; i++)
        held |= window->used[i] > 0 ? 1U << i : 0;
    history_bytes_add(to, held);
    if (held == 0)
        return;
    history_bytes_add(to, window->part);
    for (unsigned i = 0; i < METER_PARTS; i++)
        if (window->used[i] > 0)
            history_bytes_add(to, window->used[i]);
}

static void add_row(void *context, size_t number, struct slice key, const union meter *meters)
{
    struct limit_image *image = context;
    struct limit_group groups[LIMIT_GROUPS_MAX];
    limit_gate_groups(image->gate, groups);
    begin_record(image, ROW);
    history_bytes_add(&image->bytes, number);
    history_bytes_add_text(&image->bytes, key);
    for (size_t i = 0; i < groups[number].count; i++)
        if (groups[number].rules[i]->window == LIMIT_BUCKET)
            history_bytes_add(&image->bytes, history_bytes_fold(meters[i].bucket.full_us));
        else
            add_window(&image->bytes, &meters[i].window);
}

static void add_charge(void *context, struct slice relay, struct slice instance,
                       const struct charge *charge)
{
    struct limit_image *image = context;
    const struct limit_subject *who = &charge->who;
    const struct slice texts[] = {relay,
                                  instance,
                                  who->login,
                                  who->login_domain,
                                  who->account_class,
                                  who->sender_domain,
                                  slice_of((const char *)who->client.bytes, who->client.len),
                                  charge->queue_id,
                                  charge->answer};
    const uint64_t numbers[] = {charge->load.messages,
                                charge->load.recipients,
                                charge->load.new_recipients,
                                charge->load.bytes,
                                (uint64_t)charge->stage,
                                history_bytes_fold(charge->at_us),
                                who->relays};
    begin_record(image, CHARGE);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        history_bytes_add_text(&image->bytes, texts[i]);
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        history_bytes_add(&image->bytes, numbers[i]);
}

/* ---- life ---- */

struct limit_image *limit_image_new(struct limit_gate *gate, struct charge_book *book)
{
    struct limit_image *image = MEM_NEW(struct limit_image);
    image->gate = gate;
    image->book = book;
    limit_gate_watch(gate, add_row, image);
    charge_book_watch(book, add_charge, image);
    return image;
}

void limit_image_free(struct limit_image *image)
{
    if (image == NULL)
        return;
    limit_gate_watch(image->gate, NULL, NULL);
    charge_book_watch(image->book, NULL, NULL);
    buf_done(&image->bytes);
    mem_free(image);
}

struct slice limit_image_changes(const struct limit_image *image)
{
    return buf_slice(&image->bytes);
}

void limit_image_take(struct limit_image *image, struct buf *to)
{
    struct buf empty = *to;
    *to = image->bytes;
    image->bytes = empty;
    buf_clear(&image->bytes);
}

/* Rows first, then messages. False: that was the last of them. */
static bool add_some(struct limit_image *image, struct limit_image_place *place)
{
    struct limit_gate_place end = {.group = LIMIT_GROUPS_MAX};
    if (place->row.group == end.group)
        return charge_book_some(image->book, &place->charge, ROWS_AT_ONCE, add_charge, image);
    if (!limit_gate_some(image->gate, &place->row, ROWS_AT_ONCE, add_row, image))
        place->row = end;
    return true;
}

bool limit_image_add(struct limit_image *image, struct limit_image_place *place, size_t bytes)
{
    uint32_t generation = limit_gate_generation(image->gate);
    size_t begin = image->bytes.len;
    bool more = true;
    begin_block(image);
    if (place->generation != generation)
        *place = (struct limit_image_place){.generation = generation};
    while (more && image->bytes.len - begin < bytes)
        more = add_some(image, place);
    return more;
}

/* ---- and back ---- */

/* What a block calls a group, in the words of now. */
struct old_meter {
    bool bucket;
    int to; /* number of the meter that counts the same; -1: none does */
};

struct old_group {
    int to; /* -1: there is none with this key */
    size_t count;
    struct old_meter meters[LIMIT_METERS_MAX];
};

struct reader {
    struct limit_gate *gate;
    struct charge_book *book;
    struct history_bytes bytes;
    char version;
    int64_t now_us;
    size_t new_count, old_count;
    struct limit_group new[LIMIT_GROUPS_MAX];
    struct old_group old[LIMIT_GROUPS_MAX];
    struct limit_image_counts *counts;
};

static struct old_meter take_meter(struct history_bytes *bytes, const struct limit_group *now)
{
    uint64_t unit = history_bytes_take(bytes, UINT8_MAX);
    uint64_t window = history_bytes_take(bytes, LIMIT_BUCKET);
    uint64_t within_us = history_bytes_take(bytes, (uint64_t)METER_WITHIN_MAX_US);
    struct old_meter meter = {.bucket = window == LIMIT_BUCKET, .to = -1};
    for (size_t i = 0; now != NULL && meter.to < 0 && i < now->count; i++)
        if ((uint64_t)now->rules[i]->unit == unit && (uint64_t)now->rules[i]->window == window &&
            (uint64_t)now->rules[i]->within_us == within_us)
            meter.to = (int)i;
    return meter;
}

static void take_terms(struct reader *reader)
{
    reader->old_count = history_bytes_take(&reader->bytes, LIMIT_GROUPS_MAX);
    for (size_t g = 0; g < reader->old_count && !reader->bytes.bad; g++) {
        struct old_group *old = &reader->old[g];
        unsigned key = (unsigned)history_bytes_take(&reader->bytes, UINT8_MAX);
        *old = (struct old_group){.to = -1};
        old->count = history_bytes_take(&reader->bytes, LIMIT_METERS_MAX);
        for (size_t i = 0; old->count > 0 && old->to < 0 && i < reader->new_count; i++)
            if (reader->new[i].count > 0 && reader->new[i].key == key)
                old->to = (int)i;
        for (size_t i = 0; i < old->count; i++)
            old->meters[i] =
                take_meter(&reader->bytes, old->to >= 0 ? &reader->new[old->to] : NULL);
    }
    if (reader->bytes.bad)
        reader->old_count = 0;
}

/* What is before all time is as old as at its begin: no fault that would cost the rest. */
static int64_t take_time(struct history_bytes *bytes)
{
    int64_t time = history_bytes_unfold(history_bytes_take(bytes, UINT64_MAX));
    if (time > TIME_MAX)
        bytes->bad = true;
    return time > 0 && time <= TIME_MAX ? time : 0;
}

static void take_window(struct history_bytes *bytes, struct meter_window *window)
{
    uint64_t held = history_bytes_take(bytes, (UINT64_C(1) << METER_PARTS) - 1);
    if (held == 0)
        return;
    window->part = (uint32_t)history_bytes_take(bytes, UINT32_MAX);
    for (unsigned i = 0; i < METER_PARTS; i++)
        if ((held >> i & 1) != 0)
            window->used[i] = (uint32_t)history_bytes_take(bytes, UINT32_MAX);
}

static void take_row(struct reader *reader)
{
    static const struct old_group none;
    union meter meters[LIMIT_METERS_MAX] = {0};
    const union meter *put[LIMIT_METERS_MAX] = {0};
    uint64_t number = history_bytes_take(&reader->bytes, LIMIT_GROUPS_MAX - 1);
    struct slice key = history_bytes_take_text(&reader->bytes, LIMIT_KEY_MAX);
    const struct old_group *old = number < reader->old_count ? &reader->old[number] : &none;
    bool any = false;
    for (size_t i = 0; i < old->count; i++) {
        if (old->meters[i].bucket)
            meters[i].bucket.full_us = take_time(&reader->bytes);
        else
            take_window(&reader->bytes, &meters[i].window);
        if (old->to >= 0 && old->meters[i].to >= 0) {
            put[old->meters[i].to] = &meters[i];
            any = true;
        }
    }
    if (old->count == 0)
        reader->bytes.bad = true;
    if (reader->bytes.bad)
        return;
    reader->counts->rows++;
    reader->counts->foreign += !any;
    if (any)
        limit_gate_restore(reader->gate, (size_t)old->to, key, put, reader->now_us);
}

static void take_charge(struct reader *reader)
{
    struct history_bytes *bytes = &reader->bytes;
    struct charge charge = {0};
    struct slice relay, instance, client;
    struct slice *texts[] = {
        &relay,
        &instance,
        &charge.who.login,
        &charge.who.login_domain,
        &charge.who.account_class,
        &charge.who.sender_domain,
        &client,
        &charge.queue_id,
        &charge.answer,
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        *texts[i] = history_bytes_take_text(bytes, TEXT_MAX);
    charge.load.messages = (uint32_t)history_bytes_take(bytes, 1);
    charge.load.recipients = (uint32_t)history_bytes_take(bytes, UINT32_MAX);
    charge.load.new_recipients = (uint32_t)history_bytes_take(bytes, UINT32_MAX);
    charge.load.bytes = history_bytes_take(bytes, UINT64_MAX);
    charge.stage = (int)history_bytes_take(bytes, UINT8_MAX);
    charge.at_us = take_time(bytes);
    if (reader->version > WITHOUT_RELAYS)
        charge.who.relays = (uint32_t)history_bytes_take(bytes, UINT32_MAX);
    if (client.len != 0 && client.len != 4 && client.len != 16)
        bytes->bad = true;
    if (bytes->bad)
        return;
    if (client.len > 0)
        charge.who.client =
            ip_address_of((const uint8_t *)(const void *)client.ptr, (uint8_t)client.len);
    reader->counts->charges++;
    charge_book_put(reader->book, relay, instance, &charge);
}

static void take_record(struct reader *reader)
{
    struct slice kind = history_bytes_take_raw(&reader->bytes, 1);
    switch (kind.len > 0 ? kind.ptr[0] : '\0') {
    case TERMS:
        take_terms(reader);
        break;
    case ROW:
        take_row(reader);
        break;
    case CHARGE:
        take_charge(reader);
        break;
    default:
        reader->bytes.bad = true;
    }
}

bool limit_image_restore(struct limit_gate *gate, struct charge_book *book, struct slice block,
                         int64_t now_us, struct limit_image_counts *counts)
{
    struct reader reader = {
        .gate = gate, .book = book, .bytes = {.rest = block}, .now_us = now_us, .counts = counts};
    struct slice version = history_bytes_take_raw(&reader.bytes, 1);
    if (version.len == 0 || version.ptr[0] < WITHOUT_RELAYS || version.ptr[0] > VERSION)
        return false;
    reader.version = version.ptr[0];
    reader.new_count = limit_gate_groups(gate, reader.new);
    while (reader.bytes.rest.len > 0 && !reader.bytes.bad)
        take_record(&reader);
    return !reader.bytes.bad;
}
