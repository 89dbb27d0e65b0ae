/* SPDX-License-Identifier: Apache-2.0
 *
 * See ranking.h.
 */
#include "watch/ranking.h"

#include <stdlib.h>

#include "base/memory.h"

static int by_rank(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    if (x->ahead != y->ahead)
        return x->ahead ? -1 : 1;
    if (x->weight != y->weight)
        return x->weight < y->weight ? 1 : -1;
    return (x->number > y->number) - (x->number < y->number);
}

void ranking_begin(struct ranking *ranking, size_t most)
{
    *ranking = (struct ranking){.rows = MEM_NEW_ARRAY(struct ranked, 2 * most), .most = most};
}

void ranking_settle(struct ranking *ranking)
{
    qsort(ranking->rows, ranking->count, sizeof(*ranking->rows), by_rank);
    if (ranking->count > ranking->most)
        ranking->count = ranking->most;
}

void ranking_add(struct ranking *ranking, struct ranked row)
{
    bool settled = ranking->seen++ > 2 * ranking->most;
    if (settled && by_rank(&row, &ranking->rows[ranking->most - 1]) > 0)
        return; /* enough are higher */
    if (ranking->count == 2 * ranking->most)
        ranking_settle(ranking);
    ranking->rows[ranking->count++] = row;
}
