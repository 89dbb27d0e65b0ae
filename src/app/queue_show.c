/* SPDX-License-Identifier: Apache-2.0
 *
 * See queue_show.h.
 */
#include "app/queue_show.h"

#include <inttypes.h>

#include "app/report_words.h"
#include "app/text_table.h"
#include "base/byte_size.h"
#include "mail/stamp.h"
#include "model/json_field.h"

#define KIB 1024

struct deed_words {
    const char *wish, *done; /* behind "would be", and behind a number of messages */
};

static const struct deed_words words[] = {
    [QUEUE_DEED_HOLD] = {"put on hold", "put on hold"},
    [QUEUE_DEED_RELEASE] = {"released", "released"},
    [QUEUE_DEED_PURGE] = {"deleted for ever", "deleted"},
};

struct queue_sums queue_show_sums(const struct queue_search *search, enum queue_deed deed)
{
    struct queue_sums sums = {.oldest_us = INT64_MAX, .newest_us = INT64_MIN};
    for (size_t i = 0; i < queue_search_count(search); i++) {
        const struct queue_mail *mail = queue_search_get(search, i);
        sums.on_hold += mail->queue == MAIL_QUEUE_HOLD;
        if (!queue_deed_concerns(deed, mail))
            continue;
        sums.messages++;
        sums.recipients += mail->recipients;
        sums.bytes += mail->size;
        sums.oldest_us = mail->arrival_us < sums.oldest_us ? mail->arrival_us : sums.oldest_us;
        sums.newest_us = mail->arrival_us > sums.newest_us ? mail->arrival_us : sums.newest_us;
    }
    return sums;
}

static const char *queue_word(enum mail_queue queue)
{
    static const char *const names[] = {
#define X(name, word) [MAIL_QUEUE_##name] = word,
        MAIL_QUEUES(X)
#undef X
    };
    return names[queue];
}

/* ---- text ---- */

static void add_mails(const struct text_style *style, const struct queue_search *search,
                      enum queue_deed deed, struct buf *to)
{
    static const struct text_column columns[] = {
        {.title = "queue id"},          {.title = "queue", .spare = 2},
        {.title = "accepted"},          {.title = "sender", .spare = 1, .least = 16},
        {.title = "to", .right = true}, {.title = "first recipient", .least = 16},
    };
    struct text_table *table = text_table_new(columns, sizeof(columns) / sizeof(columns[0]));
    size_t shown = 0;
    for (size_t i = 0; i < queue_search_count(search) && shown < QUEUE_SHOWN_TEXT; i++) {
        const struct queue_mail *mail = queue_search_get(search, i);
        if (!queue_deed_concerns(deed, mail))
            continue;
        shown++;
        text_add(style, mail->queue_id, text_table_cell(table, TONE_PLAIN));
        buf_add_str(text_table_cell(table, TONE_DIM), queue_word(mail->queue));
        report_time(mail->arrival_us, STAMP_NONE, text_table_cell(table, TONE_PLAIN));
        text_add(style, mail->sender, text_table_cell(table, TONE_PLAIN));
        buf_addf(text_table_cell(table, TONE_PLAIN), "%zu", mail->recipients);
        text_add(style, mail->recipient, text_table_cell(table, TONE_PLAIN));
    }
    text_table_print(table, style, to);
    text_table_free(table);
}

void queue_show_found(const struct text_style *style, const struct queue_search *search,
                      enum queue_deed deed, struct slice login, struct buf *to)
{
    struct queue_sums sums = queue_show_sums(search, deed);
    size_t others = queue_search_count(search) - sums.messages;
    text_add(style, login, to);
    buf_add_str(to, ": ");
    report_count(sums.messages, "message", to);
    buf_add_str(to, " to ");
    report_count(sums.recipients, "recipient", to);
    buf_addf(to, " would be %s", words[deed].wish);
    if (sums.messages > 0) {
        buf_add_str(to, ", ");
        byte_size_format((sums.bytes / KIB + 1) * KIB, to);
        buf_add_str(to, ", accepted ");
        report_time(sums.oldest_us, STAMP_NONE, to);
        buf_addf(to, " %s ", text_glyph(style, GLYPH_DASH));
        report_time(sums.newest_us, sums.oldest_us, to);
    }
    buf_add_char(to, '\n');
    if (others > 0 && deed == QUEUE_DEED_RELEASE)
        buf_addf(to, "%zu more %s not on hold\n", others,
                 others == 1 ? "waits and is" : "wait and are");
    else if (others > 0)
        buf_addf(to, "%zu more %s on hold already\n", others, others == 1 ? "is" : "are");
    if (queue_search_left_out(search) > 0)
        buf_addf(to, "and %" PRIu64 " further one%s, for another time\n",
                 queue_search_left_out(search), queue_search_left_out(search) == 1 ? "" : "s");
    if (sums.messages > 0)
        add_mails(style, search, deed, to);
    if (sums.messages > QUEUE_SHOWN_TEXT)
        buf_addf(to, "  and %zu more\n", sums.messages - QUEUE_SHOWN_TEXT);
}

