/* SPDX-License-Identifier: Apache-2.0
 *
 * Pages: which incidents are told together, and when there is something to tell. page_step compares
 * what is with what people know; everything else only changes one of the two. See incident_book.h.
 */
#include "respond/hit_count.h"
#include "respond/incident_book_private.h"

/* Kinds whose incidents may share a page, and by what. The first kind of a family names it. */
struct family {
    enum incident_kind kind;
    bool by_path; /* by source or by provider; else all of the kind */
};

static const struct family families[] = {
    [INCIDENT_BLOCK] = {INCIDENT_BLOCK, true},
    [INCIDENT_SILENT_BLOCK] = {INCIDENT_BLOCK, true},
    [INCIDENT_OUTAGE] = {INCIDENT_OUTAGE, true},
    [INCIDENT_UNREACHABLE] = {INCIDENT_OUTAGE, true},
    [INCIDENT_SLOW_DOWN] = {INCIDENT_SLOW_DOWN, true},
    [INCIDENT_CONFIGURATION] = {INCIDENT_CONFIGURATION, true},
    [INCIDENT_SURGE] = {INCIDENT_SURGE, false},
    [INCIDENT_CONTENT] = {INCIDENT_CONTENT, true},
    [INCIDENT_AUTHENTICATION] = {INCIDENT_AUTHENTICATION, true},
    [INCIDENT_DNS] = {INCIDENT_DNS, true},
    [INCIDENT_GROWTH] = {INCIDENT_GROWTH, true},
    [INCIDENT_REACHABILITY] = {INCIDENT_REACHABILITY, false},
    [INCIDENT_LATENCY] = {INCIDENT_LATENCY, false},
    [INCIDENT_QUEUE_AGE] = {INCIDENT_QUEUE_AGE, false},
    [INCIDENT_BACKLOG] = {INCIDENT_BACKLOG, false},
    [INCIDENT_BRUTE_FORCE] = {INCIDENT_BRUTE_FORCE, false},
    [INCIDENT_LOG_SILENT] = {INCIDENT_LOG_SILENT, false},
    [INCIDENT_LOG_UNREAD] = {INCIDENT_LOG_UNREAD, false},
    [INCIDENT_HISTORY] = {INCIDENT_HISTORY, false},
    [INCIDENT_NOTIFIER] = {INCIDENT_NOTIFIER, false},
    [INCIDENT_ROUTING] = {INCIDENT_ROUTING, false},
    [INCIDENT_ACCOUNT_HIJACKED] = {INCIDENT_ACCOUNT_HIJACKED, false},
    [INCIDENT_AUTH_BACKEND_DOWN] = {INCIDENT_AUTH_BACKEND_DOWN, false},
    [INCIDENT_MAILBOX_SERVER_QUOTA_DOWN] = {INCIDENT_MAILBOX_SERVER_QUOTA_DOWN, false},
};

/* The first trouble of it; of a page that has none yet, what it does. */
static const struct incident *first_of(const struct page *page)
{
    for (size_t i = 0; i < page->count; i++)
        if (!incident_is_consequence(page->entries[i]->record.incident.kind))
            return &page->entries[i]->record.incident;
    return &page->entries[0]->record.incident;
}

static bool same_provider(const struct incident *a, const struct incident *b)
{
    return a->provider.len > 0 && slice_eq(a->provider, b->provider);
}

/* A relay whose sources fail in silence at several providers has one trouble: its own network,
 * whatever it does to budgets and queues meanwhile. */
static bool same_silent_relay(const struct page *page, const struct incident *incident)
{
    for (size_t i = 0; i < page->count; i++) {
        const struct incident *one = &page->entries[i]->record.incident;
        if (incident_is_consequence(one->kind))
            continue;
        if (one->kind != INCIDENT_SILENT_BLOCK || !slice_eq(one->relay, incident->relay))
            return false;
    }
    return incident->kind == INCIDENT_SILENT_BLOCK && incident->relay.len > 0;
}

/* Another source of a relay at the provider that refuses it already: no new trouble, however late
 * it has mail. */
static bool widens(const struct page *page, const struct incident *incident)
{
    for (size_t i = 0; i < page->count; i++) {
        const struct incident *one = &page->entries[i]->record.incident;
        if (page->entries[i]->open && one->kind == incident->kind && one->relay.len > 0 &&
            slice_eq(one->relay, incident->relay) && same_provider(one, incident))
            return true;
    }
    return false;
}

