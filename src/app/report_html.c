/* SPDX-License-Identifier: Apache-2.0
 *
 * The HTML page from top to bottom. Style and script are those of ui/, allowed by hash; no
 * attribute carries style or script.
 */
#include "app/report_html.h"

#include "app/html_writer.h"
#include "app/report_html_private.h"
#include "app/report_page.h"
#include "app/report_svg.h"
#include "app/report_words.h"
#include "mail/stamp.h"
#include "model/incident_words.h"

#define INCIDENTS_SHOWN 60
#define RELAYS_SHOWN 8

/* ---- head ---- */

static void add_title(const struct summary *summary, struct buf *to)
{
    size_t open = report_open_incidents(summary);
    buf_add_str(to, "<title>Mail report");
    if (summary->first_us != STAMP_NONE) {
        buf_add_char(to, ' ');
        report_time(summary->first_us, STAMP_NONE, to);
    }
    if (open > 0) {
        buf_add_str(to, ": ");
        report_count(open, "open incident", to);
    }
    buf_add_str(to, "</title>\n");
}

static void add_head(const struct summary *summary, struct buf *to)
{
    buf_add_str(to, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                    "<meta http-equiv=\"Content-Security-Policy\" content=\"");
    buf_add(to, report_page_policy());
    buf_add_str(to,
                "\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                "<meta name=\"color-scheme\" content=\"light dark\">\n"
                "<meta name=\"robots\" content=\"noindex\">\n");
    add_title(summary, to);
    buf_add_str(to, "<style>");
    buf_add(to, report_page_style());
    buf_add_str(to, "</style>\n</head>\n<body>\n");
}

static void add_relays(const struct summary *summary, struct buf *to)
{
    struct slice names[RELAYS_SHOWN];
    size_t count = report_relays(summary, RELAYS_SHOWN, names);
    for (size_t i = 0; i < count && i < RELAYS_SHOWN; i++) {
        buf_add_str(to, i ? ", " : " &middot; ");
        html_text(names[i], to);
    }
    if (count > RELAYS_SHOWN)
        buf_addf(to, " and %zu more", count - RELAYS_SHOWN);
}

static void add_note(uint64_t count, const char *noun, const char *what, struct buf *to)
{
    if (count == 0)
        return;
    buf_add_str(to, "; ");
    report_count(count, noun, to);
    buf_addf(to, " %s", what);
}

static void add_rows_read(const struct summary *summary, struct buf *to)
{
    buf_add_str(to, "<p class=\"dim\">");
    report_rows(summary, to);
    add_note(summary->outcomes.lost, "recipient", "without a final word: lines are missing", to);
    add_note(summary->flushed, "message", "given up because too many were open", to);
    buf_add_str(to, "</p>\n");
}

static void add_lines_read(const struct summary *summary, struct buf *to)
{
    buf_add_str(to, "<p class=\"dim\">");
    report_count(summary->lines_read, "line", to);
    buf_add_str(to, " read, ");
    if (summary->lines_unknown == 0) {
        buf_add_str(to, "all understood");
    } else {
        buf_add_str(to, "<a href=\"#unread\">");
        report_number(summary->lines_unknown, to);
        buf_add_str(to, " not understood</a> (");
        report_percent(summary->lines_unknown, summary->lines_read, to);
        buf_add_char(to, ')');
    }
    add_note(summary->login_failures, "failed login", "under any name", to);
    add_note(summary->lines_outside, "line", "left out by --since and --until", to);
    add_note(summary->lines_cut, "line", "cut off inside", to);
    add_note(summary->lines_without_time, "line", "without a readable time", to);
    add_note(summary->outcomes.lost, "recipient", "without a final word: lines are missing", to);
    add_note(summary->flushed, "message", "given up because too many were open", to);
    buf_add_str(to, "</p>\n");
}

static void add_top(const struct summary *summary, struct buf *to)
{
    buf_add_str(to, "<header class=\"top\"><h1>Mail report</h1>\n");
    if (summary->lines_read == 0 && summary->from_history) {
        buf_addf(to, "<p>%s</p></header>\n", report_no_rows(summary));
        return;
    }
    if (summary->lines_read == 0) {
        buf_add_str(to, "<p>No lines were read: the logs are empty, or nothing in them falls "
                        "between --since and --until.</p></header>\n");
        return;
    }
    if (summary->first_us != STAMP_NONE) {
        struct buf CLEANUP_BUF period = {0};
        report_period(summary, "–", &period);
        buf_add_str(to, "<p class=\"period\">");
        html_text(buf_slice(&period), to);
        add_relays(summary, to);
        buf_add_str(to, "</p>\n");
    }
    if (summary->from_history)
        add_rows_read(summary, to);
    else
        add_lines_read(summary, to);
    buf_add_str(to, "</header>\n");
}

/* ---- incidents ---- */

