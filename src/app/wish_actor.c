/* SPDX-License-Identifier: Apache-2.0
 *
 * See wish_actor.h.
 */
#include "app/wish_actor.h"

struct slice wish_actor(struct slice said)
{
    return slice_ieq(slice_trim(said), WISH_ACTOR_ITSELF) ? SLICE("user todoku") : said;
}
