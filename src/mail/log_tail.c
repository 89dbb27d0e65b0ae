/* SPDX-License-Identifier: Apache-2.0
 *
 * The words at the end of a decision's line.
 *
 *     TEXT; from=<S> to=<R> proto=P helo=<H> sasl_method=M sasl_username=U sasl_sender=A
 *
 * S, R and H are chosen by the client, and TEXT may quote them. The words are the last that read in
 * full from a `;` to the end: H holds no `<`, `>` or `;` (smtpd replaces them; postscreen takes a
 * word without blanks), and S or R that hold one are quoted, so that words which begin inside them
 * run into an unpaired quote. Only addresses in internal form (info_log_address_format, and all
 * before Postfix 3.5) give no such proof: then the last mark of each word counts.
 *
 * Peer documents: Postfix src/smtpd/smtpd_check.c (log_whatsup), src/smtpd/smtpd.c
 * (NEUTER_CHARACTERS), src/postscreen/postscreen_smtpd.c.
 */
#include "mail/log_tail.h"

#include "mail/log_form.h"

/* How a value of the part behind `;` ends. */
enum value_form {
    VALUE_ADDRESS,   /* `>` outside of a quoted local part */
    VALUE_WORD,      /* letters, digits, `-` and `_` */
    VALUE_NAME,      /* the first `>` */
    VALUE_BRACKETED, /* `>` at the end of the line, no blank inside */
    VALUE_OPEN,      /* the next mark or the end of the line */
};

struct log_tail_word {
    struct slice mark;
    enum log_field field;
    enum value_form form;
};

static const struct log_tail_word session_words[] = {
    {LOG_MARK(" from=<"), LOG_FIELD_FROM, VALUE_ADDRESS},
    {LOG_MARK(" to=<"), LOG_FIELD_TO, VALUE_ADDRESS},
    {LOG_MARK(" proto="), LOG_FIELD_PROTO, VALUE_WORD},
    {LOG_MARK(" helo=<"), LOG_FIELD_HELO, VALUE_NAME},
    {LOG_MARK(" sasl_method="), LOG_FIELD_SASL_METHOD, VALUE_WORD},
    {LOG_MARK(" sasl_username=<"), LOG_FIELD_SASL_USERNAME, VALUE_BRACKETED},
    {LOG_MARK(" sasl_username="), LOG_FIELD_SASL_USERNAME, VALUE_OPEN},
    {LOG_MARK(" sasl_sender="), LOG_FIELD_SASL_SENDER, VALUE_OPEN},
};

_Static_assert(LOG_COUNT(session_words) <= LOG_TAIL_WORDS_MAX, "values of a tail");

static const struct log_tail_word screen_words[] = {
    {LOG_MARK(" from=<"), LOG_FIELD_FROM, VALUE_ADDRESS},
    {LOG_MARK(", to=<"), LOG_FIELD_TO, VALUE_ADDRESS},
    {LOG_MARK(", proto="), LOG_FIELD_PROTO, VALUE_WORD},
    {LOG_MARK(", helo=<"), LOG_FIELD_HELO, VALUE_BRACKETED},
};

/* Length of a quoted string at the front, 0 when it does not end. */
static size_t quoted_length(struct slice text)
{
    for (size_t i = 1; i < text.len; i++) {
        if (text.ptr[i] == '"')
            return i + 1;
        if (text.ptr[i] == '\\')
            i++;
    }
    return 0;
}

static bool address_length(struct slice text, size_t *len)
{
    size_t i = 0;
    if (text.len > 0 && text.ptr[0] == '"' && (i = quoted_length(text)) == 0)
        return false;
    for (; i < text.len && text.ptr[i] != '>'; i++)
        if (text.ptr[i] == ' ' || text.ptr[i] == '<' || text.ptr[i] == '"' || text.ptr[i] == '\\')
            return false;
    *len = i;
    return i < text.len;
}

static bool word_length(struct slice text, size_t *len)
{
    size_t i = 0;
    while (i < text.len && (ascii_is_alpha(text.ptr[i]) || ascii_is_digit(text.ptr[i]) ||
                            text.ptr[i] == '-' || text.ptr[i] == '_'))
        i++;
    *len = i;
    return i > 0;
}

static bool name_length(struct slice text, size_t *len)
{
    size_t i = 0;
    while (i < text.len && text.ptr[i] != '>' && text.ptr[i] != '<')
        i++;
    *len = i;
    return i < text.len && text.ptr[i] == '>';
}