static void add_fact(const char *name, const char *class, struct slice raw, struct buf *to)
{
    if (raw.len == 0)
        return;
    html_element("dt", NULL, slice_from_str(name), to);
    html_element("dd", class, raw, to);
    buf_add_char(to, '\n');
}

static void add_evidence(const struct incident *incident, struct buf *to)
{
    if (incident->evidence_count == 0)
        return;
    buf_add_str(to, "<details><summary>Evidence: ");
    report_count(incident->evidence_count, "log line", to);
    buf_add_str(to, "</summary>");
    for (size_t i = 0; i < incident->evidence_count; i++)
        html_element("pre", NULL, incident->evidence[i], to);
    buf_add_str(to, "</details>\n");
}

static void add_card_head(const struct summary *summary, const struct incident *incident,
                          struct buf *to)
{
    bool open = incident_is_open(incident);
    bool grave = report_incident_is_grave(incident);
    struct buf CLEANUP_BUF subject = {0}, CLEANUP_BUF span = {0};
    report_incident_subject(incident, "→", &subject);
    report_incident_span(incident, summary, "–", &span);
    buf_addf(to, "<article class=\"card%s\"><header><span class=\"kind\">%s</span>",
             !open   ? " is-over"
             : grave ? " is-grave"
                     : "",
             report_incident_title(incident->kind));
    html_element("h3", NULL, buf_slice(&subject), to);
    html_element("span", "when", buf_slice(&span), to);
    buf_add_str(to, "</header>\n");
}

static void add_card(const struct summary *summary, const struct incident *incident,
                     const struct provider_table *providers, struct buf *to)
{
    struct slice link = report_incident_link(incident, providers), reply = {NULL, 0};
    struct buf CLEANUP_BUF counts = {0};
    add_card_head(summary, incident, to);
    report_incident_counts(incident, &counts);
    html_element("p", "num-text", buf_slice(&counts), to);
    buf_add_str(to, "<dl>\n");
    if (incident->kind != INCIDENT_SURGE)
        add_fact("Means", NULL, slice_from_str(reply_class_meaning(incident->class)), to);
    if (incident->evidence_count > 0)
        reply = incident_reply(incident->evidence[incident->evidence_count - 1]);
    add_fact("Reply", "reply", reply, to);
    add_fact("List", NULL, incident->list, to);
    if (incident_is_open(incident))
        add_fact("Do", NULL, slice_from_str(incident_advice(incident, LANGUAGE_EN)), to);
    if (link.len > 0) {
        buf_add_str(to, "<dt>See</dt><dd>");
        html_link(link, to);
        buf_add_str(to, "</dd>\n");
    }
    buf_add_str(to, "</dl>\n");
    add_evidence(incident, to);
    buf_add_str(to, "</article>\n");
}

static void add_state(const struct summary *summary, struct buf *to)
{
    static const char *const classes[] = {"state", "state", "state is-behind", "state is-well"};
    struct buf CLEANUP_BUF text = {0};
    report_state_say(summary, &text);
    html_element("p", classes[report_state_of(summary)], buf_slice(&text), to);
    buf_add_char(to, '\n');
}

static void add_cards(const struct summary *summary, const struct provider_table *providers,
                      bool open, struct buf *to)
{
    size_t count = 0;
    buf_add_str(to, "<div class=\"cards\">\n");
    for (size_t i = 0; i < summary->incident_count; i++) {
        const struct incident *incident = &summary->incidents[i];
        if (incident_is_open(incident) == open && count++ < INCIDENTS_SHOWN)
            add_card(summary, incident, providers, to);
    }
    buf_add_str(to, "</div>\n");
    html_more(INCIDENTS_SHOWN, count, to);
}

static void add_incidents(const struct summary *summary, const struct provider_table *providers,
                          struct buf *to)
{
    size_t open = report_open_incidents(summary);
    buf_add_str(to, "<section aria-labelledby=\"now\"><h2 id=\"now\">What is wrong now</h2>\n");
    if (open > 0)
        add_cards(summary, providers, true, to);
    else
        add_state(summary, to);
    buf_add_str(to, "</section>\n");
    if (summary->incident_count == open)
        return;
    buf_add_str(to, "<section aria-labelledby=\"was\"><h2 id=\"was\">Was wrong, is over</h2>\n");
    add_cards(summary, providers, false, to);
    buf_add_str(to, "</section>\n");
}

/* ---- service level ---- */

static void begin_tile(const char *title, const char *tone, struct buf *to)
{
    buf_addf(to, "<div class=\"tile\"><h3>%s</h3><p class=\"big %s\">", title, tone);
}

