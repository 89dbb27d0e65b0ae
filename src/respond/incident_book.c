/* SPDX-License-Identifier: Apache-2.0
 *
 * What the book is told: by detectors, by people, by the clock. See incident_book.h.
 */
#include "respond/incident_book_private.h"

#include "base/escape.h"
#include "base/memory.h"

struct incident_book *incident_book_new(const struct incident_book_settings *settings,
                                        notice_fn tell, void *data)
{
    struct incident_book *book = MEM_NEW(struct incident_book);
    *book = (struct incident_book){.settings = *settings,
                                   .tell = tell,
                                   .data = data,
                                   .silences = silence_list_new(),
                                   .silence_due_us = INT64_MAX,
                                   .orphan_due_us = INT64_MAX};
    return book;
}

static void free_entry(struct entry *entry)
{
    incident_record_done(&entry->record);
    mem_free(entry);
}

void book_clear(struct incident_book *book)
{
    for (size_t i = 0; i < book->entry_count; i++)
        free_entry(book->entries[i]);
    for (size_t i = 0; i < book->page_count; i++)
        mem_free(book->pages[i]);
    book->entry_count = book->page_count = book->open_count = 0;
    silence_list_free(book->silences);
    book->silences = silence_list_new();
    book->silence_due_us = book->orphan_due_us = INT64_MAX;
    book->digests = book->notices = book->refused = 0;
}

void incident_book_free(struct incident_book *book)
{
    if (!book)
        return;
    book_clear(book);
    silence_list_free(book->silences);
    mem_free(book->entries);
    mem_free(book->pages);
    mem_free(book);
}

struct page *book_add_page(struct incident_book *book)
{
    if (book->page_count == book->page_capacity) {
        book->page_capacity = book->page_capacity ? book->page_capacity * 2 : 16;
        book->pages = mem_resize(book->pages, book->page_capacity, sizeof(struct page *));
    }
    struct page *page = MEM_NEW(struct page);
    page->due_us = INT64_MAX;
    return book->pages[book->page_count++] = page;
}

struct entry *book_add_entry(struct incident_book *book)
{
    if (book->entry_count == book->entry_capacity) {
        book->entry_capacity = book->entry_capacity ? book->entry_capacity * 2 : 16;
        book->entries = mem_resize(book->entries, book->entry_capacity, sizeof(struct entry *));
    }
    return book->entries[book->entry_count++] = MEM_NEW(struct entry);
}

static struct entry *entry_with_id(const struct incident_book *book, struct slice id)
{
    for (size_t i = 0; i < book->entry_count; i++)
        if (slice_eq(id, slice_of(book->entries[i]->id, INCIDENT_ID_LEN)))
            return book->entries[i];
    return NULL;
}

/* The newest entry about the same thing. */
static struct entry *entry_about(const struct incident_book *book, const struct incident *incident)
{
    uint64_t hash = incident_hash(incident);
    for (size_t i = book->entry_count; i > 0; i--) {
        struct entry *entry = book->entries[i - 1];
        if (entry->hash == hash && incident_same(&entry->record.incident, incident))
            return entry;
    }
    return NULL;
}

/* A page goes when all its incidents are closed and nothing of it is still to be told. */
static bool is_over(const struct page *page)
{
    return !page->open && !page->told.open && !page->held && !page->restless;
}

static void drop_page(struct incident_book *book, struct page *page)
{
    size_t kept = 0;
    for (size_t i = 0; i < book->entry_count; i++) {
        if (book->entries[i]->page == page)
            free_entry(book->entries[i]);
        else
            book->entries[kept++] = book->entries[i];
    }
    book->entry_count = kept;
    kept = 0;
    for (size_t i = 0; i < book->page_count; i++)
        if (book->pages[i] != page)
            book->pages[kept++] = book->pages[i];
    book->page_count = kept;
    mem_free(page);
}

/* Closed incidents beyond the bound go, whole pages, those that are over longest first. */
static void trim(struct incident_book *book)
{
    while (book->entry_count - book->open_count > book->settings.closed_max) {
        struct page *oldest = NULL;
        for (size_t i = 0; i < book->page_count; i++) {
            struct page *page = book->pages[i];
            if (is_over(page) && (!oldest || page->changed_us < oldest->changed_us))
                oldest = page;
        }
        if (!oldest)
            return;
        drop_page(book, oldest);
    }
}

