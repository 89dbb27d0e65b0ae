/* SPDX-License-Identifier: Apache-2.0
 *
 * Rows to records. See row_feed.h. The tag numbers of the parser stay, so that a tally looks up a
 * source once, as with logs.
 */
#include "watch/row_feed.h"

#include "base/memory.h"
#include "watch/lru_table.h"
#include "watch/row_lines.h"

#define MESSAGES_MAX 500000

/* What row_lines_own compares. */
static const enum history_text names[] = {HISTORY_RELAY, HISTORY_INSTANCE, HISTORY_QUEUE_ID};
enum { NAMES = sizeof(names) / sizeof(names[0]) };

struct row_feed {
    struct tally *tally;
    struct log_parser *parser;
    struct lru_table *begun;
    struct buf lines;
    struct history_row before; /* its names are in `texts`; the others are not kept */
    struct buf texts[NAMES];
    bool has_before;
    int64_t since_us;
    uint64_t rows;
};

struct row_feed *row_feed_new(struct tally *tally, int64_t since_us)
{
    struct row_feed *feed = MEM_NEW(struct row_feed);
    feed->tally = tally;
    feed->since_us = since_us;
    feed->parser = log_parser_new(0, NULL, NULL);
    feed->begun = lru_table_new(MESSAGES_MAX);
    return feed;
}

void row_feed_free(struct row_feed *feed)
{
    if (feed == NULL)
        return;
    for (size_t i = 0; i < NAMES; i++)
        buf_done(&feed->texts[i]);
    buf_done(&feed->lines);
    lru_table_free(feed->begun);
    log_parser_free(feed->parser);
    mem_free(feed);
}

static uint64_t message_hash(const struct history_row *row)
{
    uint64_t hash = (uint64_t)row->begin_us * UINT64_C(0x9e3779b97f4a7c15);
    for (size_t i = 0; i < NAMES; i++)
        hash = hash * 31 + slice_hash(row->text[names[i]]);
    return hash;
}

static void keep_before(struct row_feed *feed, const struct history_row *row)
{
    feed->before = (struct history_row){
        .kind = row->kind,
        .status = row->status,
        .begin_us = row->begin_us,
        .attempt = row->attempt,
    };
    for (size_t i = 0; i < NAMES; i++) {
        buf_clear(&feed->texts[i]);
        buf_add(&feed->texts[i], row->text[names[i]]);
        feed->before.text[names[i]] = buf_slice(&feed->texts[i]);
    }
    feed->has_before = true;
}

void row_feed_take(struct row_feed *feed, const struct history_row *row)
{
    bool fresh;
    buf_clear(&feed->lines);
    lru_table_use(feed->begun, message_hash(row), &fresh);
    if (fresh)
        row_lines_begin(row, row->time_us, &feed->lines);
    row_lines_own(row, feed->has_before ? &feed->before : NULL, &feed->lines);
    struct slice rest = buf_slice(&feed->lines);
    while (rest.len > 0) {
        struct log_record record;
        log_record_parse(feed->parser, slice_cut(&rest, '\n'), &record);
        tally_take(feed->tally, &record, row->time_us);
    }
    keep_before(feed, row);
    feed->rows += row->time_us >= feed->since_us;
}

static void mark_attempts(struct summary_attempts *attempts)
{
    attempts->probes = attempts->discarded = SUMMARY_NOT_KEPT;
}

static void mark_paths(struct summary_path *paths, size_t count)
{
    for (size_t i = 0; i < count; i++)
        mark_attempts(&paths[i].attempts);
}

void row_feed_mark(const struct row_feed *feed, struct summary *summary)
{
    static const enum delivery_status not_kept[] = {
        DELIVERY_SOFTBOUNCE,    DELIVERY_FORCE_EXPIRED,          DELIVERY_DELIVERABLE,
        DELIVERY_UNDELIVERABLE, DELIVERY_UNDELIVERABLE_UNCACHED, DELIVERY_OTHER};
    summary->from_history = true;
    summary->lines_read = summary->lines_parsed = summary->lines_mail = feed->rows;
    summary->lines_unknown = summary->lines_cut = summary->lines_without_time = 0;
    summary->lines_outside = 0;
    summary->program_count = 0;
    summary->login_failures = summary->login_failure_clients = SUMMARY_NOT_KEPT;
    for (size_t i = 0; i < sizeof(not_kept) / sizeof(not_kept[0]); i++)
        summary->records[not_kept[i]] = SUMMARY_NOT_KEPT;
    summary->full.sums[SUMMARY_FULL_REFUSED_RCPT] = SUMMARY_NOT_KEPT;
    summary->full.sums[SUMMARY_FULL_REFUSED_END] = SUMMARY_NOT_KEPT;
    mark_attempts(&summary->attempts);
    mark_paths(summary->providers, summary->provider_count);
    mark_paths(summary->sources, summary->source_count);
    mark_paths(summary->paths, summary->path_count);
    for (size_t i = 0; i < summary->login_count; i++)
        summary->logins[i].auth_failures = SUMMARY_NOT_KEPT;
}