static bool bracketed_length(struct slice text, size_t *len)
{
    *len = text.len - 1;
    return text.len > 0 && text.ptr[text.len - 1] == '>' && slice_find_char(text, ' ') == NULL;
}

static bool value_length(enum value_form form, struct slice text, size_t *len)
{
    const char *next;
    switch (form) {
    case VALUE_ADDRESS:
        return address_length(text, len);
    case VALUE_WORD:
        return word_length(text, len);
    case VALUE_NAME:
        return name_length(text, len);
    case VALUE_BRACKETED:
        return bracketed_length(text, len);
    case VALUE_OPEN:
        next = slice_find(text, SLICE(" sasl_sender="));
        *len = next ? (size_t)(next - text.ptr) : text.len;
        return true;
    }
    return false;
}

static bool is_bracketed(const struct log_tail_word *word)
{
    return word->mark.ptr[word->mark.len - 1] == '<';
}

/* Reads words in their order as far as they go; what is left is tail->after. */
static void tail_read(struct log_tail *tail, struct slice text)
{
    tail->present = 0;
    for (size_t i = 0; i < tail->count; i++) {
        const struct log_tail_word *word = &tail->words[i];
        struct slice rest = text;
        size_t len;
        if (!slice_take_prefix(&rest, word->mark))
            continue;
        if (!value_length(word->form, rest, &len))
            break;
        tail->value[i] = slice_first(rest, len);
        tail->present |= UINT32_C(1) << i;
        text = slice_skip(rest, len + (is_bracketed(word) ? 1 : 0));
    }
    tail->after = text;
}

void log_tail_init(struct log_tail *tail, struct slice text, bool postscreen)
{
    tail->words = postscreen ? screen_words : session_words;
    tail->count = postscreen ? LOG_COUNT(screen_words) : LOG_COUNT(session_words);
    tail->text = tail->before = text;
    tail->after = slice_skip(text, text.len);
    tail->present = 0;
}

bool log_tail_find(struct log_tail *tail, bool text_follows)
{
    struct slice head = tail->before;
    const char *at;
    while ((at = slice_find_last_char(head, ';')) != NULL) {
        head.len = (size_t)(at - head.ptr);
        tail_read(tail, slice_skip(tail->text, head.len + 1));
        bool ends =
            tail->after.len == 0 || (text_follows && slice_starts_with(tail->after, SLICE(": ")));
        if (tail->present == 0 || !ends)
            continue;
        tail->before = head;
        return true;
    }
    return false;
}

/* Where the words begin, in a line that has a sender. */
static const char *guess_begin(struct slice text)
{
    const char *at = slice_find_last(text, SLICE("; from=<"));
    if (at == NULL || !slice_ends_with(text, SLICE(">")))
        return NULL;
    return slice_find(slice_between(at, slice_end(text)), SLICE("helo=<")) != NULL ? at : NULL;
}

bool log_tail_guess(struct log_tail *tail)
{
    const char *at = guess_begin(tail->text);
    if (at == NULL)
        return false;
    struct slice rest = slice_between(at + 1, slice_end(tail->text));
    tail->present = 0;
    for (size_t i = tail->count; i-- > 0;) {
        struct slice value = rest, before;
        if (!log_take_until_last(&value, tail->words[i].mark, &before))
            continue;
        if (is_bracketed(&tail->words[i]) && slice_ends_with(value, SLICE(">")))
            value.len--;
        tail->value[i] = value;
        tail->present |= UINT32_C(1) << i;
        rest = before;
    }
    tail->before = slice_between(tail->text.ptr, at);
    tail->after = slice_skip(tail->text, tail->text.len);
    return true;
}

void log_tail_cut(struct log_tail *tail)
{
    const char *at = slice_find_last(tail->text, SLICE("; from=<"));
    tail->before = tail->text;
    tail->present = 0;
    if (at != NULL) {
        tail_read(tail, slice_between(at + 1, slice_end(tail->text)));
        tail->before = slice_between(tail->text.ptr, at);
    }
    tail->after = slice_skip(tail->text, tail->text.len);
}

void log_tail_set(struct log_record *record, const struct log_tail *tail)
{
    for (size_t i = 0; i < tail->count; i++)
        if (tail->present >> i & 1)
            log_record_set(record, tail->words[i].field, tail->value[i]);
}
