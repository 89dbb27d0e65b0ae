/* SPDX-License-Identifier: Apache-2.0
 *
 * See auth_incidents.h.
 */
#include "app/auth_incidents.h"

#include "app/auth_spray.h"
#include "app/part_book.h"
#include "base/civil.h"
#include "base/memory.h"

static const int64_t LULL_US = 5 * US_PER_SECOND, FORGET_US = 600 * US_PER_SECOND;

enum { SHARE = 10 }; /* one of so many that fails is trouble */

#define LISTENER SLICE("auth listener")
#define ACCOUNTS SLICE("accounts")
#define PASSWORDS SLICE("passwords")

/* What only logins find out. */
struct finding {
    uint64_t good, bad; /* as of the last look */
    int64_t bad_us;     /* the last look that found too much of it */
    bool is_bad;
};

struct auth_incidents {
    struct buf relay;
    struct part_book *book;
    struct auth_spray spray;
    struct finding accounts, passwords;
    struct buf reason; /* why accounts cannot be looked up */
};

struct auth_incidents *auth_incidents_new(struct slice relay)
{
    struct auth_incidents *incidents = MEM_NEW(struct auth_incidents);
    incidents->book = part_book_new(INCIDENT_AUTH_BACKEND_DOWN, relay);
    buf_add(&incidents->relay, relay);
    return incidents;
}

void auth_incidents_free(struct auth_incidents *incidents)
{
    if (incidents == NULL)
        return;
    part_book_free(incidents->book);
    auth_spray_done(&incidents->spray);
    buf_done(&incidents->relay);
    buf_done(&incidents->reason);
    mem_free(incidents);
}

static void resume(struct auth_incidents *incidents, struct finding *finding, struct slice name,
                   int64_t now_us)
{
    if (!part_book_is_open(incidents->book, name) || finding->is_bad)
        return;
    finding->is_bad = true;
    finding->bad_us = now_us;
}

void auth_incidents_resume(struct auth_incidents *incidents, const struct incident *known,
                           int64_t now_us)
{
    part_book_resume(incidents->book, known);
    auth_spray_resume(&incidents->spray, buf_slice(&incidents->relay), known, now_us);
    resume(incidents, &incidents->accounts, ACCOUNTS, now_us);
    resume(incidents, &incidents->passwords, PASSWORDS, now_us);
}

void auth_incidents_hear(struct auth_incidents *incidents, const struct auth_event *event)
{
    if (event->result != AUTH_RESULT_TROUBLE || event->detail.len == 0)
        return;
    buf_clear(&incidents->reason);
    buf_add(&incidents->reason, event->detail);
}

/* ---- what logins find out ---- */

enum found { FOUND_WELL, FOUND_NOTHING, FOUND_BAD };

static enum found look_at(struct finding *finding, uint64_t good, uint64_t bad, int64_t now_us)
{
    uint64_t new_good = good - finding->good, new_bad = bad - finding->bad;
    int64_t since_us = now_us - finding->bad_us;
    finding->good = good;
    finding->bad = bad;
    if (new_bad > 0 && new_bad * SHARE >= new_bad + new_good) {
        finding->bad_us = now_us;
        finding->is_bad = true;
        return FOUND_BAD;
    }
    if ((new_good > 0 && since_us >= LULL_US) || since_us >= FORGET_US || since_us < 0)
        finding->is_bad = false;
    return finding->is_bad ? FOUND_NOTHING : FOUND_WELL;
}

static void say(struct auth_incidents *incidents, enum found found,
                const struct part_ailment *ailment)
{
    if (found == FOUND_BAD)
        part_book_say(incidents->book, ailment);
    else if (found == FOUND_NOTHING)
        part_book_keep(incidents->book, ailment->name);
}

