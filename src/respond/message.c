/* SPDX-License-Identifier: Apache-2.0
 *
 * From a notice to a message. Every value from outside goes through escape_terminal first, so that
 * no text below holds a control, a line break or an invisible character.
 */
#include "respond/message.h"

#include "base/escape.h"
#include "base/figure.h"
#include "model/incident_words.h"
#include "model/suspect_words.h"
#include "respond/hit_count.h"
#include "respond/message_words.h"

#define ARROW "→"
#define SAMPLE_MAX 600 /* bytes of a reply before escaping */

struct writer {
    struct notice_message *message;
    const struct notice *notice;
    const struct message_settings *settings;
    enum language language;
};

static struct slice keep(struct writer *writer, const struct buf *buf)
{
    return slice_of(arena_copy(writer->message->arena, buf_str(buf), buf->len), buf->len);
}

static struct slice word(const struct writer *writer, enum message_word name)
{
    return slice_from_str(message_word(name, writer->language));
}

/* Text from outside, made harmless; of the arena. */
static struct slice clean(struct writer *writer, struct slice text)
{
    CLEANUP_BUF struct buf safe = {0};
    escape_terminal(text, &safe);
    return keep(writer, &safe);
}

static struct slice number(struct writer *writer, uint64_t value)
{
    CLEANUP_BUF struct buf text = {0};
    figure_number(value, &text);
    return keep(writer, &text);
}

static struct slice fill(struct writer *writer, const char *pattern,
                         const struct text_value *values)
{
    CLEANUP_BUF struct buf text = {0};
    text_template(pattern, values, &text);
    return keep(writer, &text);
}

static struct slice fill_count(struct writer *writer, enum message_word name, uint64_t count)
{
    const struct text_value values[] = {{"count", number(writer, count)}, {NULL, SLICE("")}};
    return fill(writer, message_word(name, writer->language), values);
}

static void add_fact(struct writer *writer, enum message_word label, struct slice text)
{
    struct notice_message *message = writer->message;
    if (text.len > 0 && message->fact_count < MESSAGE_FACTS_MAX)
        message->facts[message->fact_count++] = (struct message_fact){word(writer, label), text};
}

static struct slice subject_of(struct writer *writer, const struct incident *incident)
{
    CLEANUP_BUF struct buf text = {0};
    incident_subject(incident, writer->language, ARROW, &text);
    return clean(writer, buf_slice(&text));
}

/* The page's subject: of its incident, or of what its incidents share. */
static struct slice page_subject(struct writer *writer)
{
    const struct notice *notice = writer->notice;
    const struct incident *first = &notice->items[0].incident;
    enum message_word name = MESSAGE_SUBJECT_KIND;
    if (notice->total <= 1 || notice->axis == NOTICE_AXIS_NONE)
        return subject_of(writer, first);
    if (notice->axis != NOTICE_AXIS_KIND)
        name =
            notice->axis == NOTICE_AXIS_SOURCE ? MESSAGE_SUBJECT_SOURCE : MESSAGE_SUBJECT_PROVIDER;
    CLEANUP_BUF struct buf source = {0};
    buf_add(&source, first->relay);
    buf_add_str(&source, first->relay.len ? "/" : "");
    buf_add(&source, first->source);
    const struct text_value values[] = {{"count", number(writer, notice->total)},
                                        {"source", clean(writer, buf_slice(&source))},
                                        {"provider", clean(writer, first->provider)},
                                        {NULL, SLICE("")}};
    return fill(writer, message_word(name, writer->language), values);
}

/* ---- what was decided about its mail ---- */

/* "relay1/out-a → docomo" */
static struct slice route_subject(struct writer *writer)
{
    const struct audit_entry *route = writer->notice->route;
    const struct incident path = {
        .relay = route->relay, .source = route->source, .provider = route->provider};
    return subject_of(writer, &path);
}

/* "default → out-b", or what holds where nothing changes. */
static struct slice route_change(struct writer *writer)
{
    const struct audit_entry *route = writer->notice->route;
    CLEANUP_BUF struct buf text = {0};
    buf_add(&text, route->before);
    if (route->after.len > 0 && !slice_eq(route->before, route->after)) {
        buf_add_str(&text, text.len > 0 ? " " ARROW " " : "");
        buf_add(&text, route->after);
    }
    return clean(writer, buf_slice(&text));
}

static struct slice route_line(struct writer *writer)
{
    const struct audit_entry *route = writer->notice->route;
    CLEANUP_BUF struct buf text = {0};
    buf_addf(&text, "%s: ", message_action(route->action, writer->language));
    buf_add(&text, route_change(writer));
    buf_add_str(&text, "; ");
    buf_add(&text, clean(writer, route->reason));
    return keep(writer, &text);
}

