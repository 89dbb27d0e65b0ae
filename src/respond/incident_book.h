/* SPDX-License-Identifier: Apache-2.0
 *
 * The life of incidents. Takes what the detectors say as often as they like, and tells one notice a
 * transition:
 *
 *     open --ack--> acknowledged          incidents that share a source, a provider or a kind are
 *       |               |                 one page: one notice opens it, a list grows in updates,
 *       +----> closed <-+                 the last one closes it
 *                |
 *                +-- comes back soon: the same incident, told once it has stayed (flap guard)
 *
 * Told are: opening, growing worse (scope, severity, twice the hits, more incidents), somebody's
 * acknowledging, nobody's (escalation), coming back, closing. Quiet hours hold back what is not
 * critical and end with one digest. Silences hide pages, not incidents.
 *
 * Pure: `now` is an argument and must come from one clock. A clock that steps back by d delays
 * timers by d at most; the first notice of a critical incident waits for no timer.
 *
 * Bounded: open_max + closed_max incidents of about 6 KiB at most, 200 a page. One thread.
 */
#ifndef TD_RESPOND_INCIDENT_BOOK_H
#define TD_RESPOND_INCIDENT_BOOK_H

#include "base/err.h"
#include "respond/notice.h"
#include "respond/quiet_hours.h"
#include "respond/silence.h"

struct incident_book_settings {
    int64_t escalate_after_us;                /* without acknowledgement; 0: never */
    unsigned escalate_max;                    /* calls a page */
    enum incident_severity escalate_severity; /* at least this */
    int64_t flap_us;                          /* back within: the same incident */
    int64_t stable_us;                        /* must stay so long before it is told */
    int64_t group_us;                         /* a page takes no more this long after its newest */
    int64_t group_wait_us;                    /* growth is gathered for this long */
    int64_t update_every_us;                  /* at least between updates for more hits */
    uint64_t reopen_hits;                     /* more after a close by hand reopen it: refusals */
    uint64_t reopen_silent_hits;              /* the same of failures without a reply */
    int64_t orphan_us; /* after a restart, closed if no detector speaks of it so long; 0: never */
    size_t open_max, closed_max; /* incidents kept */
    struct quiet_hours quiet;
};

#define INCIDENT_MINUTE_US INT64_C(60000000)

#define INCIDENT_BOOK_SETTINGS \
    { \
        .escalate_after_us = 15 * INCIDENT_MINUTE_US, .escalate_max = 3, \
        .escalate_severity = INCIDENT_CRITICAL, .flap_us = 30 * INCIDENT_MINUTE_US, \
        .stable_us = 5 * INCIDENT_MINUTE_US, .group_us = 60 * INCIDENT_MINUTE_US, \
        .group_wait_us = INCIDENT_MINUTE_US / 2, .update_every_us = 15 * INCIDENT_MINUTE_US, \
        .reopen_hits = 3, .reopen_silent_hits = 6, .orphan_us = 24 * 60 * INCIDENT_MINUTE_US, \
        .open_max = 2000, .closed_max = 500 \
    }

/* Told of each notice, inside the call that caused it; the notice and its strings live until the
 * function returns. It must not call the book. */
typedef void (*notice_fn)(void *data, const struct notice *notice);

struct incident_book;

/* tell: NULL keeps the book without telling (a replay of the past). Settings are copied. */
struct incident_book *incident_book_new(const struct incident_book_settings *settings,
                                        notice_fn tell, void *data);
void incident_book_free(struct incident_book *book);

/* What a detector says of an incident now: new, changed or closed. The same again changes nothing.
 * An incident that is closed and unknown is the past, and ignored. False: there are open_max
 * already, this new one was not taken (counted). */
bool incident_book_take(struct incident_book *book, const struct incident *incident,
                        int64_t now_us);

/* By a person; id of any incident of the page. by, note: cut to 256 bytes. Acknowledging takes the
 * whole page. Closing closes one incident and holds until the detector opens it anew or, where the
 * trouble goes on, until the view's reopens_after hits more have come. False and err when there is
 * no such incident, or it is already so. */
