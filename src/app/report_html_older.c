/* SPDX-License-Identifier: Apache-2.0
 *
 * The end of the page of a history: the time whose rows are gone, of which sums by the hour are
 * kept.
 */
#include "app/html_writer.h"
#include "app/report_html_private.h"
#include "app/report_words.h"

#define ROWS_SHOWN 60

static void add_row(const struct summary_path *path, struct buf *to)
{
    CLEANUP_BUF struct buf name = {0};
    enum reply_class trouble = report_main_class(path);
    buf_add(&name, path->relay);
    buf_add_str(&name, path->relay.len > 0 && path->source.len > 0 ? "/" : "");
    buf_add(&name, path->source);
    buf_add(&name, path->provider);
    html_row_begin(to);
    html_cell_head(name.len > 0 ? buf_slice(&name) : SLICE(REPORT_WITHOUT_NAME), to);
    html_cell_count("", path->attempts.total, to);
    html_cell_count("", path->attempts.sent, to);
    html_cell_count("", path->attempts.deferred, to);
    html_cell_count("", path->attempts.bounced, to);
    html_cell_count("grave", report_blocked(path), to);
    html_cell_count("", path->outcomes.expired, to);
    html_cell_text(
        "", slice_from_str(trouble == REPLY_CLASS_NOT_BOUNCE ? "" : reply_class_meaning(trouble)),
        to);
    html_row_end(to);
}

static void add_paths(const char *title, const struct summary_path *paths, size_t count,
                      struct buf *to)
{
    const struct html_column columns[] = {
        {title, false},    {"Attempts", true}, {"Sent", true},    {"Deferred", true},
        {"Bounced", true}, {"Blocked", true},  {"Expired", true}, {"Mostly because", false}};
    size_t shown = count < ROWS_SHOWN ? count : ROWS_SHOWN;
    html_table_begin(title, columns, sizeof(columns) / sizeof(columns[0]), to);
    for (size_t i = 0; i < shown; i++)
        add_row(&paths[i], to);
    html_table_end(to);
    html_more(shown, count, to);
}

void report_html_older(const struct summary_older *older, struct buf *to)
{
    if (older->until_us == 0)
        return;
    buf_add_str(to, "<section aria-labelledby=\"older\"><h2 id=\"older\">Older: sums by the "
                    "hour</h2>\n<p>");
    report_older(older, "–", to);
    buf_add_str(to, "</p>\n");
    add_paths("Provider", older->providers, older->provider_count, to);
    add_paths("Source", older->sources, older->source_count, to);
    buf_add_str(to, "</section>\n");
}
