/* SPDX-License-Identifier: Apache-2.0
 *
 * Incidents of a tally while the logs go on: names instead of numbers. See tally_tell_incidents in
 * tally.h.
 */
#include "watch/tally_private.h"

#include <string.h>

/* Paths learn of it with their next attempt. */
void tally_set_pools(struct tally *tally, const struct source_pool *pools, size_t count)
{
    memset(tally->pool_of_source, 0, sizeof(tally->pool_of_source));
    intern_free(tally->pools);
    tally->pools = intern_new(TALLY_POOLS_MAX);
    for (size_t i = 0; i < count; i++) {
        uint32_t source = intern_id(tally->sources, pools[i].source);
        if (source != INTERN_OTHER)
            tally->pool_of_source[source] = (uint8_t)intern_id(tally->pools, pools[i].pool);
    }
}

struct telling {
    struct tally *tally;
    incident_tell tell;
    void *data;
};

static void tell_path(void *data, uint32_t number, struct incident *incident)
{
    const struct telling *telling = data;
    struct tally *tally = telling->tally;
    const struct path *path = path_table_read(tally->paths, number);
    if (incident->kind != INCIDENT_OUTAGE) {
        incident->relay = correlator_host(tally->correlator, path->relay);
        incident->source = intern_get(tally->sources, path->source);
    }
    incident->provider = provider_book_name(tally->providers, path->provider);
    telling->tell(telling->data, incident);
}

static void tell_surge(void *data, uint32_t login, struct incident *incident)
{
    const struct telling *telling = data;
    incident->login = correlator_login(telling->tally->correlator, login);
    telling->tell(telling->data, incident);
}

void tally_tell_incidents(struct tally *tally, int64_t now_us, incident_tell tell, void *data)
{
    struct telling telling = {tally, tell, data};
    incident_watch_tell(tally->incidents, tally->paths, tell_path, &telling);
    login_table_tell_surges(tally->logins, now_us, tell_surge, &telling);
}
