/* SPDX-License-Identifier: Apache-2.0
 *
 * What delivery agents write: the delivery record, one form for all of them (Postfix
 * src/global/log_adhoc.c), and the lines around it that are no results.
 *
 *     to=<R>[, orig_to=<O>], relay=X[, conn_use=N], delay=D, delays=a/b/c/d[, tls=T], dsn=S,
 *     status=W (REASON)
 *
 * R, O and REASON are chosen by strangers. Addresses are logged in external form (Postfix 3.5+,
 * info_log_address_format), where `>` and `, ` stand only inside quotes, so quotes are followed;
 * the fields between are Postfix' own and read in order; the reason is all that is left.
 */
#include "base/word.h"
#include "mail/log_grammar.h"
#include "mail/queue_id.h"

/* End of an address in external form: the first '>' outside quotes, or NULL. */
static const char *address_end(struct slice text)
{
    const char *close = slice_find_near(text, '>');
    if (close == NULL || slice_find_near(slice_between(text.ptr, close), '"') == NULL)
        return close;
    bool quoted = false;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == '\\' && quoted)
            i++;
        else if (c == '"')
            quoted = !quoted;
        else if (c == '>' && !quoted)
            return text.ptr + i;
    }
    return NULL;
}

/* End of an address in internal form (no quoting, older Postfix): the first '>' that `after`
 * follows with no other field's beginning before it; or NULL. One that begins with a quote is in
 * external form and was cut inside its quotes: what looks like an end there is forged. */
static const char *address_end_unquoted(struct slice text, struct slice after)
{
    if (slice_starts_with(text, SLICE("\"")))
        return NULL;
    for (struct slice rest = text; rest.len > 0;) {
        const char *close = slice_find_char(rest, '>');
        if (close == NULL)
            return NULL;
        rest = slice_between(close + 1, slice_end(text));
        if (slice_starts_with(rest, after))
            return close;
        if (slice_starts_with(rest, SLICE(", orig_to=<")))
            return NULL;
    }
    return NULL;
}

/* slice_starts_with without a call, for what stands there nearly always. */
static bool begins(struct slice text, struct slice prefix)
{
    return text.len >= prefix.len && word_same(text.ptr, prefix.ptr, prefix.len);
}

/* Takes `<address>` off the front of *text: quoted local parts and nested brackets stay whole,
 * because the end is searched as `>` followed by `after` (a literal such as ", " or " to=<"). False
 * when it is not of this form. */
static bool take_address(struct slice *text, struct slice after, struct slice *address)
{
    if (text->len < 2 || text->ptr[0] != '<')
        return false;
    struct slice inner = slice_skip(*text, 1);
    const char *close = address_end(inner);
    if (close == NULL || !begins(slice_between(close + 1, slice_end(inner)), after))
        close = address_end_unquoted(inner, after);
    if (close == NULL)
        return false;
    *address = slice_between(inner.ptr, close);
    *text = slice_between(close + 1, slice_end(inner));
    return true;
}

void log_peer_parse(struct log_record *record, struct slice peer, enum log_field host,
                    enum log_field ip, enum log_field port)
{
    const char *open = slice_find_near(peer, '[');
    if (open == NULL) {
        if (peer.len > 0)
            log_record_set(record, host, peer);
        return;
    }
    if (open > peer.ptr)
        log_record_set(record, host, slice_between(peer.ptr, open));
    struct slice rest = slice_between(open + 1, slice_end(peer));
    const char *close = slice_find_near(rest, ']');
    if (close == NULL)
        return;
    log_record_set(record, ip, slice_between(rest.ptr, close));
    rest = slice_between(close + 1, slice_end(rest));
    if (rest.len > 1 && rest.ptr[0] == ':')
        log_record_set(record, port, slice_skip(rest, 1));
}

/* First ", ". */
static const char *comma_blank(struct slice text)
{
    for (struct slice rest = text;;) {
        const char *comma = slice_find_near(rest, ',');
        if (comma == NULL || comma + 1 == slice_end(text))
            return NULL;
        if (comma[1] == ' ')
            return comma;
        rest = slice_between(comma + 1, slice_end(text));
    }
}

/* `(REASON)` up to the last bracket of the line; without one the line was cut. */
static void parse_reason(struct log_record *record, struct slice rest)
{
    if (!slice_take_prefix(&rest, SLICE(" ("))) {
        record->cut = true;
        return;
    }
    if (rest.len > 0 && rest.ptr[rest.len - 1] == ')')
        rest.len--;
    else
        record->cut = true;
    log_record_set(record, LOG_FIELD_REASON, rest);
}

/* Where a delivered message went on: `queued as ID`, local's `forwarded as ID`. */
static void parse_next_id(struct log_record *record)
{
    struct slice reason = log_record_get(record, LOG_FIELD_REASON);
    struct slice id;
    if (slice_take_prefix(&reason, SLICE("forwarded as ")))
        id = reason;
    else
        id = queue_id_after_queued_as(reason);
    if (id.len > 0)
        log_record_set(record, LOG_FIELD_NEXT_ID, id);
}

static void parse_status(struct log_record *record, struct slice rest)
{
    size_t len = 0;
    while (len < rest.len && rest.ptr[len] != ' ')
        len++;
    log_record_set(record, LOG_FIELD_STATUS, slice_first(rest, len));
    parse_reason(record, slice_skip(rest, len));
    if (slice_eq(record->field[LOG_FIELD_STATUS], SLICE("sent")))
        parse_next_id(record);
}