static struct slice route_command(struct writer *writer, const char *verb)
{
    CLEANUP_BUF struct buf text = {0};
    buf_addf(&text, "todoku route %s ", verb);
    buf_add(&text, clean(writer, writer->notice->route->override_id));
    return keep(writer, &text);
}

static void add_route(struct writer *writer)
{
    const struct notice *notice = writer->notice;
    const struct audit_entry *route = notice->route;
    struct notice_message *message = writer->message;
    message->status = slice_from_str(message_action(route->action, writer->language));
    message->route = route_line(writer);
    add_fact(writer, MESSAGE_STATUS, message->status);
    add_fact(writer, MESSAGE_WHERE, route_subject(writer));
    add_fact(writer, MESSAGE_ROUTE, route_change(writer));
    add_fact(writer, MESSAGE_WHY, clean(writer, route->reason));
    if (!slice_eq(route->actor, OVERRIDE_ACTOR))
        add_fact(writer, MESSAGE_BY, clean(writer, route->actor));
    if (notice_may_approve(notice)) {
        message->approve_title = word(writer, MESSAGE_APPROVE);
        message->approve = route_command(writer, "approve");
    }
    if (notice_may_deny(notice)) {
        message->deny_title = word(writer, MESSAGE_DENY);
        message->deny = route_command(writer, "deny");
    }
}

/* ---- title, counts, facts ---- */

static struct slice status_of(struct writer *writer)
{
    const struct text_value values[] = {{"count", number(writer, writer->notice->escalation)},
                                        {NULL, SLICE("")}};
    return fill(writer, message_transition(writer->notice->transition, writer->language), values);
}

/* A message after the first one says in its title why it comes: a list of titles is all that many
 * see. */
static enum message_word title_word(const struct notice *notice)
{
    if (notice->transition == NOTICE_DIGEST)
        return MESSAGE_TITLE_DIGEST;
    if (notice->route != NULL)
        return MESSAGE_TITLE;
    if (notice->state == INCIDENT_STATE_CLOSED)
        return MESSAGE_TITLE_CLOSED;
    return notice->transition == NOTICE_OPENED ? MESSAGE_TITLE : MESSAGE_TITLE_AGAIN;
}

static struct slice title_of(struct writer *writer)
{
    const struct notice *notice = writer->notice;
    enum language language = writer->language;
    const char *title = notice->route != NULL
                            ? message_action(notice->route->action, language)
                            : incident_title(notice->items[0].incident.kind, language);
    const struct text_value values[] = {
        {"status", status_of(writer)},
        {"severity", slice_from_str(incident_severity_title(notice->severity, language))},
        {"title", slice_from_str(title)},
        {"subject", notice->route != NULL ? route_subject(writer) : page_subject(writer)},
        {"count", number(writer, notice->total)},
        {NULL, SLICE("")}};
    return fill(writer, message_word(title_word(notice), language), values);
}

/* Hits of attempts over the listed incidents that are of the first one's kind. */
static struct slice counts_of(struct writer *writer)
{
    const struct notice *notice = writer->notice;
    enum incident_kind kind = notice->items[0].incident.kind;
    struct hit_count count = {0};
    for (size_t i = 0; i < notice->count; i++)
        if (notice->items[i].incident.kind == kind)
            hit_count_add(&count, &notice->items[i].incident);
    struct hit_total total = hit_count_total(&count);
    const char *pattern = incident_count_pattern(kind, writer->language);
    if (total.attempts == 0 || *pattern == '\0')
        return (struct slice){NULL, 0};
    CLEANUP_BUF struct buf ratio = {0};
    figure_percent(total.hits, total.attempts, &ratio);
    const struct text_value values[] = {{"hits", number(writer, total.hits)},
                                        {"attempts", number(writer, total.attempts)},
                                        {"ratio", keep(writer, &ratio)},
                                        {NULL, SLICE("")}};
    return fill(writer, pattern, values);
}

/* Who has felt it. Of several incidents only recipients are added up, and only where each is about
 * another provider: elsewhere the same ones would be counted twice. */
