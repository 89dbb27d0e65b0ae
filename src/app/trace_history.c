/* SPDX-License-Identifier: Apache-2.0
 *
 * Look-ups of a trace in the history. See trace_history.h. First the rows about the key, the
 * newest; then, for each queue id that they name, all rows of that id, around the time of who named
 * it; and so on with what these name: the next queue, the same Message-ID.
 *
 * Bounds: IDS_MAX ids, ROWS_OF_ID rows of one id; what is beyond is told as left out.
 */
#include "app/trace_history.h"

#include "base/buf.h"
#include "base/civil.h"
#include "base/intern.h"
#include "base/memory.h"
#include "mail/queue_id.h"
#include "store/history_reader.h"
#include "watch/row_lines.h"
#include "watch/trace_edge.h"

#define IDS_MAX 5000
#define ROWS_OF_KEY 256 /* of the first look; four times as many at each further one */
#define ROWS_OF_KEY_MOST 16384
#define ROWS_OF_ID 20000
#define ROWS_OF_MESSAGE_ID 256
#define GENERATIONS_MAX 64 /* messages that one id may have been, in the time looked at */
#define BEFORE_US (3600 * US_PER_SECOND)               /* a session, clocks of two hosts */
#define AFTER_US (6 * SECONDS_PER_DAY * US_PER_SECOND) /* Postfix gives up after five */

/* Something to be looked up, once, around a time. */
struct wanted {
    enum history_key key;
    struct slice text;
    int64_t begin_us, end_us;
};

struct trace_history {
    struct history_reader *reader;
    struct buf name;
    struct log_parser *parser;
    struct arena *arena;
    struct intern *asked; /* a letter for the key, and the text */
    struct wanted *wanted;
    size_t wanted_count, wanted_done;
    struct buf lines;
    struct trace_cover cover;
    uint64_t damaged;
    bool by_id; /* the key is one message's: whatever shares its Message-ID is looked up */
};

struct trace_history *trace_history_new(struct history_reader *reader, const char *folder)
{
    struct trace_history *history = MEM_NEW(struct trace_history);
    history->reader = reader;
    history->parser = log_parser_new(0, NULL, NULL);
    history->arena = arena_new(65536);
    history->asked = intern_new(IDS_MAX);
    history->wanted = MEM_NEW_ARRAY(struct wanted, IDS_MAX);
    buf_addf(&history->name, "the history in %s", folder);
    return history;
}

void trace_history_free(struct trace_history *history)
{
    if (history == NULL)
        return;
    log_parser_free(history->parser);
    arena_free(history->arena);
    intern_free(history->asked);
    mem_free(history->wanted);
    buf_done(&history->lines);
    buf_done(&history->name);
    mem_free(history);
}

uint64_t trace_history_damaged(const struct trace_history *history)
{
    return history->damaged;
}

const char *trace_history_name(const struct trace_history *history)
{
    return buf_str(&history->name);
}

/* ---- what is to be looked up ---- */

/* A damaged file may hold any time. */
static int64_t before_us(int64_t us)
{
    return us > INT64_MIN + BEFORE_US ? us - BEFORE_US : INT64_MIN;
}

static int64_t after_us(int64_t us)
{
    return us < INT64_MAX - AFTER_US ? us + AFTER_US : INT64_MAX;
}

static int64_t begin_of(const struct history_row *row)
{
    return row->begin_us ? row->begin_us : row->time_us;
}

static void want(struct trace_history *history, enum history_key key, struct slice text,
                 const struct history_row *named_by)
{
    CLEANUP_BUF struct buf name = {0};
    if (text.len == 0)
        return;
    buf_add_char(&name, key == HISTORY_KEY_QUEUE_ID ? 'q' : 'm');
    buf_add(&name, text);
    uint32_t before = intern_count(history->asked);
    uint32_t number = intern_id(history->asked, buf_slice(&name));
    history->cover.incomplete |= number == INTERN_OTHER;
    if (number == INTERN_OTHER || intern_count(history->asked) == before)
        return;
    history->wanted[history->wanted_count++] = (struct wanted){
        .key = key,
        .text = slice_of(arena_copy(history->arena, text.ptr, text.len), text.len),
        .begin_us = before_us(begin_of(named_by)),
        .end_us = after_us(named_by->time_us),
    };
}

static bool is_asked(const struct trace_history *history, struct slice queue_id)
{
    CLEANUP_BUF struct buf name = {0};
    buf_add_char(&name, 'q');
    buf_add(&name, queue_id);
    return intern_find(history->asked, buf_slice(&name)) != INTERN_OTHER;
}

