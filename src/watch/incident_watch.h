/* SPDX-License-Identifier: Apache-2.0
 *
 * From attempts to incidents of paths: keeps a detector for each kind of trouble of each path that
 * has had any, with its evidence, and writes an incident when one opens and ends. Kinds of trouble
 * that carry no telling words (timeouts, resets, replies that no rule knows) are told apart by what
 * happened to the other paths of the same provider in the same time: only this one fails: a silent
 * block; the others fail too: an outage; no other was used: nobody can tell.
 *
 * A fleet shares a little provider, or a night, among many paths, none of which sees enough alone.
 * When nothing at all gets through to a provider that was reached before, and several paths of more
 * than one relay together have the hits and messages that one path would need, each of them opens
 * with its second hit.
 *
 * Bounded: 16,384 watches of about 1,000 bytes, and two lines of evidence of at most 1,000 each;
 * past that a new one takes the place of one whose last hit is longer ago than its rule's patience.
 */
#ifndef TD_WATCH_INCIDENT_WATCH_H
#define TD_WATCH_INCIDENT_WATCH_H

#include "model/incident.h"
#include "watch/path_detector.h"
#include "watch/path_table.h"

struct incident_watch;

struct incident_watch *incident_watch_new(const struct detector_rule *reply,
                                          const struct detector_rule *silent);
void incident_watch_free(struct incident_watch *watch);

/* One attempt of a path, in whichever way it ended. Strings are copied. */
struct path_event {
    uint32_t path;
    uint64_t prior_attempts; /* of this path before this one */
    int64_t time_us;
    uint64_t message;       /* serial */
    uint64_t recipient;     /* hash */
    uint32_t login;         /* 0: none */
    enum reply_class class; /* of a failure */
    bool delivered;
    bool answered; /* a server answered: with false the class says why not */
    struct slice line, list, url;
    struct slice domain; /* of the sender; empty: not known */
};

void incident_watch_take(struct incident_watch *watch, struct path *path,
                         const struct path_event *event);

/* Told of an incident. The names (relay, source, provider) are filled by the caller from `path`. */
typedef void (*incident_visit)(void *data, uint32_t path, struct incident *incident);

/* Tells each incident that opened, changed or closed since the last call, as it is now; one that
 * did both in between is told once, closed. Closed ones are forgotten by this. For a daemon that
 * asks often and never ends; not to be mixed with incident_watch_visit. Slices live until the next
 * incident_watch_take.
 *
 * An incident keeps path, kind and opened_us while it is open. A path is told by itself: that
 * others of the provider suffer too is its scope, which is told when it changes. One exception: an
 * outage is told once for a provider, with the sums of all its paths; `path` is then any of them.
 * When the other paths prove that an incident is of another kind, the first is told as closed with
 * its newest hit and the other as opened, with the same opened_us and counts.
 *
 * Cost: by what changed, times the open incidents and the paths of the same provider. */
void incident_watch_tell(struct incident_watch *watch, const struct path_table *paths,
                         incident_visit visit, void *data);

/* Told of each incident as the logs end: closed ones in the order they closed, then open ones.
 * Slices live until the watch is freed. */
void incident_watch_visit(struct incident_watch *watch, incident_visit visit, void *data);

#endif
