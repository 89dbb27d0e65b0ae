/* SPDX-License-Identifier: Apache-2.0
 *
 * How a delivery try ends: by an episode of trouble, by what happened before, or by dice.
 */
#ifndef TD_BENCH_CHOICE_H
#define TD_BENCH_CHOICE_H

#include "simulation.h"

struct choice {
    enum reason reason;
    struct episode *cause; /* the episode that decided, or NULL */
    bool suspended;        /* the site is known dead: no try was made */
};

/* For a try of message->to[part] that ends now. */
struct choice choice_make(struct simulation *sim, const struct message *message, uint32_t part);

#endif
