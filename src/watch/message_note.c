/* SPDX-License-Identifier: Apache-2.0
 *
 * Notes of open messages: a pool of rows with a chain of free ones. A row owns its texts.
 */
#include "watch/message_note.h"

#include "base/memory.h"

struct waiting {
    uint64_t recipient;
    struct slice address; /* owned */
};

struct message_note {
    struct slice text[NOTE_TEXTS]; /* owned */
    uint64_t size;
    struct waiting *waiting;
    uint32_t waiting_count; /* room is the next power of two */
    uint32_t next_free;
};

struct message_notes {
    struct message_note *rows; /* [0]: the empty note */
    uint32_t count, capacity, free;
};

struct message_notes *message_notes_new(void)
{
    struct message_notes *notes = MEM_NEW(struct message_notes);
    notes->capacity = 64;
    notes->rows = MEM_NEW_ARRAY(struct message_note, notes->capacity);
    notes->count = 1;
    return notes;
}

static void clear(struct message_note *note)
{
    for (size_t i = 0; i < NOTE_TEXTS; i++)
        mem_free((char *)(uintptr_t)note->text[i].ptr);
    for (uint32_t i = 0; i < note->waiting_count; i++)
        mem_free((char *)(uintptr_t)note->waiting[i].address.ptr);
    mem_free(note->waiting);
    *note = (struct message_note){0};
}

void message_notes_free(struct message_notes *notes)
{
    if (notes == NULL)
        return;
    for (uint32_t i = 0; i < notes->count; i++)
        clear(&notes->rows[i]);
    mem_free(notes->rows);
    mem_free(notes);
}

static uint32_t take_row(struct message_notes *notes)
{
    if (notes->free != 0) {
        uint32_t number = notes->free;
        notes->free = notes->rows[number].next_free;
        notes->rows[number].next_free = 0;
        return number;
    }
    if (notes->count == notes->capacity) {
        notes->capacity *= 2;
        notes->rows = mem_resize(notes->rows, notes->capacity, sizeof(struct message_note));
    }
    notes->rows[notes->count] = (struct message_note){0};
    return notes->count++;
}

static struct slice own(struct slice text)
{
    struct slice kept = slice_first(text, NOTE_TEXT_MAX);
    if (kept.len == 0)
        return (struct slice){NULL, 0};
    char *copy = MEM_NEW_ARRAY(char, kept.len);
    memcpy(copy, kept.ptr, kept.len);
    return slice_of(copy, kept.len);
}

static void set(struct message_note *note, enum note_text text, struct slice value)
{
    if (note->text[text].len == 0)
        note->text[text] = own(value);
}

static struct slice without_brackets(struct slice id)
{
    if (slice_starts_with(id, SLICE("<")) && slice_ends_with(id, SLICE(">")) && id.len > 1)
        return slice_first(slice_skip(id, 1), id.len - 2);
    return id;
}

uint32_t message_notes_take(struct message_notes *notes, uint32_t number,
                            const struct log_record *record)
{
    if (number == 0)
        number = take_row(notes);
    struct message_note *note = &notes->rows[number];
    set(note, NOTE_INSTANCE, record->line.tag->instance);
    set(note, NOTE_QUEUE_ID, record->line.queue_id);
    set(note, NOTE_MESSAGE_ID, without_brackets(log_record_get(record, LOG_FIELD_MESSAGE_ID)));
    set(note, NOTE_SENDER, log_record_get(record, LOG_FIELD_FROM));
    set(note, NOTE_CLIENT_NAME, log_record_get(record, LOG_FIELD_CLIENT_NAME));
    set(note, NOTE_CLIENT_IP, log_record_get(record, LOG_FIELD_CLIENT_IP));
    uint64_t size;
    if (slice_to_u64(log_record_get(record, LOG_FIELD_SIZE), INT64_MAX, &size))
        note->size = size;
    return number;
}

static struct waiting *find_waiting(const struct message_note *note, uint64_t recipient)
{
    for (uint32_t i = 0; i < note->waiting_count; i++)
        if (note->waiting[i].recipient == recipient)
            return &note->waiting[i];
    return NULL;
}

void message_notes_wait(struct message_notes *notes, uint32_t number, uint64_t recipient,
                        struct slice address)
{
    struct message_note *note = &notes->rows[number];
    uint32_t count = note->waiting_count;
    if (number == 0 || count == NOTE_WAITING_MAX || find_waiting(note, recipient) != NULL)
        return;
    if ((count & (count - 1)) == 0)
        note->waiting =
            mem_resize(note->waiting, count ? (size_t)count * 2 : 1, sizeof(struct waiting));
    note->waiting[note->waiting_count++] = (struct waiting){recipient, own(address)};
}

struct slice message_notes_waiting(const struct message_notes *notes, uint32_t number,
                                   uint64_t recipient)
{
    const struct waiting *found = find_waiting(&notes->rows[number], recipient);
    return found ? found->address : (struct slice){NULL, 0};
}

void message_notes_drop(struct message_notes *notes, uint32_t number)
{
    if (number == 0)
        return;
    clear(&notes->rows[number]);
    notes->rows[number].next_free = notes->free;
    notes->free = number;
}

const struct message_note *message_notes_get(const struct message_notes *notes, uint32_t number)
{
    ASSERT(number < notes->count);
    return &notes->rows[number];
}

struct slice message_note_text(const struct message_note *note, enum note_text text)
{
    return note->text[text];
}

uint64_t message_note_size(const struct message_note *note)
{
    return note->size;
}