static struct slice affected_of(struct writer *writer)
{
    const struct notice *notice = writer->notice;
    const struct incident *first = &notice->items[0].incident;
    struct {
        uint64_t count;
        enum message_word one, many;
    } parts[] = {
        {first->recipients, MESSAGE_ONE_RECIPIENT, MESSAGE_RECIPIENTS},
        {notice->total > 1 ? 0 : first->messages, MESSAGE_ONE_MESSAGE, MESSAGE_MESSAGES},
        {notice->total > 1 ? 0 : first->logins, MESSAGE_ONE_LOGIN, MESSAGE_LOGINS},
    };
    CLEANUP_BUF struct buf text = {0};
    for (size_t i = 1; i < notice->count; i++)
        parts[0].count += notice->items[i].incident.recipients;
    if (notice->total > 1 && notice->axis != NOTICE_AXIS_SOURCE)
        parts[0].count = 0;
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        if (parts[i].count == 0)
            continue;
        if (text.len > 0)
            buf_add(&text, word(writer, MESSAGE_SEPARATOR));
        buf_add(&text, fill_count(writer, parts[i].count == 1 ? parts[i].one : parts[i].many,
                                  parts[i].count));
    }
    return keep(writer, &text);
}

static struct slice time_of(struct writer *writer, int64_t us)
{
    CLEANUP_BUF struct buf text = {0};
    local_time_format(&writer->settings->zone, us, &text);
    return keep(writer, &text);
}

static struct slice person_of(struct writer *writer)
{
    const struct notice *notice = writer->notice;
    bool noted = notice->note.len > 0;
    if (notice->by.len == 0 && !noted)
        return (struct slice){NULL, 0};
    const struct text_value values[] = {{"by", clean(writer, notice->by)},
                                        {"note", clean(writer, notice->note)},
                                        {NULL, SLICE("")}};
    return fill(writer, noted ? message_word(MESSAGE_BY_NOTE, writer->language) : "{by}", values);
}

/* How wide what the title names reaches: the titled incident, or the widest of those of its kind
 * where the title is what these share. */
static enum incident_scope scope_of(const struct notice *notice)
{
    const struct incident *first = &notice->items[0].incident;
    enum incident_scope scope = first->scope;
    for (size_t i = 1; i < notice->count && notice->axis != NOTICE_AXIS_NONE; i++) {
        const struct incident *incident = &notice->items[i].incident;
        if (incident->kind == first->kind &&
            incident_scope_rank(incident->scope) > incident_scope_rank(scope))
            scope = incident->scope;
    }
    return scope;
}

/* The whole page: from when, until when (0: not known). */
struct extent {
    int64_t begin_us, end_us;
};

static struct extent extent_of(const struct notice *notice)
{
    struct extent extent = {notice->items[0].incident.opened_us, 0};
    for (size_t i = 0; i < notice->count; i++) {
        const struct incident *incident = &notice->items[i].incident;
        if (incident->opened_us < extent.begin_us)
            extent.begin_us = incident->opened_us;
        if (!incident_is_open(incident) && incident->closed_us > extent.end_us)
            extent.end_us = incident->closed_us;
    }
    return extent;
}

/* "Deliverability: the whole fleet, and 2 more": what people have not been told of before. */
static struct slice news_of(struct writer *writer)
{
    const struct notice *notice = writer->notice;
    const struct notice_item *first = NULL;
    CLEANUP_BUF struct buf text = {0};
    uint64_t more = 0;
    for (size_t i = 0; i < notice->count; i++) {
        more += notice->items[i].fresh && first;
        first = first || !notice->items[i].fresh ? first : &notice->items[i];
    }
    if (!first)
        return (struct slice){NULL, 0};
    const char *title = incident_title(first->incident.kind, writer->language);
    const struct text_value values[] = {{"title", slice_from_str(title)},
                                        {"subject", subject_of(writer, &first->incident)},
                                        {NULL, SLICE("")}};
    buf_add(&text, fill(writer, message_word(MESSAGE_NEW_ITEM, writer->language), values));
    if (more > 0) {
        buf_add(&text, word(writer, MESSAGE_SEPARATOR));
        buf_add(&text, fill_count(writer, MESSAGE_LIST_MORE, more));
    }
    return keep(writer, &text);
}