/* What the incident would share with the page; NONE: nothing. */
static enum notice_axis shared(const struct page *page, const struct incident *incident)
{
    const struct incident *first = first_of(page);
    const struct family *family = &families[incident->kind];
    if (families[first->kind].kind != family->kind)
        return NOTICE_AXIS_NONE;
    if (!family->by_path)
        return NOTICE_AXIS_KIND;
    if (page->axis != NOTICE_AXIS_PROVIDER && is_same_source(first, incident))
        return NOTICE_AXIS_SOURCE;
    if (page->axis != NOTICE_AXIS_SOURCE && same_provider(first, incident))
        return NOTICE_AXIS_PROVIDER;
    bool together = same_silent_relay(page, incident) || widens(page, incident);
    return together ? NOTICE_AXIS_KIND : NOTICE_AXIS_NONE;
}

/* A silence hides it, and nobody was told of it before. */
static bool is_hidden(const struct incident_book *book, const struct entry *entry, int64_t now_us)
{
    return !entry->told && silence_of(book->silences, &entry->record.incident, now_us) != NULL;
}

/* Nothing of it is for people now. */
static bool is_page_hidden(const struct incident_book *book, const struct page *page,
                           int64_t now_us)
{
    for (size_t i = 0; i < page->count; i++)
        if (!is_hidden(book, page->entries[i], now_us))
            return false;
    return true;
}

static bool has_room(const struct incident_book *book, const struct page *page, bool hidden,
                     int64_t now_us)
{
    return page->open && page->count < PAGE_INCIDENTS_MAX &&
           is_page_hidden(book, page, now_us) == hidden;
}

/* The open page whose trouble is the most of the reason for this incident, when all that is open
 * explains it: two blocks at once fill a queue together. NULL: nothing is known that does. */
static struct page *page_of_cause(const struct incident_book *book, const struct incident *incident,
                                  bool hidden, int64_t now_us)
{
    struct page *first = NULL;
    uint64_t most = 0, all = 0;
    for (size_t i = 0; i < book->page_count && incident_is_consequence(incident->kind); i++) {
        struct page *page = book->pages[i];
        if (!has_room(book, page, hidden, now_us))
            continue;
        uint64_t reach = page_reach(page, incident);
        all += reach;
        if (reach > most) {
            most = reach;
            first = page;
        }
    }
    return all >= incident->hits / 2 ? first : NULL;
}

/* The open page that tells what this trouble does to the mail and was quicker than its detector.
 * Not one that somebody has taken: who took a budget has not taken the trouble behind it. */
static struct page *page_of_effects(const struct incident_book *book,
                                    const struct incident *incident, bool hidden, int64_t now_us)
{
    for (size_t i = 0; i < book->page_count; i++) {
        struct page *page = book->pages[i];
        if (has_room(book, page, hidden, now_us) && page->acknowledged_us == 0 &&
            now_us - page->grown_us <= book->settings.group_us && page_is_explained(page, incident))
            return page;
    }
    return NULL;
}

void page_join(struct incident_book *book, struct entry *entry, int64_t now_us)
{
    bool hidden = is_hidden(book, entry, now_us);
    struct page *page = page_of_cause(book, &entry->record.incident, hidden, now_us);
    for (size_t i = 0; i < book->page_count && !page; i++) {
        struct page *one = book->pages[i];
        if (!has_room(book, one, hidden, now_us))
            continue;
        bool late = now_us - one->grown_us > book->settings.group_us;
        if (late && !widens(one, &entry->record.incident))
            continue;
        enum notice_axis axis = shared(one, &entry->record.incident);
        if (axis != NOTICE_AXIS_NONE) {
            one->axis = axis;
            page = one;
        }
    }
    if (!page)
        page = page_of_effects(book, &entry->record.incident, hidden, now_us);
    if (!page)
        page = book_add_page(book);
    page->entries[page->count++] = entry;
    page->grown_us = now_us;
    entry->page = page;
}

void page_note(struct incident_book *book, struct page *page, int64_t now_us)
{
    bool open = false;
    for (size_t i = 0; i < page->count; i++)
        open = open || page->entries[i]->open;
    if (open == page->open)
        return;
    bool first = page->changed_us == 0;
    bool soon = !first && now_us - page->changed_us < book->settings.flap_us;
    page->flaps += open && !first;
    page->restless = page->flaps > 0 && soon;
    page->open = open;
    page->changed_us = now_us;
    book->revision++;
}

