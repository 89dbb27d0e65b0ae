/* SPDX-License-Identifier: Apache-2.0
 *
 * The final word on a recipient and on a message, in sentences. See trace_words.h.
 */
#include "app/trace_words.h"

#include "app/report_words.h"
#include "base/civil.h"

enum trace_tone trace_tone_of(enum story_outcome outcome)
{
    if (story_outcome_is_good(outcome))
        return TRACE_GOOD;
    return story_outcome_is_open(outcome) || outcome == STORY_OUTCOME_LOST ? TRACE_OPEN : TRACE_BAD;
}

/* ---- a message ---- */

static const char *const titles[] = {
    [STORY_OUTCOME_DELIVERED] = "Delivered",
    [STORY_OUTCOME_ACCEPTED] = "Taken by the recipient's provider",
    [STORY_OUTCOME_HANDED_ON] = "Handed on to another server of ours",
    [STORY_OUTCOME_WAITING] = "Waiting",
    [STORY_OUTCOME_HELD] = "On hold",
    [STORY_OUTCOME_REFUSED] = "Not delivered",
    [STORY_OUTCOME_EXPIRED] = "Not delivered: given up",
    [STORY_OUTCOME_REJECTED] = "Refused by our own server",
    [STORY_OUTCOME_DISCARDED] = "Thrown away by a rule",
    [STORY_OUTCOME_DELETED] = "Deleted by an administrator",
    [STORY_OUTCOME_LOST] = "End not known: log lines are missing",
    [STORY_OUTCOME_UNFINISHED] = "Never handed over in full",
    [STORY_OUTCOME_CHECKED] = "Address check, no mail",
};

/* The outcome that all recipients share; false: they differ. */
static bool common_outcome(const struct story_message *message, enum story_outcome *out)
{
    for (size_t i = 1; i < message->recipient_count; i++)
        if (message->recipients[i]->outcome != message->recipients[0]->outcome)
            return false;
    if (message->recipient_count > 0)
        *out = message->recipients[0]->outcome;
    return message->recipient_count > 0;
}

enum trace_tone trace_title(const struct story_message *message, struct buf *to)
{
    enum story_outcome common;
    uint64_t counts[3] = {0};
    if (message->recipient_count == 0) {
        buf_add_str(to, titles[STORY_OUTCOME_LOST]);
        return TRACE_OPEN;
    }
    if (common_outcome(message, &common)) {
        buf_add_str(to, titles[common]);
        return trace_tone_of(common);
    }
    for (size_t i = 0; i < message->recipient_count; i++)
        counts[trace_tone_of(message->recipients[i]->outcome)] += message->recipients[i]->count;
    static const char *const words[] = {"delivered", "waiting", "not delivered"};
    const char *comma = "";
    for (size_t i = 0; i < 3; i++) {
        if (counts[i] == 0)
            continue;
        buf_add_str(to, comma);
        report_number(counts[i], to);
        buf_addf(to, " %s", words[i]);
        comma = ", ";
    }
    if (counts[TRACE_BAD] > 0)
        return TRACE_BAD;
    return counts[TRACE_OPEN] > 0 ? TRACE_OPEN : TRACE_GOOD;
}

/* ---- a recipient ---- */

void trace_outcome_say(const struct story_recipient *recipient, struct buf *to)
{
    if (recipient->outcome == STORY_OUTCOME_ACCEPTED && recipient->last != NULL) {
        buf_add_str(to, "taken by ");
        trace_server(recipient->last, to);
    } else {
        const char *title = titles[recipient->outcome];
        buf_add_char(to, ascii_lower(title[0]));
        buf_add_str(to, title + 1);
    }
}

static void add_tries(const struct story_recipient *recipient, struct buf *to)
{
    if (recipient->attempts > 1 && recipient->last != NULL) {
        buf_addf(to, ", %u tries in ", recipient->attempts);
        report_duration((double)(recipient->last->time_us - recipient->first_try_us) / 1e6, to);
    }
}

static void say_last(const struct story_recipient *recipient, struct buf *to)
{
    if (recipient->last == NULL) {
        buf_add_str(to, "It was not tried yet");
    } else {
        trace_step_say(recipient->last, to);
        add_tries(recipient, to);
    }
    buf_add_str(to, ".");
}

