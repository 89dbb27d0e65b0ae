/* SPDX-License-Identifier: Apache-2.0
 *
 * Incidents of a tally while the logs go on: names instead of numbers. See tally_tell_incidents in
 * tally.h.
 */
#include "watch/tally_private.h"

struct telling {
    struct tally *tally;
    tally_incident_fn tell;
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

void tally_tell_incidents(struct tally *tally, int64_t now_us, tally_incident_fn tell, void *data)
{
    struct telling telling = {tally, tell, data};
    incident_watch_tell(tally->incidents, tally->paths, tell_path, &telling);
    login_table_tell_surges(tally->logins, now_us, tell_surge, &telling);
}
