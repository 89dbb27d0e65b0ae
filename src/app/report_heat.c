/* SPDX-License-Identifier: Apache-2.0
 *
 * Where it fails: one row a source, one column a provider, the failed part of the attempts in each
 * cell, darker where more fails. The eye finds a block as one dark cell, an outage as a column, a
 * sick relay as a row.
 */
#include "app/html_writer.h"
#include "app/report_html_private.h"
#include "app/report_words.h"

#define HEAT_COLUMNS 14
#define HEAT_ROWS 40

/* Failed parts from which a cell gets the next darker class. */
static const double steps[] = {.01, .03, .1, .3, .6};

static const char *heat_class(uint64_t failed, uint64_t attempts)
{
    static const char *const classes[] = {"h0", "h1", "h2", "h3", "h4", "h5"};
    size_t step = 0;
    while (step < sizeof(steps) / sizeof(steps[0]) &&
           (double)failed >= steps[step] * (double)attempts)
        step++;
    return classes[step];
}

static const struct summary_path *find_path(const struct summary *summary,
                                            const struct summary_path *source,
                                            const struct summary_path *provider)
{
    for (size_t i = 0; i < summary->path_count; i++) {
        const struct summary_path *path = &summary->paths[i];
        if (slice_eq(path->provider, provider->provider) &&
            slice_eq(path->source, source->source) && slice_eq(path->relay, source->relay))
            return path;
    }
    return NULL;
}

static void add_cell(const struct summary *summary, const struct summary_path *path, struct buf *to)
{
    if (!path || path->attempts.total == 0) {
        buf_add_str(to, "<td></td>");
        return;
    }
    uint64_t total = path->attempts.total, failed = total - path->attempts.sent;
    const char *open = report_path_open(summary, path) ? " open" : "";
    if (total < REPORT_ENOUGH) {
        buf_addf(to, "<td class=\"num dim%s\">", open);
        report_number(failed, to);
        buf_add_str(to, " of ");
        report_number(total, to);
    } else {
        buf_addf(to, "<td class=\"num %s%s\">", heat_class(failed, total), open);
        report_percent(failed, total, to);
    }
    buf_add_str(to, "</td>");
}

static void add_row(const struct summary *summary, const struct summary_path *source,
                    size_t providers, struct buf *to)
{
    buf_add_str(to, "<tr><th scope=\"row\">");
    html_text(source->relay, to);
    buf_add_str(to, source->relay.len > 0 && source->source.len > 0 ? "/" : "");
    html_text(source->source, to);
    buf_add_str(to, "</th>");
    for (size_t i = 0; i < providers; i++)
        add_cell(summary, find_path(summary, source, &summary->providers[i]), to);
    buf_add_str(to, "</tr>\n");
}

void report_html_heat(const struct summary *summary, struct buf *to)
{
    size_t providers =
        summary->provider_count < HEAT_COLUMNS ? summary->provider_count : HEAT_COLUMNS;
    size_t sources = summary->source_count < HEAT_ROWS ? summary->source_count : HEAT_ROWS;
    if (summary->path_count == 0 || sources == 0)
        return;
    buf_add_str(to,
                "<section aria-labelledby=\"heat\"><h2 id=\"heat\">Where it fails</h2>\n"
                "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-labelledby=\"heat\">"
                "<table class=\"heat\"><caption>Failed part of the attempts, source by provider; "
                "a frame marks an open incident</caption><thead><tr><th scope=\"col\"></th>");
    for (size_t i = 0; i < providers; i++) {
        buf_add_str(to, "<th scope=\"col\" class=\"num\">");
        html_text(summary->providers[i].provider, to);
        buf_add_str(to, "</th>");
    }
    buf_add_str(to, "</tr></thead><tbody>\n");
    for (size_t i = 0; i < sources; i++)
        add_row(summary, &summary->sources[i], providers, to);
    buf_add_str(to, "</tbody></table></div>\n");
    html_more(providers, summary->provider_count, to);
    buf_add_str(to, "</section>\n");
}
