/* SPDX-License-Identifier: Apache-2.0
 *
 * Sentences of a trace, for somebody who knows neither Postfix nor SMTP. Everything is appended to
 * a buf, unescaped: what comes from logs is escaped by the printer, who knows for what.
 */
#ifndef TD_APP_TRACE_WORDS_H
#define TD_APP_TRACE_WORDS_H

#include "base/buf.h"
#include "watch/story.h"

/* How a final word ends: picks glyph and colour. */
enum trace_tone { TRACE_GOOD, TRACE_OPEN, TRACE_BAD };

enum trace_tone trace_tone_of(enum story_outcome outcome);

/* Of all recipients asked about: "Delivered", "Not delivered", "1 of 3 delivered" ... */
enum trace_tone trace_title(const struct story_message *message, struct buf *to);

/* "Google (Gmail, Workspace)", else the server's name or address, else "the server of example.org".
 */
void trace_server(const struct story_step *step, struct buf *to);

/* "Refused by Google (Gmail, Workspace)" */
void trace_outcome_say(const struct story_recipient *recipient, struct buf *to);

/* Whole sentences: why it ended so. */
void trace_reason_say(const struct story_recipient *recipient, struct buf *to);

/* What to do now, and who. Literal; "" when there is nothing to do. */
const char *trace_advice(const struct story_recipient *recipient);

/* What the other server said, on one line: `550 5.1.1 no such user`. Nothing when nobody said
 * anything. */
void trace_reply(const struct story_step *step, struct buf *to);

/* A try that failed: DEFERRED, BOUNCED. */
void trace_failure_say(const struct story_step *step, struct buf *to);

/* What a step tells, without recipient and time: "Refused by Google: the address does not exist".
 */
void trace_step_say(const struct story_step *step, struct buf *to);

/* Page where the provider explains its refusals, or empty. */
struct slice trace_link(const struct story_recipient *recipient);

/* Why our own server refused something, by the words of its reply. */
struct trace_door {
    const char *meaning, *advice; /* literal */
};

struct trace_door trace_door_of(struct slice code, struct slice dsn, struct slice reply);

/* " since 2026-11-20 10:00:00", or nothing: behind "the mailbox is full". */
void trace_full_since(int64_t since_us, struct buf *to);

/* `2026-03-02 08:01:09`, local (TZ); "-" for STAMP_NONE. */
void trace_time(int64_t us, struct buf *to);

#endif
