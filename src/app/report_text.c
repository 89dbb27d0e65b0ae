/* SPDX-License-Identifier: Apache-2.0
 *
 * The top of the text report: what was read and how the service did.
 */
#include "app/report_text.h"

#include "app/report_text_private.h"
#include "app/report_words.h"
#include "mail/stamp.h"

#define RELAYS_SHOWN 4
#define LABEL_WIDTH 13

static void add_relays(const struct summary *summary, struct buf *to)
{
    struct slice names[RELAYS_SHOWN];
    size_t count = report_relays(summary, RELAYS_SHOWN, names);
    size_t shown = count < RELAYS_SHOWN ? count : RELAYS_SHOWN;
    for (size_t i = 0; i < shown; i++) {
        buf_add_str(to, i ? ", " : "; ");
        buf_add(to, names[i]);
    }
    if (count > shown)
        buf_addf(to, " and %zu more", count - shown);
}

static void add_headline(const struct text_page *page)
{
    struct buf CLEANUP_BUF text = {0};
    text_toned(page->style, TONE_STRONG, "Mail report", page->to);
    if (page->summary->lines_read > 0 && page->summary->first_us != STAMP_NONE) {
        report_period(page->summary, text_glyph(page->style, GLYPH_DASH), &text);
        add_relays(page->summary, &text);
        buf_add_str(page->to, "  ");
    }
    text_wrap(page->style, buf_slice(&text), strlen("Mail report  "), 2, page->to);
}

/* What else became of lines and messages; said only when it happened. */
static void add_notes(const struct text_page *page)
{
    const struct summary *summary = page->summary;
    const struct {
        uint64_t count;
        const char *noun, *what;
    } notes[] = {
        {summary->lines_outside, "line", "left out by --since and --until"},
        {summary->lines_cut, "line", "cut off inside"},
        {summary->lines_without_time, "line", "without a readable time"},
        {summary->outcomes.lost, "recipient", "without a final word: lines are missing"},
        {summary->flushed, "message", "given up because too many were open (--max-open)"},
    };
    for (size_t i = 0; i < sizeof(notes) / sizeof(notes[0]); i++) {
        if (notes[i].count == 0)
            continue;
        report_count(notes[i].count, notes[i].noun, page->to);
        buf_addf(page->to, " %s\n", notes[i].what);
    }
}

static void add_rows_read(const struct text_page *page)
{
    CLEANUP_BUF struct buf text = {0};
    report_rows(page->summary, &text);
    text_wrap(page->style, buf_slice(&text), 0, 4, page->to);
    add_notes(page);
}

static void add_lines_read(const struct text_page *page)
{
    const struct summary *summary = page->summary;
    if (summary->from_history) {
        add_rows_read(page);
        return;
    }
    report_count(summary->lines_read, "line", page->to);
    buf_add_str(page->to, " read, ");
    if (summary->lines_unknown == 0) {
        buf_add_str(page->to, "all understood\n");
    } else {
        text_begin(page->style, TONE_WARN, page->to);
        report_number(summary->lines_unknown, page->to);
        buf_add_str(page->to, " not understood (");
        report_percent(summary->lines_unknown, summary->lines_read, page->to);
        buf_add_char(page->to, ')');
        text_end(page->style, TONE_WARN, page->to);
        buf_add_str(page->to, ": see the end\n");
    }
    add_notes(page);
}

static enum text_tone verdict_tone(enum report_verdict verdict)
{
    static const enum text_tone tones[] = {TONE_DIM, TONE_GOOD, TONE_WARN, TONE_PLAIN};
    return tones[verdict];
}

static void add_label(const struct text_page *page, const char *label)
{
    buf_addf(page->to, "  %-*s", LABEL_WIDTH, label);
}

/* The value of a label, wrapped under itself. */
static void add_value(const struct text_page *page, const struct buf *value)
{
    text_wrap(page->style, buf_slice(value), LABEL_WIDTH + 2, 4, page->to);
}

