/* SPDX-License-Identifier: Apache-2.0
 *
 * The book's state as JSON: a list of pages, each with what people know of it and with its
 * incidents; silences; counters. Version 1. Read strictly: a state that was not written by us is
 * refused as a whole.
 */
#include "respond/incident_book_private.h"

#include "base/memory.h"
#include "model/json_value.h"

#define VERSION 1
#define INCIDENTS_MAX 20000

static void put_bool(json_t *object, const char *key, bool value)
{
    if (value)
        json_value_put(object, key, json_true());
}

static void put_time(json_t *object, const char *key, int64_t us)
{
    if (us != 0)
        json_value_put(object, key, json_integer(us));
}

static void put_person(json_t *object, const struct person *person)
{
    json_value_put_text(object, "by", slice_from_str(person->by));
    json_value_put_text(object, "note", slice_from_str(person->note));
}

static json_t *entry_json(const struct entry *entry)
{
    json_t *object = json_value_object();
    json_value_put_text(object, "id", slice_of(entry->id, INCIDENT_ID_LEN));
    put_bool(object, "open", entry->open);
    put_bool(object, "by_hand", entry->by_hand);
    if (entry->by_hand)
        json_value_put_count(object, "closed_hits", entry->closed_hits);
    put_bool(object, "told", entry->told);
    put_time(object, "changed_us", entry->changed_us);
    put_time(object, "seen_us", entry->seen_us);
    json_value_put_count(object, "flaps", entry->flaps);
    put_person(object, &entry->closer);
    json_value_put(object, "incident", incident_record_json(&entry->record.incident));
    return object;
}

static json_t *told_json(const struct told *told)
{
    json_t *object = json_value_object();
    put_bool(object, "ever", told->ever);
    put_bool(object, "open", told->open);
    json_value_put_text(object, "severity", slice_from_str(incident_severity_word(told->severity)));
    json_value_put_count(object, "scope_rank", (uint64_t)told->scope_rank);
    json_value_put_count(object, "hits", told->hits);
    put_time(object, "at_us", told->at_us);
    put_time(object, "called_us", told->called_us);
    return object;
}

static json_t *page_json(const struct page *page)
{
    json_t *object = json_value_object(), *incidents = json_value_array();
    json_value_put_text(object, "axis", slice_from_str(notice_axis_word(page->axis)));
    put_time(object, "changed_us", page->changed_us);
    put_time(object, "grown_us", page->grown_us);
    put_time(object, "growth_us", page->growth_us);
    json_value_put_count(object, "flaps", page->flaps);
    put_bool(object, "restless", page->restless);
    json_value_put_text(object, "severity", slice_from_str(incident_severity_word(page->severity)));
    json_value_put(object, "told", told_json(&page->told));
    put_bool(object, "held", page->held);
    put_time(object, "acknowledged_us", page->acknowledged_us);
    put_person(object, &page->taker);
    json_value_put_count(object, "escalation", page->escalation);
    json_value_put_count(object, "serial", page->serial);
    for (size_t i = 0; i < page->count; i++)
        json_value_append(incidents, entry_json(page->entries[i]));
    json_value_put(object, "incidents", incidents);
    return object;
}

void incident_book_save(const struct incident_book *book, struct buf *to)
{
    json_t *object = json_value_object(), *pages = json_value_array();
    json_value_put_count(object, "version", VERSION);
    json_value_put_count(object, "digests", book->digests);
    json_value_put_count(object, "notices", book->notices);
    json_value_put_count(object, "refused", book->refused);
    for (size_t i = 0; i < book->page_count; i++)
        json_value_append(pages, page_json(book->pages[i]));
    json_value_put(object, "pages", pages);
    json_value_put(object, "silences", silence_list_json(book->silences));
    json_value_print(object, false, to);
}

/* Times of ours lie in the past; 0: never. */
static bool read_time(const json_t *object, const char *key, int64_t now_us, int64_t *out)
{
    if (!json_field_int(object, key, (struct json_range){0, INT64_MAX, 0}, out))
        return false;
    *out = *out > now_us ? now_us : *out;
    return true;
}

static bool read_small(const json_t *object, const char *key, unsigned *out)
{
    int64_t number;
    if (!json_field_int(object, key, (struct json_range){0, 1000000000, 0}, &number))
        return false;
    *out = (unsigned)number;
    return true;
}

static bool read_severity(const json_t *object, enum incident_severity *out)
{
    struct slice word;
    return json_field_text(object, "severity", 32, &word) && incident_severity_from_word(word, out);
}

static bool read_name(const json_t *object, const char *key, char *to)
{
    struct slice text;
    if (!json_field_text(object, key, PERSON_TEXT_MAX, &text))
        return false;
    memcpy(to, text.len ? text.ptr : "", text.len);
    to[text.len] = '\0';
    return true;
}

static bool read_person(const json_t *object, struct person *out)
{
    return read_name(object, "by", out->by) && read_name(object, "note", out->note);
}

static bool read_id(const struct incident_book *book, const json_t *object, char *to)
{
    struct slice id;
    if (!json_field_text(object, "id", INCIDENT_ID_LEN, &id) || id.len != INCIDENT_ID_LEN)
        return false;
    for (size_t i = 0; i < id.len; i++)
        if (!ascii_is_digit(id.ptr[i]) && !(id.ptr[i] >= 'a' && id.ptr[i] <= 'z'))
            return false;
    for (size_t i = 0; i < book->entry_count; i++)
        if (slice_eq(id, slice_of(book->entries[i]->id, INCIDENT_ID_LEN)))
            return false;
    memcpy(to, id.ptr, id.len);
    return true;
}

