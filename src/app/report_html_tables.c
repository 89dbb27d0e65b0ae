/* SPDX-License-Identifier: Apache-2.0
 *
 * The tables of the HTML page. A number that is 0 is left blank: what is there stands out.
 */
#include "app/html_writer.h"
#include "app/report_html_private.h"
#include "app/report_svg.h"
#include "app/report_words.h"
#include "mail/stamp.h"

#define ROWS(shown, count) ((count) < (shown) ? (count) : (shown))
#define COLUMNS(table) (sizeof(table) / sizeof((table)[0]))

static void begin_section(const char *id, const char *title, struct buf *to)
{
    buf_addf(to, "<section aria-labelledby=\"%s\"><h2 id=\"%s\">%s</h2>\n", id, id, title);
}

static void end_section(size_t shown, size_t count, struct buf *to)
{
    html_table_end(to);
    html_more(shown, count, to);
    buf_add_str(to, "</section>\n");
}

static void cell_percent(const char *class, uint64_t part, uint64_t whole, struct buf *to)
{
    struct buf CLEANUP_BUF text = {0};
    if (whole > 0)
        report_percent(part, whole, &text);
    html_cell_value(class, whole ? (double)part / (double)whole : -1, buf_slice(&text), to);
}

static void cell_seconds(uint64_t count, double seconds, struct buf *to)
{
    struct buf CLEANUP_BUF text = {0};
    if (count > 0)
        report_duration(seconds, &text);
    html_cell_value("", count ? seconds : -1, buf_slice(&text), to);
}

/* ---- providers and sources ---- */

static void cell_reached(const struct summary_outcomes *outcomes, struct buf *to)
{
    uint64_t ended = report_ended(outcomes);
    enum report_verdict verdict =
        report_judge(outcomes->sent, ended - outcomes->sent, REPORT_REACH_TARGET);
    if (verdict != REPORT_TOO_FEW || ended == 0) {
        cell_percent(verdict == REPORT_MISSED ? "warn" : "", outcomes->sent, ended, to);
        return;
    }
    struct buf CLEANUP_BUF text = {0};
    report_number(outcomes->sent, &text);
    buf_add_str(&text, " of ");
    report_number(ended, &text);
    html_cell_value("dim", (double)outcomes->sent / (double)ended, buf_slice(&text), to);
}

static void add_path_head(const struct summary *summary, const struct summary_path *path,
                          const struct provider_table *providers, struct buf *to)
{
    const struct provider *provider =
        providers && path->provider.len ? provider_named(providers, path->provider) : NULL;
    buf_add_str(to, "<th scope=\"row\">");
    html_text(path->relay, to);
    buf_add_str(to, path->relay.len > 0 && path->source.len > 0 ? "/" : "");
    html_text(path->source, to);
    html_text(path->provider, to);
    if (provider && provider->title.len > 0) {
        buf_add_char(to, ' ');
        html_element("span", "title", provider->title, to);
    }
    if (report_path_open(summary, path))
        buf_add_str(to, " <span class=\"mark\">incident open</span>");
    buf_add_str(to, "</th>");
}

static void add_path_row(const struct summary *summary, const struct summary_path *path,
                         const struct provider_table *providers, uint64_t most, struct buf *to)
{
    enum reply_class trouble = report_main_class(path);
    html_row_begin(to);
    add_path_head(summary, path, providers, to);
    buf_add_str(to, "<td>");
    report_svg_attempts(&path->attempts, most, to);
    buf_add_str(to, "</td>");
    html_cell_count("", path->attempts.total, to);
    cell_reached(&path->outcomes, to);
    html_cell_count("", path->attempts.deferred, to);
    html_cell_count("", path->attempts.bounced, to);
    html_cell_count("grave", report_blocked(path), to);
    html_cell_count("", path->outcomes.open, to);
    html_cell_text(
        "", slice_from_str(trouble == REPLY_CLASS_NOT_BOUNCE ? "" : reply_class_meaning(trouble)),
        to);
    html_row_end(to);
}

struct path_list {
    const char *id, *title;
    const struct summary_path *paths;
    size_t count;
};

static void add_paths(const struct summary *summary, const struct path_list *list,
                      const struct provider_table *providers, struct buf *to)
{
    static const struct html_column columns[] = {
        {"", false},       {"", false},        {"Attempts", true},
        {"Reached", true}, {"Deferred", true}, {"Bounced", true},
        {"Blocked", true}, {"Waiting", true},  {"Mostly because", false}};
    size_t shown = ROWS(60, list->count);
    if (shown == 0)
        return;
    begin_section(list->id, list->title, to);
    html_table_begin(list->title, columns, COLUMNS(columns), to);
    for (size_t i = 0; i < shown; i++)
        add_path_row(summary, &list->paths[i], providers, list->paths[0].attempts.total, to);
    end_section(shown, list->count, to);
}

