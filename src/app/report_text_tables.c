/* SPDX-License-Identifier: Apache-2.0
 *
 * The tables of the text report. A number that is 0 is left blank: what is there stands out.
 */
#include "app/report_text_private.h"
#include "app/report_words.h"
#include "app/text_table.h"
#include "mail/stamp.h"

#define ROWS(shown, count) ((count) < (shown) ? (count) : (shown))
#define COLUMNS(table) (sizeof(table) / sizeof((table)[0]))

static void cell_number(struct text_table *table, enum text_tone tone, uint64_t number)
{
    struct buf *cell = text_table_cell(table, tone);
    if (number > 0)
        report_number(number, cell);
}

static void cell_text(const struct text_page *page, struct text_table *table, enum text_tone tone,
                      struct slice raw)
{
    text_add(page->style, raw, text_table_cell(table, tone));
}

static void cell_word(struct text_table *table, const char *word)
{
    buf_add_str(text_table_cell(table, TONE_PLAIN), word);
}

static void cell_seconds(struct text_table *table, uint64_t count, double seconds)
{
    struct buf *cell = text_table_cell(table, TONE_PLAIN);
    if (count > 0)
        report_duration(seconds, cell);
}

static void finish(const struct text_page *page, struct text_table *table, size_t shown,
                   size_t count)
{
    text_table_print(table, page->style, page->to);
    text_table_free(table);
    text_page_more(page, shown, count);
}

/* ---- providers and sources ---- */

static void cell_reached(struct text_table *table, const struct summary_outcomes *outcomes)
{
    uint64_t ended = report_ended(outcomes);
    enum report_verdict verdict =
        report_judge(outcomes->sent, ended - outcomes->sent, REPORT_REACH_TARGET);
    struct buf *cell = text_table_cell(table, verdict == REPORT_MISSED    ? TONE_WARN
                                              : verdict == REPORT_TOO_FEW ? TONE_DIM
                                                                          : TONE_PLAIN);
    if (ended == 0)
        return;
    if (verdict != REPORT_TOO_FEW) {
        report_percent(outcomes->sent, ended, cell);
        return;
    }
    report_number(outcomes->sent, cell);
    buf_add_str(cell, " of ");
    report_number(ended, cell);
}

static void add_path_cells(struct text_table *table, const struct summary_path *path)
{
    const struct summary_latency *latency = &path->latency;
    enum reply_class trouble = report_main_class(path);
    cell_number(table, TONE_PLAIN, path->attempts.total);
    cell_reached(table, &path->outcomes);
    cell_number(table, TONE_PLAIN, path->attempts.deferred);
    cell_number(table, TONE_PLAIN, path->attempts.bounced);
    cell_number(table, TONE_BAD, report_blocked(path));
    cell_number(table, TONE_PLAIN, path->outcomes.open);
    cell_seconds(table, latency->count, latency->p50);
    cell_seconds(table, latency->count, latency->p99);
    struct buf *in_time = text_table_cell(table, TONE_PLAIN);
    if (latency->count + latency->waiting_late > 0)
        report_percent(latency->within_target, latency->count + latency->waiting_late, in_time);
    cell_word(table, trouble == REPLY_CLASS_NOT_BOUNCE ? "" : reply_class_word(trouble));
}

static void add_path_name(const struct text_page *page, struct text_table *table,
                          const struct summary_path *path)
{
    bool open = report_path_open(page->summary, path);
    enum text_tone tone = open ? TONE_BAD : TONE_PLAIN;
    struct buf *cell = text_table_cell(table, tone);
    if (report_open_incidents(page->summary) > 0)
        buf_addf(cell, "%s ", open ? text_glyph(page->style, GLYPH_OPEN) : " ");
    text_add(page->style, path->relay, cell);
    if (path->relay.len > 0 && path->source.len > 0)
        buf_add_char(cell, '/');
    text_add(page->style, path->source, cell);
    text_add(page->style, path->provider, cell);
}

static void add_paths(const struct text_page *page, const char *heading,
                      const struct summary_path *paths, size_t count)
{
    static const struct text_column columns[] = {
        {"", false, 0, 20},       {"attempts", true, 0, 0}, {"reached", true, 0, 0},
        {"deferred", true, 0, 0}, {"bounced", true, 0, 0},  {"blocked", true, 0, 0},
        {"waiting", true, 1, 0},  {"p50", true, 5, 0},      {"p99", true, 3, 0},
        {"in time", true, 2, 0},  {"mostly", false, 4, 0},
    };
    if (count == 0)
        return;
    size_t shown = ROWS(10, count);
    text_heading(page->style, heading, page->to);
    struct text_table *table = text_table_new(columns, COLUMNS(columns));
    for (size_t i = 0; i < shown; i++) {
        add_path_name(page, table, &paths[i]);
        add_path_cells(table, &paths[i]);
    }
    finish(page, table, shown, count);
}

/* ---- reply classes ---- */

