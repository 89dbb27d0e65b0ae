/* SPDX-License-Identifier: Apache-2.0
 *
 * The lines of the messages that somebody asks about, out of logs that can be read again.
 *
 * The first pass finds the seeds: ids of lines that are about the key. Each later pass collects all
 * lines of the ids wanted so far and adds the ids to which those lines lead (trace_edge.h, and the
 * same Message-ID), forwards and backwards, until a pass adds none. Two to four passes do mostly.
 *
 *     do {
 *         while (a record comes)
 *             trace_search_take(search, &record, time_us);
 *     } while (trace_search_again(search));
 *
 * Bounds, each of which sets `incomplete`: 50,000 ids, 100,000 lines of messages, 8 passes.
 */
#ifndef TD_WATCH_TRACE_SEARCH_H
#define TD_WATCH_TRACE_SEARCH_H

#include "watch/full_mailboxes.h"
#include "watch/trace_key.h"

struct trace_search;

struct trace_settings {
    struct trace_key key;
    int64_t since_us, until_us; /* of the lines that are about the key; INT64_MIN, INT64_MAX */
    uint32_t limit;             /* messages and refusals wanted, the newest; at least 1 */
};

struct trace_line {
    int64_t time_us;  /* or STAMP_NONE */
    struct slice id;  /* whose line it is */
    struct slice raw; /* the line */
};

struct trace_host {
    struct slice name;
    int64_t last_us; /* its last line */
};

/* Failed logins with the key's name. */
struct trace_logins {
    uint64_t count;
    int64_t first_us, last_us;
    struct slice reason, client_ip; /* of the last one */
};

struct trace_found {
    const struct trace_line *lines; /* as they were read */
    size_t line_count;
    const struct trace_line *refused; /* about the key, without a queue id; id is empty */
    size_t refused_count;
    uint64_t refused_before; /* older ones, not kept */
    uint64_t seeds_before;   /* ids of older messages, not followed */
    struct trace_logins logins;
    const struct full_mailboxes *full; /* by all records of the first pass */
    const struct trace_host *hosts;
    size_t host_count;
    uint64_t lines_read;       /* in the window */
    int64_t first_us, last_us; /* of those; STAMP_NONE when there were none */
    bool incomplete;           /* a bound was reached */
    bool hosts_covered;        /* hosts' last lines are not known: see trace_search_cover */
};

/* Copies the settings; the key's text is borrowed and outlives the search. Ready for the first
 * pass. Memory: what is kept of lines, within the bounds above. */
struct trace_search *trace_search_new(const struct trace_settings *settings);
void trace_search_free(struct trace_search *search);

/* One record with its time (STAMP_NONE: none known). Copies what it keeps. */
void trace_search_take(struct trace_search *search, const struct log_record *record,
                       int64_t time_us);

/* What the records were chosen from, when somebody has looked up those about the key elsewhere: a
 * silence of a host is then judged by the whole. */
struct trace_cover {
    uint64_t records;
    int64_t first_us, last_us;
    uint64_t older;  /* messages about the key that were left out, at least */
    bool incomplete; /* something could not be looked up */
};

/* Says once, in any pass, that the records are chosen ones: trace_search_found then tells the
 * cover's records and times instead of those that were taken, adds `older` and `incomplete` to its
 * own, and sets hosts_covered. Times are UTC microseconds; with records 0 they are not looked at.
 * The cover is copied. */
void trace_search_cover(struct trace_search *search, const struct trace_cover *cover);

/* The logs have ended: true when they are to be read once more, from their beginning. False when
 * nothing was found, nothing new came, or after 8 passes (`incomplete`). */
bool trace_search_again(struct trace_search *search);

/* After the last pass. What it points to lives as long as the search; hosts in order of their first
 * line. */
struct trace_found trace_search_found(const struct trace_search *search);

/* Whether a line that was found is about the key, and as what (enum trace_match); 0 outside the
 * window. */
unsigned trace_search_match(const struct trace_search *search, const struct log_record *record,
                            int64_t time_us);

/* As given; lives as long as the search. */
const struct trace_settings *trace_search_settings(const struct trace_search *search);

#endif