static void set_open(struct incident_book *book, struct entry *entry, bool open, int64_t now_us)
{
    book->open_count += open;
    book->open_count -= !open;
    entry->open = open;
    entry->changed_us = now_us;
    entry->inherited = false;
    entry->revision = ++book->revision;
    entry->by_hand = false;
    entry->closer = (struct person){{0}, {0}};
}

static void settle(struct incident_book *book, struct page *page, int64_t now_us)
{
    page_note(book, page, now_us);
    page_step(book, page, now_us);
    trim(book);
}

static bool add_incident(struct incident_book *book, struct incident_record *record, int64_t now_us)
{
    if (book->open_count >= book->settings.open_max ||
        book->entry_count >= book->settings.open_max + book->settings.closed_max) {
        book->refused++;
        return false;
    }
    char id[INCIDENT_ID_LEN + 1];
    unsigned salt = 0;
    do
        incident_id(&record->incident, salt++, id);
    while (entry_with_id(book, slice_of(id, INCIDENT_ID_LEN)));
    struct entry *entry = book_add_entry(book);
    memcpy(entry->id, id, sizeof(id));
    entry->hash = incident_hash(&record->incident);
    entry->record = *record;
    *record = (struct incident_record){0};
    entry->seen_us = now_us;
    set_open(book, entry, true, now_us);
    page_join(book, entry, now_us);
    settle(book, entry->page, now_us);
    return true;
}

/* Hits after a close by hand that prove it wrong; 0: of a kind whose hits are no failures one by
 * one. */
static uint64_t reopening_hits(const struct incident_book *book, enum incident_kind kind)
{
    bool silent =
        kind == INCIDENT_SILENT_BLOCK || kind == INCIDENT_OUTAGE || kind == INCIDENT_UNREACHABLE;
    if (!incident_hits_are_failures(kind))
        return 0;
    return silent ? book->settings.reopen_silent_hits : book->settings.reopen_hits;
}

/* Is it the trouble that a person has closed the incident of? What began before the close is: a
 * daemon that learned anew from the last part of a log may name a later beginning. */
static bool is_put_down(const struct entry *entry, const struct incident *said)
{
    return entry->by_hand && said->opened_us <= entry->changed_us;
}

/* Trouble that was closed by hand and goes on. Hits up to the close count for nothing, also those
 * of a daemon that counts them anew. */
static bool has_enough_new_hits(const struct incident_book *book, struct entry *entry,
                                const struct incident *said)
{
    uint64_t least = reopening_hits(book, said->kind);
    if (said->last_hit_us <= entry->changed_us || said->hits < entry->closed_hits)
        entry->closed_hits = said->hits;
    return least > 0 && said->hits - entry->closed_hits >= least;
}

/* It calls anew: nobody has taken what was thought to be over. */
static void reopen(struct incident_book *book, struct entry *entry, int64_t now_us)
{
    struct page *page = entry->page;
    bool put_down = entry->by_hand;
    entry->flaps++;
    set_open(book, entry, true, now_us);
    if (!put_down)
        return;
    entry->told = false;
    if (page->open)
        return; /* for its other incidents: who has taken those has them still */
    page->acknowledged_us = 0;
    page->taker = (struct person){{0}, {0}};
}

/* The detector's word on an incident that is in the book. */
static void update(struct incident_book *book, struct entry *entry, struct incident_record *record,
                   int64_t now_us)
{
    const struct incident *said = &record->incident;
    bool open = incident_is_open(said);
    if (entry->by_hand && !open)
        return;
    if (is_put_down(entry, said) && !has_enough_new_hits(book, entry, said))
        return;
    if (incident_equal(said, &entry->record.incident))
        return;
    incident_record_done(&entry->record);
    entry->record = *record;
    *record = (struct incident_record){0};
    entry->revision = ++book->revision;
    if (open && !entry->open)
        reopen(book, entry, now_us);
    else if (!open && entry->open)
        set_open(book, entry, false, now_us);
    settle(book, entry->page, now_us);
}

static void catch_up(struct incident_book *book, int64_t now_us)
{
    if (incident_book_next_due(book) <= now_us)
        incident_book_advance(book, now_us);
}

