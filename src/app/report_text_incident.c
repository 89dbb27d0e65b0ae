/* SPDX-License-Identifier: Apache-2.0
 *
 * The incidents of the text report: open ones in full, closed ones in two lines.
 */
#include "app/report_text_private.h"
#include "app/report_words.h"
#include "base/escape.h"
#include "model/incident_words.h"

#define OPEN_SHOWN 12
#define CLOSED_SHOWN 6
#define INDENT 4

static void add_title(const struct text_page *page, const struct incident *incident)
{
    bool open = incident_is_open(incident);
    enum text_tone tone = !open                                ? TONE_DIM
                          : report_incident_is_grave(incident) ? TONE_BAD
                                                               : TONE_WARN;
    struct buf CLEANUP_BUF subject = {0}, CLEANUP_BUF escaped = {0}, CLEANUP_BUF span = {0};
    report_incident_subject(incident, text_glyph(page->style, GLYPH_ARROW), &subject);
    report_incident_span(incident, page->summary, text_glyph(page->style, GLYPH_DASH), &span);
    text_add(page->style, buf_slice(&subject), &escaped);
    buf_add_str(page->to, "  ");
    text_begin(page->style, tone, page->to);
    buf_addf(page->to, "%s %s", text_glyph(page->style, open ? GLYPH_OPEN : GLYPH_CLOSED),
             report_incident_title(incident->kind));
    text_end(page->style, tone, page->to);
    buf_add_str(page->to, "  ");
    text_begin(page->style, TONE_STRONG, page->to);
    size_t beside = strlen(report_incident_title(incident->kind)) + 8;
    beside += escape_width(buf_slice(&span));
    size_t room = page->style->width > beside + 20 ? page->style->width - beside : 20;
    text_add_cut(page->style, buf_slice(&escaped), room, page->to);
    text_end(page->style, TONE_STRONG, page->to);
    buf_addf(page->to, "  %s\n", buf_str(&span));
}

static void add_facts(const struct text_page *page, const struct incident *incident)
{
    struct buf CLEANUP_BUF text = {0};
    report_incident_counts(incident, &text);
    if (incident->kind != INCIDENT_SURGE)
        buf_addf(&text, ": %s", reply_class_meaning(incident->class));
    if (incident->list.len > 0) {
        buf_add_str(&text, "; named list: ");
        buf_add(&text, incident->list);
    }
    buf_addf(page->to, "%*s", INDENT, "");
    text_wrap(page->style, buf_slice(&text), INDENT, 3, page->to);
}

/* A labelled paragraph: "    Do: ...", "    Delist: ...". */
static void add_paragraph(const struct text_page *page, const char *label, struct slice text,
                          size_t lines)
{
    if (text.len == 0)
        return;
    buf_addf(page->to, "%*s%-7s", INDENT, "", label);
    text_wrap(page->style, text, INDENT + 7, lines, page->to);
}

static void add_newest_evidence(const struct text_page *page, const struct incident *incident)
{
    if (incident->evidence_count == 0)
        return;
    struct slice line = incident->evidence[incident->evidence_count - 1];
    struct slice reply = incident_reply(line);
    add_paragraph(page, reply.len ? "Reply" : "Log", reply.len ? reply : line, 3);
}

static void add_incident(const struct text_page *page, const struct incident *incident)
{
    add_title(page, incident);
    add_facts(page, incident);
    if (!incident_is_open(incident))
        return;
    add_newest_evidence(page, incident);
    add_paragraph(page, "Do", slice_from_str(incident_advice(incident, LANGUAGE_EN)), 3);
    add_paragraph(page, "See", report_incident_link(incident, page->providers), 2);
}

/* Shows at most `max` incidents that are open, or that are closed. */
static void add_some(const struct text_page *page, bool open, size_t max)
{
    size_t count = 0;
    for (size_t i = 0; i < page->summary->incident_count; i++) {
        const struct incident *incident = &page->summary->incidents[i];
        if (incident_is_open(incident) == open && count++ < max)
            add_incident(page, incident);
    }
    text_page_more(page, max, count);
}

static void add_state(const struct text_page *page)
{
    static const enum text_tone tones[] = {TONE_PLAIN, TONE_PLAIN, TONE_WARN, TONE_GOOD};
    enum report_state state = report_state_of(page->summary);
    struct buf CLEANUP_BUF text = {0};
    if (state == REPORT_WELL)
        buf_addf(&text, "%s ", text_glyph(page->style, GLYPH_GOOD));
    report_state_say(page->summary, &text);
    buf_add_str(page->to, "  ");
    text_begin(page->style, tones[state], page->to);
    text_wrap(page->style, buf_slice(&text), 2, 3, page->to);
    text_end(page->style, tones[state], page->to);
}

void text_page_incidents(const struct text_page *page)
{
    size_t open = report_open_incidents(page->summary);
    text_heading(page->style, "WHAT IS WRONG NOW", page->to);
    if (open == 0)
        add_state(page);
    add_some(page, true, OPEN_SHOWN);
    if (page->summary->incident_count == open)
        return;
    text_heading(page->style, "WAS WRONG, IS OVER", page->to);
    add_some(page, false, CLOSED_SHOWN);
}
