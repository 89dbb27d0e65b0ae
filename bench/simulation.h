/* SPDX-License-Identifier: Apache-2.0
 *
 * The made-up fleet at work: all that the steps of the simulation share. Time is what the agenda
 * says; nothing asks a clock. Messages live in a pool and are named by their number, since the pool
 * moves when it grows.
 */
#ifndef TD_BENCH_SIMULATION_H
#define TD_BENCH_SIMULATION_H

#include "agenda.h"
#include "episode.h"
#include "fleet.h"
#include "logfile.h"
#include "options.h"
#include "rhythm.h"
#include "truth.h"

enum { RECIPIENTS_MAX = 5, DEAD_SLOTS = 64 };

#define NO_MESSAGE UINT32_MAX

/* X(NAME, function): what can happen to a message; each is `void f(sim, message number, part)`. */
#define STEPS(X) \
    X(ARRIVAL, traffic_arrival) \
    X(SURGE, traffic_surge) \
    X(CAMPAIGN, campaign_step) \
    X(ATTACK, attack_step) \
    X(SCENE, scene_step) \
    X(CONNECT, message_connect) \
    X(CLIENT, message_client) \
    X(MESSAGE_ID, message_id) \
    X(QUEUED, message_queued) \
    X(DISCONNECT, message_disconnect) \
    X(DELIVER, delivery_step) \
    X(FILTERED, delivery_filtered) \
    X(FORWARDED, delivery_forwarded) \
    X(NOTIFY, notice_step) \
    X(EDGE, notice_edge) \
    X(REMOVED, message_removed) \
    X(RETRY, message_retry) \
    X(SUPERVISE, supervise_step)

enum step {
#define X(name, function) STEP_##name,
    STEPS(X)
#undef X
};

enum message_kind {
    MESSAGE_SUBMISSION, /* with a login */
    MESSAGE_RELAYED,    /* of an application server */
    MESSAGE_PICKUP,     /* sendmail command, or postsuper -r */
    MESSAGE_NOTICE,     /* from=<>, made by bounce(8) */
    MESSAGE_PROBE,      /* address verification */
    MESSAGE_REINJECTED, /* comes back from the content filter */
    MESSAGE_FORWARDED,  /* made by local(8) for an alias */
};

/* What becomes of the message, if not simply delivery to each recipient. */
enum message_fate {
    FATE_DELIVER,
    FATE_FILTER,  /* to the content filter, and on under a new id */
    FATE_FORWARD, /* a local alias for addresses elsewhere */
    FATE_LOCAL,   /* local mailbox */
    FATE_DISCARD,
    FATE_REJECT, /* refused after DATA: no queue manager ever sees it */
    FATE_SCENE,  /* not a message: some other program's lines */
};

enum recipient_state {
    RECIPIENT_NEW,
    RECIPIENT_DEFERRED,
    RECIPIENT_GREYLISTED, /* deferred, will be sent next time */
    RECIPIENT_SENT,
    RECIPIENT_BOUNCED,
    RECIPIENT_DONE, /* discarded, or followed under another id */
};

struct recipient {
    struct address to;
    uint32_t qmgr_us, connect_us, transmit_us; /* delays b, c, d of the try under way */
    uint8_t state;                             /* enum recipient_state */
    bool ipv6;
    bool waited; /* for a connection that did not come about; `reason` says how it ends */
    uint8_t reason;
    bool stubborn; /* never accepted: expires */
};

struct message {
    struct queue_id id;
    struct queue_id peer; /* of the message this one came from, or went to */
    int64_t arrival_us;   /* delay= counts from here; kept by a requeue */
    int64_t active_us;    /* when the queue manager took it up last */
    uint64_t token;       /* makes the Message-ID */
    uint32_t login;       /* MESSAGE_SUBMISSION: account; else what makes the sender */
    uint32_t next;        /* free list, or the other message of a hand-over */
    uint32_t size;
    uint32_t alias; /* virtual or local alias, 0: none */
    uint32_t client;
    uint8_t kind, fate; /* enum message_kind, message_fate */
    uint8_t host, source;
    uint8_t recipients, running; /* running: deliveries under way */
    uint8_t tries, bounced;      /* bounced: in this round */
    bool null_sender, order;     /* order: which of two free orders of lines */
    bool expired;                /* the notification is for an expired message */
    bool waiting;                /* in the deferred queue */
    bool stolen;                 /* by whoever has the login's password */
    uint8_t met;                 /* number of the episode that failed it last, from 1; 0: none */
    struct recipient to[RECIPIENTS_MAX];
};

struct dead_site {
    uint16_t domain;
    uint8_t receiver;
    uint8_t reason;
    bool ipv6;
    int64_t until_us;
};

struct simulation {
    struct options options;
    struct random random;
    struct agenda agenda;
    struct fleet fleet;
    struct episode_list episodes;
    struct rhythm rhythm; /* of a month */
    struct truth truth;
    struct logfile *file;
    int64_t now_us, end_us, lifetime_us;
    int64_t dead_site_us;     /* how long a site that did not answer is left alone */
    struct message *messages; /* owned */
    uint32_t message_count, message_room, free_message;
    uint32_t busy; /* messages that will write lines by themselves */
    uint64_t arrivals;
    bool draining; /* no new mail, no retries: the log is about to end */
    struct dead_site dead[HOSTS_MAX][DEAD_SLOTS];
    size_t text_at;     /* where the text of the line begins */
    uint32_t line_host; /* whose line it is */
    struct line line;
};

/* Runs the whole log into `file`. */
void simulation_run(struct simulation *sim, const struct options *options, struct logfile *file);
void simulation_done(struct simulation *sim);

/* For the steps. */
static inline bool simulation_have(const struct simulation *sim, enum feature feature)
{
    return options_have(&sim->options, feature);
}

/* Plans a step `after_us` from now. */
void simulation_plan(struct simulation *sim, int64_t after_us, enum step step, uint32_t who,
                     uint32_t part);

/* A zeroed message of this host; its number. Pointers to messages do not survive it. */
uint32_t simulation_message_new(struct simulation *sim, uint32_t host);

/* The message is over, or waits in the deferred queue from now on / no longer. */
void simulation_message_free(struct simulation *sim, uint32_t number);
void simulation_wait(struct simulation *sim, struct message *message, bool waiting);

/* Begins a line of `program`; `who` makes the process id. */
struct line *simulation_line(struct simulation *sim, uint32_t host, enum program program,
                             uint32_t who);

/* The same with `QID: ` of a message. */
struct line *simulation_message_line(struct simulation *sim, const struct message *message,
                                     enum program program);

/* Writes the line that was begun last. */
void simulation_emit(struct simulation *sim);

#define X(name, function) void function(struct simulation *sim, uint32_t who, uint32_t part);
STEPS(X)
#undef X

#endif