/* What is open and not silenced. */
struct size {
    size_t incidents, untold;
    enum incident_severity severity;
    int scope_rank;
    uint64_t hits;
};

/* Each attempt once: kinds of trouble share none, and what their consequences count is the same
 * mail again. */
static uint64_t hits_of(const struct hit_count counts[INCIDENT_KIND_COUNT])
{
    uint64_t causes = 0, consequences = 0;
    for (int kind = 0; kind < INCIDENT_KIND_COUNT; kind++) {
        uint64_t hits = hit_count_total(&counts[kind]).hits;
        if (!incident_is_consequence((enum incident_kind)kind))
            causes += hits;
        else if (hits > consequences)
            consequences = hits;
    }
    return causes > consequences ? causes : consequences;
}

static struct size size_of(const struct incident_book *book, const struct page *page,
                           int64_t now_us)
{
    struct size size = {.severity = INCIDENT_INFO};
    struct hit_count counts[INCIDENT_KIND_COUNT] = {0};
    for (size_t i = 0; i < page->count; i++) {
        const struct entry *entry = page->entries[i];
        const struct incident *incident = &entry->record.incident;
        if (!entry->open || silence_of(book->silences, incident, now_us))
            continue;
        size.incidents++;
        size.untold += !entry->told;
        if (incident_severity(incident) > size.severity)
            size.severity = incident_severity(incident);
        if (incident_scope_rank(incident->scope) > size.scope_rank)
            size.scope_rank = incident_scope_rank(incident->scope);
        hit_count_add(&counts[incident->kind], incident);
    }
    size.hits = hits_of(counts);
    return size;
}

static void note_told(const struct incident_book *book, struct page *page, const struct size *size,
                      int64_t now_us)
{
    page->told.ever = true;
    page->told.open = page->open;
    page->told.severity = size->severity;
    page->told.scope_rank = size->scope_rank;
    page->told.hits = size->hits;
    page->told.at_us = now_us;
    page->growth_us = 0;
    page->held = false;
    for (size_t i = 0; i < page->count; i++) {
        struct entry *entry = page->entries[i];
        bool shown = entry->open && !is_hidden(book, entry, now_us);
        entry->told = page->open && (entry->told || shown);
    }
}

static void wait_until(struct page *page, int64_t due_us)
{
    page->due_us = due_us < page->due_us ? due_us : page->due_us;
}

/* Has `wait` passed since `since`? If not, the page is looked at again when it has. */
static bool passed(struct page *page, int64_t since_us, int64_t wait_us, int64_t now_us)
{
    if (now_us - since_us >= wait_us)
        return true;
    wait_until(page, since_us + wait_us);
    return false;
}

static bool is_larger(const struct incident_book *book, struct page *page, const struct size *size,
                      int64_t now_us)
{
    const struct told *told = &page->told;
    if (size->severity > told->severity || size->scope_rank > told->scope_rank)
        return true;
    if (size->untold > 0) {
        page->growth_us = page->growth_us ? page->growth_us : now_us;
        if (passed(page, page->growth_us, book->settings.group_wait_us, now_us))
            return true;
    }
    return size->hits / 2 >= told->hits && size->hits > 0 &&
           passed(page, told->at_us, book->settings.update_every_us, now_us);
}

static bool is_forgotten(const struct incident_book *book, struct page *page,
                         const struct size *size, int64_t now_us)
{
    const struct incident_book_settings *settings = &book->settings;
    return settings->escalate_after_us > 0 && page->acknowledged_us == 0 &&
           page->escalation < settings->escalate_max &&
           size->severity >= settings->escalate_severity &&
           passed(page, page->told.called_us, settings->escalate_after_us, now_us);
}

/* What is to be told now; NOTICE_CURRENT: nothing. */
static enum notice_transition transition_of(const struct incident_book *book, struct page *page,
                                            const struct size *size, int64_t now_us)
{
    if (!page->open)
        return page->told.open ? NOTICE_CLOSED : NOTICE_CURRENT;
    if (size->incidents == 0)
        return NOTICE_CURRENT;
    if (!page->told.open)
        return page->told.ever ? NOTICE_REOPENED : NOTICE_OPENED;
    if (is_larger(book, page, size, now_us))
        return NOTICE_UPDATED;
    return is_forgotten(book, page, size, now_us) ? NOTICE_ESCALATED : NOTICE_CURRENT;
}