void queue_show_outcome(enum queue_deed deed, const struct queue_outcome *outcome, struct buf *to)
{
    buf_addf(to, "%zu of %zu %s", outcome->done, outcome->wanted, words[deed].done);
    if (outcome->gone > 0)
        buf_addf(to, "; %zu %s gone by then", outcome->gone, outcome->gone == 1 ? "was" : "were");
    if (outcome->put_back > 0)
        buf_addf(to, "; %zu turned out to be another's and go%s on", outcome->put_back,
                 outcome->put_back == 1 ? "es" : "");
    size_t left = queue_outcome_left(outcome);
    if (left > 0)
        buf_addf(to,
                 left == 1 ? "; %zu is left, perhaps on hold"
                           : "; %zu are left, some perhaps on hold",
                 left);
    buf_add_char(to, '\n');
    if (outcome->stuck.len > 0)
        buf_addf(to,
                 "On hold and perhaps another's, to be looked at (postcat -e -q ID) and released "
                 "(postsuper -H ID): %s\n",
                 buf_str(&outcome->stuck));
}

/* ---- JSON ---- */

static json_t *make_mail(const struct queue_mail *mail)
{
    json_t *object = json_value_object();
    json_value_put_text(object, "queue_id", mail->queue_id);
    json_value_put_word(object, "queue", queue_word(mail->queue));
    json_value_put_count(object, "instance", mail->instance);
    json_value_put_time(object, "arrival", mail->arrival_us);
    json_value_put(object, "sender", json_value_text(mail->sender));
    json_value_put_text(object, "recipient", mail->recipient);
    json_value_put_count(object, "recipients", mail->recipients);
    json_value_put_count(object, "size", mail->size);
    return object;
}

static json_t *make_outcome(const struct queue_outcome *outcome)
{
    json_t *object = json_value_object();
    json_value_put_count(object, "wanted", outcome->wanted);
    json_value_put_count(object, "done", outcome->done);
    json_value_put_count(object, "gone", outcome->gone);
    json_value_put_count(object, "put_back", outcome->put_back);
    json_value_put_count(object, "left", queue_outcome_left(outcome));
    if (!outcome->whole)
        json_value_put_text(object, "failure", slice_from_str(outcome->why.text));
    json_value_put_text(object, "stuck", buf_slice(&outcome->stuck));
    return object;
}

json_t *queue_show_json(const struct queue_search *search, enum queue_deed deed, struct slice login,
                        const struct queue_outcome *outcome)
{
    struct queue_sums sums = queue_show_sums(search, deed);
    json_t *object = json_value_object(), *mails = json_value_array();
    json_value_put_word(object, "action", queue_deed_word(deed));
    json_value_put_text(object, "login", login);
    json_value_put_count(object, "messages", sums.messages);
    json_value_put_count(object, "recipients", sums.recipients);
    json_value_put_count(object, "bytes", sums.bytes);
    json_value_put_count(object, "on_hold", sums.on_hold);
    json_value_put_count(object, "waiting", queue_search_count(search));
    json_value_put_count(object, "left_out", queue_search_left_out(search));
    if (sums.messages > 0) {
        json_value_put_time(object, "oldest", sums.oldest_us);
        json_value_put_time(object, "newest", sums.newest_us);
    }
    for (size_t i = 0; i < queue_search_count(search) && json_array_size(mails) < QUEUE_SHOWN_JSON;
         i++)
        if (queue_deed_concerns(deed, queue_search_get(search, i)))
            json_value_append(mails, make_mail(queue_search_get(search, i)));
    json_value_put(object, "list", mails);
    json_value_put(object, "outcome", outcome != NULL ? make_outcome(outcome) : json_null());
    return object;
}

/* ---- what was done before ---- */

static void add_text(const struct text_style *style, const json_t *line, const char *key,
                     struct buf *to)
{
    struct slice text;
    if (json_field_text(line, key, SIZE_MAX, &text))
        text_add(style, text, to);
}

static void add_counts(const json_t *line, struct buf *to)
{
    static const char *const keys[] = {"messages", "recipients", "done",
                                       "gone",     "put_back",   "left"};
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        const json_t *count = json_object_get(line, keys[i]);
        if (json_integer_value(count) > 0)
            buf_addf(to, "%s%" JSON_INTEGER_FORMAT " %s", to->len > 0 ? ", " : "",
                     json_integer_value(count), keys[i]);
    }
}

void queue_show_audit(const struct text_style *style, const json_t *lines, size_t most,
                      struct buf *to)
{
    static const struct text_column columns[] = {
        {.title = "time"},
        {.title = "phase", .spare = 1},
        {.title = "action"},
        {.title = "login", .least = 12},
        {.title = "by", .least = 6},
        {.title = "what", .spare = 3},
        {.title = "why", .spare = 2, .least = 12},
    };
    struct text_table *table = text_table_new(columns, sizeof(columns) / sizeof(columns[0]));
    size_t count = json_array_size(lines);
    for (size_t i = count > most ? count - most : 0; i < count; i++) {
        const json_t *line = json_array_get(lines, i);
        int64_t time_us = 0;
        (void)json_field_time(line, "time", 0, &time_us);
        report_time(time_us, STAMP_NONE, text_table_cell(table, TONE_PLAIN));
        add_text(style, line, "phase", text_table_cell(table, TONE_DIM));
        add_text(style, line, "action", text_table_cell(table, TONE_PLAIN));
        add_text(style, line, "login", text_table_cell(table, TONE_PLAIN));
        add_text(style, line, "actor", text_table_cell(table, TONE_PLAIN));
        add_counts(line, text_table_cell(table, TONE_PLAIN));
        struct buf *why = text_table_cell(table, TONE_DIM);
        add_text(style, line, "reason", why);
        add_text(style, line, "failure", why);
    }
    if (count == 0)
        buf_add_str(to, "nothing was done to queued mail yet\n");
    else
        text_table_print(table, style, to);
    text_table_free(table);
}