static void say_delivered(const struct story_recipient *recipient, struct buf *to)
{
    const struct story_step *step = recipient->stored ? recipient->stored : recipient->last;
    if (step == NULL)
        return;
    trace_step_say(step, to);
    if (recipient->stored == NULL && step->relay_ip.len > 0 && !step->own)
        buf_addf(to, " on %.*s",
                 SLICE_ARG(step->relay_host.len ? step->relay_host : step->relay_ip));
    buf_add_str(to, ".");
}

static void say_accepted(const struct story_recipient *recipient, struct buf *to)
{
    (void)recipient;
    buf_add_str(to, "It left us and is in their hands. Whether it lies in the inbox, in the spam "
                    "folder or waits there, only they can tell.");
}

static void say_handed_on(const struct story_recipient *recipient, struct buf *to)
{
    say_last(recipient, to);
    buf_add_str(to, " The log of that server is not among these.");
}

static void say_waiting(const struct story_recipient *recipient, struct buf *to)
{
    say_last(recipient, to);
    buf_add_str(to, " Our server tries again by itself; when, the log does not say.");
}

/* "Deleted by an administrator. " */
static void say_end(const struct story_recipient *recipient, struct buf *to)
{
    if (recipient->ended == NULL)
        return;
    trace_step_say(recipient->ended, to);
    buf_add_str(to, ". ");
}

static void say_held(const struct story_recipient *recipient, struct buf *to)
{
    say_end(recipient, to);
    buf_add_str(to, "It lies on our server and will not be sent until an administrator releases "
                    "it.");
}

static void say_expired(const struct story_recipient *recipient, struct buf *to)
{
    say_end(recipient, to);
    if (recipient->last != NULL) {
        buf_add_str(to, "The last try: ");
        say_last(recipient, to);
    }
}

static void say_rejected(const struct story_recipient *recipient, struct buf *to)
{
    if (recipient->ended != NULL) {
        say_end(recipient, to);
    } else if (recipient->last != NULL) {
        trace_step_say(recipient->last, to);
        buf_add_str(to, ". ");
    }
    buf_add_str(to, "It never was in our hands: the sending program was told at once.");
}

static void say_discarded(const struct story_recipient *recipient, struct buf *to)
{
    if (recipient->ended == NULL && recipient->last != NULL) {
        trace_step_say(recipient->last, to);
        buf_add_str(to, ". ");
    }
    say_end(recipient, to);
    buf_add_str(to, "To the sender it looked as if it had been sent; nobody was told.");
}

static void say_deleted(const struct story_recipient *recipient, struct buf *to)
{
    say_end(recipient, to);
    if (recipient->last != NULL) {
        buf_add_str(to, "The last try before: ");
        say_last(recipient, to);
    }
}

static void say_lost(const struct story_recipient *recipient, struct buf *to)
{
    const struct story_hop *hop = recipient->hop;
    buf_addf(to, "No line about it from %.*s since ",
             SLICE_ARG(hop->host.len ? hop->host : SLICE("its host")));
    trace_time(hop->last_us, to);
    buf_add_str(to, hop->host_last_us - hop->last_us > 3600 * US_PER_SECOND
                        ? ", although the log goes on to "
                        : "; that log ends at ");
    trace_time(hop->host_last_us, to);
    buf_add_str(to, ".");
    if (recipient->last != NULL) {
        buf_add_str(to, " The last news: ");
        say_last(recipient, to);
    }
}

static void say_unfinished(const struct story_recipient *recipient, struct buf *to)
{
    (void)recipient;
    buf_add_str(to, "The sending program began to hand it over, and nothing follows: it broke off, "
                    "or a rule threw the mail away.");
}

void trace_reason_say(const struct story_recipient *recipient, struct buf *to)
{
    static void (*const says[])(const struct story_recipient *, struct buf *) = {
        [STORY_OUTCOME_DELIVERED] = say_delivered, [STORY_OUTCOME_ACCEPTED] = say_accepted,
        [STORY_OUTCOME_HANDED_ON] = say_handed_on, [STORY_OUTCOME_WAITING] = say_waiting,
        [STORY_OUTCOME_HELD] = say_held,           [STORY_OUTCOME_REFUSED] = say_last,
        [STORY_OUTCOME_EXPIRED] = say_expired,     [STORY_OUTCOME_REJECTED] = say_rejected,
        [STORY_OUTCOME_DISCARDED] = say_discarded, [STORY_OUTCOME_DELETED] = say_deleted,
        [STORY_OUTCOME_LOST] = say_lost,           [STORY_OUTCOME_UNFINISHED] = say_unfinished,
        [STORY_OUTCOME_CHECKED] = say_last,
    };
    says[recipient->outcome](recipient, to);
}
