/* SPDX-License-Identifier: Apache-2.0
 *
 * Incidents in words. See incident_text.h; the words are those of messages and reports.
 */
#include "app/incident_text.h"

#include "app/report_words.h"
#include "app/text_table.h"
#include "base/civil.h"
#include "base/escape.h"
#include "model/incident_words.h"
#include "model/suspect_words.h"

#define INDENT 4
#define LABEL_WIDTH 13
#define MARK_WIDTH 80 /* a narrower screen has room for the word in the second line alone */

static enum text_tone tone_of(const struct incident_answer *answer)
{
    if (incident_answer_is_closed(answer) || answer->silenced)
        return TONE_DIM;
    return incident_severity(&answer->incident) == INCIDENT_CRITICAL ? TONE_BAD : TONE_WARN;
}

static const char *mark_of(const struct text_style *style, const struct incident_answer *answer)
{
    return text_glyph(style, incident_answer_is_closed(answer) ? GLYPH_CLOSED : GLYPH_OPEN);
}

static void add_subject(const struct text_style *style, const struct incident_answer *answer,
                        struct buf *to)
{
    CLEANUP_BUF struct buf subject = {0};
    incident_subject(&answer->incident, LANGUAGE_EN, text_glyph(style, GLYPH_ARROW), &subject);
    text_add(style, buf_slice(&subject), to);
}

/* "since 08:14 (3 h 12 min)", "08:14 - 09:01 (47 min)" */
static void add_span(const struct text_style *style, const struct incident_answer *answer,
                     int64_t now_us, struct buf *to)
{
    const struct incident *incident = &answer->incident;
    bool over = incident_answer_is_closed(answer) && !incident_is_open(incident);
    int64_t end_us = over ? incident->closed_us : now_us;
    buf_add_str(to, over ? "" : "since ");
    report_time(incident->opened_us, now_us, to);
    if (over) {
        buf_addf(to, " %s ", text_glyph(style, GLYPH_DASH));
        report_time(end_us, incident->opened_us, to);
    }
    buf_add_str(to, " (");
    report_duration(
        end_us > incident->opened_us ? (double)(end_us - incident->opened_us) / US_PER_SECOND : 0,
        to);
    buf_add_char(to, ')');
}

/* "412 of 430 attempts refused (95.8 %), 398 messages"; nothing for kinds that count nothing. */
static void add_counts(const struct incident_answer *answer, struct buf *to)
{
    if (answer->known && answer->incident.attempts > 0)
        report_incident_counts(&answer->incident, to);
}

/* "silenced until 18:00 (s12)" */
static void add_silence(const struct incident_answer *answer, int64_t now_us, struct buf *to)
{
    buf_add_str(to, "silenced");
    if (answer->silenced_until_us == 0)
        return;
    buf_add_str(to, " until ");
    report_time(answer->silenced_until_us, now_us, to);
    buf_add_str(to, " (");
    buf_add(to, answer->silence);
    buf_add_char(to, ')');
}

/* "opens again after 3 new hits, should it go on": what closing by hand does not end. */
static void add_reopening(const struct incident_answer *answer, struct buf *to)
{
    buf_add_str(to, to->len ? "; " : "");
    if (answer->reopens_after == 0) {
        buf_add_str(to, "stays closed while it goes on");
        return;
    }
    buf_add_str(to, "opens again after ");
    report_count(answer->reopens_after, "new hit", to);
    buf_add_str(to, ", should it go on");
}

/* "acknowledged by anna: looking at it" */
static void add_life(const struct incident_answer *answer, int64_t now_us, struct buf *to)
{
    if (answer->by.len > 0) {
        buf_add(to, answer->state);
        buf_add_str(to, " by ");
        buf_add(to, answer->by);
        buf_add_str(to, answer->note.len ? ": " : "");
        buf_add(to, answer->note);
    }
    if (answer->flaps > 0) {
        buf_add_str(to, to->len ? "; came back " : "came back ");
        report_count(answer->flaps, "time", to);
    }
    if (answer->by_hand)
        add_reopening(answer, to);
    if (answer->silenced) {
        buf_add_str(to, to->len ? "; " : "");
        add_silence(answer, now_us, to);
    }
}

/* ---- in brief ---- */

