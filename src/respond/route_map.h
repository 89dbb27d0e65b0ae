/* SPDX-License-Identifier: Apache-2.0
 *
 * Overrides as the rows of the tables that Postfix reads (transport(5)). A key is a domain, or for
 * a probe the address of one recipient, if it has one. The tables:
 *
 *      routes   where to: `out-b:`; asked by all of Postfix
 *      holds    `retry:...`; asked by the queue manager's own rewrite service alone, since smtpd
 *               would refuse at the door what is to wait
 *      shares   `out-a:25`: a quarter of the mail for this domain goes by out-a, the rest where
 *               the other tables say; `*:25`: a quarter waits. Asked first
 *      exact    `@g.example`, in exact mode: the daemon is to be asked about this domain, before
 *               all others (route_answer.h); by the queue manager's own service alone
 *
 * The die for a share is Postfix' own (randmap) and is thrown each time that the queue manager
 * asks: the share is one of deliveries. There are those of model/fleet.h; the nearest one is taken.
 *
 * In exact mode the other tables say as well as they can what the daemon says, since they hold when
 * it is gone. Rows of `exact` end with a lease that the daemon renews, soon after its death,
 * because Postfix puts off mail that it cannot ask about. But a share by hand, and a probe without
 * a recipient, have no other rows then: who is not of the share would be thrown again.
 *
 * Beside the rows for Postfix stand those by which they end: `\0k` and a domain or address, with
 * the id of its override; `\0e` and an id, with the time in microseconds when it ends. Postfix
 * cannot ask for a key with a NUL in it. So whoever has the file can take out what is over.
 *
 * Pure: rows are compared with those of the file and written elsewhere (base/row_set.h,
 * io/lmdb_table.h). Names of domains come from logs: what is no host name is left out.
 */
#ifndef TD_RESPOND_ROUTE_MAP_H
#define TD_RESPOND_ROUTE_MAP_H

#include "base/row_set.h"
#include "model/fleet.h"
#include "model/override.h"

/* What is known of a provider's recipients. */
struct route_provider {
    struct slice name;
    const struct slice *domains;
    size_t domain_count;
};

struct route_map_facts {
    const struct override *overrides; /* all; those of this relay that are in force count */
    size_t override_count;
    const struct fleet *fleet;
    const struct route_provider *providers;
    size_t provider_count;
    int64_t exact_until_us; /* end of the lease: the daemon answers questions; 0: it does not */
};

struct route_map {
    struct row_set routes, holds, shares, exact; /* sorted */
};

/* *out is {0} before; free with route_map_done. Of several overrides for one key a manual one wins,
 * else the one with the later beginning. An override whose provider or target, or the source that
 * it sends by, is not known makes no row. */
void route_map_make(const struct route_map_facts *facts, int64_t now_us, struct route_map *out);
void route_map_done(struct route_map *map);

/* ---- what the answers of exact mode go by, too ---- */

/* Whether an override of this relay for the provider is in force. */
bool route_map_counts(const struct route_map_facts *facts, const struct override *override,
                      const struct route_provider *provider, int64_t now_us);

/* The one that holds for the provider's domains; NULL: none does. Never a PROBE. */
const struct override *route_map_strongest(const struct route_map_facts *facts,
                                           const struct route_provider *provider, int64_t now_us);

/* Whether exact mode can do better for it than the tables: it has a share or a pace, or is a probe
 * of any one message. */
bool route_map_is_asked(const struct override *override);

/* Appends what lets mail wait in the queue: `retry:...`. */
void route_map_hold(const struct override *override, struct buf *to);

/* What a table without the overrides that are over at now would be, and rows that nobody owns:
 * *to ({0} before) gets the rows that stay. Returns how many overrides are over. */
size_t route_map_expire(const struct row_set *rows, int64_t now_us, struct row_set *to);

#endif
