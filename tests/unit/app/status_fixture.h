/* SPDX-License-Identifier: Apache-2.0
 *
 * Answers of a daemon as status and top read them, and what is asked of any text about them.
 */
#ifndef TD_TEST_STATUS_FIXTURE_H
#define TD_TEST_STATUS_FIXTURE_H

#include "app/status_answer.h"
#include "app/text_style.h"

#define HEAD \
    "{\"version\": \"0.1.0\", \"now\": \"2026-03-02T10:00:12Z\", \"started\": " \
    "\"2026-03-02T06:48:00Z\", \"relay\": \"relay1\", "
#define QUIET \
    HEAD "\"incidents\": [], \"notifiers\": [{\"name\": \"slack\", \"type\": \"slack\", " \
         "\"state\": " \
         "\"ok\", \"pending\": 0, \"dead_letters\": 0}], \"history\": {\"state\": \"ok\"}, " \
         "\"mail\": null}"
#define BLOCK \
    "{\"id\": \"7nzgfyj2\", \"state\": \"acknowledged\", \"kind\": \"block\", \"scope\": \"one " \
    "source\", \"severity\": \"critical\", \"relay\": \"relay1\", \"source\": \"out-a\", " \
    "\"provider\": \"docomo\", \"opened\": \"2026-03-02T08:14:00Z\", \"closed\": null, " \
    "\"last_hit\": \"2026-03-02T10:00:00Z\", \"attempts\": 430, \"hits\": 412, \"messages\": " \
    "398, " \
    "\"class\": \"block_ip\", \"url\": \"https://check.example/\", \"evidence\": [\"a " \
    "\\u001b[31m " \
    "\\u202eline\"], \"page\": \"7nzgfyj2\", \"by\": \"anna\", \"note\": \"\\u0007asked\", " \
    "\"flaps\": 2, \"silenced\": false}"
#define SILENCED \
    "{\"id\": \"5sxk2mpw\", \"state\": \"open\", \"kind\": \"surge\", \"domain\": " \
    "\"shop10.example\", \"opened\": \"2026-03-02T09:50:00Z\", \"attempts\": 1010, \"hits\": " \
    "690, " \
    "\"silenced\": true, \"silence\": \"s12\", \"silenced_until\": \"2026-03-02T11:30:00Z\", " \
    "\"suspects\": [{\"login\": \"hijacked\\u001b@shop10.example\", \"reason\": \"not read\", " \
    "\"recipients\": 1010, \"usual_per_hour\": 40, \"active_hours_before\": 9, " \
    "\"new_domains_percent\": 77, \"bounced_percent\": 26, \"new_networks\": 12, " \
    "\"failed_logins\": 14}, {\"login\": \"new@shop10.example\", \"recipients\": 60}]}"
#define SILENCE \
    "{\"id\": \"s12\", \"kinds\": [\"surge\", \"moon-\\u0007phase\"], \"domain\": " \
    "\"shop10\\u202e.example\", \"from\": \"2026-03-02T09:30:00Z\", \"until\": " \
    "\"2026-03-02T11:30:00Z\", \"active\": true, \"by\": \"kato\", \"comment\": \"a " \
    "\\u001b[31msale\", \"hides\": 1}"
#define SILENCE_TO_COME \
    "{\"id\": \"s13\", \"kinds\": [], \"from\": \"2026-03-03T09:30:00Z\", \"until\": " \
    "\"2026-03-03T11:30:00Z\", \"active\": false}"
#define QUIETED \
    HEAD "\"incidents\": [" SILENCED "], \"silences\": [" SILENCE ", " SILENCE_TO_COME \
         "], \"history\": {\"state\": \"ok\"}, \"mail\": null}"
#define UNKNOWN_KIND \
    "{\"id\": \"0abc\", \"state\": \"open\", \"kind\": \"moon-\\u001bphase\", \"provider\": " \
    "\"google\", \"opened\": \"2026-03-02T09:00:00Z\"}"
#define BUSY \
    HEAD "\"incidents\": [" BLOCK ", " UNKNOWN_KIND "], \"notifiers\": [{\"name\": \"pager\", " \
         "\"type\": \"pagerduty\", \"state\": \"dead\", \"pending\": 12, \"dead_letters\": 3, " \
         "\"last_error\": \"HTTP \\u001b 500\"}], \"history\": {\"state\": \"disk full\", " \
         "\"reason\": \"no space left\", \"spool_bytes\": 4096}, \"mail\": {\"newest_line\": " \
         "\"2026-03-02T10:00:11Z\", \"lines\": {\"read\": 12345, \"unknown\": 3}, \"messages\": " \
         "{\"open\": 34}, \"left_out\": {\"logins\": 1234, \"log_lines\": 5, \"moons\": 1}, " \
         "\"logs\": [{\"name\": \"file:/var/log/a.log\", \"behind_bytes\": " \
         "31457280, \"idle_s\": 0}, {\"name\": \"file:/var/log/b.log\", \"behind_bytes\": 0, " \
         "\"idle_s\": 720}, {\"name\": \"udp:[::]:514\", \"behind_bytes\": 0, \"idle_s\": 1, " \
         "\"lost\": 1007}, {\"name\": \"journald\", \"behind_bytes\": null, \"idle_s\": null}, " \
         "{\"name\": \"file:/var/log/fine.log\", \"behind_bytes\": 5, \"idle_s\": 3}], " \
         "\"attempts\": {\"total\": 1000, \"sent\": 900, \"deferred\": 60, \"bounced\": 40}, " \
         "\"outcomes\": {\"sent\": 99, \"bounced\": 1}, \"paths\": [" PATHS "]}}"
#define PATHS \
    "{\"relay\": \"relay1\", \"source\": \"out-a\", \"provider\": \"docomo\", \"attempts\": " \
    "{\"total\": 700, \"sent\": 288, \"deferred\": 0, \"bounced\": 412}, \"last\": " \
    "\"2026-03-02T10:00:00Z\"}, {\"relay\": \"relay1\", \"source\": \"out-b\", \"provider\": " \
    "\"a-provider-with-a-name-that-is-far-too-long-for-any-column-of-a-table\", \"attempts\": " \
    "{\"total\": 300, \"sent\": 300, \"deferred\": 0, \"bounced\": 0}}"

static const struct text_style wide = {100, true, false, false};

/* NULL: it is none. */
struct status_answer *read_status(const char *text);

/* Where it says the words; fails when it does not. */
size_t place_of(const struct buf *text, const char *words);

void assert_silent(const struct buf *text, const char *words);

/* Lines of `width` columns at most, without a byte that a terminal obeys. */
void assert_harmless(const struct buf *text, size_t width);

#endif
