/* SPDX-License-Identifier: Apache-2.0
 *
 * The settings of the daemon, as one immutable object: made from a file by settings_load, given to
 * whoever needs parts of it, freed by settings_free after the last reader has gone. A reload makes
 * a new one. What each key means, its form and its default are the rows of settings_schema.c, from
 * which `todoku config dump`, todoku.yaml(5) and examples/todoku.yaml are made.
 *
 * Conventions: texts end with NUL and are NULL where nothing was set; paths begin at the root or at
 * the folder of the process (they were taken from the folder of the file); durations and times in
 * microseconds; shares from 0 to 1; an empty list is {NULL, 0}. Everything was checked: who reads a
 * field need not check its form again.
 */
#ifndef TD_APP_SETTINGS_H
#define TD_APP_SETTINGS_H

#include "base/buf.h"
#include "base/day_span.h"
#include "base/endpoint.h"
#include "base/err.h"
#include "base/ip_address.h"
#include "base/rate.h"
#include "io/secret_make.h"
#include "mail/auth_request.h"
#include "model/fleet.h"
#include "model/hijack_verdict.h"
#include "model/incident.h"
#include "model/language.h"
#include "model/limit_rule.h"
#include "respond/route_rules.h"
#include "store/account_driver.h"

#define SETTINGS_PATH "/etc/todoku/todoku.yaml" /* where no -c says otherwise */

/* The dashboard, API and metrics. No listeners: not started. */
#define SETTINGS_WEB_NAMES 16

struct settings_web {
    const struct endpoint *listen; /* TCP or UNIX, all different */
    size_t listen_count;
    const char *token;        /* NULL: read-only */
    const char *url;          /* by which people reach it, for links; NULL: no links */
    const char *const *names; /* of hosts by which it may be asked, beside its own */
    size_t name_count;
};

enum settings_log_kind { SETTINGS_LOG_FILE, SETTINGS_LOG_JOURNALD, SETTINGS_LOG_SYSLOG };

struct settings_log {
    enum settings_log_kind kind;
    const char *file;               /* FILE; no two logs have the same */
    bool journald;                  /* JOURNALD: true */
    struct endpoint syslog;         /* SYSLOG: UDP, TCP or UNIX; no two logs have the same */
    const struct ip_network *allow; /* SYSLOG over UDP and TCP: who may send; never empty there */
    size_t allow_count;
    uint64_t spool_bytes; /* SYSLOG: what has come and was not yet read, on disk */
    int64_t backfill_us;  /* FILE, JOURNALD; 0: begin at the end of the log */
};

enum settings_store_kind { SETTINGS_STORE_SQLITE };

/* Of a Redis; where it is stands in the state of the store. */
struct settings_redis {
    const char *user, *password; /* NULL: those of the address, if any */
    const char *prefix;          /* of all keys */
    const char *relay;           /* NULL: the name of the host */
    uint32_t deadline_ms;
    uint32_t relays; /* at least */
};

struct settings_store {
    const char *state; /* sqlite, or a redis_address */
    enum settings_store_kind history;
    struct settings_redis redis;
    int64_t keep_us;           /* deliveries older than this go */
    int64_t keep_totals_us;    /* counts by hour */
    int64_t keep_incidents_us; /* closed ones */
    uint64_t max_size_bytes;   /* of the history; the oldest deliveries go first */
    uint64_t spool_bytes;      /* what the history cannot take at the moment, on disk */
    uint64_t memory_bytes;     /* what is not written yet, in memory */
};

struct settings_source {
    const char *name;          /* syslog_name of the transport; unique */
    struct ip_address address; /* len 0: not known */
    const char *helo;
    const char *pool;
    const char *relay;    /* NULL: this one */
    const char *next_hop; /* there exactly when relay is: `[relay2]:10026` */
};

struct settings_pool {
    const char *name; /* unique */
    enum fleet_purpose purpose;
    const char *const *fallbacks; /* pools; never a transactional one for a marketing one */
    size_t fallback_count;
};

