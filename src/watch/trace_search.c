/* SPDX-License-Identifier: Apache-2.0
 *
 * Passes over the logs. See trace_search.h. State of the first pass: an id, 40 bytes, for each
 * message about the key; of a later one: the wanted ids and the lines kept.
 */
#include "watch/trace_search.h"

#include <stdlib.h>

#include "base/intern.h"
#include "base/memory.h"
#include "watch/trace_edge.h"
#include "watch/trace_pending.h"

#define PASSES_MAX 8
#define SEEDS_MAX 1000000
#define WANTED_MAX 50000
#define LINES_MAX 100000
#define REFUSED_MAX 1000
#define HOSTS_MAX 1024
#define SEEDS_A_MESSAGE 8 /* a message has that many ids at most, for the limit */
#define SAME_MESSAGE_ID_MAX 64

struct lines {
    struct trace_line *at;
    size_t count, capacity;
};

struct trace_search {
    struct trace_settings settings;
    unsigned pass; /* from 1 */
    struct arena *arena, *pass_arena;
    struct trace_pending *pending;
    struct intern *seeds;
    int64_t *seed_last_us; /* [seed - 1] */
    size_t seed_capacity;
    struct intern *wanted, *message_ids;
    uint8_t *same_message_id; /* [message id]: ids that it brought */
    uint64_t known_before;    /* ids and Message-IDs when the pass began */
    struct lines lines, refused;
    struct intern *host_names;
    struct trace_host hosts[HOSTS_MAX + 1]; /* by number; 0: the others */
    struct trace_found found;
    struct full_mailboxes *full;
    struct trace_cover cover;
    bool covered;
};

struct trace_search *trace_search_new(const struct trace_settings *settings)
{
    struct trace_search *search = MEM_NEW(struct trace_search);
    search->settings = *settings;
    search->pass = 1;
    search->arena = arena_new(65536);
    search->pass_arena = arena_new(65536);
    search->pending = trace_pending_new();
    search->full = full_mailboxes_new();
    search->seeds = intern_new(SEEDS_MAX);
    search->wanted = intern_new(WANTED_MAX);
    search->message_ids = intern_new(WANTED_MAX);
    search->same_message_id = MEM_NEW_ARRAY(uint8_t, WANTED_MAX + 1);
    search->host_names = intern_new(HOSTS_MAX);
    search->found.first_us = search->found.last_us = STAMP_NONE;
    return search;
}

void trace_search_free(struct trace_search *search)
{
    if (search == NULL)
        return;
    arena_free(search->arena);
    arena_free(search->pass_arena);
    trace_pending_free(search->pending);
    full_mailboxes_free(search->full);
    intern_free(search->seeds);
    intern_free(search->wanted);
    intern_free(search->message_ids);
    intern_free(search->host_names);
    mem_free(search->seed_last_us);
    mem_free(search->same_message_id);
    mem_free(search->lines.at);
    mem_free(search->refused.at);
    mem_free(search);
}

const struct trace_settings *trace_search_settings(const struct trace_search *search)
{
    return &search->settings;
}

/* ---- what is kept ---- */

static struct slice keep(struct arena *arena, struct slice bytes)
{
    return slice_of(arena_copy(arena, bytes.ptr, bytes.len), bytes.len);
}

static void add_line(struct lines *lines, const struct trace_line *line)
{
    if (lines->count == lines->capacity) {
        lines->capacity = lines->capacity ? lines->capacity * 2 : 64;
        lines->at = mem_resize(lines->at, lines->capacity, sizeof(*lines->at));
    }
    lines->at[lines->count++] = *line;
}

static void keep_line(struct trace_search *search, struct slice id, struct slice raw,
                      int64_t time_us)
{
    if (search->lines.count >= LINES_MAX) {
        search->found.incomplete = true;
        return;
    }
    const struct trace_line line = {time_us, keep(search->pass_arena, id),
                                    keep(search->pass_arena, raw)};
    add_line(&search->lines, &line);
}

/* The newest REFUSED_MAX: twice as many are held, then the older half goes. */
static void keep_refused(struct trace_search *search, struct slice raw, int64_t time_us)
{
    struct lines *refused = &search->refused;
    if (refused->count == (size_t)2 * REFUSED_MAX) {
        memmove(refused->at, refused->at + REFUSED_MAX, REFUSED_MAX * sizeof(*refused->at));
        refused->count = REFUSED_MAX;
        search->found.refused_before += REFUSED_MAX;
    }
    add_line(refused, &(struct trace_line){time_us, {NULL, 0}, keep(search->arena, raw)});
}

/* ---- first pass ---- */

static bool in_window(const struct trace_search *search, int64_t time_us)
{
    if (time_us == STAMP_NONE)
        return search->settings.since_us == INT64_MIN && search->settings.until_us == INT64_MAX;
    return time_us >= search->settings.since_us && time_us < search->settings.until_us;
}

