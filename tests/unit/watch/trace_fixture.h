/* SPDX-License-Identifier: Apache-2.0
 *
 * A trace over lines that a test gives, pass by pass, without any file.
 */
#ifndef TD_TESTS_WATCH_TRACE_FIXTURE_H
#define TD_TESTS_WATCH_TRACE_FIXTURE_H

#include "watch/story.h"

struct trace_fixture {
    struct trace_search *search;
    struct classifier *classifier;
    struct provider_table *providers;
    struct story story;
    unsigned passes;
};

/* Reads the lines (separated by newlines) as often as the search wants and tells the story. */
void trace_fixture_run(struct trace_fixture *fixture, const char *key, uint32_t limit,
                       const char *text);
void trace_fixture_done(struct trace_fixture *fixture);

/* The ids of the message's hops, with blanks between. */
void trace_fixture_ids(const struct story_message *message, struct buf *to);

/* Begins a line: `2026-03-02T08:00:SS+00:00 HOST postfix/PROGRAM[1]: `. */
#define LINE_OF(second, host, program) \
    "2026-03-02T08:00:" second "+00:00 " host " postfix/" program "[1]: "
#define LINE(second, program) LINE_OF(second, "relay1", program)

/* A recipient's record of smtp; reason without brackets. */
#define TRIED(second, id, to, status, reason) \
    LINE(second, "out-a/smtp") \
    id ": to=<" to ">, relay=mx.example.org[192.0.2.9]:25, delay=1, delays=0/0/0/1, " \
       "dsn=2.0.0, status=" status " (" reason ")\n"

#define BORN(second, id, from, message_id) \
    LINE(second, "smtpd") \
    id ": client=pc.example.com[192.0.2.7]\n" LINE(second, "cleanup") id \
        ": message-id=<" message_id ">\n" LINE(second, "qmgr") id \
        ": from=<" from ">, size=100, nrcpt=1 (queue active)\n"

#define REMOVED(second, id) LINE(second, "qmgr") id ": removed\n"

#endif