struct settings_fleet {
    const char *relay; /* NULL: the name of this host */
    const struct settings_source *sources;
    size_t source_count;
    const struct settings_pool
        *pools; /* those of sources that are not among them: settings_fleet.h */
    size_t pool_count;
};

/* The Postfix beside which todoku runs: whom the verbs ask about the queue. */
struct settings_postfix {
    const char *commands;         /* folder of postqueue, postconf and postmap */
    const char *const *instances; /* configuration folders; none: the one that Postfix has itself */
    size_t instance_count;
    const char *const *reload; /* words of the command; none: `postfix reload` of each instance */
    size_t reload_count;
};
#define SETTINGS_RELOAD_WORDS 16

/* Name servers and what they are asked for. */
struct settings_dns {
    bool enabled;
    const struct endpoint *servers; /* never UNIX, no port 0; none: those of /etc/resolv.conf */
    size_t server_count;
    int64_t timeout_us, keep_us;
    struct rate pace;
    bool standing; /* look how the sources stand: standing_book.h */
    int64_t look_us;
    const char *const *blocklists; /* valid names, short enough; none by default */
    size_t blocklist_count;
};

/* Fields as in struct detector_rule (watch/path_detector.h). */
struct settings_block {
    uint32_t least_failures, least_messages;
    double least_share, usual_share, blocked_share;
    int64_t forget_after_us;
};

/* As struct surge_rule (watch/surge_detector.h). */
struct settings_surge {
    uint32_t least_recipients; /* an hour */
    double own_factor, fleet_factor;
};

/* As struct volume_rule (watch/volume.h). */
struct settings_volume {
    uint32_t least_recipients; /* an hour */
    double own_factor, all_factor, fleet_factor;
};

struct settings_growth {
    double factor;             /* today's volume to one provider against yesterday's */
    uint32_t least_recipients; /* a day */
};

/* As struct correlator_limits (watch/correlator.h). */
struct settings_correlation {
    int64_t late_lines_us, give_up_us;
    uint32_t max_open;
};

struct settings_burn {
    double rate;               /* times the budget's even use */
    int64_t long_us, short_us; /* both windows must burn; short < long */
};

struct settings_slo {
    double reachability;       /* share of outcomes without hard bounce */
    int64_t latency_us;        /* a delivery is in time up to here */
    double latency_share;      /* of the transactional deliveries in time */
    const char *const *logins; /* transactional: these logins */
    size_t login_count;
    const char *const *pools; /* and these pools of sources */
    size_t pool_count;
    int64_t retry_us;        /* a deferred delivery is tried again no sooner */
    int64_t window_us;       /* of the error budget */
    uint32_t least_outcomes; /* in a window; below it nothing is said */
    struct settings_burn fast, slow;
};

struct settings_silence {
    int64_t after_us; /* never silent before this */
    double factor;    /* times the longest usual gap of the log */
};

struct settings_unread {
    double share; /* of a program's lines, or a log's */
    uint32_t least_lines, least_foreign;
    int64_t within_us; /* all of so long a time */
};

/* Failed logins that are an attack. */
struct settings_brute_force {
    struct rate per_client, per_login;
};

struct settings_queue {
    int64_t age_us;   /* a waiting recipient is old from here on */
    uint32_t old;     /* that many old ones are an incident */
    uint32_t backlog; /* that many waiting ones are one, whatever their age */
    double factor;    /* times what is usual, both */
    int64_t forget_after_us;
};

struct settings_detect {
    struct settings_block block, silent_block;
    struct settings_surge surge;
    struct settings_volume volume;
    struct settings_growth growth;
    struct settings_correlation correlation;
    struct settings_slo slo;
    struct settings_silence silence;
    struct settings_unread unread;
    struct settings_brute_force brute_force;
    struct settings_queue queue;
};