unsigned trace_search_match(const struct trace_search *search, const struct log_record *record,
                            int64_t time_us)
{
    return in_window(search, time_us) ? trace_key_match(&search->settings.key, record) : 0;
}

static void add_seed(struct trace_search *search, struct slice id, int64_t time_us)
{
    uint32_t number = intern_id(search->seeds, id);
    if (number == INTERN_OTHER) {
        search->found.seeds_before++;
        return;
    }
    if (number > search->seed_capacity) {
        search->seed_capacity = number * 2 + 64;
        search->seed_last_us =
            mem_resize(search->seed_last_us, search->seed_capacity, sizeof(int64_t));
    }
    search->seed_last_us[number - 1] = time_us;
}

static void count_login(struct trace_search *search, const struct log_record *record,
                        int64_t time_us)
{
    struct trace_logins *logins = &search->found.logins;
    if (logins->count == 0)
        logins->first_us = time_us;
    logins->count += record->line.repeat;
    logins->last_us = time_us;
    logins->reason = keep(search->arena, log_record_get(record, LOG_FIELD_REASON));
    logins->client_ip = keep(search->arena, log_record_get(record, LOG_FIELD_CLIENT_IP));
}

/* A line without a host name is of no host. */
static void note_host(struct trace_search *search, struct slice host, int64_t time_us)
{
    uint32_t number = intern_id(search->host_names, host);
    struct trace_host *at = &search->hosts[number];
    if (at->name.ptr == NULL && number != INTERN_OTHER)
        *at = (struct trace_host){intern_get(search->host_names, number), time_us};
    if (time_us > at->last_us)
        at->last_us = time_us;
}

static void note_line(struct trace_search *search, const struct log_record *record, int64_t time_us)
{
    struct trace_found *found = &search->found;
    found->lines_read++;
    if (time_us == STAMP_NONE)
        return;
    if (found->first_us == STAMP_NONE || time_us < found->first_us)
        found->first_us = time_us;
    if (found->last_us == STAMP_NONE || time_us > found->last_us)
        found->last_us = time_us;
    if (record->line.host.len > 0)
        note_host(search, record->line.host, time_us);
}

static void seed(struct trace_search *search, const struct log_record *record, int64_t time_us)
{
    unsigned match = trace_search_match(search, record, time_us);
    const struct pending_action *action = trace_pending_claim(search->pending, record, time_us);
    trace_pending_take(search->pending, record, time_us, match);
    if (match == TRACE_MATCH_LOGIN_FAILED) {
        count_login(search, record, time_us);
        return;
    }
    if (match == 0 && (action == NULL || trace_pending_mark(action) == 0))
        return;
    struct slice id = trace_id_of(record);
    if (id.len > 0)
        add_seed(search, id, time_us);
    else if (record->kind == LOG_KIND_REJECT)
        keep_refused(search, record->line.raw, time_us);
    struct trace_edge edges[TRACE_EDGES_MAX];
    for (size_t i = trace_edges(record, edges); i-- > 0;)
        add_seed(search, edges[i].id, time_us);
}

/* ---- later passes ---- */

static bool is_wanted(const struct trace_search *search, struct slice id)
{
    return id.len > 0 && intern_find(search->wanted, id) != INTERN_OTHER;
}

static void want(struct trace_search *search, struct slice id)
{
    if (intern_id(search->wanted, id) == INTERN_OTHER)
        search->found.incomplete = true;
}

/* A Message-ID that stands for something: not `<>`. */
static struct slice message_id_of(const struct log_record *record)
{
    struct slice id = record->kind == LOG_KIND_MESSAGE_ID
                          ? slice_trim(log_record_get(record, LOG_FIELD_MESSAGE_ID))
                          : (struct slice){NULL, 0};
    return id.len > 2 ? id : (struct slice){NULL, 0};
}

/* The same Message-ID under another id: sent again by a filter, or by somebody else. */
static bool shares_message_id(struct trace_search *search, const struct log_record *record)
{
    struct slice message_id = message_id_of(record);
    uint32_t number = message_id.len ? intern_find(search->message_ids, message_id) : INTERN_OTHER;
    if (number == INTERN_OTHER || search->same_message_id[number] >= SAME_MESSAGE_ID_MAX)
        return false;
    search->same_message_id[number]++;
    return true;
}

static void follow(struct trace_search *search, const struct log_record *record,
                   const struct trace_edge *edges, size_t count)
{
    for (size_t i = 0; i < count; i++)
        want(search, edges[i].id);
    struct slice message_id = message_id_of(record);
    if (message_id.len > 0)
        intern_id(search->message_ids, message_id);
}

