/* SPDX-License-Identifier: Apache-2.0
 *
 * Who wishes something over the API, as it says: anybody may say anything, but for the name by
 * which todoku's own verdicts are known, which they alone have.
 */
#ifndef TD_APP_WISH_ACTOR_H
#define TD_APP_WISH_ACTOR_H

#include "base/slice.h"

/* The actor of what todoku does by itself. */
#define WISH_ACTOR_ITSELF SLICE("todoku")

/* The name as it is kept: a user who is called as todoku itself is "user todoku". */
struct slice wish_actor(struct slice said);

#endif
