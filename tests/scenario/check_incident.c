/* SPDX-License-Identifier: Apache-2.0
 *
 * Expectations of incidents. See check.h.
 */
#include <stdarg.h>
#include <stdio.h>

#include "base/civil.h"
#include "check_private.h"

void check_fail(struct check *check, const char *format, ...)
{
    char text[600];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    buf_addf(check->problems, "%s: %s\n", check->where, text);
}

/* The incident in the words of an expectation. */
static void describe(const struct incident *incident, struct buf *text)
{
    char opened[24], closed[24] = "none";
    const struct {
        const char *name;
        struct slice value;
    } words[] = {
        {"relay", incident->relay}, {"source", incident->source}, {"provider", incident->provider},
        {"login", incident->login}, {"domain", incident->domain}, {"list", incident->list},
    };
    civil_format_utc(incident->opened_us, opened);
    if (incident->closed_us != INCIDENT_OPEN)
        civil_format_utc(incident->closed_us, closed);
    buf_addf(text, "%s", incident_kind_word(incident->kind));
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (words[i].value.len > 0)
            buf_addf(text, " %s=%.*s", words[i].name, SLICE_ARG(words[i].value));
    buf_addf(text,
             " class=%s scope=\"%s\" opened=%s closed=%s hits=%llu attempts=%llu messages=%llu "
             "recipients=%llu logins=%llu normal=%.0f",
             reply_class_word(incident->class), incident_scope_word(incident->scope), opened,
             closed, (unsigned long long)incident->hits, (unsigned long long)incident->attempts,
             (unsigned long long)incident->messages, (unsigned long long)incident->recipients,
             (unsigned long long)incident->logins, incident->normal);
}

static void list_incidents(struct check *check)
{
    for (size_t i = 0; i < check->summary->incident_count; i++) {
        CLEANUP_BUF struct buf text = {0};
        describe(&check->summary->incidents[i], &text);
        check_fail(check, "    found: incident %s", buf_str(&text));
    }
}

static bool kind_is_known(struct slice word)
{
    static const char *const words[] = {
#define X(name, word) word,
        INCIDENT_KINDS(X)
#undef X
    };
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (slice_eq(word, slice_from_str(words[i])))
            return true;
    return false;
}

static bool match_text(const struct incident *incident, const struct word *word, bool *known)
{
    const struct {
        struct slice name, value;
    } words[] = {
        {SLICE("relay"), incident->relay},
        {SLICE("source"), incident->source},
        {SLICE("provider"), incident->provider},
        {SLICE("login"), incident->login},
        {SLICE("domain"), incident->domain},
        {SLICE("list"), incident->list},
        {SLICE("url"), incident->url},
        {SLICE("class"), slice_from_str(reply_class_word(incident->class))},
        {SLICE("scope"), slice_from_str(incident_scope_word(incident->scope))},
    };
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (!slice_eq(words[i].name, word->name))
            continue;
        *known = true;
        return slice_eq(words[i].value, word->value);
    }
    return false;
}

static bool match_count(struct check *check, const struct incident *incident,
                        const struct word *word, bool *known)
{
    const struct {
        struct slice name;
        uint64_t value;
    } counts[] = {
        {SLICE("hits"), incident->hits},         {SLICE("attempts"), incident->attempts},
        {SLICE("messages"), incident->messages}, {SLICE("recipients"), incident->recipients},
        {SLICE("logins"), incident->logins},     {SLICE("normal"), (uint64_t)incident->normal},
    };
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        uint64_t low, high;
        if (!slice_eq(counts[i].name, word->name))
            continue;
        *known = true;
        return word_range(word->value, &low, &high, check->err) && counts[i].value >= low &&
               counts[i].value <= high;
    }
    return false;
}

/* To the second. */
static bool match_time(struct check *check, const struct incident *incident,
                       const struct word *word, bool *known)
{
    bool opened = slice_eq(word->name, SLICE("opened"));
    int64_t us = opened ? incident->opened_us : incident->closed_us, low, high;
    if (!opened && !slice_eq(word->name, SLICE("closed")))
        return false;
    *known = true;
    if (slice_eq(word->value, SLICE("none")))
        return us == INCIDENT_OPEN;
    if (!word_time_range(word->value, check->now_us, &low, &high, check->err))
        return false;
    return us != INCIDENT_OPEN && us >= low && us < high + US_PER_SECOND;
}

static bool match_evidence(const struct incident *incident, const struct word *word, bool *known)
{
    if (!slice_eq(word->name, SLICE("evidence")))
        return false;
    *known = true;
    for (size_t i = 0; i < incident->evidence_count; i++)
        if (slice_find(incident->evidence[i], word->value) != NULL)
            return true;
    return false;
}

/* Whether the incident is as all words say; *words is not changed. */
static bool is_so(struct check *check, const struct incident *incident, struct slice words)
{
    struct word word;
    bool so = true;
    while (word_take(&words, &word, check->err)) {
        bool known = false;
        bool match =
            match_text(incident, &word, &known) || match_count(check, incident, &word, &known) ||
            match_time(check, incident, &word, &known) || match_evidence(incident, &word, &known);
        if (check->err->code != ERR_NONE)
            return false;
        if (!known || !word.has_value)
            return err_set(check->err, ERR_INPUT, "an incident has no \"%.*s\"",
                           SLICE_ARG(word.name));
        so = so && match;
    }
    return so;
}

/* Takes the kind when the next word is one. */
static bool take_kind(struct check *check, struct slice *kind)
{
    struct slice look = check->rest, word = word_take_plain(&look);
    *kind = (struct slice){NULL, 0};
    if (word.len == 0 || slice_find_char(word, '=') != NULL)
        return true;
    if (!kind_is_known(word))
        return err_set(check->err, ERR_INPUT, "\"%.*s\" is no kind of incident", SLICE_ARG(word));
    *kind = word;
    check->rest = look;
    return true;
}

bool check_incident(struct check *check, bool wanted)
{
    struct slice kind;
    if (!take_kind(check, &kind))
        return false;
    struct incident nothing = {0};
    size_t found = 0;
    (void)is_so(check, &nothing, check->rest); /* reads the words even when there is no incident */
    for (size_t i = 0; i < check->summary->incident_count; i++) {
        const struct incident *one = &check->summary->incidents[i];
        bool same_kind =
            kind.len == 0 || slice_eq(kind, slice_from_str(incident_kind_word(one->kind)));
        found += same_kind && is_so(check, one, check->rest);
    }
    if (check->err->code != ERR_NONE)
        return false;
    if ((found > 0) == wanted)
        return true;
    check_fail(check,
               wanted ? "expected incident %.*s %.*s, found none that is so"
                      : "expected no incident %.*s %.*s, but there is one",
               SLICE_ARG(kind), SLICE_ARG(check->rest));
    list_incidents(check);
    return true;
}

bool check_incident_count(struct check *check)
{
    uint64_t low, high;
    if (!word_range(check->rest, &low, &high, check->err))
        return false;
    uint64_t count = check->summary->incident_count;
    if (count >= low && count <= high)
        return true;
    check_fail(check, "incidents: expected %.*s, found %llu", SLICE_ARG(check->rest),
               (unsigned long long)count);
    list_incidents(check);
    return true;
}