static void add_not_reached(const struct text_page *page)
{
    const struct summary *summary = page->summary;
    const struct {
        uint64_t count;
        const char *what;
    } parts[] = {{summary->bad_address, "dead or full addresses"},
                 {summary->bad_ours, "on our side"},
                 {summary->bad_other, "other"}};
    struct buf CLEANUP_BUF text = {0};
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        buf_add_str(&text, i > 0 ? ", " : "");
        report_number(parts[i].count, &text);
        buf_addf(&text, " %s (", parts[i].what);
        report_percent(parts[i].count, summary->reachability_good + summary->reachability_bad,
                       &text);
        buf_add_char(&text, ')');
    }
    add_label(page, "Not reached");
    add_value(page, &text);
}

static void add_reachability(const struct text_page *page)
{
    const struct summary *summary = page->summary;
    uint64_t good = summary->reachability_good, bad = summary->reachability_bad;
    enum report_verdict verdict = report_judge(good, bad, REPORT_REACH_TARGET);
    add_label(page, "Reached");
    text_begin(page->style, TONE_STRONG, page->to);
    report_percent(good, good + bad, page->to);
    text_end(page->style, TONE_STRONG, page->to);
    buf_add_str(page->to, " of ");
    report_count(good + bad, "recipient", page->to);
    buf_addf(page->to, "; target %.0f %%: ", REPORT_REACH_TARGET * 100);
    text_toned(page->style, verdict_tone(verdict), report_verdict_meaning(verdict), page->to);
    buf_add_char(page->to, '\n');
    if (bad > 0)
        add_not_reached(page);
}

static void add_latency(const struct text_page *page)
{
    const struct summary_latency *latency = &page->summary->latency;
    if (latency->count == 0)
        return;
    struct buf CLEANUP_BUF text = {0};
    report_quantiles(latency, &text);
    buf_add_str(&text, ", longest ");
    report_duration(latency->max, &text);
    add_label(page, "Latency");
    add_value(page, &text);
    add_label(page, "In time");
    report_percent(latency->within_target, latency->count + latency->waiting_late, page->to);
    buf_add_str(page->to, " accepted within ");
    report_duration(latency->target_s, page->to);
    buf_add_str(page->to, " (mail that still waits counts)\n");
}

static void add_waiting(const struct text_page *page)
{
    const struct summary *summary = page->summary;
    add_label(page, "Waiting");
    if (summary->outcomes.open == 0) {
        buf_add_str(page->to, "nothing\n");
        return;
    }
    report_count(summary->outcomes.open, "recipient", page->to);
    buf_add_str(page->to, ", ");
    report_number(summary->latency.waiting_late, page->to);
    buf_add_str(page->to, " of them longer than ");
    report_duration(summary->latency.target_s, page->to);
    buf_add_char(page->to, '\n');
}

static void add_attempts(const struct text_page *page)
{
    const struct summary_attempts *attempts = &page->summary->attempts;
    add_label(page, "Attempts");
    report_number(attempts->total, page->to);
    buf_add_str(page->to, ": ");
    report_number(attempts->sent, page->to);
    buf_add_str(page->to, " sent, ");
    report_number(attempts->deferred, page->to);
    buf_add_str(page->to, " deferred, ");
    report_number(attempts->bounced, page->to);
    buf_add_str(page->to, " bounced\n");
}

enum timeline_row { TIMELINE_ATTEMPTS, TIMELINE_FAILED, TIMELINE_BLOCKED };

static uint64_t bin_value(const struct summary_bin *bin, enum timeline_row row)
{
    switch (row) {
    case TIMELINE_ATTEMPTS:
        return bin->sent + bin->deferred + bin->bounced;
    case TIMELINE_FAILED:
        return bin->deferred + bin->bounced;
    case TIMELINE_BLOCKED:
        return bin->blocked;
    }
    return 0;
}

static size_t timeline_columns(const struct text_page *page)
{
    return page->style->width > 64 ? page->style->width - 40 : 24;
}