void page_tell(struct incident_book *book, struct page *page, enum notice_transition transition,
               int64_t now_us)
{
    struct notice_item items[NOTICE_ITEMS_MAX];
    struct size size = size_of(book, page, now_us);
    bool calls = transition == NOTICE_OPENED || transition == NOTICE_REOPENED ||
                 transition == NOTICE_ESCALATED;
    page->serial++;
    if (transition == NOTICE_REOPENED)
        page->escalation = 0; /* it calls anew */
    page->escalation += transition == NOTICE_ESCALATED;
    if (calls)
        page->told.called_us = now_us;
    struct notice notice = page_notice(book, page, transition, now_us, items);
    note_told(book, page, &size, now_us);
    if (!page->open)
        page->severity = INCIDENT_USUAL;
    book->notices++;
    book->revision++;
    if (book->tell)
        book->tell(book->data, &notice);
}

void page_step(struct incident_book *book, struct page *page, int64_t now_us)
{
    const struct quiet_hours *quiet = &book->settings.quiet;
    struct size size = size_of(book, page, now_us);
    enum notice_transition transition;
    if (page->open)
        page->severity = size.severity > page->severity ? size.severity : page->severity;
    page->due_us = INT64_MAX;
    if (page->held)
        wait_until(page, quiet_hours_end(quiet, now_us));
    if (page->restless && !passed(page, page->changed_us, book->settings.stable_us, now_us))
        return;
    book->revision += page->restless;
    page->restless = false;
    while ((transition = transition_of(book, page, &size, now_us)) != NOTICE_CURRENT) {
        if (page->severity < INCIDENT_CRITICAL && quiet_hours_at(quiet, now_us)) {
            book->revision += !page->held;
            page->held = true;
            wait_until(page, quiet_hours_end(quiet, now_us));
            return;
        }
        page_tell(book, page, transition, now_us);
        size = size_of(book, page, now_us);
    }
}

/* What a digest says of a held page; NOTICE_CURRENT: nothing any more. */
static enum notice_transition digest_transition(const struct incident_book *book, struct page *page,
                                                int64_t now_us)
{
    struct size size = size_of(book, page, now_us);
    if (!page->open && !page->told.open)
        return NOTICE_CLOSED; /* it came and went */
    return transition_of(book, page, &size, now_us);
}

/* What stands for a page sooner: what is open, and of that the trouble itself. */
static int rank_of(const struct entry *entry)
{
    bool trouble = !incident_is_consequence(entry->record.incident.kind);
    return 2 * entry->open + trouble;
}

/* The incident that stands for the page: of those that are not hidden. */
static const struct entry *lead_of(const struct incident_book *book, const struct page *page,
                                   int64_t now_us)
{
    const struct entry *lead = NULL;
    for (size_t i = 0; i < page->count; i++) {
        const struct entry *entry = page->entries[i];
        if (!is_hidden(book, entry, now_us) && (!lead || rank_of(entry) > rank_of(lead)))
            lead = entry;
    }
    return lead ? lead : page->entries[0];
}

static void add_to_digest(const struct incident_book *book, struct page *page,
                          enum notice_transition transition, const struct size *size,
                          struct notice *digest)
{
    int64_t now_us = digest->at_us;
    const struct entry *lead = lead_of(book, page, now_us);
    page->serial++;
    page->told.called_us = now_us;
    if (transition == NOTICE_REOPENED)
        page->escalation = 0;
    note_told(book, page, size, now_us);
    if (page->severity > digest->severity)
        digest->severity = page->severity;
    if (!page->open)
        page->severity = INCIDENT_USUAL;
    digest->total++;
    if (digest->count < NOTICE_ITEMS_MAX)
        digest->items[digest->count++] =
            (struct notice_item){.id = slice_of(lead->id, INCIDENT_ID_LEN),
                                 .page = slice_of(page->entries[0]->id, INCIDENT_ID_LEN),
                                 .state = entry_state(lead),
                                 .incident = lead->record.incident,
                                 .transition = transition,
                                 .serial = page->serial};
}

void pages_digest(struct incident_book *book, int64_t now_us)
{
    struct notice_item items[NOTICE_ITEMS_MAX];
    struct notice digest = {.transition = NOTICE_DIGEST,
                            .severity = INCIDENT_INFO,
                            .at_us = now_us,
                            .page = SLICE("digest"),
                            .items = items};
    if (quiet_hours_at(&book->settings.quiet, now_us))
        return;
    for (size_t i = 0; i < book->page_count; i++) {
        struct page *page = book->pages[i];
        if (!page->held)
            continue;
        struct size size = size_of(book, page, now_us);
        enum notice_transition transition = digest_transition(book, page, now_us);
        page->held = false;
        book->revision++;
        if (transition != NOTICE_CURRENT)
            add_to_digest(book, page, transition, &size, &digest);
    }
    if (digest.count == 0)
        return;
    digest.serial = ++book->digests;
    book->notices++;
    if (book->tell)
        book->tell(book->data, &digest);
}

