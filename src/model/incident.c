/* SPDX-License-Identifier: Apache-2.0
 *
 * Words of machines for incidents, and how grave a kind usually is: critical is for what stops mail
 * or reputation now, warning for what will, info for what is good to know.
 */
#include "model/incident.h"

static const char *const kind_words[] = {
#define X(name, word) [INCIDENT_##name] = word,
    INCIDENT_KINDS(X)
#undef X
};

static const struct {
    const char *word;
    int rank;
} scopes[] = {
#define X(name, word, ja, rank) [INCIDENT_SCOPE_##name] = {word, rank},
    INCIDENT_SCOPES(X)
#undef X
};

static const char *const severity_words[] = {
#define X(name, word) [INCIDENT_##name] = word,
    INCIDENT_SEVERITIES(X)
#undef X
};

static const enum incident_severity usual[] = {
    [INCIDENT_BLOCK] = INCIDENT_CRITICAL,
    [INCIDENT_SILENT_BLOCK] = INCIDENT_CRITICAL,
    [INCIDENT_OUTAGE] = INCIDENT_WARNING,
    [INCIDENT_UNREACHABLE] = INCIDENT_WARNING,
    [INCIDENT_SLOW_DOWN] = INCIDENT_WARNING,
    [INCIDENT_CONFIGURATION] = INCIDENT_CRITICAL,
    [INCIDENT_SURGE] = INCIDENT_CRITICAL,
    [INCIDENT_CONTENT] = INCIDENT_WARNING,
    [INCIDENT_AUTHENTICATION] = INCIDENT_CRITICAL,
    [INCIDENT_DNS] = INCIDENT_CRITICAL,
    [INCIDENT_GROWTH] = INCIDENT_INFO,
    [INCIDENT_REACHABILITY] = INCIDENT_CRITICAL,
    [INCIDENT_LATENCY] = INCIDENT_WARNING,
    [INCIDENT_QUEUE_AGE] = INCIDENT_WARNING,
    [INCIDENT_BACKLOG] = INCIDENT_WARNING,
    [INCIDENT_BRUTE_FORCE] = INCIDENT_WARNING,
    [INCIDENT_LOG_SILENT] = INCIDENT_CRITICAL,
    [INCIDENT_LOG_UNREAD] = INCIDENT_WARNING,
    [INCIDENT_HISTORY] = INCIDENT_WARNING,
    [INCIDENT_NOTIFIER] = INCIDENT_WARNING,
    [INCIDENT_ROUTING] = INCIDENT_WARNING,
    [INCIDENT_ACCOUNT_HIJACKED] = INCIDENT_CRITICAL,
    [INCIDENT_AUTH_BACKEND_DOWN] = INCIDENT_CRITICAL,
    [INCIDENT_MAILBOX_SERVER_QUOTA_DOWN] = INCIDENT_WARNING,
};

const char *incident_kind_word(enum incident_kind kind)
{
    return kind_words[kind];
}

bool incident_hits_are_failures(enum incident_kind kind)
{
    switch (kind) {
    case INCIDENT_BLOCK:
    case INCIDENT_SILENT_BLOCK:
    case INCIDENT_OUTAGE:
    case INCIDENT_UNREACHABLE:
    case INCIDENT_SLOW_DOWN:
    case INCIDENT_CONFIGURATION:
    case INCIDENT_CONTENT:
    case INCIDENT_AUTHENTICATION:
    case INCIDENT_DNS:
        return true;
    case INCIDENT_SURGE:
    case INCIDENT_GROWTH:
    case INCIDENT_REACHABILITY:
    case INCIDENT_LATENCY:
    case INCIDENT_QUEUE_AGE:
    case INCIDENT_BACKLOG:
    case INCIDENT_BRUTE_FORCE:
    case INCIDENT_LOG_SILENT:
    case INCIDENT_LOG_UNREAD:
    case INCIDENT_HISTORY:
    case INCIDENT_NOTIFIER:
    case INCIDENT_ROUTING:
    case INCIDENT_ACCOUNT_HIJACKED:
    case INCIDENT_AUTH_BACKEND_DOWN:
    case INCIDENT_MAILBOX_SERVER_QUOTA_DOWN:
        break;
    }
    return false;
}

bool incident_is_consequence(enum incident_kind kind)
{
    return kind == INCIDENT_REACHABILITY || kind == INCIDENT_LATENCY ||
           kind == INCIDENT_QUEUE_AGE || kind == INCIDENT_BACKLOG;
}

bool incident_kind_from_word(struct slice word, enum incident_kind *out)
{
    for (size_t i = 0; i < INCIDENT_KIND_COUNT; i++) {
        if (slice_eq(word, slice_from_str(kind_words[i]))) {
            *out = (enum incident_kind)i;
            return true;
        }
    }
    return false;
}

const char *incident_scope_word(enum incident_scope scope)
{
    return scopes[scope].word;
}

bool incident_scope_from_word(struct slice word, enum incident_scope *out)
{
    for (size_t i = 0; i < INCIDENT_SCOPE_COUNT; i++) {
        if (slice_eq(word, slice_from_str(scopes[i].word))) {
            *out = (enum incident_scope)i;
            return true;
        }
    }
    return false;
}

int incident_scope_rank(enum incident_scope scope)
{
    return scopes[scope].rank;
}

const char *incident_severity_word(enum incident_severity severity)
{
    return severity_words[severity];
}

bool incident_severity_from_word(struct slice word, enum incident_severity *out)
{
    for (size_t i = 0; i < INCIDENT_SEVERITY_COUNT; i++) {
        if (slice_eq(word, slice_from_str(severity_words[i]))) {
            *out = (enum incident_severity)i;
            return true;
        }
    }
    return false;
}

enum incident_severity incident_severity(const struct incident *incident)
{
    return incident->severity == INCIDENT_USUAL ? usual[incident->kind] : incident->severity;
}

struct slice incident_reply(struct slice line)
{
    const struct slice none = {NULL, 0};
    const char *status = slice_find(line, SLICE(" status="));
    if (!status)
        return none;
    struct slice tail = slice_between(status, slice_end(line));
    const char *open = slice_find(tail, SLICE(" ("));
    if (!open)
        return none;
    tail = slice_trim(slice_between(open + 2, slice_end(line)));
    return slice_ends_with(tail, SLICE(")")) ? slice_first(tail, tail.len - 1) : tail;
}
