/* SPDX-License-Identifier: Apache-2.0
 *
 * Keys of a trace. See trace_key.h. RFC 5321 section 4.1.2 for quoted local parts.
 */
#include "watch/trace_key.h"

#include "base/buf.h"

#define KEY_MAX 1000

static struct slice without_brackets(struct slice text)
{
    if (text.len >= 2 && text.ptr[0] == '<' && text.ptr[text.len - 1] == '>')
        return slice_of(text.ptr + 1, text.len - 2);
    return text;
}

/* ---- what was typed ---- */

static struct slice without_pasted(struct slice word)
{
    static const struct slice heads[] = {{"message-id:", 11}, {"message-id=", 11}, {"mailto:", 7}};
    word = slice_trim(word);
    for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
        if (slice_istarts_with(word, heads[i]))
            word = slice_trim(slice_skip(word, heads[i].len));
    bool colon = word.len > 1 && word.ptr[word.len - 1] == ':';
    return colon && slice_find_char(word, '@') == NULL ? slice_first(word, word.len - 1) : word;
}

static bool is_printable(struct slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.ptr[i] < ' ' || text.ptr[i] == 0x7f)
            return false;
    return text.len > 0 && text.len <= KEY_MAX;
}

/* With an @, or in <>. False: it cannot be looked for. */
static bool parse_bracketed(struct slice word, struct trace_key *out)
{
    struct slice inner = without_brackets(word);
    bool bracketed = inner.len < word.len;
    const char *at = slice_find_last_char(inner, '@');
    if (inner.len == 0 || (at != NULL && at + 1 == slice_end(inner)))
        return false;
    enum trace_key_form form = TRACE_KEY_ADDRESS;
    if (at == NULL)
        form = TRACE_KEY_MESSAGE_ID;
    else if (at == inner.ptr)
        form = TRACE_KEY_DOMAIN;
    *out = (struct trace_key){form, inner};
    return at != NULL || bracketed;
}

bool trace_key_parse(struct slice word, struct trace_key *out, struct err *err)
{
    struct slice key = without_pasted(word);
    bool mail = slice_find_char(key, '@') != NULL || slice_starts_with(key, SLICE("<"));
    if (is_printable(key)) {
        if (mail && parse_bracketed(key, out))
            return true;
        if (!mail && slice_find_char(key, ' ') == NULL) {
            *out = (struct trace_key){TRACE_KEY_WORD, key};
            return true;
        }
    }
    return err_set(err, ERR_USAGE,
                   "KEY is an address (bob@example.org), a domain (@example.org), a queue id "
                   "(4jX2vK2WbVz1bY4J), a Message-ID (<...@...>) or a login, not \"%.*s\"",
                   SLICE_ARG(slice_first(key, 80)));
}

const char *trace_key_form_word(enum trace_key_form form)
{
    static const char *const words[] = {"address", "domain", "message id", "id or login"};
    return words[form];
}

/* ---- addresses ---- */

/* What the address means: quotes and backslashes of the local part taken away. */
static void add_unquoted(struct slice address, struct buf *to)
{
    bool quoted = false;
    for (size_t i = 0; i < address.len; i++) {
        char c = address.ptr[i];
        if (c == '"')
            quoted = !quoted;
        else if (c == '\\' && quoted && i + 1 < address.len)
            buf_add_char(to, address.ptr[++i]);
        else
            buf_add_char(to, c);
    }
}

bool trace_address_eq(struct slice a, struct slice b)
{
    if (slice_ieq(a, b))
        return true;
    if (slice_find_char(a, '"') == NULL && slice_find_char(b, '"') == NULL)
        return false;
    CLEANUP_BUF struct buf plain_a = {0}, plain_b = {0};
    add_unquoted(a, &plain_a);
    add_unquoted(b, &plain_b);
    return slice_ieq(buf_slice(&plain_a), buf_slice(&plain_b));
}

bool trace_key_is_address(const struct trace_key *key, struct slice address)
{
    if (address.len == 0)
        return false;
    switch (key->form) {
    case TRACE_KEY_ADDRESS:
    case TRACE_KEY_WORD:
        return trace_address_eq(key->text, address);
    case TRACE_KEY_DOMAIN:
        return slice_iends_with(address, key->text);
    case TRACE_KEY_MESSAGE_ID:
        break;
    }
    return false;
}