/* An id that comes again in rows about the key, weeks later, is another message. */
static void widen(struct trace_history *history, const struct history_row *row)
{
    for (size_t i = 0; i < history->wanted_count; i++) {
        struct wanted *wanted = &history->wanted[i];
        if (wanted->key != HISTORY_KEY_QUEUE_ID ||
            !slice_eq(wanted->text, row->text[HISTORY_QUEUE_ID]))
            continue;
        int64_t begin_us = before_us(begin_of(row)), end_us = after_us(row->time_us);
        wanted->begin_us = begin_us < wanted->begin_us ? begin_us : wanted->begin_us;
        wanted->end_us = end_us > wanted->end_us ? end_us : wanted->end_us;
        return;
    }
}

/* ---- rows about the key ---- */

/* By what rows are filed that a key of this form may mean. */
static size_t keys_of(const struct trace_key *key, enum history_key to[HISTORY_KEYS])
{
    size_t count = 0;
    if (key->form != TRACE_KEY_MESSAGE_ID)
        to[count++] = HISTORY_KEY_RECIPIENT;
    if (key->form == TRACE_KEY_ADDRESS || key->form == TRACE_KEY_WORD)
        to[count++] = HISTORY_KEY_SENDER;
    if (key->form == TRACE_KEY_WORD)
        to[count++] = HISTORY_KEY_QUEUE_ID;
    if (key->form == TRACE_KEY_ADDRESS || key->form == TRACE_KEY_MESSAGE_ID)
        to[count++] = HISTORY_KEY_MESSAGE_ID;
    return count;
}

static bool is_of_run(const struct history_found *found, size_t index)
{
    return index + 1 < found->count &&
           row_lines_same_message(&found->rows[index], &found->rows[index + 1]);
}

/* It is in another queue of ours now, and has a row there. */
static bool is_handed_on(const struct history_row *row)
{
    struct slice reply = row->text[HISTORY_REPLY];
    return row->status == HISTORY_SENT && (slice_starts_with(reply, SLICE("forwarded as ")) ||
                                           (trace_is_private(row->text[HISTORY_REMOTE_IP]) &&
                                            queue_id_after_queued_as(reply).len > 0));
}

/* It may come back under another id that nobody tells: by a filter, or a command. */
static bool may_come_back(const struct history_row *row)
{
    struct slice agent = row->text[HISTORY_AGENT];
    bool smtp = agent.len == 0 || slice_eq(agent, SLICE("relay"));
    return (smtp && trace_is_private(row->text[HISTORY_REMOTE_IP])) ||
           slice_eq(agent, SLICE("pipe")) ||
           slice_starts_with(row->text[HISTORY_REPLY], SLICE("delivered to command"));
}

/* Or has come so. */
static bool came_back(const struct history_row *row)
{
    return row->text[HISTORY_CLIENT_IP].len == 0 || trace_is_private(row->text[HISTORY_CLIENT_IP]);
}

/* From the newest on, until there are messages enough; a queue on the way is none. */
static void want_found(struct trace_history *history, const struct history_found *found,
                       size_t most)
{
    size_t messages = 0;
    for (size_t i = found->count; i-- > 0;) {
        const struct history_row *row = &found->rows[i];
        if (is_of_run(found, i))
            continue; /* the same message again: one was enough */
        if (is_asked(history, row->text[HISTORY_QUEUE_ID])) {
            widen(history, row);
        } else if (messages < most) {
            want(history, HISTORY_KEY_QUEUE_ID, row->text[HISTORY_QUEUE_ID], row);
            messages += !is_handed_on(row);
        } else {
            history->cover.older++;
        }
    }
}

/* Wants the newest messages with such rows; looks for more rows while these are of too few. */
static bool find_by(struct trace_history *history, const struct trace_settings *settings,
                    enum history_key key, struct err *err)
{
    struct history_query query = {.key = key,
                                  .text = settings->key.text,
                                  .since_us = settings->since_us,
                                  .until_us = settings->until_us};
    for (query.limit = ROWS_OF_KEY;; query.limit *= 4) {
        struct history_found found;
        if (!history_find(history->reader, &query, &found, err))
            return false;
        size_t messages = 0;
        for (size_t i = 0; i < found.count; i++)
            messages += !is_of_run(&found, i) && !is_handed_on(&found.rows[i]);
        bool enough = messages >= settings->limit || !found.more || query.limit >= ROWS_OF_KEY_MOST;
        if (enough) {
            want_found(history, &found, settings->limit);
            history->cover.older += found.more;
            history->damaged += found.damaged;
        }
        history_found_done(&found);
        if (enough)
            return true;
    }
}