/* From open to closed: what the book of incidents goes by. */
struct settings_incidents {
    int64_t group_us;      /* what comes later than this after the newest gets a page of its own */
    int64_t group_wait_us; /* growth of a page is gathered for this long */
    int64_t flap_us;       /* what opens again within this time is the same incident */
    int64_t stable_us;     /* and is told once it has stayed for this long */
    int64_t update_us;     /* at least between two updates */
    int64_t orphan_us;     /* after a restart: closed when no detector speaks of it; 0: never */
    int64_t escalate_after_us;                /* without acknowledgement; 0: never */
    uint32_t escalate_calls;                  /* at most, for a page */
    enum incident_severity escalate_severity; /* at least this */
    const struct day_span *quiet_hours;       /* by the local clock; at most 8 */
    size_t quiet_hours_count;
};

/* In the order of enum notifier_type (respond/notifier.h). */
enum settings_notify_kind {
    SETTINGS_NOTIFY_SLACK,
    SETTINGS_NOTIFY_WEBHOOK,
    SETTINGS_NOTIFY_MAIL,
    SETTINGS_NOTIFY_ALERTMANAGER,
    SETTINGS_NOTIFY_PAGERDUTY,
    SETTINGS_NOTIFY_COMMAND,
};

struct settings_notifier {
    enum settings_notify_kind kind;
    const char *name;            /* unique; `slack`, `slack-2` ... where none was given */
    const char *slack;           /* SLACK: address of the incoming webhook */
    const char *token, *channel; /* SLACK: both or none; messages then go by the Web API */
    const char *slack_api;       /* SLACK: its Web API */
    const char *signing_secret;  /* SLACK: of the presses of buttons; NULL: messages have none */
    const char *webhook;         /* WEBHOOK: where to post */
    const char *secret;          /* WEBHOOK: key of the HMAC; NULL: unsigned */
    const char *const *mail;     /* MAIL: recipients, at least one */
    size_t mail_count;
    const char *from;            /* MAIL; NULL: the notifier chooses */
    const char *const *sendmail; /* MAIL: program and arguments */
    size_t sendmail_count;
    const char *alertmanager;   /* ALERTMANAGER: its address; /api/v2/alerts is put behind */
    const char *pagerduty;      /* PAGERDUTY: routing key */
    const char *pagerduty_url;  /* PAGERDUTY: where to post */
    const char *const *command; /* COMMAND: program and arguments, at least one */
    size_t command_count;
    enum incident_severity min_severity;
    enum language language;
    uint32_t min_escalation; /* a page is told only after so many calls; 0: from the start */
};

/* What the planner of routes goes by: as struct route_rules (respond/route_rules.h). */
struct settings_route_mode {
    const char *provider, *source; /* NULL: any */
    enum route_mode mode;
};

struct settings_detour {
    double step;    /* share of a target's own mean */
    uint32_t least; /* recipients a day */
    double pool_share;
    uint32_t blocked_sources;
    int64_t replan_us;
    uint32_t least_traffic; /* recipients a day */
};

struct settings_throttle {
    double back_off, recover, tolerated;
    int64_t every_us;
    uint32_t least_per_hour;
    int64_t block_after_us;
};

struct settings_probe {
    int64_t first_us, interval_us, timeout_us;
    uint32_t successes;
    int64_t longest_us;
};

struct settings_ramp {
    const double *steps; /* rising, below 1 */
    size_t step_count;
    int64_t step_us;
    uint32_t volume;
    int64_t patience_us;
    double tolerated;
    uint32_t refusals;
};

struct settings_flap {
    uint32_t count;
    int64_t within_us;
};

struct settings_hold {
    int64_t deadline_us;
    enum route_then then;
    const char *resort;                  /* ROUTE_THEN_RESORT: a source of the fleet */
    int64_t lifetime_us, warn_before_us; /* the second is less */
};

struct settings_caps {
    uint32_t overrides;
    double volume;
};

