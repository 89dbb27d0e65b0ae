/* SPDX-License-Identifier: Apache-2.0
 *
 * The state of an incident watch, shared by the file that watches (incident_watch.c) and the file
 * that tells what is open now (incident_watch_tell.c).
 */
#ifndef TD_WATCH_INCIDENT_WATCH_PRIVATE_H
#define TD_WATCH_INCIDENT_WATCH_PRIVATE_H

#include "base/distinct.h"
#include "base/memory.h"
#include "watch/incident_watch.h"

#define WATCHES_MAX 16384
#define INCIDENTS_MAX 10000

/* How the other paths of the provider fared, as running totals. */
struct provider_counts {
    uint64_t reached, unreached, unexplained;
};

/* A copy of some text; room is made for what comes, not for what might. */
struct kept {
    char *bytes; /* owned */
    uint32_t len, room;
};

struct path_watch {
    struct path_watch *next; /* of the same path, in order of trouble */
    struct path_detector detector;
    enum trouble trouble;
    uint32_t path, relay, source, provider;
    uint32_t without_login;                       /* hits of mail of nobody's login */
    uint32_t classes[REPLY_CLASS_COUNT];          /* of the hits of this run */
    struct distinct recipients, logins;           /* of the hits of this run */
    struct kept first_line, last_line, list, url; /* last_line: from the second hit on */
    struct kept domain; /* of the sender, when all hits until it was told had the same */
    bool in_common;     /* the newest hit was one of a failure in common */
    bool domains_differ, about_domain;                 /* about_domain: as it was told */
    struct provider_counts peers_before, peers_at_hit; /* totals of the other paths */
    struct incident_group *group;                      /* that it was told in; NULL: none */
    struct path_watch *next_member;                    /* of the group */
    bool listed;                                       /* among the changed ones */
    bool kept;                                         /* among the finished ones */
};

struct sums {
    uint64_t attempts, hits, messages;
    int64_t last_hit_us;
    struct distinct recipients, logins;
};

/* What is told as one incident: the watches of one path that come to the same kind, or those of
 * all paths that see one outage. */
struct incident_group {
    struct incident_group *next; /* of the same provider */
    struct path_watch *members;
    enum incident_kind kind;
    enum incident_scope scope; /* as told last */
    uint32_t path;             /* of the first member */
    int64_t opened_us;         /* stays as it was told first */
    struct sums past;          /* of members that have closed */
    int64_t past_closed_us;
    bool changed; /* to be told */
};

#define COMMON_MESSAGES 8

/* What failed at a provider without an explanation since any mail got through there, on whichever
 * paths. */
struct common_failure {
    uint64_t messages[COMMON_MESSAGES]; /* distinct ones, the first of them */
    uint32_t message_count, hits;
    uint64_t paths, relays; /* bits by number */
    int64_t last_us;
};

struct provider_state {
    struct provider_counts counts;
    struct common_failure common;
    struct incident_group *groups; /* open ones */
    bool listed;                   /* among the changed ones */
};

struct finished {
    struct path_watch *watch;
    struct incident incident;
    struct distinct recipients, logins;
};

struct incident_watch {
    struct detector_rule rules[TROUBLE_COUNT];
    struct path_watch **watches; /* all of them, to visit and to free */
    uint32_t watch_count;
    uint32_t hand;              /* where to look for a watch to spare */
    struct path_watch **chains; /* [path] */
    uint32_t chain_capacity;
    struct finished *finished;
    uint32_t finished_count, finished_capacity;
    struct provider_state *providers; /* [provider] */
    uint32_t provider_capacity;
    struct arena *arena;         /* texts of the finished ones */
    struct path_watch **changed; /* since they were told, WATCHES_MAX at most */
    uint32_t changed_count;
    uint32_t *changed_providers; /* while telling */
    uint32_t changed_provider_count, changed_provider_capacity;
};

struct provider_state *incident_watch_provider(struct incident_watch *watch, uint32_t provider);

/* What the words and the other paths make of it now. */
enum incident_kind incident_watch_kind(const struct path_watch *one);

/* Whether the other paths contradict `kind` twice as much as they support it: what was told is
 * taken back for less than that only by words. */
bool incident_watch_is_plain(const struct path_watch *one, enum incident_kind kind);

/* Whether it is about one sender domain, as far as the hits tell. */
bool incident_watch_is_about_domain(const struct path_watch *one);

bool incident_watch_is_worth_telling(const struct path_watch *one);

/* Strings live until the path's next attempt. */
struct incident incident_watch_read(const struct path_watch *one);

#endif
