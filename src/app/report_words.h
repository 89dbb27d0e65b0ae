/* SPDX-License-Identifier: Apache-2.0
 *
 * Figures and sentences that the text and the HTML report share. Everything is appended to a buf,
 * unescaped: what comes from logs is escaped by the printer, who knows for what.
 */
#ifndef TD_APP_REPORT_WORDS_H
#define TD_APP_REPORT_WORDS_H

#include "base/buf.h"
#include "mail/provider.h"
#include "model/summary.h"

#define REPORT_REACH_TARGET 0.99
#define REPORT_ENOUGH 30 /* outcomes below which a ratio is not judged */

/* What a ratio of good to all says about a target, by Wilson's interval at 95 %. */
enum report_verdict {
    REPORT_TOO_FEW, /* fewer than REPORT_ENOUGH */
    REPORT_MET,     /* the whole interval is at or above the target */
    REPORT_MISSED,  /* the whole interval is below */
    REPORT_UNSURE,  /* the target lies inside */
};

enum report_verdict report_judge(uint64_t good, uint64_t bad, double target);
const char *report_verdict_word(enum report_verdict verdict);    /* "met", for machines */
const char *report_verdict_meaning(enum report_verdict verdict); /* for people */

/* 12,345 */
void report_number(uint64_t number, struct buf *to);

/* "1 message", "12,345 messages": `noun` gets an s unless the number is 1. */
void report_count(uint64_t number, const char *noun, struct buf *to);

/* "98.71 %". Never rounds something to nothing or almost all to all: "<0.01 %", "99.99 %". "-" of
 * nothing. */
void report_percent(uint64_t part, uint64_t whole, struct buf *to);

/* "0.8 s" "12 s" "5 min 10 s" "3 h 12 min" "2 d 4 h" */
void report_duration(double seconds, struct buf *to);

/* "half within 0.8 s, 90 % within 12 s, 99 % within 5 min 10 s" */
void report_quantiles(const struct summary_latency *latency, struct buf *to);

/* Local time (TZ): "2026-03-02 08:01"; only "08:01" when it is on the day of `beside_us`, which may
 * be STAMP_NONE. */
void report_time(int64_t us, int64_t beside_us, struct buf *to);

/* "2026-03-02 00:00 - 23:59 JST (24 h)"; dash: what stands between. */
void report_period(const struct summary *summary, const char *dash, struct buf *to);

/* Distinct relays, from sources[]: fills up to `max` names, returns how many there are. */
size_t report_relays(const struct summary *summary, size_t max, struct slice *names);

/* Outcomes that have ended. */
static inline uint64_t report_ended(const struct summary_outcomes *outcomes)
{
    return outcomes->sent + outcomes->bounced + outcomes->expired;
}

/* A report of the history: how many rows, what they lack, and how many lines were read for ever. */
void report_rows(const struct summary *summary, struct buf *to);

/* In its place where there are no rows. Literal. */
const char *report_no_rows(const struct summary *summary);

/* The time of which only sums are kept, and its attempts, as sentences. */
void report_older(const struct summary_older *older, const char *dash, struct buf *to);

/* What full mailboxes cost: "47 refused while the sender waited (9 of them once the message had
 * come), 3 returned after they were taken, 12 attempts put off". */
void report_full_sentence(const struct summary_full *full, struct buf *to);

#define REPORT_WITHOUT_NAME "(others)" /* what had no room in a list of sums */

/* The class that most failed attempts have; REPLY_CLASS_NOT_BOUNCE when none failed. */
enum reply_class report_main_class(const struct summary_path *path);

/* Failed attempts of class block_ip and block_domain. */
uint64_t report_blocked(const struct summary_path *path);

/* Is there an open incident that names this path? Empty names of either side match all. */
bool report_path_open(const struct summary *summary, const struct summary_path *path);

/* Programs with lines that were not understood, most of them first: fills up to `max`, returns how
 * many there are. */
size_t report_unread_programs(const struct summary *summary, size_t max,
                              const struct summary_program **programs);

/* What is odd about a login, in a word or two, or "" when nothing is. Literal. */
const char *report_login_oddity(const struct summary_login *login);

size_t report_open_incidents(const struct summary *summary);

/* What to say in place of open incidents. */
enum report_state {
    REPORT_NO_MAIL,
    REPORT_LITTLE_MAIL, /* too little to judge */
    REPORT_BEHIND,      /* no incident, yet the target is missed */
    REPORT_WELL,
};

enum report_state report_state_of(const struct summary *summary);

/* The sentence for it. */
void report_state_say(const struct summary *summary, struct buf *to);

/* "Blocked", "Provider outage" ...: the kind for people. */
const char *report_incident_title(enum incident_kind kind);

/* Does it stop mail or reputation now? Else it asks for attention. */
bool report_incident_is_grave(const struct incident *incident);

/* "relay1/out-a -> docomo", "every source -> docomo", "login shop-17@example.jp". */
void report_incident_subject(const struct incident *incident, const char *arrow, struct buf *to);

/* "3,604 of 3,720 attempts refused (96.8 %), 3,201 messages" */
void report_incident_counts(const struct incident *incident, struct buf *to);

/* "since 08:14 (3 h 12 min)", "08:14 - 09:01 (47 min)"; an open one lasts to the log's end. */
void report_incident_span(const struct incident *incident, const struct summary *summary,
                          const char *dash, struct buf *to);

/* Where to ask for delisting: the link of the reply, else the provider's page; empty when neither
 * is known or another cause makes it useless. providers may be NULL. */
struct slice report_incident_link(const struct incident *incident,
                                  const struct provider_table *providers);

#endif