/* The pairs behind relay=, in the order in which Postfix writes them. */
static const struct {
    struct slice key;
    enum log_field field;
} pairs[] = {
    {{"conn_use=", 9}, LOG_FIELD_CONN_USE}, {{"delay=", 6}, LOG_FIELD_DELAY},
    {{"delays=", 7}, LOG_FIELD_DELAYS},     {{"tls=", 4}, LOG_FIELD_TLS},
    {{"dsn=", 4}, LOG_FIELD_DSN},
};
enum { PAIRS = sizeof(pairs) / sizeof(pairs[0]) };

/* The pair whose key begins `text`, looked for from `next` on and then from the start; PAIRS: a key
 * that we do not know. */
static size_t pair_of(struct slice text, size_t next)
{
    for (size_t i = 0; i < PAIRS; i++, next++) {
        next = next < PAIRS ? next : 0;
        struct slice key = pairs[next].key;
        if (begins(text, key))
            return next;
    }
    return PAIRS;
}

/* `key=value, ` pairs up to status=; a key that we do not know (a later Postfix) is passed over. */
static void parse_pairs(struct log_record *record, struct slice rest)
{
    size_t next = 0;
    while (!slice_take_prefix(&rest, SLICE("status="))) {
        const char *comma = comma_blank(rest);
        if (comma == NULL) {
            record->cut = true; /* half a value is none */
            return;
        }
        size_t found = pair_of(rest, next);
        if (found < PAIRS) {
            const char *value = rest.ptr + pairs[found].key.len;
            log_record_set(record, pairs[found].field, slice_between(value, comma));
            next = found + 1;
        }
        rest = slice_between(comma + 2, slice_end(rest));
    }
    parse_status(record, rest);
}

/* From `relay=` on. */
static void parse_relay(struct log_record *record, struct slice rest)
{
    const char *comma = comma_blank(rest);
    if (comma == NULL) {
        record->cut = true;
        return;
    }
    struct slice relay = slice_between(rest.ptr, comma);
    log_record_set(record, LOG_FIELD_RELAY, relay);
    log_peer_parse(record, relay, LOG_FIELD_RELAY_HOST, LOG_FIELD_RELAY_IP, LOG_FIELD_RELAY_PORT);
    parse_pairs(record, slice_between(comma + 2, slice_end(rest)));
}

/* Behind `to=`: takes `<R>, ` and, where it stands there, `orig_to=<O>, `. */
static bool take_recipients(struct log_record *record, struct slice *rest)
{
    struct slice to, orig_to;
    if (take_address(rest, SLICE(", relay="), &to)) {
        log_record_set(record, LOG_FIELD_TO, to);
        *rest = slice_skip(*rest, 2);
        return true;
    }
    if (!take_address(rest, SLICE(", orig_to=<"), &to))
        return false;
    log_record_set(record, LOG_FIELD_TO, to);
    *rest = slice_skip(*rest, strlen(", orig_to="));
    if (!take_address(rest, SLICE(", relay="), &orig_to))
        return false;
    log_record_set(record, LOG_FIELD_ORIG_TO, orig_to);
    *rest = slice_skip(*rest, 2);
    return true;
}

static void parse_delivery(struct log_record *record, struct slice rest)
{
    record->kind = LOG_KIND_DELIVERY;
    if (take_recipients(record, &rest) && slice_take_prefix(&rest, SLICE("relay=")))
        parse_relay(record, rest);
    else
        record->cut = true;
}

/* One server failed and another one is tried, or nothing is known yet: no results. */
static void parse_attempt(struct log_record *record)
{
    static const struct slice forms[] = {
        {"host ", 5},
        {"connect to ", 11},
        {"lost connection with ", 21},
        {"conversation with ", 18},
        {"Host or domain name not found", 29},
        {"Cannot start TLS: ", 18},
        {"TLS is required, but ", 21},
        {"SASL authentication failed", 26},
    };
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        if (slice_starts_with(record->line.text, forms[i])) {
            record->kind = LOG_KIND_ATTEMPT;
            log_record_set(record, LOG_FIELD_REASON, record->line.text);
            return;
        }
    }
}

/* Remarks about a delivery that goes on. */
static void parse_remark(struct log_record *record)
{
    static const struct slice parts[] = {
        {": replacing server reply ", 25},
        {"enabling PIX workarounds", 24},
        {"breaking line > ", 16},
        {"replace: header ", 16},
        {"prepend: header ", 16},
        {"discard: header ", 16},
        {"strip: header ", 14},
        {"passing <CR>", 12},
    };
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        if (slice_find(record->line.text, parts[i]) != NULL) {
            record->kind = LOG_KIND_SERVICE;
            log_record_set(record, LOG_FIELD_DETAIL, record->line.text);
            return;
        }
    }
}

void log_delivery_parse(struct log_record *record)
{
    struct slice rest = record->line.text;
    if (slice_take_prefix(&rest, SLICE("to="))) {
        parse_delivery(record, rest);
        return;
    }
    parse_attempt(record);
    if (record->kind == LOG_KIND_UNKNOWN && record->line.severity == LOG_SEVERITY_INFO)
        parse_remark(record);
}
