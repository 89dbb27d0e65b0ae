/* SPDX-License-Identifier: Apache-2.0
 *
 * What became of the messages that somebody asks about: made from the lines that a trace_search
 * found, then only read by the printers. A message here is everything that belongs together: its
 * hops (one queue id on one host each), the steps in order of time, the final word on each
 * recipient. docs/guide/trace.md has the words for readers.
 */
#ifndef TD_WATCH_STORY_H
#define TD_WATCH_STORY_H

#include "mail/provider.h"
#include "watch/classifier.h"
#include "watch/trace_search.h"

/* X(NAME, word) What one line tells. */
#define STORY_STEPS(X) \
    X(ACCEPTED, "accepted")           /* from a client over the network */ \
    X(SUBMITTED, "submitted")         /* written on the host itself */ \
    X(REENTERED, "reentered")         /* came back from our own filter, or from another relay */ \
    X(QUEUED, "queued")               /* taken by the queue manager, the first time */ \
    X(HANDED_ON, "handed_on")         /* to our own filter or next relay; `next` or next_id */ \
    X(SENT, "sent")                   /* another server took it */ \
    X(DELIVERED, "delivered")         /* into a mailbox or program of ours */ \
    X(DEFERRED, "deferred")           /* failed for now */ \
    X(BOUNCED, "bounced")             /* failed for good */ \
    X(SERVER_FAILED, "server_failed") /* one server of several; the next one was tried */ \
    X(EXPIRED, "expired")             /* given up after too long a time, or by order */ \
    X(REJECTED, "rejected")           /* by us: a recipient, or the whole message */ \
    X(HELD, "held") \
    X(RELEASED, "released") \
    X(REQUEUED, "requeued") \
    X(EXPIRY_ORDERED, "expiry_ordered") /* postsuper -f */ \
    X(DELETED, "deleted")               /* postsuper -d */ \
    X(DISCARDED, "discarded")           /* thrown away by a rule of ours */ \
    X(REDIRECTED, "redirected") \
    X(NOTED, "noted")             /* another order or warning; `detail` */ \
    X(NOTIFIED, "notified")       /* `next`: the notification's hop; `detail`: which kind */ \
    X(CHECKED, "address_checked") /* a probe of the address, no mail */ \
    X(STORED, "stored")           /* Dovecot put it into the folder `detail` */ \
    X(STORE_FAILED, "store_failed") \
    X(SORTED, "sorted")   /* a rule of the recipient's; `detail` */ \
    X(REMOVED, "removed") /* the queue was done with it */

enum story_step_kind {
#define X(name, word) STORY_##name,
    STORY_STEPS(X)
#undef X
};

/* X(NAME, word) The final word on a recipient. */
#define STORY_OUTCOMES(X) \
    X(DELIVERED, "delivered")   /* in a mailbox or program of ours */ \
    X(ACCEPTED, "accepted")     /* another server took it: that is not arrival */ \
    X(HANDED_ON, "handed_on")   /* in another queue of ours, whose log is not here */ \
    X(WAITING, "waiting")       /* will be tried again */ \
    X(HELD, "held")             /* stopped until somebody releases it */ \
    X(REFUSED, "refused")       /* given back to the sender */ \
    X(EXPIRED, "expired")       /* given back after too long a time */ \
    X(REJECTED, "rejected")     /* never taken: the sending program was told at once */ \
    X(DISCARDED, "discarded")   /* thrown away by a rule */ \
    X(DELETED, "deleted")       /* by an administrator */ \
    X(LOST, "lost")             /* the lines that would tell are not here */ \
    X(UNFINISHED, "unfinished") /* the sender broke off, or a rule threw it away unseen */ \
    X(CHECKED, "address_checked")

enum story_outcome {
#define X(name, word) STORY_OUTCOME_##name,
    STORY_OUTCOMES(X)
#undef X
};

#define X(name, word) +1
enum { STORY_OUTCOME_COUNT = STORY_OUTCOMES(X) };
#undef X

struct story_hop {
    struct slice host;         /* empty where the log names none */
    struct slice queue_id;     /* or Dovecot's session */
    bool is_mailbox;           /* Dovecot's delivery */
    bool is_notification;      /* not the message but a notification about it */
    int64_t first_us, last_us; /* its lines */
    int64_t host_last_us;      /* the host's last line in these logs */
};