static void add_latency_row(const struct summary_path *path, struct buf *to)
{
    const struct summary_latency *latency = &path->latency;
    html_row_begin(to);
    html_cell_head(path->provider, to);
    buf_add_str(to, "<td>");
    report_svg_latency(latency, to);
    buf_add_str(to, "</td>");
    cell_seconds(latency->count, latency->p50, to);
    cell_seconds(latency->count, latency->p90, to);
    cell_seconds(latency->count, latency->p99, to);
    cell_percent("", latency->within_target, latency->count + latency->waiting_late, to);
    html_cell_count("", latency->waiting_late, to);
    html_row_end(to);
}

static void add_latencies(const struct summary *summary, struct buf *to)
{
    struct buf CLEANUP_BUF axis = {0};
    report_svg_latency_axis(&axis);
    const struct html_column columns[] = {
        {"", false},   {buf_str(&axis), false}, {"p50", true},          {"p90", true},
        {"p99", true}, {"In time", true},       {"Waiting late", true},
    };
    size_t shown = ROWS(60, summary->provider_count);
    if (summary->latency.count == 0 || shown == 0)
        return;
    begin_section("latency", "Time to acceptance", to);
    html_table_begin("Time to acceptance", columns, COLUMNS(columns), to);
    for (size_t i = 0; i < shown; i++)
        if (summary->providers[i].latency.count > 0)
            add_latency_row(&summary->providers[i], to);
    html_table_end(to);
    buf_add_str(to, "<p class=\"more\">The red line is the target, ");
    report_duration(summary->latency.target_s, to);
    buf_add_str(to, "; the marks are p50, p90 and p99.</p></section>\n");
}

/* ---- reasons, logins, slowest ---- */

static void add_classes(const struct summary *summary, struct buf *to)
{
    static const struct html_column columns[] = {
        {"", false},         {"Attempts", true},     {"Temporary", true},
        {"Permanent", true}, {"Newest from", false}, {"Newest reply", false}};
    if (summary->class_count == 0)
        return;
    begin_section("why", "Why attempts failed", to);
    html_table_begin("Why attempts failed", columns, COLUMNS(columns), to);
    for (size_t i = 0; i < summary->class_count; i++) {
        const struct summary_class *class = &summary->classes[i];
        html_row_begin(to);
        html_cell_head(slice_from_str(reply_class_meaning(class->class)), to);
        html_cell_count("", class->attempts, to);
        html_cell_count("", class->temporary, to);
        html_cell_count("", class->permanent, to);
        html_cell_text("name", class->sample_provider, to);
        html_cell_text("log", class->sample, to);
        html_row_end(to);
    }
    end_section(summary->class_count, summary->class_count, to);
}

static void add_login_row(const struct summary_login *login, struct buf *to)
{
    const char *oddity = report_login_oddity(login);
    html_row_begin(to);
    html_cell_head(login->name, to);
    html_cell_text(login->surge ? "grave" : "warn", slice_from_str(oddity), to);
    html_cell_count("", login->recipients, to);
    html_cell_count("", login->messages, to);
    html_cell_count("", login->peak_hour, to);
    html_cell_count("", login->outcomes.bounced, to);
    html_cell_count("grave", login->blocked, to);
    if (login->auth_failures == SUMMARY_NOT_KEPT)
        html_cell_text("dim", SLICE("not kept"), to);
    else
        html_cell_count("", login->auth_failures, to);
    html_cell_count("", login->clients, to);
    html_row_end(to);
}

static void add_logins(const struct summary *summary, struct buf *to)
{
    static const struct html_column columns[] = {
        {"", false},        {"Odd", false},       {"Recipients", true},
        {"Messages", true}, {"Peak hour", true},  {"Bounced", true},
        {"Blocked", true},  {"Bad logins", true}, {"Clients", true}};
    uint64_t distinct = summary->logins_distinct;
    size_t shown = ROWS(40, summary->login_count);
    if (shown == 0)
        return;
    begin_section("logins", "Logins", to);
    html_table_begin("Logins", columns, COLUMNS(columns), to);
    for (size_t i = 0; i < shown; i++)
        add_login_row(&summary->logins[i], to);
    html_table_end(to);
    buf_add_str(to, "<p class=\"more\">");
    report_count(distinct > shown ? distinct : shown, "login", to);
    buf_add_str(to, " sent mail in all.</p></section>\n");
}

static void add_slow_row(const struct summary *summary, const struct summary_slow *slow,
                         struct buf *to)
{
    struct buf CLEANUP_BUF took = {0}, CLEANUP_BUF time = {0};
    report_duration(slow->delay_s, &took);
    report_time(slow->time_us, summary->last_us, &time);
    html_row_begin(to);
    html_cell_value("", slow->delay_s, buf_slice(&took), to);
    html_cell_value("", (double)slow->time_us, buf_slice(&time), to);
    html_cell_text("id", slow->queue_id, to);
    html_cell_text("", slow->to, to);
    html_cell_text("name", slow->provider, to);
    html_cell_text("name", slow->relay, to);
    html_cell_count("", slow->attempts, to);
    html_cell_text("log", slow->reason, to);
    html_row_end(to);
}

