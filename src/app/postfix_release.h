/* SPDX-License-Identifier: Apache-2.0
 *
 * The queue of Postfix by provider: what of it waits or stands in the active queue, and having it
 * looked at again. Each is one call that blocks (a worker's business), with the deadlines of
 * postfix_call.h.
 */
#ifndef TD_APP_POSTFIX_RELEASE_H
#define TD_APP_POSTFIX_RELEASE_H

#include <stdatomic.h>

#include "app/postfix_call.h"
#include "base/memory.h"

#define RELEASE_IDS_MAX 50000 /* of all providers; further ones wait for the next look */
#define RELEASE_RECIPIENTS 8
#define RELEASE_STRANGERS_MAX 8192 /* further ones take the default route until they are seen */

/* A domain and whose it is: an index that the asker gave. */
struct release_domain {
    struct slice name; /* in lower case */
    size_t provider;
};

/* A message of a provider that is deferred. */
struct release_id {
    struct slice id; /* NUL-terminated behind its end */
    size_t provider, instance;
};

/* What waits for one provider. */
struct release_waiting {
    uint64_t deferred; /* recipients */
    uint64_t active;   /* messages in the active queue */
    int64_t oldest_us; /* arrival of the oldest one that is deferred; INT64_MAX: none */
    struct slice recipients[RELEASE_RECIPIENTS];    /* some of those that are deferred ... */
    struct release_id messages[RELEASE_RECIPIENTS]; /* ... and their messages */
    size_t recipient_count;
};

struct release_look {
    struct arena *arena;             /* the caller's: of all texts and lists */
    struct release_waiting *waiting; /* by provider, `providers` of them */
    size_t providers;
    struct release_id *ids;
    size_t id_count;
    struct slice *strangers; /* domains of mail that waits and of none of these
                                providers: lower case, valid names, each once an instance */
    size_t stranger_count;
};

/* Adds what an instance has to *out, whose arena and providers are set. domains: sorted by name.
 * False and err: it could not be asked; what it said before is in *out. */
bool postfix_release_look(const struct postfix_place *place, size_t instance,
                          const struct release_domain *domains, size_t domain_count,
                          struct release_look *out, struct err *err);

/* Tries the deferred message at once (`postqueue -i`); one that is gone is fine. False and err: it
 * could not be told, or not within its deadline. */
bool postfix_release_message(const struct postfix_place *place, const char *id,
                             const atomic_bool *abort, struct err *err);

/* Has Postfix resolve what stands in its active queue anew (`postfix reload`). words: the command
 * in its place, NULL ends them; NULL: `postfix reload` of the place. */
bool postfix_release_reload(const struct postfix_place *place, const char *const *words,
                            const atomic_bool *abort, struct err *err);

#endif