static void add_headline(const struct text_style *style, const struct incident_answer *answer,
                         int64_t now_us, struct buf *to)
{
    CLEANUP_BUF struct buf title = {0}, subject = {0}, span = {0};
    text_add(style, incident_answer_title(answer), &title);
    if (answer->silenced && style->width >= MARK_WIDTH)
        buf_add_str(&title, " (silenced)");
    add_subject(style, answer, &subject);
    add_span(style, answer, now_us, &span);
    buf_add_str(to, "  ");
    text_begin(style, tone_of(answer), to);
    buf_addf(to, "%s %s", mark_of(style, answer), buf_str(&title));
    text_end(style, tone_of(answer), to);
    buf_add_str(to, "  ");
    size_t beside = escape_width(buf_slice(&title)) + escape_width(buf_slice(&span)) + 8;
    text_begin(style, TONE_STRONG, to);
    text_add_cut(style, buf_slice(&subject),
                 style->width > beside + 12 ? style->width - beside : 12, to);
    text_end(style, TONE_STRONG, to);
    buf_addf(to, "  %s\n", buf_str(&span));
}

void incident_text_brief(const struct text_style *style, const struct incident_answer *answer,
                         int64_t now_us, struct buf *to)
{
    CLEANUP_BUF struct buf facts = {0}, life = {0};
    add_headline(style, answer, now_us, to);
    add_counts(answer, &facts);
    add_life(answer, now_us, &life);
    if (facts.len > 0 && life.len > 0)
        buf_add_str(&facts, "; ");
    buf_add(&facts, buf_slice(&life));
    if (facts.len > 0) {
        buf_addf(to, "%*s", INDENT, "");
        text_wrap(style, buf_slice(&facts), INDENT, 2, to);
    }
    buf_addf(to, "%*stodoku incident show ", INDENT, "");
    text_add(style, answer->id, to);
    buf_add_char(to, '\n');
}

/* ---- list ---- */

static void add_row(struct text_table *table, const struct text_style *style,
                    const struct incident_answer *answer)
{
    const struct incident *incident = &answer->incident;
    text_add(style, answer->id, text_table_cell(table, TONE_STRONG));
    struct buf *state = text_table_cell(table, answer->silenced ? TONE_DIM : TONE_PLAIN);
    text_add(style, answer->state, state);
    buf_add_str(state, answer->silenced ? ", silenced" : "");
    text_add(style, incident_answer_title(answer), text_table_cell(table, tone_of(answer)));
    add_subject(style, answer, text_table_cell(table, TONE_PLAIN));
    report_time(incident->opened_us, INT64_MIN, text_table_cell(table, TONE_PLAIN));
    struct buf *closed = text_table_cell(table, TONE_DIM);
    if (!incident_is_open(incident))
        report_time(incident->closed_us, incident->opened_us, closed);
    struct buf *hits = text_table_cell(table, TONE_PLAIN);
    if (incident->hits > 0)
        report_number(incident->hits, hits);
    text_add(style, answer->by, text_table_cell(table, TONE_PLAIN));
}

void incident_text_list(const struct text_style *style, const struct incident_answer *answers,
                        size_t count, bool all, struct buf *to)
{
    static const struct text_column columns[] = {
        {"id", false, 0, 8},     {"state", false, 5, 22}, {"what", false, 0, 20},
        {"where", false, 0, 24}, {"since", false, 3, 16}, {"closed", false, 4, 16},
        {"hits", true, 2, 0},    {"by", false, 6, 12},
    };
    if (count == 0) {
        buf_add_str(to, all ? "There has been no incident.\n" : "No incident is open.\n");
        return;
    }
    struct text_table *table = text_table_new(columns, sizeof(columns) / sizeof(columns[0]));
    for (size_t i = 0; i < count; i++)
        add_row(table, style, &answers[i]);
    text_table_print(table, style, to);
    text_table_free(table);
}

/* ---- in full ---- */

static void add_fact(const struct text_style *style, const char *label, struct slice text,
                     size_t lines, struct buf *to)
{
    if (text.len == 0)
        return;
    buf_add_str(to, "  ");
    text_toned(style, TONE_DIM, label, to);
    buf_addf(to, "%*s", (int)(LABEL_WIDTH - strlen(label)), "");
    text_wrap(style, text, 2 + LABEL_WIDTH, lines, to);
}

