/* SPDX-License-Identifier: Apache-2.0
 *
 * Where a listener is wanted, or is: addresses, the group of unix sockets, how many connections. A
 * value with a buffer: zero-initialise ({0}) to begin, listen_place_done to end.
 */
#ifndef TD_APP_LISTEN_PLACE_H
#define TD_APP_LISTEN_PLACE_H

#include "base/buf.h"
#include "base/endpoint.h"

enum { LISTEN_PLACES_MAX = 8 };

struct listen_place {
    struct endpoint listen[LISTEN_PLACES_MAX];
    size_t count; /* 0: nowhere */
    uint32_t connections;
    struct buf group; /* empty: the process' own */
};

void listen_place_done(struct listen_place *place);

/* count: at most LISTEN_PLACES_MAX. */
void listen_place_set(struct listen_place *place, const struct endpoint *listen, size_t count,
                      const char *group);
void listen_place_copy(struct listen_place *place, const struct listen_place *from);
bool listen_place_eq(const struct listen_place *a, const struct listen_place *b);

/* The addresses as texts, for as long as the struct is not done. */
struct listen_texts {
    struct buf texts[LISTEN_PLACES_MAX];
    const char *addresses[LISTEN_PLACES_MAX];
};
void listen_texts_init(struct listen_texts *texts, const struct listen_place *place);
void listen_texts_done(struct listen_texts *texts);

/* NULL: the process' own. */
const char *listen_place_group(const struct listen_place *place);

#endif