/* Not there yet when people were told of its page. */
static bool is_fresh(const struct entry *entry)
{
    return entry->open && !entry->told && entry->page->told.open;
}

static void add_item(const struct entry *entry, struct notice *notice)
{
    if (notice->count == NOTICE_ITEMS_MAX)
        return;
    struct notice_item *item = &notice->items[notice->count++];
    *item = (struct notice_item){.id = slice_of(entry->id, INCIDENT_ID_LEN),
                                 .page = notice->page,
                                 .state = entry_state(entry),
                                 .incident = entry->record.incident,
                                 .transition = notice->transition,
                                 .serial = notice->serial,
                                 .fresh = is_fresh(entry)};
    if (notice->count > 1) { /* one sample is enough */
        item->incident.evidence_count = 0;
        memset(item->incident.evidence, 0, sizeof(item->incident.evidence));
    }
}

/* Who closed it by hand, last of all; else who has taken it. */
static const struct person *person_of(const struct page *page)
{
    const struct entry *last = page->entries[0];
    for (size_t i = 1; i < page->count; i++)
        if (page->entries[i]->changed_us >= last->changed_us)
            last = page->entries[i];
    return !page->open && last->by_hand ? &last->closer : &page->taker;
}

enum page_part { PART_FRESH, PART_KNOWN, PART_CLOSED };

static enum page_part part_of(const struct entry *entry)
{
    if (!entry->open)
        return PART_CLOSED;
    return is_fresh(entry) ? PART_FRESH : PART_KNOWN;
}

/* The entries of a part, without the lead and what is hidden. */
static void add_others(const struct incident_book *book, const struct page *page,
                       enum page_part part, const struct entry *lead, struct notice *notice)
{
    for (size_t i = 0; i < page->count; i++) {
        const struct entry *entry = page->entries[i];
        if (entry == lead || part_of(entry) != part || is_hidden(book, entry, notice->at_us))
            continue;
        add_item(entry, notice);
        notice->total++;
    }
}

struct notice page_notice(const struct incident_book *book, const struct page *page,
                          enum notice_transition transition, int64_t now_us,
                          struct notice_item *items)
{
    struct notice notice = {.transition = transition,
                            .severity = page->severity ? page->severity : page->told.severity,
                            .axis = page->axis,
                            .at_us = now_us,
                            .page = slice_of(page->entries[0]->id, INCIDENT_ID_LEN),
                            .serial = page->serial,
                            .flaps = page->flaps,
                            .escalation = page->escalation,
                            .total = 1,
                            .items = items};
    const struct person *person = person_of(page);
    notice.by = slice_from_str(person->by);
    notice.note = slice_from_str(person->note);
    notice.state = !page->open                  ? INCIDENT_STATE_CLOSED
                   : page->acknowledged_us != 0 ? INCIDENT_STATE_ACKNOWLEDGED
                                                : INCIDENT_STATE_OPEN;
    const struct entry *lead = lead_of(book, page, now_us);
    add_item(lead, &notice);
    add_others(book, page, PART_FRESH, lead, &notice);
    add_others(book, page, PART_KNOWN, lead, &notice);
    add_others(book, page, PART_CLOSED, lead, &notice);
    return notice;
}

bool page_tell_route(struct incident_book *book, struct page *page, const struct audit_entry *entry,
                     int64_t now_us)
{
    struct notice_item items[NOTICE_ITEMS_MAX];
    const struct incident *lead = &lead_of(book, page, now_us)->record.incident;
    enum incident_severity severity = page->open ? page->severity : incident_severity(lead);
    bool hidden = page->open && size_of(book, page, now_us).incidents == 0;
    if (hidden || (severity < INCIDENT_CRITICAL && quiet_hours_at(&book->settings.quiet, now_us)))
        return false;
    page->serial++;
    struct notice notice = page_notice(book, page, NOTICE_ROUTE, now_us, items);
    notice.severity = severity;
    notice.route = entry;
    book->notices++;
    book->revision++;
    if (book->tell)
        book->tell(book->data, &notice);
    return true;
}
