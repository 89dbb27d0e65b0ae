/* SPDX-License-Identifier: Apache-2.0
 *
 * The fleet as configured: the sources that mail of this relay may leave by, and the pools that say
 * which of them may stand in for which. A value: names are borrowed from whoever made it (the
 * settings) and outlive it. Few dozen sources; everything is looked up by a walk.
 *
 * A source of this relay is a Postfix transport of its own name. One of another relay is reached by
 * a transport named after that relay, at its next hop: `relay2:[relay2]:10026`; the port there
 * decides by which of its addresses the mail goes on (docs/guide/routes.md).
 */
#ifndef TD_MODEL_FLEET_H
#define TD_MODEL_FLEET_H

#include <stddef.h>

#include "base/buf.h"
#include "base/ip_address.h"
#include "base/slice.h"

#define FLEET_PURPOSES(X) \
    X(TRANSACTIONAL, "transactional") /* one person waits for each mail: orders, passwords */ \
    X(MARKETING, "marketing")         /* many get the same; the first to be blocked */ \
    X(SHARED, "shared")               /* whatever people send */

enum fleet_purpose {
#define X(name, word) FLEET_##name,
    FLEET_PURPOSES(X)
#undef X
};

struct fleet_source {
    struct slice name;         /* unique; the transport, and what the log says behind postfix/ */
    struct slice pool;         /* name of its pool; never empty */
    struct slice helo;         /* or empty */
    struct ip_address address; /* len 0: not known */
    struct slice relay;        /* the relay that it belongs to; never empty */
    struct slice next_hop;     /* `[relay2]:10026`; empty exactly when the relay is the fleet's */
};

struct fleet_pool {
    struct slice name; /* unique */
    enum fleet_purpose purpose;
    const struct slice *fallbacks; /* names of pools that may carry its mail, the best first */
    size_t fallback_count;
};

struct fleet {
    struct slice relay; /* the name of this relay; never empty */
    const struct fleet_source *sources;
    size_t source_count;
    const struct fleet_pool *pools; /* that of each source is among them */
    size_t pool_count;
};

const char *fleet_purpose_word(enum fleet_purpose purpose);
bool fleet_purpose_from_word(struct slice word, enum fleet_purpose *out);

/* NULL: no such one. */
const struct fleet_source *fleet_source_named(const struct fleet *fleet, struct slice name);
const struct fleet_pool *fleet_pool_named(const struct fleet *fleet, struct slice name);

/* Is it this relay that a log calls `host`? Logs name hosts with or without their domain: where one
 * of the two names has none, the first label decides. Any case. */
bool fleet_is_relay(struct slice relay, struct slice host);

/* Does mail leave this host by it, by a transport of its own? */
bool fleet_is_here(const struct fleet_source *source);

/* How well the sources of pool `other` stand in for those of `pool`, lower is better: 0 the same
 * pool, 1 another of the same purpose, from 2 on its fallbacks in their order; FLEET_NEVER: they
 * may not. Marketing mail never leaves by a transactional source, whatever is configured. */
#define FLEET_NEVER SIZE_MAX
size_t fleet_stand_in(const struct fleet_pool *pool, const struct fleet_pool *other);

/* A slow path: beside each source of this relay stands one transport a tier, which delivers at most
 * so many an hour. Falling. */
#define FLEET_TIERS 4
extern const unsigned fleet_tier_per_hour[FLEET_TIERS];

/* The fastest tier that keeps within per_hour; the slowest one when none does. */
size_t fleet_tier_within(unsigned per_hour);

/* Appends the name of a slow transport of a source: `out-a-slow2` for tier 1. */
void fleet_tier_transport(const struct fleet_source *source, size_t tier, struct buf *to);

/* The shares of a provider's mail that can be sent by one source, in percent. Rising. */
#define FLEET_SHARES 5
extern const unsigned fleet_share_percent[FLEET_SHARES];

/* The index of the share that is nearest; of two the smaller. */
size_t fleet_share_near(unsigned percent);

/* Appends what stands for a share of a source in Postfix' tables: `out-a:25`; source NULL: for one
 * that waits. */
void fleet_share_token(const struct fleet_source *source, size_t share, struct buf *to);

/* Appends the transport of the source: `out-b`, or that of its relay. */
void fleet_transport(const struct fleet_source *source, struct buf *to);

/* Appends the route to a source as transport(5) takes it: `out-b:`, `relay2:[relay2]:10026`. */
void fleet_route(const struct fleet_source *source, struct buf *to);

#endif
