/* SPDX-License-Identifier: Apache-2.0
 *
 * From attempts to incidents of paths: keeps a detector for each kind of trouble of each path that
 * has had any, with its evidence, and writes an incident when one opens and ends. Kinds of trouble
 * that carry no telling words (timeouts, resets, replies that no rule knows) are told apart by what
 * happened to the other paths of the same provider in the same time: only this one fails: a silent
 * block; the others fail too: an outage; no other was used: nobody can tell.
 *
 * Bounded: 16,384 watches of about 600 bytes, and two lines of evidence of at most 1,000 each; past
 * that no new ones are made.
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
    enum reply_class class; /* of a failure */
    bool delivered;
    bool answered; /* a server answered: with false the class says why not */
    struct slice line, list, url;
};

void incident_watch_take(struct incident_watch *watch, struct path *path,
                         const struct path_event *event);

/* Told of each incident as the logs end: closed ones in the order they closed, then open ones. The
 * names (relay, source, provider) are filled by the caller from `path`; slices of *incident live
 * until the watch is freed. */
typedef void (*incident_visit)(void *data, uint32_t path, struct incident *incident);
void incident_watch_visit(struct incident_watch *watch, incident_visit visit, void *data);

#endif
