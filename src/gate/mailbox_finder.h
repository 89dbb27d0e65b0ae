/* SPDX-License-Identifier: Apache-2.0
 *
 * By which rules a recipient is followed to his mailboxes: which domains are whose, which servers
 * there are, how far aliases go. Made once from the settings, then only read; searches
 * (gate/mailbox_search.h) hold it by its count of references, so that new rules may come while they
 * are under way.
 */
#ifndef TD_GATE_MAILBOX_FINDER_H
#define TD_GATE_MAILBOX_FINDER_H

#include "base/keyed_hash.h"
#include "mail/recipient_form.h"

/* What a table is asked for. */
enum finder_role {
    FINDER_CANONICAL, /* canonical(5), of who is asked for alone */
    FINDER_ALIASES,   /* virtual(5) */
    FINDER_LOCAL,     /* aliases(5), of local domains */
    FINDER_DOMAINS,   /* domains that are ours, whatever their value */
    FINDER_MAILBOXES, /* servers, or transports */
};

enum {
    FINDER_ROLES = FINDER_MAILBOXES + 1,
    FINDER_TABLES_MAX = 16, /* of a role */
    FINDER_DEPTH = 20,      /* of aliases of aliases, where nothing is said */
    FINDER_DEPTH_MAX = 100,
    FINDER_RESULTS_MAX = 1000, /* Postfix' virtual_alias_expansion_limit */
};

/* A name that tables have for a server: its own, its host's, its address; several may be of one. */
struct finder_name {
    struct slice name;
    size_t server;
};

#define FINDER_NO_SERVER SIZE_MAX

struct finder_terms {
    struct recipient_terms recipient;
    struct hash_key key; /* a random one */

    /* Patterns (base/wildcard.h) in small letters. local: mydestination, where users are names
     * without a domain and aliases(5) hold; domains: all others that are ours. Without any of both
     * and without tables of domains a domain is ours when its mailboxes are found. */
    const struct slice *local_domains, *domains;
    size_t local_count, domain_count;

    const struct finder_name *names;
    size_t name_count;
    size_t default_server; /* of values that name none that we know; or FINDER_NO_SERVER */

    size_t tables[FINDER_ROLES]; /* how many of each; at most FINDER_TABLES_MAX */

    /* An extension goes with what an address without it leads to; Postfix' default of
     * propagate_unmatched_extensions is yes for canonical and virtual. */
    bool propagates;
    size_t depth_max;   /* 1 to FINDER_DEPTH_MAX; 0: FINDER_DEPTH */
    size_t results_max; /* 1 to FINDER_RESULTS_MAX; 0: that */
};

struct mailbox_finder;

/* All is copied. One reference, the caller's. */
struct mailbox_finder *mailbox_finder_new(const struct finder_terms *terms)
    __attribute__((returns_nonnull));

struct mailbox_finder *mailbox_finder_ref(struct mailbox_finder *finder);
void mailbox_finder_unref(struct mailbox_finder *finder); /* any thread; NULL is fine */

/* As they hold: bounds are in their ranges. */
const struct finder_terms *mailbox_finder_terms(const struct mailbox_finder *finder);

/* domain: small letters. */
bool mailbox_finder_is_local(const struct mailbox_finder *finder, struct slice domain);
bool mailbox_finder_is_ours(const struct mailbox_finder *finder, struct slice domain);

/* Whether any domain is said to be ours. */
bool mailbox_finder_knows_domains(const struct mailbox_finder *finder);

/* Which server a host of a table is, in any letters; or FINDER_NO_SERVER. */
size_t mailbox_finder_server(const struct mailbox_finder *finder, struct slice host);

#endif