bool incident_book_take(struct incident_book *book, const struct incident *incident, int64_t now_us)
{
    struct incident_record record = {0};
    bool taken = true;
    catch_up(book, now_us);
    incident_record_set(&record, incident);
    struct entry *entry = entry_about(book, &record.incident);
    bool open = incident_is_open(incident);
    bool back = entry && (entry->open || !open ||
                          record.incident.opened_us <= entry->record.incident.opened_us ||
                          is_put_down(entry, &record.incident) ||
                          now_us - entry->changed_us <= book->settings.flap_us);
    if (back) {
        entry->seen_us = now_us;
        entry->inherited = false;
        if (entry->open || open)
            update(book, entry, &record, now_us);
    } else if (open) {
        taken = add_incident(book, &record, now_us);
    }
    incident_record_done(&record);
    return taken;
}

/* Cut, valid UTF-8, no NUL inside. */
static void set_person(struct person *person, struct slice by, struct slice note)
{
    struct {
        struct slice text;
        char *to;
    } pairs[] = {{by, person->by}, {note, person->note}};
    for (size_t i = 0; i < 2; i++) {
        CLEANUP_BUF struct buf valid = {0};
        utf8_sanitize(utf8_first(pairs[i].text, PERSON_TEXT_MAX), &valid);
        struct slice kept = utf8_first(buf_slice(&valid), PERSON_TEXT_MAX);
        memcpy(pairs[i].to, kept.ptr ? kept.ptr : "", kept.len);
        pairs[i].to[kept.len] = '\0';
    }
}

bool incident_book_acknowledge(struct incident_book *book, struct slice id, struct slice by,
                               struct slice note, int64_t now_us, struct err *err)
{
    catch_up(book, now_us);
    struct entry *entry = entry_with_id(book, id);
    if (!entry)
        return err_set(err, ERR_INPUT, "no incident %.*s: see `todoku incident list`",
                       SLICE_ARG(id));
    struct page *page = entry->page;
    if (!page->open)
        return err_set(err, ERR_INPUT, "incident %s is closed already", entry->id);
    if (page->acknowledged_us)
        return err_set(err, ERR_INPUT, "incident %s is acknowledged already by %s", entry->id,
                       page->taker.by);
    set_person(&page->taker, by, note);
    page->acknowledged_us = now_us;
    for (size_t i = 0; i < page->count; i++)
        page->entries[i]->revision = book->revision + 1;
    book->revision++;
    if (page->told.open)
        page_tell(book, page, NOTICE_ACKNOWLEDGED, now_us);
    page_step(book, page, now_us);
    return true;
}

bool incident_book_close(struct incident_book *book, struct slice id, struct slice by,
                         struct slice note, int64_t now_us, struct err *err)
{
    catch_up(book, now_us);
    struct entry *entry = entry_with_id(book, id);
    if (!entry)
        return err_set(err, ERR_INPUT, "no incident %.*s: see `todoku incident list`",
                       SLICE_ARG(id));
    if (!entry->open)
        return err_set(err, ERR_INPUT, "incident %s is closed already", entry->id);
    set_open(book, entry, false, now_us);
    set_person(&entry->closer, by, note);
    entry->by_hand = true;
    entry->closed_hits = entry->record.incident.hits;
    entry->record.incident.closed_us = now_us;
    settle(book, entry->page, now_us);
    return true;
}

bool incident_book_route(struct incident_book *book, const struct audit_entry *entry,
                         int64_t now_us)
{
    catch_up(book, now_us);
    for (size_t i = 0; i < AUDIT_INCIDENTS_MAX; i++) {
        const struct entry *about = entry_with_id(book, entry->incidents[i]);
        if (about != NULL && about->page->told.ever)
            return page_tell_route(book, about->page, entry, now_us);
    }
    return false;
}

static void step_all(struct incident_book *book, int64_t now_us)
{
    book->revision++;
    book->silence_due_us = silence_next(book->silences, now_us);
    for (size_t i = 0; i < book->page_count; i++)
        page_step(book, book->pages[i], now_us);
}

const char *incident_book_silence(struct incident_book *book, const struct silence *silence,
                                  int64_t now_us, struct err *err)
{
    catch_up(book, now_us);
    const char *id = silence_add(book->silences, silence, now_us, err);
    step_all(book, now_us);
    return id;
}

bool incident_book_unsilence(struct incident_book *book, struct slice id, int64_t now_us)
{
    catch_up(book, now_us);
    bool removed = silence_remove(book->silences, id);
    step_all(book, now_us);
    return removed;
}

