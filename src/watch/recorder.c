/* SPDX-License-Identifier: Apache-2.0
 *
 * Rows of the history. See recorder.h. What is remembered of a message is found by its `note`, an
 * index into a pool of rows.
 */
#include "watch/recorder.h"

#include <math.h>

#include "base/memory.h"
#include "watch/message_note.h"

struct recorder {
    struct tally *tally;
    struct message_notes *notes;
    struct history_batch *batch; /* NULL: rows are left out */
    bool again;                  /* the rows of deliveries are there */
};

static enum history_status status_of(enum delivery_status status)
{
    if (status == DELIVERY_SENT)
        return HISTORY_SENT;
    return status == DELIVERY_BOUNCED ? HISTORY_BOUNCED : HISTORY_DEFERRED;
}

static enum history_status status_of_end(enum outcome outcome)
{
    if (outcome == OUTCOME_EXPIRED)
        return HISTORY_EXPIRED;
    return outcome == OUTCOME_DISCARDED ? HISTORY_DISCARDED : HISTORY_LOST;
}

static uint32_t milliseconds(double seconds)
{
    double ms = round(seconds * 1000);
    return ms <= 0 ? 0 : ms >= UINT32_MAX ? UINT32_MAX : (uint32_t)ms;
}

/* `0.05/0.01/0.2/0.11` */
static void read_delays(struct slice text, uint32_t out_ms[4])
{
    for (size_t i = 0; i < 4; i++) {
        struct slice part = slice_cut(&text, '/');
        struct slice whole = slice_cut(&part, '.');
        uint64_t seconds = 0, fraction = 0;
        slice_to_u64(whole, UINT32_MAX / 1000, &seconds);
        struct slice digits = slice_first(part, 3);
        slice_to_u64(digits, 999, &fraction);
        for (size_t n = digits.len; n > 0 && n < 3; n++)
            fraction *= 10;
        out_ms[i] = (uint32_t)(seconds * 1000 + fraction);
    }
}

/* What every row about a message says of it. */
static void set_message(const struct recorder *recorder, const struct message *message,
                        struct history_row *row)
{
    static const struct {
        enum history_text to;
        enum note_text from;
    } texts[] = {
        {HISTORY_INSTANCE, NOTE_INSTANCE},       {HISTORY_QUEUE_ID, NOTE_QUEUE_ID},
        {HISTORY_MESSAGE_ID, NOTE_MESSAGE_ID},   {HISTORY_SENDER, NOTE_SENDER},
        {HISTORY_CLIENT_NAME, NOTE_CLIENT_NAME}, {HISTORY_CLIENT_IP, NOTE_CLIENT_IP},
    };
    const struct message_note *note = message_notes_get(recorder->notes, message->note);
    row->begin_us = message->begin_us;
    row->text[HISTORY_RELAY] = tally_relay(recorder->tally, message);
    row->text[HISTORY_LOGIN] = tally_login(recorder->tally, message);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        row->text[texts[i].to] = message_note_text(note, texts[i].from);
}

static void set_path(struct history_row *row, const struct tally_path_names *names)
{
    row->text[HISTORY_SOURCE] = names->source;
    row->text[HISTORY_PROVIDER] = names->provider;
}

