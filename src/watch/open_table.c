/* SPDX-License-Identifier: Apache-2.0
 *
 * Pool, index and lists of the open messages. The pool is a list of chunks, so that messages never
 * move; the index is open addressing over their numbers with deletion by shifting back, so that
 * long runs leave no tombstones.
 */
#include "watch/open_table.h"

#include <string.h>

#include "base/memory.h"

#define CHUNK_BITS 10
#define CHUNK (1u << CHUNK_BITS)
#define INDEX_FROM 32 /* recipients; below, a search in line is as fast */

struct slot {
    uint32_t number; /* of the message, MESSAGE_NONE: free */
    uint32_t tag;    /* low half of the id hash, which also says where it belongs */
};

struct list {
    struct message *head; /* NULL: empty; asked for at every line */
    uint32_t tail, count;
};

struct open_table {
    struct message **chunks;
    uint32_t chunk_count, used; /* used: numbers ever given out */
    uint32_t free;              /* chain of free numbers by `next` */
    struct slot *slots;
    uint32_t mask, filled;
    struct list open, closed;
    uint64_t serial;
};

static struct message *at(const struct open_table *table, uint32_t number)
{
    return &table->chunks[number >> CHUNK_BITS][number & (CHUNK - 1)];
}

/* The one behind it in its list, or NULL. */
static struct message *behind(const struct open_table *table, const struct message *message)
{
    return message->next == MESSAGE_NONE ? NULL : at(table, message->next);
}

static struct slot *slots_new(uint32_t count)
{
    struct slot *slots = mem_resize(NULL, count, sizeof(*slots));
    memset(slots, 0xff, count * sizeof(*slots));
    return slots;
}

struct open_table *open_table_new(void)
{
    struct open_table *table = MEM_NEW(struct open_table);
    table->mask = 4095;
    table->slots = slots_new(4096);
    table->free = MESSAGE_NONE;
    table->open = table->closed = (struct list){NULL, MESSAGE_NONE, 0};
    return table;
}

void open_table_free(struct open_table *table)
{
    if (table == NULL)
        return;
    for (uint32_t number = 0; number < table->used; number++) {
        mem_free(at(table, number)->others);
        mem_free(at(table, number)->index);
    }
    for (uint32_t i = 0; i < table->chunk_count; i++)
        mem_free(table->chunks[i]);
    mem_free(table->chunks);
    mem_free(table->slots);
    mem_free(table);
}

static void list_append(struct open_table *table, struct list *list, struct message *message)
{
    message->prev = list->tail;
    message->next = MESSAGE_NONE;
    if (list->tail != MESSAGE_NONE)
        at(table, list->tail)->next = message->number;
    else
        list->head = message;
    list->tail = message->number;
    list->count++;
}

static void list_take(struct open_table *table, struct list *list, const struct message *message)
{
    if (message->prev != MESSAGE_NONE)
        at(table, message->prev)->next = message->next;
    else
        list->head = behind(table, message);
    if (message->next != MESSAGE_NONE)
        at(table, message->next)->prev = message->prev;
    else
        list->tail = message->prev;
    list->count--;
}

static struct list *list_of(struct open_table *table, const struct message *message)
{
    return message->closed ? &table->closed : &table->open;
}

/* The newest of equal ids must be met first: it goes in front of older ones, which move up. */
static void index_insert(const struct open_table *table, struct slot *slots, uint32_t mask,
                         struct slot slot)
{
    uint32_t i = slot.tag & mask;
    while (slots[i].number != MESSAGE_NONE) {
        bool newer = at(table, slot.number)->serial > at(table, slots[i].number)->serial;
        if (slots[i].tag == slot.tag && newer) {
            struct slot older = slots[i];
            slots[i] = slot;
            slot = older;
        }
        i = (i + 1) & mask;
    }
    slots[i] = slot;
}

static void index_grow(struct open_table *table)
{
    uint32_t count = (table->mask + 1) * 2;
    struct slot *bigger = slots_new(count);
    for (const struct message *m = table->closed.head; m != NULL; m = behind(table, m))
        index_insert(table, bigger, count - 1, (struct slot){m->number, (uint32_t)m->id_hash});
    for (const struct message *m = table->open.head; m != NULL; m = behind(table, m))
        index_insert(table, bigger, count - 1, (struct slot){m->number, (uint32_t)m->id_hash});
    mem_free(table->slots);
    table->slots = bigger;
    table->mask = count - 1;
}

static void index_delete(struct open_table *table, const struct message *message)
{
    uint32_t hole = (uint32_t)message->id_hash & table->mask;
    while (table->slots[hole].number != message->number)
        hole = (hole + 1) & table->mask;
    for (uint32_t i = (hole + 1) & table->mask; table->slots[i].number != MESSAGE_NONE;
         i = (i + 1) & table->mask) {
        uint32_t home = table->slots[i].tag & table->mask;
        if (((i - home) & table->mask) >= ((i - hole) & table->mask)) {
            table->slots[hole] = table->slots[i];
            hole = i;
        }
    }
    table->slots[hole] = (struct slot){MESSAGE_NONE, 0};
    table->filled--;
}