const struct silence_list *incident_book_silences(const struct incident_book *book)
{
    return book->silences;
}

int64_t incident_book_next_due(const struct incident_book *book)
{
    int64_t due_us = book->silence_due_us;
    due_us = book->orphan_due_us < due_us ? book->orphan_due_us : due_us;
    for (size_t i = 0; i < book->page_count; i++)
        due_us = book->pages[i]->due_us < due_us ? book->pages[i]->due_us : due_us;
    return due_us;
}

/* What was open before a restart and nobody has spoken of since: it has ended meanwhile, or nothing
 * is sent that way any more. Left open it would stay so for ever. */
static void close_orphans(struct incident_book *book, int64_t now_us)
{
    book->orphan_due_us = INT64_MAX;
    for (size_t i = 0; i < book->entry_count; i++) {
        struct entry *entry = book->entries[i];
        if (!entry->inherited || !entry->open)
            continue;
        entry->record.incident.closed_us = now_us;
        set_open(book, entry, false, now_us);
        page_note(book, entry->page, now_us);
        entry->page->due_us = now_us;
    }
}

void incident_book_advance(struct incident_book *book, int64_t now_us)
{
    bool silences_changed = book->silence_due_us <= now_us;
    if (book->orphan_due_us <= now_us)
        close_orphans(book, now_us);
    silence_expire(book->silences, now_us);
    pages_digest(book, now_us);
    if (silences_changed) {
        step_all(book, now_us);
    } else {
        for (size_t i = 0; i < book->page_count; i++)
            if (book->pages[i]->due_us <= now_us)
                page_step(book, book->pages[i], now_us);
    }
    trim(book);
}

void incident_book_repeat(const struct incident_book *book, int64_t now_us, notice_fn tell,
                          void *data)
{
    struct notice_item items[NOTICE_ITEMS_MAX];
    for (size_t i = 0; i < book->page_count; i++) {
        const struct page *page = book->pages[i];
        if (!page->open || !page->told.open)
            continue;
        struct notice notice = page_notice(book, page, NOTICE_CURRENT, now_us, items);
        tell(data, &notice);
    }
}

static struct incident_view view_of(const struct incident_book *book, const struct entry *entry,
                                    int64_t now_us)
{
    const struct page *page = entry->page;
    const struct person *person = entry->by_hand ? &entry->closer : &page->taker;
    return (struct incident_view){
        .id = slice_of(entry->id, INCIDENT_ID_LEN),
        .page = slice_of(page->entries[0]->id, INCIDENT_ID_LEN),
        .state = entry_state(entry),
        .incident = &entry->record.incident,
        .told = page->told.ever,
        .silence = silence_of(book->silences, &entry->record.incident, now_us),
        .flaps = entry->flaps,
        .escalation = page->escalation,
        .seen_us = entry->seen_us,
        .by = slice_from_str(person->by),
        .note = slice_from_str(person->note),
        .by_hand = entry->by_hand,
        .reopens_after = entry->by_hand ? reopening_hits(book, entry->record.incident.kind) : 0,
        .acknowledged_us = page->acknowledged_us,
        .revision = entry->revision,
    };
}

void incident_book_visit(const struct incident_book *book, int64_t now_us, incident_view_fn visit,
                         void *data)
{
    for (size_t i = 0; i < book->entry_count; i++) {
        struct incident_view view = view_of(book, book->entries[i], now_us);
        visit(data, &view);
    }
}

bool incident_book_find(const struct incident_book *book, struct slice id, int64_t now_us,
                        struct incident_view *out)
{
    const struct entry *entry = entry_with_id(book, id);
    if (!entry)
        return false;
    *out = view_of(book, entry, now_us);
    return true;
}

uint64_t incident_book_revision(const struct incident_book *book)
{
    return book->revision;
}

struct incident_book_counts incident_book_count(const struct incident_book *book)
{
    struct incident_book_counts counts = {.notices = book->notices, .refused = book->refused};
    for (size_t i = 0; i < book->entry_count; i++) {
        enum incident_state state = entry_state(book->entries[i]);
        counts.open += state == INCIDENT_STATE_OPEN;
        counts.acknowledged += state == INCIDENT_STATE_ACKNOWLEDGED;
        counts.closed += state == INCIDENT_STATE_CLOSED;
    }
    for (size_t i = 0; i < book->page_count; i++)
        counts.pages += book->pages[i]->open;
    return counts;
}