static void add_slowest(const struct summary *summary, struct buf *to)
{
    static const struct html_column columns[] = {{"Took", true},      {"Accepted at", true},
                                                 {"Queue id", false}, {"To", false},
                                                 {"Provider", false}, {"Relay", false},
                                                 {"Tries", true},     {"Put off because", false}};
    size_t shown = ROWS(20, summary->slow_count);
    if (shown == 0)
        return;
    begin_section("slow", "Slowest", to);
    html_table_begin("Slowest", columns, COLUMNS(columns), to);
    for (size_t i = 0; i < shown; i++)
        add_slow_row(summary, &summary->slowest[i], to);
    end_section(shown, summary->slow_count, to);
}

/* ---- mailboxes of ours that are full ---- */

static void add_full_row(const struct summary *summary, const struct summary_full_mailbox *row,
                         struct buf *to)
{
    struct buf CLEANUP_BUF since = {0};
    if (row->since_us == STAMP_NONE)
        buf_add_str(&since, "has room again");
    else
        report_time(row->since_us, summary->last_us, &since);
    html_row_begin(to);
    html_cell_head(row->address, to);
    for (size_t i = 0; i < SUMMARY_FULL_SIGNS; i++)
        html_cell_count("", row->counts[i], to);
    html_cell_value("", (double)row->since_us, buf_slice(&since), to);
    html_row_end(to);
}

static void add_full(const struct summary *summary, struct buf *to)
{
    static const struct html_column columns[] = {{"Mailbox", false},   {"Refused", true},
                                                 {"At the end", true}, {"Bounced", true},
                                                 {"Put off", true},    {"Full since", true}};
    const struct summary_full *full = &summary->full;
    struct buf CLEANUP_BUF sentence = {0};
    size_t shown = ROWS(20, full->count);
    if (shown == 0)
        return;
    begin_section("full", "Full mailboxes", to);
    report_full_sentence(full, &sentence);
    html_element("p", "more", buf_slice(&sentence), to);
    html_table_begin("Full mailboxes", columns, COLUMNS(columns), to);
    for (size_t i = 0; i < shown; i++)
        add_full_row(summary, &full->rows[i], to);
    end_section(shown, full->distinct, to);
}

/* ---- what was not understood ---- */

static void add_unread(const struct summary *summary, struct buf *to)
{
    static const struct html_column columns[] = {
        {"Program", false}, {"Not read", true}, {"Of", true}, {"Sample", false}};
    const struct summary_program *unread[12];
    size_t count = report_unread_programs(summary, COLUMNS(unread), unread);
    if (count == 0)
        return;
    begin_section("unread", "Lines not understood", to);
    html_table_begin("Lines not understood", columns, COLUMNS(columns), to);
    for (size_t i = 0; i < ROWS(COLUMNS(unread), count); i++) {
        html_row_begin(to);
        html_cell_head(unread[i]->name.len ? unread[i]->name : SLICE("(none)"), to);
        html_cell_count("", unread[i]->unknown, to);
        html_cell_count("", unread[i]->read, to);
        html_cell_text("log", unread[i]->sample, to);
        html_row_end(to);
    }
    end_section(COLUMNS(unread), count, to);
}

static void add_templates(const struct summary *summary, struct buf *to)
{
    static const struct html_column columns[] = {{"Attempts", true}, {"Reply", false}};
    size_t shown = ROWS(20, summary->template_count);
    if (shown == 0)
        return;
    begin_section("replies", "Replies that no rule knows", to);
    html_table_begin("Replies that no rule knows", columns, COLUMNS(columns), to);
    for (size_t i = 0; i < shown; i++) {
        html_row_begin(to);
        html_cell_count("", summary->templates[i].count, to);
        html_cell_text("log", summary->templates[i].text, to);
        html_row_end(to);
    }
    end_section(shown, summary->template_count, to);
}

static void add_suffixes(const struct summary *summary, struct buf *to)
{
    static const struct html_column columns[] = {{"MX suffix", false}, {"Attempts", true}};
    size_t shown = ROWS(20, summary->suffix_count);
    if (shown == 0)
        return;
    begin_section("suffixes", "Providers that no table knows", to);
    html_table_begin("Providers that no table knows", columns, COLUMNS(columns), to);
    for (size_t i = 0; i < shown; i++) {
        html_row_begin(to);
        html_cell_head(summary->suffixes[i].suffix, to);
        html_cell_count("", summary->suffixes[i].attempts, to);
        html_row_end(to);
    }
    end_section(shown, summary->suffix_count, to);
}

void report_html_tables(const struct summary *summary, const struct provider_table *providers,
                        struct buf *to)
{
    const struct path_list by_provider = {"providers", "Providers", summary->providers,
                                          summary->provider_count};
    const struct path_list by_source = {"sources", "Sources", summary->sources,
                                        summary->source_count};
    add_paths(summary, &by_provider, providers, to);
    report_html_heat(summary, to);
    add_latencies(summary, to);
    add_paths(summary, &by_source, NULL, to);
    add_classes(summary, to);
    add_logins(summary, to);
    add_slowest(summary, to);
    add_full(summary, to);
    add_unread(summary, to);
    add_templates(summary, to);
    add_suffixes(summary, to);
}