static void add_timeline_row(const struct text_page *page, enum timeline_row row, const char *label)
{
    static const enum text_tone tones[] = {TONE_PLAIN, TONE_WARN, TONE_BAD};
    const struct summary *summary = page->summary;
    uint64_t *values = MEM_NEW_ARRAY(uint64_t, summary->bins), peak = 0, sum = 0;
    for (size_t i = 0; i < summary->bins; i++)
        sum += values[i] = bin_value(&summary->timeline[i], row);
    if (sum > 0) {
        add_label(page, label);
        text_begin(page->style, tones[row], page->to);
        size_t columns = timeline_columns(page);
        text_spark(page->style, values, summary->bins, columns, &peak, page->to);
        text_end(page->style, tones[row], page->to);
        buf_add_str(page->to, "  peak ");
        report_number(peak, page->to);
        buf_add_str(page->to, " in ");
        report_duration((double)summary->bin_us / 1e6 *
                            (double)text_spark_values(summary->bins, columns),
                        page->to);
        buf_add_char(page->to, '\n');
    }
    mem_free(values);
}

/* Times of the first and the last column under the rows. */
static void add_time_axis(const struct text_page *page)
{
    const struct summary *summary = page->summary;
    struct buf CLEANUP_BUF first = {0}, CLEANUP_BUF last = {0};
    int64_t end_us = summary->bin_start_us + (int64_t)summary->bins * summary->bin_us;
    size_t together = text_spark_values(summary->bins, timeline_columns(page));
    size_t columns = (summary->bins + together - 1) / together;
    report_time(summary->bin_start_us, summary->bin_start_us, &first);
    report_time(end_us, summary->bin_start_us, &last);
    int pad = columns > first.len + last.len ? (int)(columns - first.len - last.len) : 1;
    add_label(page, "");
    text_begin(page->style, TONE_DIM, page->to);
    buf_addf(page->to, "%s%*s%s", buf_str(&first), pad, "", buf_str(&last));
    text_end(page->style, TONE_DIM, page->to);
    buf_add_char(page->to, '\n');
}

static void add_service(const struct text_page *page)
{
    text_heading(page->style, "SERVICE LEVEL", page->to);
    add_reachability(page);
    add_latency(page);
    add_waiting(page);
    add_attempts(page);
    if (page->summary->bins < 2)
        return;
    add_timeline_row(page, TIMELINE_ATTEMPTS, "  over time");
    add_timeline_row(page, TIMELINE_FAILED, "  failed");
    add_timeline_row(page, TIMELINE_BLOCKED, "  blocked");
    add_time_axis(page);
}

void text_page_more(const struct text_page *page, size_t shown, size_t count)
{
    if (count <= shown)
        return;
    buf_add_str(page->to, "  ");
    text_begin(page->style, TONE_DIM, page->to);
    buf_add_str(page->to, "and ");
    report_number(count - shown, page->to);
    buf_add_str(page->to, " more: --format json has all");
    text_end(page->style, TONE_DIM, page->to);
    buf_add_char(page->to, '\n');
}

static void add_empty(const struct text_page *page)
{
    const struct summary *summary = page->summary;
    if (summary->from_history) {
        buf_addf(page->to, "%s\n", report_no_rows(summary));
        return;
    }
    if (summary->lines_outside == 0) {
        buf_add_str(page->to, "No lines were read: the logs are empty.\n");
        return;
    }
    buf_add_str(page->to, "No lines fall between --since and --until; ");
    report_count(summary->lines_outside, "line", page->to);
    buf_add_str(page->to, summary->lines_outside == 1 ? " does not.\n" : " do not.\n");
}

void report_text(const struct summary *summary, const struct provider_table *providers,
                 const struct text_style *style, struct buf *to)
{
    const struct text_page page = {summary, providers, style, to};
    add_headline(&page);
    if (summary->lines_read > 0 && summary->lines_mail == 0)
        buf_add_str(to,
                    "No line of Postfix, Dovecot or nginx is among them: is this a mail log?\n");
    if (summary->lines_read == 0) {
        add_empty(&page);
        text_page_older(&page);
        return;
    }
    add_lines_read(&page);
    text_page_incidents(&page);
    if (summary->attempts.total > 0 || summary->outcomes.open > 0)
        add_service(&page);
    text_page_tables(&page);
    text_page_older(&page);
}