bool incident_book_acknowledge(struct incident_book *book, struct slice id, struct slice by,
                               struct slice note, int64_t now_us, struct err *err);
bool incident_book_close(struct incident_book *book, struct slice id, struct slice by,
                         struct slice note, int64_t now_us, struct err *err);

/* Tells what was decided about the mail of an incident, on the page of the first that the entry
 * names and people were told of; nothing else of the page changes. False: there is none, a silence
 * hides it, or it is not critical and the hours are quiet. */
bool incident_book_route(struct incident_book *book, const struct audit_entry *entry,
                         int64_t now_us);

/* As silence_add and silence_remove; what is no longer hidden is told. */
const char *incident_book_silence(struct incident_book *book, const struct silence *silence,
                                  int64_t now_us, struct err *err);
bool incident_book_unsilence(struct incident_book *book, struct slice id, int64_t now_us);
const struct silence_list *incident_book_silences(const struct incident_book *book);

/* When incident_book_advance has something to do next; INT64_MAX: never, unless it is told more. */
int64_t incident_book_next_due(const struct incident_book *book);

/* Does what is due at now: escalation, gathered growth, stable returns, digests, ends of silences.
 */
void incident_book_advance(struct incident_book *book, int64_t now_us);

/* Tells every page that is open and told once more, as NOTICE_CURRENT, for receivers that forget.
 * Nothing changes; the serial is that of the last notice. */
void incident_book_repeat(const struct incident_book *book, int64_t now_us, notice_fn tell,
                          void *data);

/* One incident with its life. Strings live until the book changes. */
struct incident_view {
    struct slice id, page; /* page: id of the page's first incident */
    enum incident_state state;
    const struct incident *incident;
    bool told;                     /* somebody has been told of its page */
    const struct silence *silence; /* hides it at now; NULL: none does */
    unsigned flaps;                /* of this incident */
    unsigned escalation;           /* of its page */
    int64_t seen_us;               /* when a detector last spoke of it */
    struct slice by, note;         /* who closed it by hand, else who has taken its page */
    bool by_hand;                  /* closed by a person */
    uint64_t reopens_after;        /* by_hand: hits after the close that reopen it; 0: none would */
    int64_t acknowledged_us;       /* of the page; 0: nobody yet */
    uint64_t revision;             /* of the book when this incident changed last */
};

typedef void (*incident_view_fn)(void *data, const struct incident_view *view);

/* Every incident, oldest first. */
void incident_book_visit(const struct incident_book *book, int64_t now_us, incident_view_fn visit,
                         void *data);

/* False: no such id. */
bool incident_book_find(const struct incident_book *book, struct slice id, int64_t now_us,
                        struct incident_view *out);

/* Counts changes. A state that was saved at this revision is still good; incidents whose revision
 * is not above the one seen last need not be written to a history again. Starts at 0 in every run.
 */
uint64_t incident_book_revision(const struct incident_book *book);

struct incident_book_counts {
    uint64_t open, acknowledged, closed; /* incidents kept, by state */
    uint64_t pages;                      /* open pages */
    uint64_t notices;                    /* told since the book was new, restarts included */
    uint64_t refused;                    /* incidents that did not fit */
};

struct incident_book_counts incident_book_count(const struct incident_book *book);

#define INCIDENT_BOOK_BYTES_MAX (64u << 20)

/* The whole state as one JSON text, appended. Written before notices go out, it makes a restarted
 * daemon know what it has told. */
void incident_book_save(const struct incident_book *book, struct buf *to);

/* Into a new, empty book. False and err when the text is not of the form or too large; the book is
 * then still empty. Times after now become now (a clock that was wrong). Tells nothing by itself.
 */
bool incident_book_load(struct incident_book *book, struct slice text, int64_t now_us,
                        struct err *err);

#endif
