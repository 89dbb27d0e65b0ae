/* SPDX-License-Identifier: Apache-2.0
 *
 * What is looked for at providers whose mail is moved: recipients that a probe may be sent to, and
 * what became of the probes that are under way.
 *
 * A recipient is good for a probe when it got mail there since the provider is watched, so that its
 * address is no reason to be refused, and gets it often, so that the next one is not far. Counted
 * by space-saving (Metwally et al. 2005): the WATCHLIST_KEPT most frequent ones are among those
 * that are kept.
 *
 * Bounded: WATCHLIST_PROVIDERS providers, WATCHLIST_KEPT addresses each, WATCHLIST_PROBES probes.
 * One thread.
 */
#ifndef TD_APP_ROUTE_WATCHLIST_H
#define TD_APP_ROUTE_WATCHLIST_H

#include "base/memory.h"
#include "respond/route_evidence.h"

#define WATCHLIST_PROVIDERS 512
#define WATCHLIST_PROBES 256
#define WATCHLIST_KEPT 32
#define WATCHLIST_OFTEN 3 /* mails, at least, of who gets them often */

/* A probe that is under way. */
struct route_watch_probe {
    struct slice id;
    struct route_path path;
    struct slice recipient; /* empty: any */
};

struct route_watchlist;

struct route_watchlist *route_watchlist_new(void);
void route_watchlist_free(struct route_watchlist *list); /* NULL is fine */

/* In the place of those before; copied. What is known of providers that stay is kept, so are
 * results of probes that nobody asked for yet. Those beyond the bounds are left out. */
void route_watchlist_set(struct route_watchlist *list, const struct slice *providers,
                         size_t provider_count, const struct route_watch_probe *probes,
                         size_t probe_count);

/* Mail got through to the recipient. */
void route_watchlist_delivered(struct route_watchlist *list, struct slice provider,
                               struct slice recipient);

/* One that counts for a probe. */
struct route_watch_attempt {
    struct route_path path;
    struct slice recipient;
    enum route_probe_result result;
    bool of_recipient; /* the reply is about the recipient alone: a dead address, a full mailbox */
};

/* What an attempt said of the path; of a probe the first counts. One of any mail goes on when the
 * reply is about the recipient alone: the next one may say more. */
void route_watchlist_attempt(struct route_watchlist *list,
                             const struct route_watch_attempt *attempt);

/* Those who get mail often, the most often first, at most `room`; slices live until the list is
 * told something. */
size_t route_watchlist_recipients(const struct route_watchlist *list, struct slice provider,
                                  struct slice *out, size_t room);

/* Was something heard of a probe at the provider that was not taken yet? */
bool route_watchlist_has_result(const struct route_watchlist *list, struct slice provider);

/* The result of a probe at the provider that was not taken yet; id lives until the list is set
 * again. False: none. */
bool route_watchlist_take_result(struct route_watchlist *list, struct slice provider,
                                 struct slice *id, enum route_probe_result *result);

#endif