static void set_record(struct history_row *row, const struct log_record *record)
{
    static const struct {
        enum history_text to;
        enum log_field from;
    } texts[] = {
        {HISTORY_RECIPIENT, LOG_FIELD_TO},
        {HISTORY_ORIG_RECIPIENT, LOG_FIELD_ORIG_TO},
        {HISTORY_REMOTE_HOST, LOG_FIELD_RELAY_HOST},
        {HISTORY_REMOTE_IP, LOG_FIELD_RELAY_IP},
        {HISTORY_DSN, LOG_FIELD_DSN},
        {HISTORY_REPLY, LOG_FIELD_REASON},
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        row->text[texts[i].to] = log_record_get(record, texts[i].from);
    if (record->line.tag->program != LOG_PROGRAM_SMTP)
        row->text[HISTORY_AGENT] = record->line.tag->name;
    read_delays(log_record_get(record, LOG_FIELD_DELAYS), row->delays_ms);
}

static void take_attempt(void *data, const struct tally_attempt *told)
{
    struct recorder *recorder = data;
    const struct attempt *attempt = told->attempt;
    const struct recipient *recipient = attempt->recipient;
    bool counts = attempt->exclusion == ATTEMPT_COUNTS;
    struct slice to = log_record_get(attempt->record, LOG_FIELD_TO);
    if (attempt->status != DELIVERY_SENT)
        message_notes_wait(recorder->notes, attempt->message->note, recipient->hash, to);
    if (recorder->batch == NULL || recorder->again)
        return;
    struct history_row row = {
        .kind = HISTORY_DELIVERY,
        .status = status_of(attempt->status),
        .time_us = attempt->time_us,
        .is_attempt = counts,
        .is_final = counts && status_of(attempt->status) != HISTORY_DEFERRED,
        .attempt = recipient->attempts + (counts ? 1u : 0u),
        .delay_ms = milliseconds((double)attempt->delay_s),
    };
    set_message(recorder, attempt->message, &row);
    set_path(&row, &told->names);
    set_record(&row, attempt->record);
    if (told->verdict != NULL)
        row.text[HISTORY_CLASS] = slice_from_str(reply_class_word(told->verdict->class));
    history_batch_add(recorder->batch, &row);
}

/* Those that had their last word in a delivery record have their row already. */
static bool is_without_record(enum outcome outcome)
{
    return outcome == OUTCOME_EXPIRED || outcome == OUTCOME_DISCARDED || outcome == OUTCOME_LOST;
}

static void take_outcome(void *data, const struct outcome_event *event)
{
    struct recorder *recorder = data;
    if (recorder->batch == NULL || event->message->told || !is_without_record(event->outcome))
        return;
    struct history_row row = {
        .kind = HISTORY_DELIVERY,
        .status = status_of_end(event->outcome),
        .time_us = event->message->touch_us,
        .is_final = true,
        .delay_ms = milliseconds(event->delay_s),
    };
    set_message(recorder, event->message, &row);
    if (event->recipient != NULL) {
        struct tally_path_names names = tally_path_names(recorder->tally, event->recipient->path);
        set_path(&row, &names);
        row.attempt = event->recipient->attempts;
        row.text[HISTORY_RECIPIENT] =
            message_notes_waiting(recorder->notes, event->message->note, event->recipient->hash);
        row.text[HISTORY_CLASS] =
            slice_from_str(reply_class_word((enum reply_class)event->recipient->class));
    }
    history_batch_add(recorder->batch, &row);
}

static void take_noted(void *data, struct message *message, const struct log_record *record)
{
    struct recorder *recorder = data;
    message->note = message_notes_take(recorder->notes, message->note, record);
}

static void take_ended(void *data, const struct message *message, enum message_leave leave)
{
    struct recorder *recorder = data;
    const struct message_note *note = message_notes_get(recorder->notes, message->note);
    if (recorder->batch != NULL && !message->told && leave != LEAVE_LOGS_ENDED) {
        struct history_row row = {
            .kind = HISTORY_MESSAGE,
            .status = HISTORY_OTHER,
            .time_us = message->touch_us,
            .is_final = true,
            .size = message_note_size(note),
            .recipients = message->expected ? message->expected : message->recipient_count,
        };
        set_message(recorder, message, &row);
        history_batch_add(recorder->batch, &row);
    }
    message_notes_drop(recorder->notes, message->note);
}

struct recorder *recorder_new(struct tally *tally)
{
    struct recorder *recorder = MEM_NEW(struct recorder);
    recorder->tally = tally;
    recorder->notes = message_notes_new();
    struct tally_observer observer = {
        .data = recorder,
        .attempt = take_attempt,
        .outcome = take_outcome,
        .noted = take_noted,
        .ended = take_ended,
    };
    tally_observe(tally, &observer);
    return recorder;
}

void recorder_free(struct recorder *recorder)
{
    if (recorder == NULL)
        return;
    message_notes_free(recorder->notes);
    mem_free(recorder);
}

void recorder_write_to(struct recorder *recorder, struct history_batch *batch, bool again)
{
    recorder->batch = batch;
    recorder->again = again;
}
