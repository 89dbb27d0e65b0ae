/* SPDX-License-Identifier: Apache-2.0
 *
 * See queue_audit.h.
 */
#include "app/queue_audit.h"

#include <unistd.h>

#include "io/append_file.h"
#include "io/file_text.h"
#include "model/json_field.h"

#define FILE_BYTES_MAX ((size_t)64 << 20)
#define LINE_BYTES_MAX 65536

static json_t *new_line(const struct queue_order *order, const char *phase, int64_t time_us)
{
    json_t *line = json_value_object();
    CLEANUP_BUF struct buf id = {0};
    buf_addf(&id, "q%lld", (long long)order->time_us);
    json_value_put_text(line, "id", buf_slice(&id));
    json_value_put_time(line, "time", time_us);
    json_value_put_word(line, "phase", phase);
    json_value_put_word(line, "action", queue_deed_word(order->deed));
    json_value_put_text(line, "login", order->question->login);
    json_value_put_text(line, "actor", order->actor);
    return line;
}

/* Drops the line. */
static bool append(const char *state, json_t *line, struct err *err)
{
    CLEANUP_BUF struct buf text = {0};
    json_value_print(line, false, &text);
    return append_file_line(state, QUEUE_AUDIT_FILE, slice_trim(buf_slice(&text)), err);
}

bool queue_audit_begin(const char *state, const struct queue_order *order, size_t messages,
                       size_t recipients, struct err *err)
{
    const struct queue_question *question = order->question;
    json_t *line = new_line(order, "begun", order->time_us);
    json_value_put_text(line, "reason", order->reason);
    json_value_put_text(line, "sender", slice_from_str(question->sender));
    if (question->since_us != INT64_MIN)
        json_value_put_time(line, "since", question->since_us);
    if (question->until_us != INT64_MAX)
        json_value_put_time(line, "until", question->until_us);
    json_value_put_count(line, "messages", messages);
    json_value_put_count(line, "recipients", recipients);
    return append(state, line, err);
}

bool queue_audit_end(const char *state, const struct queue_order *order,
                     const struct queue_outcome *outcome, int64_t now_us, struct err *err)
{
    json_t *line = new_line(order, "ended", now_us);
    json_value_put_count(line, "done", outcome->done);
    json_value_put_count(line, "gone", outcome->gone);
    json_value_put_count(line, "put_back", outcome->put_back);
    json_value_put_count(line, "left", queue_outcome_left(outcome));
    if (!outcome->whole)
        json_value_put_text(line, "failure", slice_from_str(outcome->why.text));
    json_value_put_text(line, "stuck", buf_slice(&outcome->stuck));
    return append(state, line, err);
}

/* Behind the last `count` line ends but one. */
static struct slice newest(struct slice text, size_t count)
{
    struct slice rest = text;
    for (size_t i = 0; i <= count; i++) {
        const char *end = slice_find_last_char(rest, '\n');
        if (end == NULL)
            return text;
        if (i == count)
            return slice_between(end + 1, slice_end(text));
        rest = slice_between(rest.ptr, end);
    }
    return text;
}

json_t *queue_audit_read(const char *state, struct err *err)
{
    CLEANUP_BUF struct buf path = {0}, text = {0};
    buf_addf(&path, "%s/" QUEUE_AUDIT_FILE, state);
    json_t *list = json_value_array();
    if (access(buf_str(&path), F_OK) != 0)
        return list;
    if (!file_text_read_state(buf_str(&path), FILE_BYTES_MAX, &text, err)) {
        json_decref(list);
        return NULL;
    }
    struct slice rest = newest(buf_slice(&text), QUEUE_AUDIT_LINES);
    while (rest.len > 0) {
        json_t *line = json_field_parse(slice_cut(&rest, '\n'), LINE_BYTES_MAX);
        if (json_is_object(line))
            json_value_append(list, line);
        else
            json_decref(line);
    }
    return list;
}