/* Is the record one of a wanted id, or does it lead to one? */
static bool belongs(struct trace_search *search, const struct log_record *record,
                    const struct trace_edge *edges, size_t count)
{
    if (is_wanted(search, trace_id_of(record)))
        return true;
    for (size_t i = 0; i < count; i++)
        if (is_wanted(search, edges[i].id))
            return true;
    return shares_message_id(search, record);
}

static void collect(struct trace_search *search, const struct log_record *record, int64_t time_us)
{
    const struct pending_action *action = trace_pending_claim(search->pending, record, time_us);
    struct slice id = trace_id_of(record);
    struct trace_edge edges[TRACE_EDGES_MAX];
    size_t count = trace_edges(record, edges);
    if (id.len > 0 && belongs(search, record, edges, count)) {
        want(search, id);
        follow(search, record, edges, count);
        keep_line(search, id, record->line.raw, time_us);
        for (; action != NULL; action = trace_pending_next(action))
            keep_line(search, id, trace_pending_line(action), time_us);
    }
    trace_pending_take(search->pending, record, time_us, 0);
}

void trace_search_take(struct trace_search *search, const struct log_record *record,
                       int64_t time_us)
{
    if (search->pass == 1) {
        if (in_window(search, time_us))
            note_line(search, record, time_us);
        full_mailboxes_take(search->full, record, time_us, false);
        seed(search, record, time_us);
    } else {
        collect(search, record, time_us);
    }
}

void trace_search_cover(struct trace_search *search, const struct trace_cover *cover)
{
    search->cover = *cover;
    search->covered = true;
}

/* ---- between passes ---- */

struct dated_seed {
    int64_t last_us;
    uint32_t number;
};

static int by_newest(const void *a, const void *b)
{
    const struct dated_seed *x = a, *y = b;
    if (x->last_us != y->last_us)
        return x->last_us < y->last_us ? 1 : -1;
    return (x->number < y->number) - (x->number > y->number);
}

/* The newest seeds become wanted. */
static void choose_seeds(struct trace_search *search)
{
    size_t count = intern_count(search->seeds) - 1;
    size_t most = (size_t)search->settings.limit * SEEDS_A_MESSAGE + 64;
    if (most > WANTED_MAX / 2)
        most = WANTED_MAX / 2;
    struct dated_seed *seeds = MEM_NEW_ARRAY(struct dated_seed, count);
    for (size_t i = 0; i < count; i++)
        seeds[i] = (struct dated_seed){search->seed_last_us[i], (uint32_t)i + 1};
    qsort(seeds, count, sizeof(seeds[0]), by_newest);
    for (size_t i = 0; i < count && i < most; i++)
        want(search, intern_get(search->seeds, seeds[i].number));
    if (count > most)
        search->found.seeds_before += count - most;
    mem_free(seeds);
}

static uint64_t known(const struct trace_search *search)
{
    return (uint64_t)intern_count(search->wanted) + intern_count(search->message_ids);
}

static void begin_pass(struct trace_search *search)
{
    search->pass++;
    search->known_before = known(search);
    search->lines.count = 0;
    arena_reset(search->pass_arena);
    trace_pending_clear(search->pending);
    memset(search->same_message_id, 0, WANTED_MAX + 1);
}

bool trace_search_again(struct trace_search *search)
{
    if (search->pass == 1) {
        if (intern_count(search->seeds) <= 1)
            return false;
        choose_seeds(search);
    } else if (known(search) == search->known_before) {
        return false;
    } else if (search->pass == PASSES_MAX) {
        search->found.incomplete = true;
        return false;
    }
    begin_pass(search);
    return true;
}

/* Which host said what when is not known of the whole: none has ended before the others. */
static void apply_cover(const struct trace_search *search, struct trace_found *found)
{
    const struct trace_cover *cover = &search->cover;
    found->lines_read = cover->records;
    found->first_us = cover->records > 0 ? cover->first_us : STAMP_NONE;
    found->last_us = cover->records > 0 ? cover->last_us : STAMP_NONE;
    found->seeds_before += cover->older;
    found->incomplete |= cover->incomplete;
    found->hosts_covered = true;
}

struct trace_found trace_search_found(const struct trace_search *search)
{
    struct trace_found found = search->found;
    size_t dropped = search->refused.count > REFUSED_MAX ? search->refused.count - REFUSED_MAX : 0;
    found.lines = search->lines.at;
    found.line_count = search->lines.count;
    found.refused = dropped > 0 ? search->refused.at + dropped : search->refused.at;
    found.refused_count = search->refused.count - dropped;
    found.refused_before += dropped;
    found.hosts = search->hosts + 1;
    found.full = search->full;
    found.host_count = intern_count(search->host_names) - 1;
    if (search->covered)
        apply_cover(search, &found);
    return found;
}
