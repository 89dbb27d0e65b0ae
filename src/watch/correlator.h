/* SPDX-License-Identifier: Apache-2.0
 *
 * From records to attempts and outcomes. Joins the lines of one queue id of one instance of one
 * host into a message, follows a message that goes on under another id, and says the final word on
 * each recipient once.
 *
 * Identity: (host, instance, queue id, generation). Short ids are used again as soon as a message
 * is removed, so a birth line for an id that has ended, or has been born already, begins a new
 * generation. A transport's own syslog_name hides the instance (`postfix/out-a/smtp` may belong to
 * the instance `postfix-lab`); the programs that surely carry it are qmgr, cleanup, pickup and
 * bounce.
 *
 * Late lines: a message that was removed stays for linger_us, so that lines which a syslog daemon
 * brought in another order still find it; its outcomes are said when it leaves. A message without
 * an end is given up after idle_us without a line, or earlier, oldest first, when more than
 * max_open are open; given-up ones are counted.
 *
 * `now` is the time of the records, or what correlator_tick says; nothing here reads a clock. One
 * thread.
 */
#ifndef TD_WATCH_CORRELATOR_H
#define TD_WATCH_CORRELATOR_H

#include "mail/log_record.h"
#include "model/summary.h"
#include "watch/open_table.h"

struct correlator;

struct correlator_limits {
    int64_t linger_us; /* default 60 s */
    int64_t idle_us;   /* default 7 days: Postfix' queue lifetime of 5 and a margin */
    uint32_t max_open; /* default 500,000 messages */
};

#define CORRELATOR_LIMITS \
    { \
        .linger_us = INT64_C(60000000), .idle_us = INT64_C(604800000000), .max_open = 500000 \
    }

/* Why a delivery record is no attempt. */
enum attempt_exclusion {
    ATTEMPT_COUNTS,
    ATTEMPT_REINJECTED, /* into our own filter or next relay: goes on under another id */
    ATTEMPT_PROBE,      /* address verification */
    ATTEMPT_DISCARDED,  /* discard: transport */
    ATTEMPT_REPEATED,   /* "delivery temporarily suspended", or the same final line once more */
};

struct attempt {
    const struct log_record *record;
    const struct message *message;
    const struct recipient *recipient; /* as it was before this record */
    enum delivery_status status;
    enum attempt_exclusion exclusion;
    int64_t time_us;
    float delay_s; /* as the record says it */
};

/* What the receiver of attempts found, remembered with the recipient until its outcome. */
struct attempt_mark {
    uint32_t path;
    enum reply_class class;
};

enum outcome {
    OUTCOME_SENT,
    OUTCOME_BOUNCED,
    OUTCOME_EXPIRED,
    OUTCOME_OPEN,      /* waiting when the logs end */
    OUTCOME_DISCARDED, /* ended by an order */
    OUTCOME_LOST, /* the log holds no final word: lines are missing or the message was given up */
};

/* Why a message leaves. */
enum message_leave {
    LEAVE_SETTLED, /* it had ended, and no late line came */
    LEAVE_IDLE,    /* it had no line for too long */
    LEAVE_FOR_ROOM,
    LEAVE_LOGS_ENDED,
};

struct outcome_event {
    enum outcome outcome;
    const struct message *message;
    const struct recipient *recipient; /* NULL: never attempted */
    uint32_t count;                    /* recipients this stands for; 1 unless recipient is NULL */
    double delay_s;                    /* since the first hop took it */
    int64_t now_us;
};

/* Receiver of what the correlator finds; `data` is handed to each. Only the last two may be
 * NULL. */
struct correlator_sink {
    void *data;
    /* Every delivery record. The mark is remembered with the recipient; zeros for what is no
     * attempt. */
    struct attempt_mark (*attempt)(void *data, const struct attempt *attempt);
    /* An attempt on this path that was told as ATTEMPT_COUNTS turned out to be ATTEMPT_REINJECTED.
     */
    void (*reinjected)(void *data, uint32_t path);
    void (*outcome)(void *data, const struct outcome_event *event);
    /* A message of a login was taken by the queue manager for the first time. */
    void (*accepted)(void *data, const struct message *message, int64_t now_us);
    /* A record that says something of a message: birth, Message-ID, queued; of a message whose
     * begin the log does not have (note is still 0), its deliveries too. */
    void (*noted)(void *data, struct message *message, const struct log_record *record);
    /* The message leaves, after its outcomes. */
    void (*ended)(void *data, const struct message *message, enum message_leave leave);
};

/* What an earlier run that had the same lines did with them. */
struct correlator_past {
    /* Its end, when it leaves for that reason; NULL: there was none. */
    bool (*told)(void *data, const struct message *message, enum message_leave leave);
    void *data;
};

struct correlator *correlator_new(const struct correlator_limits *limits,
                                  const struct correlator_sink *sink);
void correlator_free(struct correlator *correlator);

/* Takes one record; now_us is its time, checked by the caller (see log_clock.h) and not decreasing
 * by more than lines come late. Records that are not about a queue id are ignored. */
void correlator_take(struct correlator *correlator, const struct log_record *record,
                     int64_t now_us);

/* Time has passed to now_us and no line has come: messages that wait for late lines no longer
 * leave, as the next line would make them. Later lines go by their own time again. */
void correlator_tick(struct correlator *correlator, int64_t now_us);

/* What was closed before us need not wait for late lines. Later calls say the same of another time.
 */
void correlator_settle_before(struct correlator *correlator, int64_t us);

/* The next record is this line, a number of the caller's that rises within each log: message->line.
 * Of the closed messages of one log those with lower numbers settle first. */
void correlator_at(struct correlator *correlator, uint64_t line);

/* Asked of each message when it ends, for message->told. Before the first record. */
void correlator_set_past(struct correlator *correlator, const struct correlator_past *past);

/* The next line comes again, as one of many of several logs, which are read one after the other and
 * not as they were written: log_us is the time of its own log, by which its message will leave.
 * Until correlator_again_end, which makes those leave whose time is over by now, only messages
 * leave that were told, when there are too many. */
void correlator_again(struct correlator *correlator, int64_t log_us);
void correlator_again_end(struct correlator *correlator);

/* The logs have ended at now_us: says the outcomes of everything still held. */
void correlator_finish(struct correlator *correlator, int64_t now_us);

/* Names behind the numbers of a message. */
struct slice correlator_host(const struct correlator *correlator, uint32_t host);
struct slice correlator_login(const struct correlator *correlator, uint32_t login);

/* All hosts, to read. */
const struct intern *correlator_hosts(const struct correlator *correlator);

/* Number of a login of which only the past is known; 0: there are too many. */
uint32_t correlator_add_login(struct correlator *correlator, struct slice login);

/* Number of a login that has sent mail; 0: none such. */
uint32_t correlator_find_login(const struct correlator *correlator, struct slice login);

/* The time of the records; STAMP_NONE before the first. */
int64_t correlator_now(const struct correlator *correlator);

uint64_t correlator_messages(const struct correlator *correlator); /* begun so far */
uint32_t correlator_open(const struct correlator *correlator);     /* not ended yet */
uint64_t correlator_flushed(const struct correlator *correlator);  /* given up for max_open */
/* How often a login had no room: its message is taken as one without. */
uint64_t correlator_logins_left_out(const struct correlator *correlator);

#endif
