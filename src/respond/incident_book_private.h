/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside of the book of incidents, for its files: incident_book.c (what it is told),
 * incident_page.c (what it tells), page_cause.c (what explains what), incident_book_json.c (its
 * state).
 */
#ifndef TD_RESPOND_INCIDENT_BOOK_PRIVATE_H
#define TD_RESPOND_INCIDENT_BOOK_PRIVATE_H

#include "respond/incident_book.h"

#define PAGE_INCIDENTS_MAX 200
#define PERSON_TEXT_MAX 256

struct page;

struct person {
    char by[PERSON_TEXT_MAX + 1], note[PERSON_TEXT_MAX + 1]; /* valid UTF-8; or "" */
};

struct entry {
    char id[INCIDENT_ID_LEN + 1];
    uint64_t hash; /* of the incident's identity */
    struct incident_record record;
    struct page *page;
    bool open;
    bool by_hand;         /* closed by a person: only a new opening or enough new hits open it */
    uint64_t closed_hits; /* by_hand: those that were there at the close */
    int64_t changed_us;   /* when `open` last changed */
    int64_t seen_us;
    unsigned flaps;
    bool told;            /* people have it on their list of the page */
    bool inherited;       /* open since before a restart; no detector has spoken of it since */
    struct person closer; /* by_hand */
    uint64_t revision;
};

/* What people know of a page. */
struct told {
    bool ever; /* a notice went out */
    bool open; /* the last one said that it is open */
    enum incident_severity severity;
    int scope_rank;
    uint64_t hits;
    int64_t at_us;     /* of the last notice about its size */
    int64_t called_us; /* of the last notice that calls for somebody */
};

struct page {
    struct entry *entries[PAGE_INCIDENTS_MAX]; /* in order of joining */
    size_t count;
    enum notice_axis axis;
    bool open;                       /* an entry is */
    int64_t changed_us;              /* when `open` last changed */
    int64_t grown_us;                /* when the newest entry joined */
    int64_t growth_us;               /* when growth that is not told yet began; 0: none */
    unsigned flaps;                  /* how often the page came back */
    bool restless;                   /* it came back or went too soon: tell when it has stayed */
    enum incident_severity severity; /* highest since it opened */
    struct told told;
    bool held;               /* quiet hours hold a notice back */
    int64_t acknowledged_us; /* 0: nobody has */
    struct person taker;     /* who acknowledged it */
    unsigned escalation;
    uint64_t serial;
    int64_t due_us; /* when page_step has something to do; INT64_MAX: never */
};

struct incident_book {
    struct incident_book_settings settings;
    notice_fn tell;
    void *data;
    struct entry **entries; /* oldest first */
    size_t entry_count, entry_capacity, open_count;
    struct page **pages; /* oldest first */
    size_t page_count, page_capacity;
    struct silence_list *silences;
    int64_t silence_due_us; /* when a silence begins or ends */
    int64_t orphan_due_us;  /* when what is still inherited is closed */
    uint64_t digests, notices, refused, revision;
};

/* Adds the entry to a page that takes it, or to a new one. */
void page_join(struct incident_book *book, struct entry *entry, int64_t now_us);

/* Of one relay; both name their source. */
bool is_same_source(const struct incident *a, const struct incident *b);

/* Recipients that its open incidents touch of those that the consequence counts, at most; 0: it has
 * nothing to do with it. */
uint64_t page_reach(const struct page *page, const struct incident *consequence);

/* Is all that is open of it what this trouble does to the mail, which touches at least half as many
 * recipients as the largest of it counts? */
bool page_is_explained(const struct page *page, const struct incident *cause);

/* An entry of it has changed: notes whether the page opened or closed. */
void page_note(struct incident_book *book, struct page *page, int64_t now_us);

/* Tells what is to be told of the page now, and sets when to look again. */
void page_step(struct incident_book *book, struct page *page, int64_t now_us);

/* Tells what quiet hours held back, once they are over. */
void pages_digest(struct incident_book *book, int64_t now_us);

/* Tells it, whatever the hour. */
void page_tell(struct incident_book *book, struct page *page, enum notice_transition transition,
               int64_t now_us);

/* Tells the entry on the page, unless it is hidden or has to be quiet. */
bool page_tell_route(struct incident_book *book, struct page *page, const struct audit_entry *entry,
                     int64_t now_us);

/* The page's notice as things are, without what a silence hides and nobody was told of. items: room
 * for NOTICE_ITEMS_MAX. */
struct notice page_notice(const struct incident_book *book, const struct page *page,
                          enum notice_transition transition, int64_t now_us,
                          struct notice_item *items);

/* New and empty, at the end of the book's lists. */
struct page *book_add_page(struct incident_book *book);
struct entry *book_add_entry(struct incident_book *book);

/* Takes everything out. */
void book_clear(struct incident_book *book);

static inline enum incident_state entry_state(const struct entry *entry)
{
    if (!entry->open)
        return INCIDENT_STATE_CLOSED;
    return entry->page->acknowledged_us ? INCIDENT_STATE_ACKNOWLEDGED : INCIDENT_STATE_OPEN;
}

#endif