/* Mail that waited for a route. */
struct settings_release {
    struct rate pace;
    uint32_t active;
    int64_t reload_every_us;
};

struct settings_respond {
    enum route_mode mode;
    const struct settings_route_mode *modes;
    size_t mode_count;
    bool exact;               /* the queue manager asks the daemon about shares and paces */
    const char *exact_socket; /* where it asks; at most ENDPOINT_PATH_MAX bytes */
    const char *exact_group;  /* NULL: the process' own */
    int64_t expiry_us;
    const char *const *approvers; /* ids of Slack users; none: all who see the message */
    size_t approver_count;
    struct settings_detour detour;
    struct settings_throttle throttle;
    struct settings_probe probe;
    struct settings_ramp ramp;
    struct settings_flap flap;
    struct settings_hold hold;
    struct settings_release release;
    struct settings_caps caps;
};

/* In the order of enum limit_part (model/limit_rule.h), whose bit has that number. */
enum settings_limit_key {
    SETTINGS_KEY_LOGIN,
    SETTINGS_KEY_SENDER_DOMAIN,
    SETTINGS_KEY_CLIENT,
    SETTINGS_KEY_NETWORK,
    SETTINGS_KEY_CLASS,
};

/* What a limit counts. */
enum settings_limit_kind {
    SETTINGS_LIMIT_RECIPIENTS,
    SETTINGS_LIMIT_MESSAGES,
    SETTINGS_LIMIT_SIZE,
    SETTINGS_LIMIT_PER_MESSAGE,
    SETTINGS_LIMIT_NEW_RECIPIENTS,
};

enum settings_level_kind { SETTINGS_LEVEL_DOMAIN, SETTINGS_LEVEL_CLASS };

/* Another number of a limit for some accounts. */
struct settings_level {
    enum settings_level_kind kind;
    const char *domain, *account_class;
    uint32_t count;
};

struct settings_limit {
    enum settings_limit_kind kind;
    const char *name;
    const enum settings_limit_key *key; /* none: all mail is counted as one */
    size_t key_count;
    struct rate recipients, messages, new_recipients;
    uint64_t size_bytes;  /* whole KiB */
    int64_t within_us;    /* of a size */
    uint32_t per_message; /* recipients */
    uint32_t burst;       /* 0: a sliding window */
    enum limit_action action;
    bool shadow;
    const char *text; /* NULL: the built-in one */
    const struct settings_level *levels;
    size_t level_count;
};

/* The order of the words; from OBSERVE on as enum route_mode. */
enum settings_hijack_mode {
    SETTINGS_HIJACK_RESPOND,
    SETTINGS_HIJACK_OFF,
    SETTINGS_HIJACK_OBSERVE,
    SETTINGS_HIJACK_PROPOSE,
    SETTINGS_HIJACK_AUTO,
};

struct settings_hijack_points {
    double of[HIJACK_SIGN_COUNT];
};

struct settings_hijack_steps {
    double of[HIJACK_STEP_COUNT]; /* that of HIJACK_NONE is 0 */
};

/* Not judged until then. */
struct settings_hijack_allow {
    const char *login;
    const char *until; /* 2027-01-01 */
};

/* Fields as in struct hijack_rule (watch/hijack_score.h). */
struct settings_hijack {
    enum settings_hijack_mode mode;
    const char *countries; /* a file of store/country_table.h; NULL: none */
    uint32_t least_hour, least_day;
    double own_factor, fleet_factor;
    int64_t cool_down_us;
    int64_t forgive_us; /* not judged for so long after a person said that it was the owner */
    struct settings_hijack_points points;
    struct settings_hijack_steps steps;
    const struct settings_hijack_allow *allow;
    size_t allow_count;
};

