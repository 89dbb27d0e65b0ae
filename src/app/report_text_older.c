/* SPDX-License-Identifier: Apache-2.0
 *
 * The end of a report of the history: the time whose rows are gone, of which sums by the hour are
 * kept.
 */
#include "app/report_text_private.h"
#include "app/report_words.h"
#include "app/text_table.h"
#include "mail/stamp.h"

#define ROWS_SHOWN 10

static void cell_count(struct text_table *table, enum text_tone tone, uint64_t count)
{
    struct buf *cell = text_table_cell(table, tone);
    if (count > 0)
        report_number(count, cell);
}

static void add_name(const struct text_page *page, struct text_table *table,
                     const struct summary_path *path)
{
    struct buf *cell = text_table_cell(table, TONE_PLAIN);
    text_add(page->style, path->relay, cell);
    if (path->relay.len > 0 && path->source.len > 0)
        buf_add_char(cell, '/');
    text_add(page->style, path->source, cell);
    text_add(page->style, path->provider, cell);
    if (cell->len == 0)
        buf_add_str(cell, REPORT_WITHOUT_NAME);
}

static void add_paths(const struct text_page *page, const char *title,
                      const struct summary_path *paths, size_t count)
{
    const struct text_column columns[] = {
        {title, false, 0, 20},    {"attempts", true, 0, 0}, {"sent", true, 0, 0},
        {"deferred", true, 0, 0}, {"bounced", true, 0, 0},  {"blocked", true, 0, 0},
        {"expired", true, 2, 0},  {"mostly", false, 1, 0},
    };
    size_t shown = count < ROWS_SHOWN ? count : ROWS_SHOWN;
    struct text_table *table = text_table_new(columns, sizeof(columns) / sizeof(columns[0]));
    for (size_t i = 0; i < shown; i++) {
        const struct summary_path *path = &paths[i];
        enum reply_class trouble = report_main_class(path);
        add_name(page, table, path);
        cell_count(table, TONE_PLAIN, path->attempts.total);
        cell_count(table, TONE_PLAIN, path->attempts.sent);
        cell_count(table, TONE_PLAIN, path->attempts.deferred);
        cell_count(table, TONE_PLAIN, path->attempts.bounced);
        cell_count(table, TONE_BAD, report_blocked(path));
        cell_count(table, TONE_PLAIN, path->outcomes.expired);
        buf_add_str(text_table_cell(table, TONE_PLAIN),
                    trouble == REPLY_CLASS_NOT_BOUNCE ? "" : reply_class_word(trouble));
    }
    text_table_print(table, page->style, page->to);
    text_table_free(table);
    text_page_more(page, shown, count);
}

void text_page_older(const struct text_page *page)
{
    const struct summary_older *older = &page->summary->older;
    if (older->until_us == 0)
        return;
    CLEANUP_BUF struct buf text = {0};
    text_heading(page->style, "OLDER: SUMS BY THE HOUR", page->to);
    report_older(older, text_glyph(page->style, GLYPH_DASH), &text);
    buf_add_str(page->to, "  ");
    text_wrap(page->style, buf_slice(&text), 2, 4, page->to);
    add_paths(page, "provider", older->providers, older->provider_count);
    add_paths(page, "source", older->sources, older->source_count);
}
