/* SPDX-License-Identifier: Apache-2.0
 *
 * Documents and pages by name.
 */
#include "web/runbook_private.h"

#include "base/escape.h"
#include "base/memory.h"
#include "model/incident_words.h"
#include "web/markdown.h"
#include "web/runbook_text.h"

typedef struct slice document_fn(void);

static document_fn *const documents[][LANGUAGE_COUNT] = {
#define X(name, word) [INCIDENT_##name] = {runbook_##name##_en, runbook_##name##_ja},
    INCIDENT_KINDS(X)
#undef X
};

static const char *const index_title[LANGUAGE_COUNT] = {"Runbooks", "手順書"};

static const char *const index_lead[LANGUAGE_COUNT] = {
    "What to do about an incident, by its kind.",
    "インシデントの種類ごとの対応手順です。",
};

struct slice runbook_find(struct slice kind_word, enum language language)
{
    enum incident_kind kind;
    if (!incident_kind_from_word(kind_word, &kind))
        return (struct slice){NULL, 0};
    return documents[kind][language]();
}

/* Where the tables of data/ are shown, and the other runbooks: in the page's own language. */
static bool add_address(void *context, struct slice target, struct buf *to)
{
    const enum language *language = context;
    bool providers = slice_eq(target, SLICE("../../data/providers.tsv"));
    if (providers || slice_eq(target, SLICE("../../data/lists.tsv"))) {
        runbook_address(SLICE(RUNBOOK_DELISTING), *language, to);
        buf_add_str(to, providers ? "#providers" : "#lists");
        return true;
    }
    struct slice suffix = *language == LANGUAGE_EN ? SLICE(".md") : SLICE(".ja.md");
    if (!slice_ends_with(target, suffix))
        return false;
    struct slice word = slice_first(target, target.len - suffix.len);
    enum incident_kind kind;
    if (!incident_kind_from_word(word, &kind))
        return false;
    runbook_address(word, *language, to);
    return true;
}

bool runbook_html(struct slice markdown, enum language language, struct buf *to, struct err *err)
{
    const struct markdown_links links = {add_address, &language};
    return markdown_html(markdown, &links, to, err);
}

static void add_index(enum language language, struct buf *to)
{
    buf_addf(to, "<h1>%s</h1>\n<p>%s</p>\n<ul class=\"index\">\n", index_title[language],
             index_lead[language]);
    for (int i = 0; i < INCIDENT_KIND_COUNT; i++) {
        enum incident_kind kind = (enum incident_kind)i;
        const struct incident incident = {.kind = kind, .closed_us = INCIDENT_OPEN};
        struct slice word = slice_from_str(incident_kind_word(kind));
        buf_add_str(to, "<li><a href=\"");
        runbook_address(word, language, to);
        buf_addf(to, "\">%s</a> <code>", incident_title(kind, language));
        buf_add(to, word);
        buf_add_str(to, "</code><br>");
        escape_html(slice_from_str(incident_advice(&incident, language)), to);
        buf_add_str(to, "</li>\n");
    }
    buf_add_str(to, "<li><a href=\"");
    runbook_address(SLICE(RUNBOOK_DELISTING), language, to);
    buf_addf(to, "\">%s</a></li>\n</ul>\n", runbook_delisting_title(language));
}

/* Takes ".ja" off a name, or the whole of it when it is a language's word. */
static struct slice take_language(struct slice name, enum language *language)
{
    const char *dot = slice_find_last_char(name, '.');
    struct slice word = dot == NULL ? name : slice_between(dot + 1, slice_end(name));
    if (!language_from_word(word, language))
        return name;
    return slice_first(name, dot == NULL ? 0 : (size_t)(dot - name.ptr));
}

static void add_document(struct slice word, struct slice markdown, enum language language,
                         struct buf *to)
{
    enum incident_kind kind;
    struct err err;
    ASSERT(incident_kind_from_word(word, &kind));
    runbook_frame_begin(word, slice_from_str(incident_title(kind, language)), language, to);
    /* Our own text, and a unit test reads all of it. */
    ASSERT(runbook_html(markdown, language, to, &err));
    runbook_frame_end(to);
}

bool runbook_page(struct slice name, enum language language, const struct provider_table *providers,
                  struct buf *to)
{
    name = take_language(name, &language);
    struct slice markdown = runbook_find(name, language);
    if (markdown.ptr != NULL) {
        add_document(name, markdown, language, to);
        return true;
    }
    bool delisting = slice_eq(name, SLICE(RUNBOOK_DELISTING));
    if (!delisting && name.len > 0)
        return false;
    const char *title = delisting ? runbook_delisting_title(language) : index_title[language];
    runbook_frame_begin(name, slice_from_str(title), language, to);
    if (delisting)
        runbook_delisting(providers, language, to);
    else
        add_index(language, to);
    runbook_frame_end(to);
    return true;
}

struct slice runbook_style(void)
{
    return runbook_style_text();
}