/* Whom Postfix asks before it takes a message. */
struct settings_policy {
    const struct endpoint *listen;
    size_t listen_count;
    const char *group; /* of unix sockets; NULL: the process' own */
    const struct settings_limit *limits;
    size_t limit_count;
    const struct ip_network *exempt;
    size_t exempt_count;
    const char *default_domain; /* NULL: logins stay as they are */
    const char *slow_transport;
    enum language language;
    uint32_t accounts, connections;
    uint32_t known_recipients; /* pairs of sender and recipient */
    struct settings_hijack hijack;
};

/* The order of the words. */
enum settings_accounts_driver {
    SETTINGS_ACCOUNTS_SQLITE,
    SETTINGS_ACCOUNTS_PASSWD_FILE,
    SETTINGS_ACCOUNTS_POSTGRESQL,
    SETTINGS_ACCOUNTS_MYSQL,
};

struct settings_account_class {
    const char *account_class;
    const char *const *logins; /* patterns (base/wildcard.h), at least one */
    size_t login_count;
};

/* Who the accounts are. */
struct settings_accounts {
    enum settings_accounts_driver driver;
    const char *path; /* of sqlite and passwd-file; NULL: there is none */

    /* Of a server; NULL: its library's default. */
    const char *host;
    uint32_t port; /* 0: the usual one */
    const char *database, *user, *password;
    enum account_tls tls;
    const char *tls_ca;
    const char *query, *names_query; /* query NULL: there is none */
    int64_t names_every_us, timeout_us;

    const struct settings_account_class *classes;
    size_t class_count;
};

/* Where mail clients are sent on to, by what they speak; an endpoint with port 0: nowhere. */
struct settings_auth_backends {
    struct endpoint imap, pop3, smtp, sieve;
    struct endpoint inbound; /* mail without a login */
};

/* A mailbox server by its name. */
struct settings_auth_server {
    const char *name;
    struct endpoint imap, pop3, smtp, sieve;
    uint32_t weight; /* 0: only for accounts that name it */
    bool draining;
    const char *const *alternatives; /* names */
    size_t alternative_count;
};

/* What of a certificate's subject is the login; the order of the words. */
enum settings_auth_name { SETTINGS_AUTH_BY_NAME, SETTINGS_AUTH_BY_MAIL };

struct settings_auth_guesses {
    struct rate network, account, pair; /* failures before a wait, and how they are forgiven */
    int64_t wait_us, wait_max_us;
    int64_t trust_us;                /* since the last login from there */
    const struct ip_network *exempt; /* addresses that many users share */
    size_t exempt_count;
};

struct settings_auth_cache {
    int64_t ttl_us; /* 0: nothing is kept */
    uint32_t entries;
    int64_t recheck_us; /* where the driver cannot say that something was changed */
};

struct settings_auth_hashing {
    uint32_t threads; /* 0: as many as processors */
    uint64_t memory_bytes;
    enum secret_choice scheme;
    uint64_t cost_bytes;
    uint32_t cost_passes;
    bool rehash;
};

/* Which decisions are lines of the own log; the order of the words. */
enum settings_auth_log { SETTINGS_AUTH_LOG_ALL, SETTINGS_AUTH_LOG_REFUSED, SETTINGS_AUTH_LOG_NONE };

/* Whom nginx asks before a mail client may log in. */
struct settings_auth {
    const struct endpoint *listen;
    size_t listen_count;
    const char *group; /* of unix sockets; NULL: the process' own */
    const char *key;   /* X-Auth-Key; NULL: none is asked for */
    const struct ip_network *callers;
    size_t caller_count;
    const enum auth_method *methods;
    size_t method_count;
    const char *internal_password; /* NULL: what the user sent goes on */
    const char *plain_key;         /* of secrets that are sealed; NULL: there are none */
    enum settings_auth_name external_by;
    struct settings_auth_backends backends;
    const struct settings_auth_server *servers;
    size_t server_count;
    bool health, proxy_protocol;
    int64_t health_every_us, health_deadline_us;
    struct settings_auth_guesses guesses;
    struct settings_auth_cache cache;
    struct settings_auth_hashing hashing;
    enum settings_auth_log log;
    const char *const *kick; /* words of the command that ends open sessions; none: nobody does */
    size_t kick_count;
    uint32_t connections;
};