static void add_class_row(const struct text_page *page, struct text_table *table,
                          const struct summary_class *class)
{
    bool blocked = class->class == REPLY_CLASS_BLOCK_IP || class->class == REPLY_CLASS_BLOCK_DOMAIN;
    buf_add_str(text_table_cell(table, blocked ? TONE_BAD : TONE_PLAIN),
                reply_class_meaning(class->class));
    cell_number(table, TONE_PLAIN, class->attempts);
    cell_number(table, TONE_PLAIN, class->temporary);
    cell_number(table, TONE_PLAIN, class->permanent);
    cell_text(page, table, TONE_DIM, class->sample_provider);
    cell_text(page, table, TONE_DIM, class->sample);
}

static void add_classes(const struct text_page *page)
{
    static const struct text_column columns[] = {
        {"", false, 0, 44},        {"attempts", true, 0, 0},      {"temporary", true, 3, 0},
        {"permanent", true, 2, 0}, {"newest from", false, 4, 10}, {"newest reply", false, 1, 24},
    };
    const struct summary *summary = page->summary;
    if (summary->class_count == 0)
        return;
    size_t shown = ROWS(9, summary->class_count);
    text_heading(page->style, "WHY ATTEMPTS FAILED", page->to);
    struct text_table *table = text_table_new(columns, COLUMNS(columns));
    for (size_t i = 0; i < shown; i++)
        add_class_row(page, table, &summary->classes[i]);
    finish(page, table, shown, summary->class_count);
}

/* ---- logins ---- */

static void add_login_row(const struct text_page *page, struct text_table *table,
                          const struct summary_login *login)
{
    const char *oddity = report_login_oddity(login);
    enum text_tone tone = login->surge ? TONE_BAD : *oddity ? TONE_WARN : TONE_PLAIN;
    cell_text(page, table, tone, login->name);
    cell_number(table, TONE_PLAIN, login->recipients);
    cell_number(table, TONE_PLAIN, login->messages);
    cell_number(table, TONE_PLAIN, login->peak_hour);
    cell_number(table, TONE_PLAIN, login->outcomes.bounced);
    cell_number(table, TONE_BAD, login->blocked);
    if (login->auth_failures == SUMMARY_NOT_KEPT)
        buf_add_str(text_table_cell(table, TONE_DIM), "not kept");
    else
        cell_number(table, TONE_PLAIN, login->auth_failures);
    cell_number(table, TONE_PLAIN, login->clients);
    buf_add_str(text_table_cell(table, tone), oddity);
}

/* Names that never sent mail have no row; guessing shows here. */
static void add_login_failures(const struct text_page *page)
{
    const struct summary *summary = page->summary;
    if (summary->login_failures == 0 || summary->login_failures == SUMMARY_NOT_KEPT)
        return;
    buf_add_str(page->to, "  ");
    report_count(summary->login_failures, "failed login", page->to);
    buf_add_str(page->to, " from ");
    report_count(summary->login_failure_clients, "client", page->to);
    buf_add_str(page->to, ", under any name\n");
}

static void add_logins(const struct text_page *page)
{
    static const struct text_column columns[] = {
        {"", false, 0, 22},         {"recipients", true, 0, 0}, {"messages", true, 4, 0},
        {"peak hour", true, 1, 0},  {"bounced", true, 0, 0},    {"blocked", true, 0, 0},
        {"bad logins", true, 2, 0}, {"clients", true, 3, 0},    {"", false, 0, 0},
    };
    const struct summary *summary = page->summary;
    bool failures = summary->login_failures > 0 && summary->login_failures != SUMMARY_NOT_KEPT;
    if (summary->login_count == 0 && !failures)
        return;
    size_t shown = ROWS(8, summary->login_count);
    uint64_t distinct = summary->logins_distinct;
    text_heading(page->style, "LOGINS", page->to);
    struct text_table *table = text_table_new(columns, COLUMNS(columns));
    for (size_t i = 0; i < shown; i++)
        add_login_row(page, table, &summary->logins[i]);
    finish(page, table, shown, summary->login_count);
    add_login_failures(page);
    if (distinct <= summary->login_count)
        return;
    buf_add_str(page->to, "  ");
    report_number(distinct, page->to);
    buf_add_str(page->to, " logins sent mail in all\n");
}

/* ---- slowest ---- */

static void add_slow_row(const struct text_page *page, struct text_table *table,
                         const struct summary_slow *slow)
{
    report_duration(slow->delay_s, text_table_cell(table, TONE_PLAIN));
    report_time(slow->time_us, page->summary->last_us, text_table_cell(table, TONE_PLAIN));
    cell_text(page, table, TONE_PLAIN, slow->queue_id);
    cell_text(page, table, TONE_PLAIN, slow->to);
    cell_text(page, table, TONE_PLAIN, slow->relay);
    cell_number(table, TONE_PLAIN, slow->attempts);
    cell_text(page, table, TONE_DIM, slow->reason);
}

