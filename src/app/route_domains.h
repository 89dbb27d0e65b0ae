/* SPDX-License-Identifier: Apache-2.0
 *
 * Which recipients' domains a provider takes the mail of, as it was seen: a table of routes is
 * asked by domain. A domain whose mail goes to another provider's hosts now has moved.
 *
 * Bounded: ROUTE_DOMAINS_MAX domains of some 60 bytes, as many providers; what comes beyond is not
 * known. One thread.
 */
#ifndef TD_APP_ROUTE_DOMAINS_H
#define TD_APP_ROUTE_DOMAINS_H

#include "base/memory.h"
#include "base/slice.h"

#define ROUTE_DOMAINS_MAX 65536

struct route_domains;

struct route_domains *route_domains_new(void);
void route_domains_free(struct route_domains *domains); /* NULL is fine */

/* Mail for the domain was seen to go to the provider. Any case; a name of more than 255 bytes is
 * left out. */
void route_domains_note(struct route_domains *domains, struct slice domain, struct slice provider);

/* Whose mail it is; empty: not known. Lives as long as the object. */
struct slice route_domains_provider(const struct route_domains *domains, struct slice domain);

/* Those of a provider, in lower case, in a list of the arena; their bytes live as long as the
 * object. */
struct slice *route_domains_list(const struct route_domains *domains, struct slice provider,
                                 struct arena *arena, size_t *count);

/* Is there one of this provider? */
bool route_domains_any(const struct route_domains *domains, struct slice provider);

/* Have there been changes among them since this was last asked? */
bool route_domains_news(struct route_domains *domains, struct slice provider);

#endif