struct story_recipient;

struct story_step {
    int64_t time_us;
    enum story_step_kind kind;
    const struct story_hop *hop;
    const struct story_hop *next;     /* where it went on, the notification, or NULL */
    const struct story_recipient *on; /* final word on a NOTIFIED's recipient, or NULL */
    struct slice to, orig_to;         /* the recipient it is about; empty: the whole message */
    struct slice client_name, client_ip, login, helo; /* who brought it */
    struct slice from;
    struct slice source;               /* label of the sending service: `out-a` */
    struct slice relay_host, relay_ip; /* the server spoken to */
    const struct provider *provider;   /* of that server, or of the recipient's domain; or NULL */
    struct slice reply;                /* reason as logged */
    struct slice code, dsn;            /* code: of our own refusal */
    struct slice next_id, detail;
    enum reply_class class; /* of a failure */
    enum reply_permanence permanence;
    struct slice list, url; /* blocklist and link that the reply names, or empty */
    int64_t full_since_us;  /* of a failure: its mailbox has been full; or STAMP_NONE */
    bool own;               /* our own server was to deliver it: a mailbox, a program */
    bool repeats;           /* no new try: the queue manager put an earlier failure on it */
    struct slice line;
};

struct story_recipient {
    struct slice address; /* as the sender wrote it, as far as the logs tell; empty: not logged */
    struct slice final;   /* where it went in the end, when an alias changed it; else the same */
    uint32_t count;       /* recipients that this stands for; above 1 only without an address */
    enum story_outcome outcome;
    const struct story_hop *hop;     /* of the final word */
    const struct story_step *last;   /* that says it: the last try; NULL when nothing was tried */
    const struct story_step *ended;  /* what ended it for the whole message without a try: expiry,
                                        deletion, an order; or NULL */
    const struct story_step *stored; /* what Dovecot said, or NULL */
    uint32_t attempts;               /* tries on the last hop */
    int64_t first_try_us;            /* STAMP_NONE when nothing was tried */
};

struct story_message {
    int64_t first_us, last_us;
    bool is_notification; /* nothing but a notification: what it is about is not in these logs */
    bool from_known;      /* an envelope sender was logged; empty: the null sender */
    struct slice from, message_id, login, client_name, client_ip;
    uint64_t size;                 /* bytes, 0: not known */
    struct story_hop *const *hops; /* in order of their first lines */
    size_t hop_count;
    struct story_step *const *steps; /* in order of time */
    size_t step_count;
    struct story_recipient *const *recipients; /* those asked about */
    size_t recipient_count;
    uint64_t others; /* recipients that the key does not ask about */
};

/* A message or recipient refused before it had a queue id. */
struct story_refusal {
    int64_t time_us;
    struct slice host, client_name, client_ip, login, helo, from, to;
    struct slice code, dsn, reply, action, stage;
    int64_t full_since_us; /* the mailbox has been full; or STAMP_NONE */
    struct slice line;
};

struct story {
    struct trace_found found;
    struct story_message *messages; /* in order of time: the newest `limit` of them */
    size_t message_count;
    uint64_t messages_before;       /* older ones that were found but not told; at least */
    struct story_refusal *refusals; /* in order of time, the newest `limit` */
    size_t refusal_count;
    uint64_t refusals_before;
    /* The rest is the story's own. */
    struct arena *arena;
    struct log_parser *parser;
};

/* All borrowed; they and the search's lines outlive the story. */
struct story_sources {
    const struct trace_search *search;
    struct classifier *classifier;
    const struct provider_table *providers;
};

void story_tell(const struct story_sources *sources, struct story *out);
void story_done(struct story *story);

const char *story_step_word(enum story_step_kind kind);
const char *story_outcome_word(enum story_outcome outcome);

/* Nothing more is to be done: it is where it should be, as far as we can know. */
bool story_outcome_is_good(enum story_outcome outcome);

/* It may still come to a good end by itself. */
bool story_outcome_is_open(enum story_outcome outcome);

#endif