static void add_facts(struct writer *writer)
{
    const struct notice *notice = writer->notice;
    const struct incident *incident = &notice->items[0].incident;
    enum language language = writer->language;
    struct extent extent = extent_of(notice);
    add_fact(writer, MESSAGE_STATUS, writer->message->status);
    add_fact(writer, MESSAGE_NEW, news_of(writer));
    add_fact(writer, MESSAGE_WHERE, page_subject(writer));
    add_fact(writer, MESSAGE_SCOPE,
             slice_from_str(incident_scope_title(scope_of(notice), language)));
    add_fact(writer, MESSAGE_SINCE, time_of(writer, extent.begin_us));
    if (notice->state == INCIDENT_STATE_CLOSED && extent.end_us > 0)
        add_fact(writer, MESSAGE_ENDED, time_of(writer, extent.end_us));
    add_fact(writer, MESSAGE_HOW_MUCH, writer->message->summary);
    add_fact(writer, MESSAGE_AFFECTED, affected_of(writer));
    if (incident->normal >= 1 && incident->normal < 1e15)
        add_fact(writer, MESSAGE_NORMAL,
                 fill_count(writer, MESSAGE_NORMAL_HOUR, (uint64_t)incident->normal));
    if (incident->class != REPLY_CLASS_UNKNOWN)
        add_fact(writer, MESSAGE_CLASS, slice_from_str(message_class(incident->class, language)));
    add_fact(writer, MESSAGE_LISTED_BY, clean(writer, incident->list));
    if (notice->flaps > 0)
        add_fact(writer, MESSAGE_CAME_BACK, fill_count(writer, MESSAGE_TIMES, notice->flaps));
    add_fact(writer, MESSAGE_BY, person_of(writer));
}

static void add_list(struct writer *writer)
{
    const struct notice *notice = writer->notice;
    struct notice_message *message = writer->message;
    enum language language = writer->language;
    message->list_title = word(writer, MESSAGE_LIST);
    for (size_t i = 0; i < notice->count && i < MESSAGE_LIST_MAX; i++) {
        const struct notice_item *item = &notice->items[i];
        const struct text_value values[] = {
            {"id", item->id},
            {"state", slice_from_str(message_state(item->state, language))},
            {"title", slice_from_str(incident_title(item->incident.kind, language))},
            {"subject", subject_of(writer, &item->incident)},
            {NULL, SLICE("")}};
        message->list[message->list_count++] =
            fill(writer, message_word(MESSAGE_LIST_ITEM, language), values);
    }
    if (notice->total > message->list_count)
        message->list_more =
            fill_count(writer, MESSAGE_LIST_MORE, notice->total - message->list_count);
}

/* Several surges of a page may name the same login: its first reason stands. */
static bool is_named(const struct notice_item *items, size_t item, size_t suspect)
{
    struct slice login = items[item].incident.suspects[suspect].login;
    for (size_t i = 0; i <= item; i++)
        for (size_t k = 0; k < (i < item ? INCIDENT_SUSPECTS_MAX : suspect); k++)
            if (slice_eq(login, items[i].incident.suspects[k].login))
                return true;
    return false;
}

static void add_suspect(struct writer *writer, const struct incident_suspect *suspect)
{
    struct notice_message *message = writer->message;
    CLEANUP_BUF struct buf reason = {0};
    suspect_reason(suspect, writer->language, &reason);
    const struct text_value values[] = {{"login", clean(writer, suspect->login)},
                                        {"reason", buf_slice(&reason)},
                                        {NULL, SLICE("")}};
    message->suspects[message->suspect_count++] =
        fill(writer, message_word(MESSAGE_SUSPECT, writer->language), values);
}

/* Who may be behind it, for those who can still stop them. */
static void add_suspects(struct writer *writer)
{
    const struct notice *notice = writer->notice;
    struct notice_message *message = writer->message;
    if (notice->state == INCIDENT_STATE_CLOSED)
        return;
    message->suspects_title = word(writer, MESSAGE_SUSPECTS);
    for (size_t i = 0; i < notice->count; i++) {
        const struct incident *incident = &notice->items[i].incident;
        for (size_t k = 0; k < INCIDENT_SUSPECTS_MAX && incident->suspects[k].login.len > 0; k++)
            if (message->suspect_count < INCIDENT_SUSPECTS_MAX && incident_is_open(incident) &&
                !is_named(notice->items, i, k))
                add_suspect(writer, &incident->suspects[k]);
    }
}

static void add_sample(struct writer *writer)
{
    const struct incident *incident = &writer->notice->items[0].incident;
    if (incident->evidence_count == 0)
        return;
    struct slice line = incident->evidence[incident->evidence_count - 1];
    struct slice reply = incident_reply(line);
    writer->message->sample_title =
        word(writer, reply.len ? MESSAGE_SAMPLE_REPLY : MESSAGE_SAMPLE_LINE);
    writer->message->sample = clean(writer, slice_first(reply.len ? reply : line, SAMPLE_MAX));
}