/* ---- records ---- */

static bool has_address(const struct trace_key *key, const struct log_record *record,
                        enum log_field field)
{
    return log_record_has(record, field) && trace_key_is_address(key, record->field[field]);
}

static unsigned match_addresses(const struct trace_key *key, const struct log_record *record)
{
    unsigned match = 0;
    if (has_address(key, record, LOG_FIELD_TO) || has_address(key, record, LOG_FIELD_ORIG_TO))
        match |= TRACE_MATCH_RECIPIENT;
    if (has_address(key, record, LOG_FIELD_FROM) ||
        has_address(key, record, LOG_FIELD_SASL_USERNAME) ||
        has_address(key, record, LOG_FIELD_SASL_SENDER))
        match |= TRACE_MATCH_SENDER;
    return match;
}

static unsigned match_message_id(const struct trace_key *key, const struct log_record *record)
{
    struct slice id = slice_trim(log_record_get(record, LOG_FIELD_MESSAGE_ID));
    return id.len > 0 && slice_ieq(without_brackets(id), key->text) ? TRACE_MATCH_MESSAGE_ID : 0;
}

static bool is_hex(struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = ascii_lower(text.ptr[i]);
        if (!ascii_is_digit(c) && (c < 'a' || c > 'f'))
            return false;
    }
    return true;
}

static bool is_id(const struct trace_key *key, struct slice id)
{
    if (id.len != key->text.len)
        return false;
    return is_hex(id) ? slice_ieq(id, key->text) : slice_eq(id, key->text);
}

static unsigned match_ids(const struct trace_key *key, const struct log_record *record)
{
    static const enum log_field fields[] = {LOG_FIELD_NEXT_ID, LOG_FIELD_BOUNCE_ID,
                                            LOG_FIELD_ORIG_QUEUE_ID, LOG_FIELD_SESSION};
    if (is_id(key, record->line.queue_id))
        return TRACE_MATCH_ID;
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
        if (log_record_has(record, fields[i]) && is_id(key, record->field[fields[i]]))
            return TRACE_MATCH_ID;
    return 0;
}

/* Whether records of this kind are about mail. The others of a queue id have no address and are
 * found by their id. */
static bool is_about_mail(const struct log_record *record)
{
    static const bool about[] = {
        [LOG_KIND_DELIVERY] = true,     [LOG_KIND_QUEUED] = true,    [LOG_KIND_EXPIRED] = true,
        [LOG_KIND_CLIENT] = true,       [LOG_KIND_PICKUP] = true,    [LOG_KIND_MESSAGE_ID] = true,
        [LOG_KIND_NOTIFICATION] = true, [LOG_KIND_REJECT] = true,    [LOG_KIND_ACTION] = true,
        [LOG_KIND_PROXY_ACCEPT] = true, [LOG_KIND_SAVED] = true,     [LOG_KIND_SAVE_FAILED] = true,
        [LOG_KIND_REMOVED] = true,      [LOG_KIND_SUPERVISE] = true, [LOG_KIND_ATTEMPT] = true,
    };
    return record->kind < sizeof(about) / sizeof(about[0]) && about[record->kind];
}

unsigned trace_key_match(const struct trace_key *key, const struct log_record *record)
{
    if (record->kind == LOG_KIND_LOGIN_FAILED)
        return has_address(key, record, LOG_FIELD_SASL_USERNAME) ? TRACE_MATCH_LOGIN_FAILED : 0;
    if (!is_about_mail(record))
        return 0;
    switch (key->form) {
    case TRACE_KEY_ADDRESS:
        return match_addresses(key, record) | match_message_id(key, record);
    case TRACE_KEY_DOMAIN:
        return match_addresses(key, record);
    case TRACE_KEY_MESSAGE_ID:
        return match_message_id(key, record);
    case TRACE_KEY_WORD:
        return match_addresses(key, record) | match_ids(key, record);
    }
    return 0;
}
