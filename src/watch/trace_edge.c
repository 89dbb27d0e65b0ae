/* SPDX-License-Identifier: Apache-2.0
 *
 * Edges between ids. See trace_edge.h. An id in a reply is the other server's word: it is only a
 * hint here, story_link.c asks for more before it believes one.
 */
#include "watch/trace_edge.h"

#include "mail/queue_id.h"

#define SESSION_MIN 8
#define SESSION_MAX 128

/* The word in front of ` Saved` at the end of the reason. */
static struct slice session_of(struct slice reason)
{
    if (!slice_ends_with(reason, SLICE(" Saved")))
        return (struct slice){NULL, 0};
    struct slice before = slice_first(reason, reason.len - strlen(" Saved"));
    const char *blank = slice_find_last_char(before, ' ');
    if (blank == NULL)
        return (struct slice){NULL, 0};
    struct slice word = slice_between(blank + 1, slice_end(before));
    bool plausible = word.len >= SESSION_MIN && word.len <= SESSION_MAX && word.ptr[0] != '<';
    return plausible ? word : (struct slice){NULL, 0};
}

size_t trace_edges(const struct log_record *record, struct trace_edge to[TRACE_EDGES_MAX])
{
    static const struct {
        enum log_field field;
        enum trace_edge_kind kind;
    } named[] = {{LOG_FIELD_NEXT_ID, TRACE_EDGE_NEXT},
                 {LOG_FIELD_BOUNCE_ID, TRACE_EDGE_NOTICE},
                 {LOG_FIELD_ORIG_QUEUE_ID, TRACE_EDGE_ORIGIN}};
    size_t count = 0;
    for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++) {
        struct slice id = log_record_get(record, named[i].field);
        if (id.len > 0 && queue_id_is_valid(id))
            to[count++] = (struct trace_edge){named[i].kind, id};
    }
    if (record->kind == LOG_KIND_DELIVERY && count == 0) {
        struct slice session = session_of(log_record_get(record, LOG_FIELD_REASON));
        if (session.len > 0)
            to[count++] = (struct trace_edge){TRACE_EDGE_MAILBOX, session};
    }
    return count;
}

bool trace_is_mailbox(const struct log_record *record)
{
    return record->line.tag->program == LOG_PROGRAM_DOVECOT &&
           (record->kind == LOG_KIND_SAVED || record->kind == LOG_KIND_SAVE_FAILED ||
            record->kind == LOG_KIND_ACTION) &&
           log_record_get(record, LOG_FIELD_TO).len > 0;
}

struct slice trace_id_of(const struct log_record *record)
{
    if (record->line.queue_id.len > 0)
        return record->line.queue_id;
    return trace_is_mailbox(record) ? log_record_get(record, LOG_FIELD_SESSION)
                                    : (struct slice){NULL, 0};
}

static bool is_digits(struct slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if (!ascii_is_digit(text.ptr[i]))
            return false;
    return text.len > 0;
}

bool trace_is_private(struct slice ip)
{
    static const struct slice heads[] = {{"10.", 3}, {"127.", 4}, {"192.168.", 8},
                                         {"/", 1},   {"fe8", 3},  {"fe9", 3},
                                         {"fea", 3}, {"feb", 3},  {"private/", 8}};
    for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
        if (slice_istarts_with(ip, heads[i]))
            return true;
    bool v6 = slice_find_char(ip, ':') != NULL;
    if (v6)
        return slice_eq(ip, SLICE("::1")) || slice_istarts_with(ip, SLICE("fc")) ||
               slice_istarts_with(ip, SLICE("fd"));
    struct slice rest = ip, first = slice_cut(&rest, '.'), second = slice_cut(&rest, '.');
    uint64_t number;
    return slice_eq(first, SLICE("172")) && is_digits(second) &&
           slice_to_u64(second, 31, &number) && number >= 16;
}