struct settings_quota_server {
    const char *name;
    struct endpoint address;  /* of its quota-status */
    const char *const *hosts; /* other names that tables have for it */
    size_t host_count;
};

/* Numbers of words; of a rule 0 stands for what the section says. */
enum settings_quota_over { SETTINGS_QUOTA_REJECT = 1, SETTINGS_QUOTA_DEFER, SETTINGS_QUOTA_ACCEPT };
enum settings_quota_nouser { SETTINGS_QUOTA_NOUSER_DUNNO = 1, SETTINGS_QUOTA_NOUSER_REJECT };
enum settings_quota_failure { SETTINGS_QUOTA_FAILURE_DUNNO, SETTINGS_QUOTA_FAILURE_DEFER };

struct settings_quota_rule {
    const char *const *domains; /* patterns */
    size_t domain_count;
    enum settings_quota_over over;
    enum settings_quota_nouser nouser;
    const char *text; /* NULL: what the section says */
};

struct settings_quota_cache {
    int64_t over_us, fits_us, no_user_us; /* 0: not at all */
    uint32_t mailboxes;
};

/* Tables of one kind, as lookup_place.h writes them. */
struct settings_quota_tables {
    const char *const *specs;
    size_t count;
};

/* Room in mailboxes, that Postfix asks for. */
struct settings_quota {
    const struct endpoint *listen;
    size_t listen_count;
    const char *group; /* of unix sockets; NULL: the process' own */
    const struct settings_quota_server *servers;
    size_t server_count;
    const char *default_server; /* NULL: what names no server that we know is not asked about */
    struct settings_quota_tables mailboxes, aliases, canonical, local_aliases, domain_tables;
    const char *const *domains, *const *local_domains; /* patterns */
    size_t domain_count, local_domain_count;
    const char *delimiters, *default_domain; /* NULL: none */
    bool propagates;
    int64_t deadline_us;
    uint32_t per_server; /* connections */
    enum settings_quota_failure on_failure;
    enum settings_quota_over over;
    enum settings_quota_nouser nouser;
    const char *text; /* NULL: the built-in sentence */
    enum language language;
    const struct settings_quota_rule *rules;
    size_t rule_count;
    bool split;
    uint64_t near_full; /* bytes */
    struct settings_quota_cache cache;
    uint32_t connections;
};

struct settings {
    const char *state;             /* folder of our own data */
    const char *control;           /* path of the control socket, at most ENDPOINT_PATH_MAX bytes */
    const char *control_group;     /* NULL: the process' own */
    const char *rules, *providers; /* the operator's tables; NULL: only the built-in ones */
    int64_t backfill_us;           /* of logs that do not say their own */
    struct settings_web web;
    const struct settings_log *logs; /* none: nothing is followed */
    size_t log_count;
    struct settings_store store;
    struct settings_fleet fleet;
    struct settings_postfix postfix;
    struct settings_dns dns;
    struct settings_detect detect;
    struct settings_incidents incidents;
    struct settings_respond respond;
    struct settings_policy policy;
    struct settings_accounts accounts;
    struct settings_auth auth;
    struct settings_quota quota;
    const struct settings_notifier *notifiers;
    size_t notifier_count;
    bool plain_secret;   /* a secret stands in the file itself */
    struct arena *arena; /* of all texts and lists; the object's own */
};

/* The file at `path` as settings. NULL and err: cannot be read (ERR_IO), or faults (ERR_INPUT): the
 * text is then that of the first, `FILE:LINE: KEY: what is wrong; accepted: ...`, and says how many
 * more there are. Reads the files that secrets stand in. */
struct settings *settings_load(const char *path, struct err *err);

/* Everything at its default, as from an empty file. */
struct settings *settings_default(void);

void settings_free(struct settings *settings);

#endif