static void look_at_accounts(struct auth_incidents *incidents,
                             const struct auth_service_counts *counts, int64_t now_us)
{
    CLEANUP_BUF struct buf words = {0};
    enum found found = look_at(&incidents->accounts, counts->found, counts->unfound, now_us);
    buf_add_str(&words, "accounts cannot be looked up, who is not known is told to come again");
    if (incidents->reason.len > 0)
        buf_addf(&words, ": %s", buf_str(&incidents->reason));
    say(incidents, found, &(struct part_ailment){ACCOUNTS, buf_slice(&words), INCIDENT_CRITICAL});
    if (found == FOUND_WELL)
        buf_clear(&incidents->reason);
}

static void look_at_passwords(struct auth_incidents *incidents,
                              const struct auth_service_counts *counts, int64_t now_us)
{
    uint64_t busy = auth_service_results(counts, AUTH_RESULT_BUSY);
    say(incidents, look_at(&incidents->passwords, counts->checked, busy, now_us),
        &(struct part_ailment){PASSWORDS,
                               SLICE("passwords cannot be computed in time, who waits is told to "
                                     "come again; auth.hashing says how many at a time"),
                               INCIDENT_WARNING});
}

/* ---- mailbox servers ---- */

/* Nobody else takes logins of this protocol; nobody ever stands in for that of auth.backends. */
static bool is_alone(const struct auth_servers *servers, const struct auth_server *of)
{
    if (of->name.len == 0)
        return true;
    for (size_t i = 0; i < servers->count; i++) {
        const struct auth_server *other = &servers->list[i];
        if (other != of && other->protocol == of->protocol && !other->draining &&
            other->health != BACKEND_IS_DOWN)
            return false;
    }
    return true;
}

static void look_at_server(struct auth_incidents *incidents, const struct auth_servers *servers,
                           const struct auth_server *server)
{
    CLEANUP_BUF struct buf name = {0}, words = {0};
    const char *protocol = auth_server_protocol(server);
    struct slice called = server->name.len > 0 ? server->name : SLICE("auth.backends");
    bool alone = is_alone(servers, server);
    buf_addf(&name, "%.*s (%s)", SLICE_ARG(called), protocol);
    if (server->health == BACKEND_HEALTH_UNKNOWN)
        part_book_keep(incidents->book, buf_slice(&name));
    if (server->health != BACKEND_IS_DOWN)
        return;
    buf_addf(&words, "the mailbox server does not greet by %s", protocol);
    if (alone)
        buf_add_str(&words, " and nothing stands in for it");
    if (server->reason.len > 0)
        buf_addf(&words, ": %.*s", SLICE_ARG(server->reason));
    part_book_say(incidents->book,
                  &(struct part_ailment){buf_slice(&name), buf_slice(&words),
                                         alone ? INCIDENT_CRITICAL : INCIDENT_WARNING});
}

/* ---- all ---- */

static void look_at_spray(struct auth_incidents *incidents, const struct auth_incidents_view *view,
                          int64_t now_us, incident_tell tell, void *data)
{
    struct incident incident;
    uint64_t passed = auth_service_results(view->counts, AUTH_RESULT_PASSED);
    if (!auth_spray_take(&incidents->spray, view->spray, passed, now_us, &incident))
        return;
    incident.relay = buf_slice(&incidents->relay);
    tell(data, &incident);
}

void auth_incidents_look(struct auth_incidents *incidents, const struct auth_incidents_view *view,
                         int64_t now_us, incident_tell tell, void *data)
{
    if (view->wanted) {
        look_at_accounts(incidents, view->counts, now_us);
        look_at_passwords(incidents, view->counts, now_us);
        for (size_t i = 0; view->servers != NULL && i < view->servers->count; i++)
            look_at_server(incidents, view->servers, &view->servers->list[i]);
        if (view->trouble != NULL)
            part_book_say(
                incidents->book,
                &(struct part_ailment){LISTENER, slice_from_str(view->trouble), INCIDENT_CRITICAL});
        if (view->servers == NULL)
            part_book_keep_others(incidents->book);
    }
    part_book_tell(incidents->book, now_us, tell, data);
    look_at_spray(incidents, view, now_us, tell, data);
}