/* The link of the reply, else the provider's page for delisting; only where it helps. */
static struct slice link_of(struct writer *writer)
{
    const struct incident *incident = &writer->notice->items[0].incident;
    bool refused = incident->kind == INCIDENT_BLOCK || incident->kind == INCIDENT_SILENT_BLOCK;
    if (incident->url.len > 0)
        return clean(writer, incident->url);
    const struct provider *provider =
        refused && writer->settings->providers
            ? provider_named(writer->settings->providers, incident->provider)
            : NULL;
    if (!provider)
        return (struct slice){NULL, 0};
    return clean(writer, provider->delist.len ? provider->delist : provider->postmaster);
}

static void add_help(struct writer *writer)
{
    struct notice_message *message = writer->message;
    const struct notice *notice = writer->notice;
    const struct incident *incident = &notice->items[0].incident;
    CLEANUP_BUF struct buf text = {0};
    if (writer->settings->runbooks.len > 0) {
        buf_add(&text, writer->settings->runbooks);
        buf_addf(&text, "/%s", incident_kind_word(incident->kind));
        if (writer->language != LANGUAGE_EN) /* the page's name in web/runbook.h */
            buf_addf(&text, ".%s", language_word(writer->language));
        message->runbook_title = word(writer, MESSAGE_RUNBOOK);
        message->runbook = keep(writer, &text);
    }
    if (notice->state == INCIDENT_STATE_CLOSED)
        return;
    message->advice_title = word(writer, MESSAGE_ADVICE);
    message->advice = slice_from_str(incident_advice(incident, writer->language));
    message->link = link_of(writer);
    if (message->link.len > 0)
        message->link_title = /* a reply is a stranger's word: not to be taken for our table's */
            word(writer, incident->url.len > 0 ? MESSAGE_REPLY_LINK : MESSAGE_LINK);
    if (notice->state == INCIDENT_STATE_OPEN) {
        buf_clear(&text);
        buf_add_str(&text, "todoku incident ack ");
        buf_add(&text, notice->page);
        message->hint_title = word(writer, MESSAGE_HINT);
        message->hint = keep(writer, &text);
    }
}

static void add_trouble(struct writer *writer)
{
    add_facts(writer);
    if (writer->notice->total > 1)
        add_list(writer);
    add_suspects(writer);
    add_sample(writer);
}

struct notice_message *message_new(const struct notice *notice,
                                   const struct message_settings *settings)
{
    struct arena *arena = arena_new(8192);
    struct notice_message *message = arena_alloc(arena, sizeof(*message));
    struct writer writer = {message, notice, settings, settings->language};
    message->arena = arena;
    message->language = settings->language;
    message->title = title_of(&writer);
    message->status = status_of(&writer);
    if (notice->transition == NOTICE_DIGEST) {
        add_list(&writer);
        return message;
    }
    message->summary = counts_of(&writer);
    if (notice->route != NULL)
        add_route(&writer);
    else
        add_trouble(&writer);
    add_help(&writer);
    return message;
}

void message_free(struct notice_message *message)
{
    if (message)
        arena_free(message->arena); /* the message lives there too */
}

static void add_line(struct slice label, struct slice text, struct buf *to)
{
    if (text.len == 0)
        return;
    buf_add(to, label);
    buf_add_str(to, ": ");
    buf_add(to, text);
    buf_add_char(to, '\n');
}

/* A heading, then a line each; of none nothing. */
static void add_lines(struct slice title, const struct slice *lines, size_t count, struct buf *to)
{
    if (count > 0) {
        buf_add_str(to, "\n");
        buf_add(to, title);
        buf_add_str(to, ":\n");
    }
    for (size_t i = 0; i < count; i++) {
        buf_add_str(to, "  ");
        buf_add(to, lines[i]);
        buf_add_char(to, '\n');
    }
}

void message_text(const struct notice_message *message, struct buf *to)
{
    buf_add(to, message->title);
    buf_add_str(to, "\n\n");
    for (size_t i = 0; i < message->fact_count; i++)
        add_line(message->facts[i].label, message->facts[i].text, to);
    add_lines(message->list_title, message->list, message->list_count, to);
    if (message->list_more.len > 0) {
        buf_add_str(to, "  ");
        buf_add(to, message->list_more);
        buf_add_char(to, '\n');
    }
    add_lines(message->suspects_title, message->suspects, message->suspect_count, to);
    buf_add_str(to, message->sample.len || message->advice.len ? "\n" : "");
    add_line(message->sample_title, message->sample, to);
    add_line(message->advice_title, message->advice, to);
    add_line(message->link_title, message->link, to);
    add_line(message->runbook_title, message->runbook, to);
    add_line(message->hint_title, message->hint, to);
    add_line(message->approve_title, message->approve, to);
    add_line(message->deny_title, message->deny, to);
}