static uint32_t take_number(struct open_table *table)
{
    if (table->free != MESSAGE_NONE) {
        uint32_t number = table->free;
        table->free = at(table, number)->next;
        return number;
    }
    if (table->used == table->chunk_count * CHUNK) {
        table->chunks = mem_resize(table->chunks, table->chunk_count + 1, sizeof(struct message *));
        table->chunks[table->chunk_count++] = MEM_NEW_ARRAY(struct message, CHUNK);
    }
    return table->used++;
}

struct message *open_table_add(struct open_table *table, uint64_t id_hash)
{
    if (table->filled >= table->mask / 2)
        index_grow(table);
    uint32_t number = take_number(table);
    struct message *message = at(table, number);
    *message = (struct message){.id_hash = id_hash, .serial = ++table->serial, .number = number};
    index_insert(table, table->slots, table->mask, (struct slot){number, (uint32_t)id_hash});
    table->filled++;
    list_append(table, &table->open, message);
    return message;
}

void open_table_remove(struct open_table *table, struct message *message)
{
    index_delete(table, message);
    list_take(table, list_of(table, message), message);
    mem_free(message->others);
    mem_free(message->index);
    message->others = NULL;
    message->index = NULL;
    message->next = table->free;
    table->free = message->number;
}

struct message *open_table_next(const struct open_table *table, uint64_t id_hash, uint32_t *place)
{
    for (;;) {
        struct slot slot = table->slots[((uint32_t)id_hash + *place) & table->mask];
        if (slot.number == MESSAGE_NONE)
            return NULL;
        ++*place;
        if (slot.tag == (uint32_t)id_hash && at(table, slot.number)->id_hash == id_hash)
            return at(table, slot.number);
    }
}

void open_table_touch(struct open_table *table, struct message *message, int64_t now_us)
{
    message->listed_us = now_us;
    if (message->next == MESSAGE_NONE && !message->closed)
        return;
    list_take(table, list_of(table, message), message);
    message->closed = false;
    list_append(table, &table->open, message);
}

void open_table_close(struct open_table *table, struct message *message)
{
    list_take(table, list_of(table, message), message);
    message->closed = true;
    list_append(table, &table->closed, message);
}

struct message *open_table_oldest_open(const struct open_table *table)
{
    return table->open.head;
}

struct message *open_table_oldest_closed(const struct open_table *table)
{
    return table->closed.head;
}

uint32_t open_table_count_open(const struct open_table *table)
{
    return table->open.count;
}

uint32_t open_table_count_closed(const struct open_table *table)
{
    return table->closed.count;
}

struct recipient *message_recipients(struct message *message)
{
    return message->others ? message->others : &message->first;
}

/* Where the recipient is in the index, or the free place where it belongs. */
static uint32_t *index_place(const struct message *message, uint64_t hash)
{
    for (uint32_t i = (uint32_t)hash & message->index_mask;; i = (i + 1) & message->index_mask) {
        uint32_t *place = &message->index[i];
        if (*place == 0 || message->others[*place - 1].hash == hash)
            return place;
    }
}

static void build_index(struct message *message)
{
    mem_free(message->index);
    uint32_t places = message->recipient_capacity * 2;
    message->index = MEM_NEW_ARRAY(uint32_t, places);
    message->index_mask = places - 1;
    for (uint32_t i = 0; i < message->recipient_count; i++)
        *index_place(message, message->others[i].hash) = i + 1;
}

struct recipient *message_recipient(struct message *message, uint64_t hash)
{
    struct recipient *all = message_recipients(message);
    if (message->index != NULL) {
        uint32_t number = *index_place(message, hash);
        return number ? &all[number - 1] : NULL;
    }
    for (uint32_t i = message->recipient_count; i-- > 0;)
        if (all[i].hash == hash)
            return &all[i];
    return NULL;
}

/* Room for one more; the capacity stays a power of two. */
static void grow_recipients(struct message *message)
{
    uint32_t count = message->recipient_count;
    bool was_inline = message->others == NULL;
    message->recipient_capacity = count < 4 ? 4 : count * 2;
    message->others =
        mem_resize(message->others, message->recipient_capacity, sizeof(struct recipient));
    if (was_inline)
        message->others[0] = message->first;
    if (message->recipient_capacity > INDEX_FROM)
        build_index(message);
}

struct recipient *message_add_recipient(struct message *message, uint64_t hash)
{
    uint32_t number = message->recipient_count;
    if (number >= 1 && number >= message->recipient_capacity)
        grow_recipients(message);
    if (message->index != NULL)
        *index_place(message, hash) = number + 1;
    message->recipient_count++;
    struct recipient *added = &message_recipients(message)[number];
    *added = (struct recipient){.hash = hash};
    return added;
}