static void add_slowest(const struct text_page *page)
{
    static const struct text_column columns[] = {
        {"took", true, 0, 0},
        {"sent at", false, 3, 0},
        {"queue id", false, 0, 0},
        {"to", false, 0, 24},
        {"by", false, 4, 0},
        {"tries", true, 2, 0},
        {"put off because", false, 1, 22},
    };
    const struct summary *summary = page->summary;
    if (summary->slow_count == 0)
        return;
    size_t shown = ROWS(5, summary->slow_count);
    text_heading(page->style, "SLOWEST", page->to);
    struct text_table *table = text_table_new(columns, COLUMNS(columns));
    for (size_t i = 0; i < shown; i++)
        add_slow_row(page, table, &summary->slowest[i]);
    finish(page, table, shown, summary->slow_count);
}

/* ---- mailboxes of ours that are full ---- */

static void add_full_row(const struct text_page *page, struct text_table *table,
                         const struct summary_full_mailbox *row)
{
    cell_text(page, table, TONE_PLAIN, row->address);
    for (size_t i = 0; i < SUMMARY_FULL_SIGNS; i++)
        cell_number(table, i == SUMMARY_FULL_BOUNCED ? TONE_WARN : TONE_PLAIN, row->counts[i]);
    struct buf *since = text_table_cell(table, TONE_PLAIN);
    if (row->since_us == STAMP_NONE)
        buf_add_str(since, "has room again");
    else
        report_time(row->since_us, page->summary->last_us, since);
}

static void add_full(const struct text_page *page)
{
    static const struct text_column columns[] = {
        {"", false, 0, 24},      {"refused", true, 0, 0}, {"at the end", true, 2, 0},
        {"bounced", true, 0, 0}, {"put off", true, 3, 0}, {"full since", false, 1, 0},
    };
    const struct summary_full *full = &page->summary->full;
    if (full->count == 0)
        return;
    size_t shown = ROWS(8, full->count);
    text_heading(page->style, "FULL MAILBOXES", page->to);
    struct text_table *table = text_table_new(columns, COLUMNS(columns));
    for (size_t i = 0; i < shown; i++)
        add_full_row(page, table, &full->rows[i]);
    finish(page, table, shown, full->distinct);
    buf_add_str(page->to, "  ");
    report_full_sentence(full, page->to);
    buf_add_char(page->to, '\n');
}

/* ---- what was not understood ---- */

static void add_unread(const struct text_page *page)
{
    static const struct text_column columns[] = {{"program", false, 0, 12},
                                                 {"not read", true, 0, 0},
                                                 {"of", true, 2, 0},
                                                 {"sample", false, 1, 30}};
    const struct summary *summary = page->summary;
    const struct summary_program *unread[6];
    size_t count = report_unread_programs(summary, COLUMNS(unread), unread);
    if (count == 0)
        return;
    text_heading(page->style, "LINES NOT UNDERSTOOD", page->to);
    struct text_table *table = text_table_new(columns, COLUMNS(columns));
    for (size_t i = 0; i < ROWS(COLUMNS(unread), count); i++) {
        struct slice name = unread[i]->name;
        cell_text(page, table, TONE_PLAIN, name.len ? name : SLICE("(none)"));
        cell_number(table, TONE_PLAIN, unread[i]->unknown);
        cell_number(table, TONE_PLAIN, unread[i]->read);
        cell_text(page, table, TONE_DIM, unread[i]->sample);
    }
    finish(page, table, ROWS(COLUMNS(unread), count), count);
}

static void add_templates(const struct text_page *page)
{
    static const struct text_column columns[] = {{"attempts", true, 0, 0}, {"reply", false, 0, 0}};
    const struct summary *summary = page->summary;
    if (summary->template_count == 0)
        return;
    size_t shown = ROWS(5, summary->template_count);
    text_heading(page->style, "REPLIES THAT NO RULE KNOWS (--rules FILE)", page->to);
    struct text_table *table = text_table_new(columns, COLUMNS(columns));
    for (size_t i = 0; i < shown; i++) {
        cell_number(table, TONE_PLAIN, summary->templates[i].count);
        cell_text(page, table, TONE_PLAIN, summary->templates[i].text);
    }
    finish(page, table, shown, summary->template_count);
}

static void add_suffixes(const struct text_page *page)
{
    static const struct text_column columns[] = {{"attempts", true, 0, 0},
                                                 {"MX suffix", false, 0, 0}};
    const struct summary *summary = page->summary;
    if (summary->suffix_count == 0)
        return;
    size_t shown = ROWS(5, summary->suffix_count);
    text_heading(page->style, "PROVIDERS THAT NO TABLE KNOWS (--providers FILE)", page->to);
    struct text_table *table = text_table_new(columns, COLUMNS(columns));
    for (size_t i = 0; i < shown; i++) {
        cell_number(table, TONE_PLAIN, summary->suffixes[i].attempts);
        cell_text(page, table, TONE_PLAIN, summary->suffixes[i].suffix);
    }
    finish(page, table, shown, summary->suffix_count);
}

void text_page_tables(const struct text_page *page)
{
    const struct summary *summary = page->summary;
    add_paths(page, "PROVIDERS", summary->providers, summary->provider_count);
    add_paths(page, "SOURCES", summary->sources, summary->source_count);
    add_classes(page);
    add_logins(page);
    add_slowest(page);
    add_full(page);
    add_unread(page);
    add_templates(page);
    add_suffixes(page);
}
