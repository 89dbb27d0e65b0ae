/* SPDX-License-Identifier: Apache-2.0
 *
 * Overrides as the rows of the tables that Postfix reads (transport(5)). Two tables: `routes`,
 * which all of Postfix asks, and `holds`, which only the queue manager's own rewrite service asks,
 * since smtpd would refuse at the door what is to wait. Each is asked for the whole address first,
 * then by share.pcre for `last character of its local part @ domain`, then for the domain:
 *
 *      who@d.example   a probe: that one recipient
 *      a@d.example     a share: the recipients whose local part ends with `a` (or `a+extension`)
 *      d.example       the rest
 *
 * A share is made of as many characters as it takes, by how often each was seen at the provider, in
 * one order: who is in a share is in each larger one too, as long as the counts stay.
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

/* The characters that shares are made of, in the order in which they are taken: rare ones first, so
 * that small shares are met closely. */
#define ROUTE_CHARACTERS "_-.=qjxzvw7694385201bpfgcduklmtyhiroasen"
enum { ROUTE_CHARACTER_COUNT = sizeof(ROUTE_CHARACTERS) - 1 };

/* What is known of a provider's recipients. */
struct route_provider {
    struct slice name;
    const struct slice *domains;
    size_t domain_count;
    const uint32_t *seen; /* [ROUTE_CHARACTER_COUNT]: recipients by the last character of the local
                             part, before an extension; NULL or all 0: each counts alike */
};

struct route_map_facts {
    const struct override *overrides; /* all; those of this relay that are in force count */
    size_t override_count;
    const struct fleet *fleet;
    const struct route_provider *providers;
    size_t provider_count;
};

struct route_map {
    struct row_set routes, holds; /* sorted */
};

/* *out is {0} before; free with route_map_done. Of several overrides for one key a manual one wins,
 * else the one with the later beginning. An override whose provider or target is not known makes no
 * row. */
void route_map_make(const struct route_map_facts *facts, int64_t now_us, struct route_map *out);
void route_map_done(struct route_map *map);

/* Which character counts for an address: an index of ROUTE_CHARACTERS; -1: none of them. */
int route_character_of(struct slice address);

/* How many of the characters, from the first on, come closest to the share; *met (may be NULL): the
 * share that they are, in percent. share_percent from 1 to 100; 100: all of them. */
size_t route_share_characters(const uint32_t *seen, unsigned share_percent, double *met);

/* share.pcre: a table for pipemap (pcre_table(5)). */
struct slice route_map_share_table(void);

/* What a table without the overrides that are over at now would be, and rows that nobody owns:
 * *to ({0} before) gets the rows that stay. Returns how many overrides are over. */
size_t route_map_expire(const struct row_set *rows, int64_t now_us, struct row_set *to);

#endif