static bool find_key(struct trace_history *history, const struct trace_settings *settings,
                     struct err *err)
{
    enum history_key keys[HISTORY_KEYS];
    size_t count = keys_of(&settings->key, keys);
    for (size_t i = 0; i < count; i++)
        if (!find_by(history, settings, keys[i], err))
            return false;
    return true;
}

/* ---- rows of messages ---- */

/* The row of the message itself knows most; it comes last. */
static const struct history_row *fullest(const struct history_found *found, size_t begin)
{
    for (size_t i = begin; i < found->count; i++)
        if (found->rows[i].kind == HISTORY_MESSAGE &&
            row_lines_same_message(&found->rows[i], &found->rows[begin]))
            return &found->rows[i];
    return &found->rows[begin];
}

/* Messages under one id whose beginning was told. */
struct begun {
    const struct history_row *rows[GENERATIONS_MAX];
    size_t count;
};

static bool begins(struct begun *begun, const struct history_row *row)
{
    for (size_t i = begun->count; i-- > 0;)
        if (row_lines_same_message(begun->rows[i], row))
            return false;
    if (begun->count == GENERATIONS_MAX)
        return false;
    begun->rows[begun->count++] = row;
    return true;
}

/* What else the row names. */
static void follow(struct trace_history *history, const struct history_row *row, struct slice line)
{
    struct log_record record;
    struct trace_edge edges[TRACE_EDGES_MAX];
    if (history->by_id || may_come_back(row) || came_back(row))
        want(history, HISTORY_KEY_MESSAGE_ID, row->text[HISTORY_MESSAGE_ID], row);
    if (line.len == 0)
        return;
    log_record_parse(history->parser, line, &record);
    for (size_t i = trace_edges(&record, edges); i-- > 0;)
        if (edges[i].kind == TRACE_EDGE_NEXT)
            want(history, HISTORY_KEY_QUEUE_ID, edges[i].id, row);
}

/* Rows of one queue id, which may have been used several times, in order of time. */
static void take_rows(struct trace_history *history, const struct history_found *found)
{
    struct begun begun = {.count = 0};
    for (size_t i = 0; i < found->count; i++) {
        const struct history_row *row = &found->rows[i];
        if (begins(&begun, row))
            row_lines_begin(fullest(found, i), begin_of(row), &history->lines);
        size_t before = history->lines.len;
        row_lines_own(row, i > 0 ? row - 1 : NULL, &history->lines);
        struct slice line = slice_skip(buf_slice(&history->lines), before);
        follow(history, row, slice_first(line, line.len > 0 ? line.len - 1 : 0));
    }
}

static void take_ids(struct trace_history *history, const struct history_found *found)
{
    for (size_t i = 0; i < found->count; i++)
        want(history, HISTORY_KEY_QUEUE_ID, found->rows[i].text[HISTORY_QUEUE_ID], &found->rows[i]);
}

static bool look_up(struct trace_history *history, const struct wanted *wanted, struct err *err)
{
    bool queue = wanted->key == HISTORY_KEY_QUEUE_ID;
    struct history_query query = {.key = wanted->key,
                                  .text = wanted->text,
                                  .since_us = wanted->begin_us,
                                  .until_us = wanted->end_us,
                                  .limit = queue ? ROWS_OF_ID : ROWS_OF_MESSAGE_ID};
    struct history_found found;
    if (!history_find(history->reader, &query, &found, err))
        return false;
    history->damaged += found.damaged;
    history->cover.incomplete |= queue && found.more;
    if (queue)
        take_rows(history, &found);
    else
        take_ids(history, &found);
    history_found_done(&found);
    return true;
}

static void read_once(struct trace_history *history, struct trace_search *search)
{
    struct slice rest = buf_slice(&history->lines);
    while (rest.len > 0) {
        struct log_record record;
        log_record_parse(history->parser, slice_cut(&rest, '\n'), &record);
        trace_search_take(search, &record, record.line.time_us);
    }
}

bool trace_history_search(struct trace_history *history, struct trace_search *search,
                          struct err *err)
{
    struct history_extent extent;
    enum trace_key_form form = trace_search_settings(search)->key.form;
    history->by_id = form == TRACE_KEY_WORD || form == TRACE_KEY_MESSAGE_ID;
    if (!history_extent_get(history->reader, &extent, err) ||
        !find_key(history, trace_search_settings(search), err))
        return false;
    while (history->wanted_done < history->wanted_count) {
        struct wanted wanted = history->wanted[history->wanted_done++];
        if (!look_up(history, &wanted, err))
            return false;
    }
    history->cover.records = extent.rows;
    history->cover.first_us = extent.begin_us;
    history->cover.last_us = extent.end_us;
    trace_search_cover(search, &history->cover);
    do
        read_once(history, search);
    while (trace_search_again(search));
    return true;
}
