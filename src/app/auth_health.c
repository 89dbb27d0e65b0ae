/* SPDX-License-Identifier: Apache-2.0
 *
 * See auth_health.h. Each place is due once in the time between two looks; those that are due at
 * the same moment are asked in turn, PROBES_MAX at once.
 */
#include "app/auth_health.h"

#include "io/clock.h"
#include "io/greeting_probe.h"

enum { PROBES_MAX = 64 };

struct auth_health {
    struct backend_book *backends;
    struct greeting_probe *probe; /* NULL: there is no loop, or nothing is to be asked */
    bool wanted, proxy_protocol;
    int64_t every_us, deadline_us;
    size_t next;      /* place to ask next, of all servers and protocols */
    int64_t round_us; /* steady: when the round began */
    bool round_is_over;
    uint32_t generation; /* of terms: an answer about others' places is none */
};

struct auth_health *auth_health_new(struct backend_book *backends)
{
    struct auth_health *health = MEM_NEW(struct auth_health);
    health->backends = backends;
    health->round_is_over = true;
    return health;
}

void auth_health_free(struct auth_health *health)
{
    mem_free(health);
}

void auth_health_want(struct auth_health *health, const struct auth_plan *plan)
{
    health->wanted = plan->backends.health;
    health->proxy_protocol = plan->proxy_protocol;
    health->every_us = plan->health_every_us;
    health->deadline_us = plan->health_deadline_us;
    health->next = 0;
    health->generation++;
}

/* ---- asking ---- */

static uint64_t place_count(const struct auth_health *health)
{
    return backend_book_count(health->backends) * BACKEND_PROTOCOLS;
}

static struct endpoint endpoint_of(const struct backend_place *place)
{
    return (struct endpoint){.kind = ENDPOINT_TCP, .ip = place->ip, .port = place->port};
}

static void hear(void *context, uint64_t token, const struct greeting_result *result)
{
    struct auth_health *health = context;
    size_t number = (size_t)(token & UINT32_MAX), server = number / BACKEND_PROTOCOLS;
    unsigned protocol = (unsigned)(number % BACKEND_PROTOCOLS);
    struct backend_state state;
    struct backend_change change;
    if (token >> 32 != health->generation ||
        !backend_book_state(health->backends, server, protocol, &state))
        return;
    const struct backend_report report = {
        .server = server,
        .protocol = protocol,
        .place = state.place,
        .ok = result->ok,
        .latency_us = result->latency_us,
        .reason = slice_from_str(result->reason),
    };
    (void)backend_book_report(health->backends, &report, clock_now_us(), &change);
}

static const enum greeting_kind kinds[BACKEND_PROTOCOLS] = {
    [AUTH_IMAP] = GREETING_IMAP,   [AUTH_POP3] = GREETING_POP3,       [AUTH_SMTP] = GREETING_SMTP,
    [AUTH_SIEVE] = GREETING_SIEVE, [BACKEND_INBOUND] = GREETING_SMTP,
};

/* As nginx comes there: to Postfix with XCLIENT, to which a PROXY line would be a command before
 * its greeting; ManageSieve is not nginx's. */
static bool hears_proxy_line(const struct auth_health *health, unsigned protocol)
{
    return health->proxy_protocol && (protocol == AUTH_IMAP || protocol == AUTH_POP3);
}

/* False: too many are under way. */
static bool ask(struct auth_health *health, size_t number)
{
    struct backend_state state;
    unsigned protocol = (unsigned)(number % BACKEND_PROTOCOLS);
    if (!backend_book_state(health->backends, number / BACKEND_PROTOCOLS, protocol, &state))
        return true;
    const struct greeting_question question = {
        .at = endpoint_of(&state.place),
        .kind = kinds[protocol],
        .proxy_protocol = hears_proxy_line(health, protocol),
        .deadline_ms = (uint32_t)(health->deadline_us / 1000),
        .token = (uint64_t)health->generation << 32 | number,
    };
    return greeting_probe_begin(health->probe, &question);
}

void auth_health_tick(struct auth_health *health, int64_t steady_us)
{
    if (health->probe == NULL || !health->wanted)
        return;
    if (health->round_is_over && steady_us - health->round_us >= health->every_us) {
        health->round_is_over = false;
        health->round_us = steady_us;
        health->next = 0;
    }
    while (!health->round_is_over && health->next < place_count(health) &&
           ask(health, health->next))
        health->next++;
    health->round_is_over = health->round_is_over || health->next >= place_count(health);
}

void auth_health_begin(struct auth_health *health, struct uv_loop_s *loop)
{
    health->probe = greeting_probe_new(loop, PROBES_MAX, hear, health);
    health->round_us = clock_steady_us() - health->every_us;
    health->round_is_over = true;
}

void auth_health_end(struct auth_health *health)
{
    greeting_probe_free(health->probe);
    health->probe = NULL;
}