static bool read_entry(struct incident_book *book, struct page *page, const json_t *object,
                       int64_t now_us)
{
    struct entry read = {.page = page};
    struct incident incident;
    if (book->entry_count >= INCIDENTS_MAX || !json_is_object(object) ||
        !read_id(book, object, read.id) || !json_field_bool(object, "open", &read.open) ||
        !json_field_bool(object, "by_hand", &read.by_hand) ||
        !json_field_bool(object, "told", &read.told) ||
        !read_time(object, "changed_us", now_us, &read.changed_us) ||
        !read_time(object, "seen_us", now_us, &read.seen_us) ||
        !read_small(object, "flaps", &read.flaps) || !read_person(object, &read.closer) ||
        !incident_record_read(json_object_get(object, "incident"), &incident) ||
        read.open != incident_is_open(&incident))
        return false;
    read.closed_hits = incident.hits; /* of a state that does not say */
    if (json_object_get(object, "closed_hits") &&
        !json_field_count(object, "closed_hits", &read.closed_hits))
        return false;
    incident_record_set(&read.record, &incident);
    read.hash = incident_hash(&read.record.incident);
    read.inherited = read.open;
    struct entry *entry = book_add_entry(book);
    *entry = read;
    page->entries[page->count++] = entry;
    page->open = page->open || entry->open;
    book->open_count += entry->open;
    return true;
}

static bool read_told(const json_t *object, int64_t now_us, struct told *out)
{
    unsigned rank;
    if (!json_is_object(object) || !json_field_bool(object, "ever", &out->ever) ||
        !json_field_bool(object, "open", &out->open) || !read_severity(object, &out->severity) ||
        !read_small(object, "scope_rank", &rank) || !json_field_count(object, "hits", &out->hits) ||
        out->hits > INT64_MAX / 2 || !read_time(object, "at_us", now_us, &out->at_us) ||
        !read_time(object, "called_us", now_us, &out->called_us))
        return false;
    out->scope_rank = (int)rank;
    return true;
}

static bool read_page_fields(const json_t *object, int64_t now_us, struct page *page)
{
    struct slice axis;
    return json_field_text(object, "axis", 32, &axis) && notice_axis_from_word(axis, &page->axis) &&
           read_time(object, "changed_us", now_us, &page->changed_us) &&
           read_time(object, "grown_us", now_us, &page->grown_us) &&
           read_time(object, "growth_us", now_us, &page->growth_us) &&
           read_time(object, "acknowledged_us", now_us, &page->acknowledged_us) &&
           read_small(object, "flaps", &page->flaps) &&
           read_small(object, "escalation", &page->escalation) &&
           json_field_bool(object, "restless", &page->restless) &&
           json_field_bool(object, "held", &page->held) && read_severity(object, &page->severity) &&
           read_told(json_object_get(object, "told"), now_us, &page->told) &&
           read_person(object, &page->taker) && json_field_count(object, "serial", &page->serial);
}

static bool read_page(struct incident_book *book, const json_t *object, int64_t now_us)
{
    const json_t *incidents;
    if (!json_is_object(object) ||
        !json_field_array(object, "incidents", PAGE_INCIDENTS_MAX, &incidents) ||
        json_array_size(incidents) == 0)
        return false;
    struct page *page = book_add_page(book);
    if (!read_page_fields(object, now_us, page))
        return false;
    for (size_t i = 0; i < json_array_size(incidents); i++)
        if (!read_entry(book, page, json_array_get(incidents, i), now_us))
            return false;
    page->due_us = now_us; /* whatever it waits for is found at the first advance */
    return true;
}

static bool read_book(struct incident_book *book, const json_t *object, int64_t now_us)
{
    const json_t *pages;
    int64_t version;
    if (!json_is_object(object) ||
        !json_field_int(object, "version", (struct json_range){VERSION, VERSION, 0}, &version) ||
        version != VERSION || !json_field_count(object, "digests", &book->digests) ||
        !json_field_count(object, "notices", &book->notices) ||
        !json_field_count(object, "refused", &book->refused) ||
        !json_field_array(object, "pages", INCIDENTS_MAX, &pages) ||
        !silence_list_read(book->silences, json_object_get(object, "silences")))
        return false;
    book->silence_due_us = now_us;
    for (size_t i = 0; i < json_array_size(pages); i++)
        if (!read_page(book, json_array_get(pages, i), now_us))
            return false;
    return true;
}

bool incident_book_load(struct incident_book *book, struct slice text, int64_t now_us,
                        struct err *err)
{
    ASSERT(book->entry_count == 0);
    json_t *object = json_field_parse(text, INCIDENT_BOOK_BYTES_MAX);
    bool good = object && read_book(book, object, now_us);
    json_decref(object);
    if (good) {
        if (book->settings.orphan_us > 0 && book->open_count > 0)
            book->orphan_due_us = now_us + book->settings.orphan_us;
        return true;
    }
    book_clear(book);
    return err_set(err, ERR_INPUT,
                   "state of incidents is damaged or of another version: starting without it");
}