static void add_tile_reached(const struct summary *summary, struct buf *to)
{
    static const char *const tones[] = {"dim", "good", "warn", ""};
    uint64_t good = summary->reachability_good, bad = summary->reachability_bad;
    enum report_verdict verdict = report_judge(good, bad, REPORT_REACH_TARGET);
    begin_tile("Reached", tones[verdict], to);
    report_percent(good, good + bad, to);
    buf_add_str(to, "</p><p>of ");
    report_count(good + bad, "recipient", to);
    buf_addf(to, "; target %.0f %%: %s</p>", REPORT_REACH_TARGET * 100,
             report_verdict_meaning(verdict));
    if (bad > 0) {
        buf_add_str(to, "<p class=\"dim\">not reached: ");
        report_number(summary->bad_address, to);
        buf_add_str(to, " dead or full addresses, ");
        report_number(summary->bad_ours, to);
        buf_add_str(to, " on our side, ");
        report_number(summary->bad_other, to);
        buf_add_str(to, " other</p>");
    }
    buf_add_str(to, "</div>\n");
}

static void add_tile_in_time(const struct summary_latency *latency, struct buf *to)
{
    begin_tile("Accepted in time", "", to);
    report_percent(latency->within_target, latency->count + latency->waiting_late, to);
    buf_add_str(to, "</p><p>within ");
    report_duration(latency->target_s, to);
    buf_add_str(to, "; mail that still waits counts</p>");
    if (latency->count > 0) {
        buf_add_str(to, "<p class=\"dim\">");
        report_quantiles(latency, to);
        buf_add_str(to, "</p>");
    }
    buf_add_str(to, "</div>\n");
}

static void add_tile_waiting(const struct summary *summary, struct buf *to)
{
    begin_tile("Waiting", "", to);
    report_number(summary->outcomes.open, to);
    buf_add_str(to, "</p><p>recipients when the log ends</p><p class=\"dim\">");
    report_number(summary->latency.waiting_late, to);
    buf_add_str(to, " of them longer than ");
    report_duration(summary->latency.target_s, to);
    buf_add_str(to, "</p></div>\n");
}

static void add_tile_attempts(const struct summary_attempts *attempts, struct buf *to)
{
    begin_tile("Attempts", "", to);
    report_number(attempts->total, to);
    buf_add_str(to, "</p><p>");
    report_number(attempts->sent, to);
    buf_add_str(to, " sent</p><p class=\"dim\">");
    report_number(attempts->deferred, to);
    buf_add_str(to, " deferred, ");
    report_number(attempts->bounced, to);
    buf_add_str(to, " bounced</p></div>\n");
}

static void add_service(const struct summary *summary, struct buf *to)
{
    buf_add_str(to, "<section aria-labelledby=\"sli\"><h2 id=\"sli\">Service level</h2>\n"
                    "<div class=\"tiles\">\n");
    add_tile_reached(summary, to);
    add_tile_in_time(&summary->latency, to);
    add_tile_waiting(summary, to);
    add_tile_attempts(&summary->attempts, to);
    buf_add_str(to, "</div>\n");
    report_svg_timeline(summary, to);
    buf_add_str(to, "</section>\n");
}

static void add_help(struct buf *to)
{
    static const struct {
        const char *word, *meaning;
    } words[] = {
        {"Attempt",
         "one delivery try of one recipient; re-injection into an own filter, probes and "
         "repeated causes are left out"},
        {"Reached", "recipients whose last word was sent, of all whose mail has ended"},
        {"In time",
         "accepted by the provider within the target; a recipient that still waits longer "
         "counts against it"},
        {"Blocked", "attempts refused because of our address or our domain"},
        {"Waiting", "recipients without a last word when the log ends"},
        {"p50, p99", "half, and 99 of 100 recipients, were accepted within this time"},
    };
    buf_add_str(to, "<section class=\"how\"><details><summary>What the words mean</summary><dl>\n");
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        add_fact(words[i].word, NULL, slice_from_str(words[i].meaning), to);
    buf_add_str(to, "</dl></details></section>\n");
}

static void add_rows(const struct summary *summary, const struct provider_table *providers,
                     struct buf *to)
{
    add_incidents(summary, providers, to);
    if (summary->attempts.total > 0 || summary->outcomes.open > 0)
        add_service(summary, to);
    report_html_tables(summary, providers, to);
    add_help(to);
}

void report_html(const struct summary *summary, const struct provider_table *providers,
                 struct buf *to)
{
    add_head(summary, to);
    add_top(summary, to);
    if (summary->lines_read > 0 || summary->older.until_us != 0) {
        buf_add_str(to, "<main>\n");
        if (summary->lines_read > 0)
            add_rows(summary, providers, to);
        report_html_older(&summary->older, to);
        buf_add_str(to, "</main>\n");
    }
    buf_add_str(to,
                "<footer>Made by todoku " TD_VERSION ". Times are in the time zone named above; "
                "this page loads nothing.</footer>\n<script>");
    buf_add(to, report_page_script());
    buf_add_str(to, "</script>\n</body>\n</html>\n");
}