static void add_who_and_how_much(const struct text_style *style,
                                 const struct incident_answer *answer, int64_t now_us,
                                 struct buf *to)
{
    const struct incident *incident = &answer->incident;
    CLEANUP_BUF struct buf text = {0};
    add_fact(style, "Scope", slice_from_str(incident_scope_title(incident->scope, LANGUAGE_EN)), 1,
             to);
    add_fact(style, "Severity",
             slice_from_str(incident_severity_title(incident_severity(incident), LANGUAGE_EN)), 1,
             to);
    if (answer->by.len == 0) /* else its life begins with it */
        buf_add(&text, answer->state);
    add_life(answer, now_us, &text);
    add_fact(style, "State", buf_slice(&text), 3, to);
    buf_clear(&text);
    add_counts(answer, &text);
    add_fact(style, "How much", buf_slice(&text), 2, to);
    if (incident->class != REPLY_CLASS_UNKNOWN)
        add_fact(style, "Reply class", slice_from_str(reply_class_meaning(incident->class)), 2, to);
    add_fact(style, "Listed by", incident->list, 1, to);
}

/* Each login that may be behind it, with what speaks against it. */
static void add_suspects(const struct text_style *style, const struct incident *incident,
                         struct buf *to)
{
    for (size_t i = 0; i < INCIDENT_SUSPECTS_MAX && incident->suspects[i].login.len > 0; i++) {
        CLEANUP_BUF struct buf text = {0};
        buf_add(&text, incident->suspects[i].login);
        buf_add_str(&text, ": ");
        suspect_reason(&incident->suspects[i], LANGUAGE_EN, &text);
        add_fact(style, "Suspect", buf_slice(&text), 4, to);
    }
}

static void add_evidence(const struct text_style *style, const struct incident *incident,
                         struct buf *to)
{
    for (size_t i = 0; i < incident->evidence_count; i++)
        add_fact(style, i == 0 ? "First line" : "Newest line", incident->evidence[i], 8, to);
}

/* Its page; where no page is served, the text that the page is made of. */
static void add_runbook(struct slice kind, struct slice web_url, struct buf *to)
{
    buf_add(to, web_url);
    buf_add_str(to, web_url.len > 0 ? "/runbooks/" : "docs/runbooks/");
    buf_add(to, kind);
    buf_add_str(to, web_url.len > 0 ? "" : ".md (a page, with web: listen)");
}

static void add_what_to_do(const struct text_style *style, const struct incident_answer *answer,
                           struct slice web_url, struct buf *to)
{
    CLEANUP_BUF struct buf text = {0};
    if (answer->known)
        add_fact(style, "Do", slice_from_str(incident_advice(&answer->incident, LANGUAGE_EN)), 6,
                 to);
    add_fact(style, "See", answer->incident.url, 4, to);
    if (answer->known || web_url.len > 0) {
        add_runbook(answer->kind, web_url, &text);
        add_fact(style, "Runbook", buf_slice(&text), 4, to);
    }
    if (slice_eq(answer->state, SLICE("open"))) {
        buf_clear(&text);
        buf_add_str(&text, "todoku incident ack ");
        buf_add(&text, answer->id);
        add_fact(style, "Take it", buf_slice(&text), 1, to);
    }
}

void incident_text_full(const struct text_style *style, const struct incident_answer *answer,
                        int64_t now_us, struct slice web_url, struct buf *to)
{
    CLEANUP_BUF struct buf span = {0};
    text_begin(style, tone_of(answer), to);
    buf_addf(to, "%s ", mark_of(style, answer));
    text_add(style, incident_answer_title(answer), to);
    buf_add_str(to, answer->silenced ? " (silenced)" : "");
    text_end(style, tone_of(answer), to);
    buf_add_str(to, "  ");
    text_begin(style, TONE_STRONG, to);
    add_subject(style, answer, to);
    text_end(style, TONE_STRONG, to);
    buf_add_char(to, '\n');
    add_fact(style, "Id", answer->id, 1, to);
    add_span(style, answer, now_us, &span);
    add_fact(style, "When", buf_slice(&span), 1, to);
    add_who_and_how_much(style, answer, now_us, to);
    add_suspects(style, &answer->incident, to);
    add_evidence(style, &answer->incident, to);
    add_what_to_do(style, answer, web_url, to);
}
