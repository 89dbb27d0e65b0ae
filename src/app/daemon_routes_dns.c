/* SPDX-License-Identifier: Apache-2.0
 *
 * Name servers, for the loop that moves mail: whose a domain is that no mail was seen for yet, and
 * whether one has moved. See daemon_routes.h, mx_book.h. Asked, while a provider is in the plan,
 * for
 *
 *   - domains of mail that waits and that nobody knows a provider of,
 *   - the domains that the table of providers has for it,
 *   - those that were learned, again and again: held mail is not tried, so the log would never say
 *     that its domain has moved.
 *
 * What is found goes to the domains of the provider, as if it had been learned; what moved away is
 * taken out. Without an answer all stays as it is. In the owner's thread; nothing waits for it.
 */
#include "app/daemon_routes_private.h"

#include <stdlib.h>
#include <string.h>

#include "app/mx_book.h"
#include "base/civil.h"
#include "io/resolver.h"
#include "model/json_value.h"

#define WANT_EVERY_US (60 * US_PER_SECOND)
#define ASK_EVERY_US US_PER_SECOND
#define QUESTIONS_MAX 64
#define CHANGES_MAX 4096 /* of one turn; further ones are found by a later one */

struct mx_question {
    struct daemon_routes *routes;
    bool open;
    size_t len;
    char domain[HOST_NAME_BYTES_MAX];
};

/* A domain that is to be a provider's, or not to be any more. */
struct mx_change {
    struct slice provider, domain; /* of the arena */
    bool add;
};

struct routes_dns {
    struct resolver *resolver; /* NULL: nothing is asked */
    struct err why;            /* enabled, and NULL all the same */
    struct mx_book *book;
    struct mx_question questions[QUESTIONS_MAX];
    struct arena *arena; /* of the changes */
    struct mx_change changes[CHANGES_MAX];
    size_t change_count;
    int64_t wanted_us, asked_us, looked_us;
    int64_t silent_us; /* no name server answers since; 0: one does */
    size_t providers;  /* of the plan, when it was last gone through */
    uint64_t added, moved;
    uint64_t measured[DNS_UNANSWERED + 1]; /* answers that the metrics have */
};

/* ---- life ---- */

void routes_start_dns(struct daemon_routes *routes)
{
    const struct settings_dns *settings = &routes->options.settings->dns;
    struct routes_dns *dns = MEM_NEW(struct routes_dns);
    routes->dns = dns;
    dns->arena = arena_new(4096);
    if (!settings->enabled)
        return;
    dns->resolver = resolver_new(&(struct resolver_options){.servers = settings->servers,
                                                            .server_count = settings->server_count,
                                                            .deadline_us = settings->timeout_us,
                                                            .pace = settings->pace},
                                 &dns->why);
    dns->book = mx_book_new(classifier_providers(routes->options.classifier), settings->keep_us);
    if (dns->resolver != NULL)
        return;
    dns->silent_us = routes->now_us;
    OWN_LOG(routes->options.log, OWN_LOG_ERROR, "no_name_servers",
            log_str("reason", dns->why.text));
}

void routes_end_dns(struct daemon_routes *routes)
{
    struct routes_dns *dns = routes->dns;
    if (dns == NULL)
        return;
    resolver_free(dns->resolver);
    mx_book_free(dns->book);
    arena_free(dns->arena);
    mem_free(dns);
}

struct resolver *routes_resolver(const struct daemon_routes *routes)
{
    return routes->dns->resolver;
}

/* ---- what is to be changed ---- */

static bool is_planned(const struct daemon_routes *routes, struct slice provider)
{
    struct slice name;
    for (size_t i = 0; route_plan_provider(routes->plan, i, &name); i++)
        if (slice_eq(name, provider))
            return true;
    return false;
}

static struct slice keep(struct arena *arena, struct slice text)
{
    return slice_of(arena_copy(arena, text.ptr ? text.ptr : "", text.len), text.len);
}

static void add_change(struct routes_dns *dns, struct slice provider, struct slice domain, bool add)
{
    if (dns->change_count < CHANGES_MAX)
        dns->changes[dns->change_count++] =
            (struct mx_change){keep(dns->arena, provider), keep(dns->arena, domain), add};
}

/* What the log says goes before what name servers say, unless these say that it has moved. */
static void consider(struct daemon_routes *routes, struct slice domain)
{
    struct routes_dns *dns = routes->dns;
    struct slice owner = daemon_routes_known_owner(routes->known, domain);
    struct slice named = mx_book_provider(dns->book, domain);
    bool moved = owner.len > 0 && mx_book_has_moved(dns->book, domain, owner);
    if (moved)
        add_change(dns, owner, domain, false);
    if ((moved || owner.len == 0) && named.len > 0 && is_planned(routes, named))
        add_change(dns, named, domain, true);
}

static int compare(const void *a, const void *b)
{
    const struct mx_change *left = a, *right = b;
    if (left->add != right->add)
        return left->add - right->add;
    return slice_cmp(left->provider, right->provider);
}

/* Of one provider, all of them the one or the other. */
static void make_changes(struct daemon_routes *routes, const struct mx_change *first, size_t count)
{
    struct routes_dns *dns = routes->dns;
    struct slice *domains = arena_alloc(dns->arena, count * sizeof(*domains));
    bool waits = false;
    for (size_t i = 0; i < count; i++) {
        domains[i] = first[i].domain;
        waits = waits || mx_book_waits(dns->book, domains[i]);
    }
    if (first->add)
        daemon_routes_known_add(routes->known, first->provider, domains, count);
    else
        daemon_routes_known_drop(routes->known, first->provider, domains, count);
    if (first->add && waits)
        routes_more_waits(routes, first->provider);
    *(first->add ? &dns->added : &dns->moved) += count;
    OWN_LOG(routes->options.log, OWN_LOG_INFO, first->add ? "mx_domains_added" : "mx_domains_moved",
            log_text("provider", first->provider), log_number("domains", (int64_t)count),
            log_text("first", first->domain));
}

static void apply_changes(struct daemon_routes *routes)
{
    struct routes_dns *dns = routes->dns;
    qsort(dns->changes, dns->change_count, sizeof(dns->changes[0]), compare);
    for (size_t i = 0, end; i < dns->change_count; i = end) {
        for (end = i + 1; end < dns->change_count; end++)
            if (compare(&dns->changes[i], &dns->changes[end]) != 0)
                break;
        make_changes(routes, &dns->changes[i], end - i);
    }
    dns->change_count = 0;
    arena_reset(dns->arena);
}

/* ---- what is to be known ---- */

static void want(struct daemon_routes *routes, struct slice domain, enum mx_cause cause)
{
    bool named = routes->options.settings->dns.server_count > 0;
    if (!host_name_is_valid(domain) || (!named && host_name_is_reserved(domain)))
        return;
    mx_book_want(routes->dns->book, domain, cause, routes->now_us);
    consider(routes, domain);
}

/* Those of the table may be in any case. */
static void want_listed(struct daemon_routes *routes, struct slice provider)
{
    char lower[HOST_NAME_BYTES_MAX];
    const struct provider *row =
        provider_named(classifier_providers(routes->options.classifier), provider);
    for (const struct provider_host *one = row != NULL ? row->domains : NULL; one != NULL;
         one = one->next) {
        if (one->suffix.len > sizeof(lower))
            continue;
        slice_copy_lower(one->suffix, lower);
        struct slice domain = slice_of(lower, one->suffix.len);
        if (daemon_routes_known_owner(routes->known, domain).len == 0)
            want(routes, domain, MX_LISTED);
    }
}

static void want_learned(struct daemon_routes *routes)
{
    size_t count;
    const struct route_provider *known = daemon_routes_known_providers(routes->known, &count);
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < known[i].domain_count; k++)
            want(routes, known[i].domains[k], MX_LEARNED);
}

static void want_strangers(struct daemon_routes *routes)
{
    size_t count;
    const struct slice *strangers =
        daemon_routes_queue_strangers(routes->queue, &count, &routes->dns->looked_us);
    for (size_t i = 0; i < count; i++)
        if (daemon_routes_known_owner(routes->known, strangers[i]).len == 0)
            want(routes, strangers[i], MX_WAITS);
}

/* Once a minute, and when there is another provider or another look at the queue. */
static bool want_is_due(const struct daemon_routes *routes, size_t providers)
{
    const struct routes_dns *dns = routes->dns;
    size_t count;
    int64_t looked_us, ago_us = routes->now_us - dns->wanted_us;
    (void)daemon_routes_queue_strangers(routes->queue, &count, &looked_us);
    return ago_us >= WANT_EVERY_US || ago_us < 0 || providers != dns->providers ||
           looked_us != dns->looked_us;
}

static void want_all(struct daemon_routes *routes)
{
    struct routes_dns *dns = routes->dns;
    struct slice provider;
    size_t providers = 0;
    bool matters = routes_may_act(routes) || route_plan_override(routes->plan, 0) != NULL;
    while (matters && route_plan_provider(routes->plan, providers, &provider))
        providers++;
    if (!want_is_due(routes, providers))
        return;
    dns->wanted_us = routes->now_us;
    dns->providers = providers;
    if (providers == 0)
        return;
    want_strangers(routes);
    for (size_t i = 0; route_plan_provider(routes->plan, i, &provider); i++)
        want_listed(routes, provider);
    want_learned(routes);
    dns->asked_us = 0;
}

/* ---- asking ---- */

static void hear(void *data, const struct dns_answer *answer)
{
    struct mx_question *question = data;
    struct daemon_routes *routes = question->routes;
    struct slice domain = slice_of(question->domain, question->len);
    question->open = false;
    mx_book_answer(routes->dns->book, domain, answer, routes->now_us);
    consider(routes, domain);
}

static void ask(struct daemon_routes *routes)
{
    struct routes_dns *dns = routes->dns;
    struct slice due[QUESTIONS_MAX];
    size_t room = 0, next = 0, most = resolver_room(dns->resolver);
    int64_t since_us = routes->now_us - dns->asked_us;
    if (dns->providers == 0 || (since_us >= 0 && since_us < ASK_EVERY_US))
        return;
    dns->asked_us = routes->now_us;
    for (size_t i = 0; i < QUESTIONS_MAX; i++)
        room += !dns->questions[i].open;
    size_t count = mx_book_take_due(dns->book, routes->now_us, due, room < most ? room : most);
    for (size_t i = 0; i < QUESTIONS_MAX && next < count; i++) {
        struct mx_question *question = &dns->questions[i];
        if (question->open)
            continue;
        *question = (struct mx_question){.routes = routes, .open = true, .len = due[next].len};
        memcpy(question->domain, due[next].ptr, due[next].len);
        if (!resolver_ask(dns->resolver, due[next], DNS_MX, hear, question)) {
            question->open = false;
            mx_book_put_back(dns->book, due[next]);
        }
        next++;
    }
}

static void watch_silence(struct daemon_routes *routes)
{
    struct routes_dns *dns = routes->dns;
    struct resolver_state state = resolver_state(dns->resolver);
    if (state.silent == (dns->silent_us != 0))
        return;
    int64_t since_us = dns->silent_us;
    dns->silent_us = state.silent ? routes->now_us : 0;
    if (state.silent)
        OWN_LOG(routes->options.log, OWN_LOG_WARNING, "name_servers_silent",
                log_str("reason", state.why));
    else
        OWN_LOG(routes->options.log, OWN_LOG_INFO, "name_servers_answer",
                log_number("silent_s", (routes->now_us - since_us) / US_PER_SECOND));
}

void routes_ask_dns(struct daemon_routes *routes)
{
    struct routes_dns *dns = routes->dns;
    if (dns->resolver == NULL)
        return;
    want_all(routes);
    ask(routes);
    resolver_advance(dns->resolver);
    watch_silence(routes);
    apply_changes(routes);
}

/* ---- telling ---- */

int64_t routes_dns_due(const struct daemon_routes *routes)
{
    const struct routes_dns *dns = routes->dns;
    int64_t wait_us = dns->resolver != NULL ? resolver_wait_us(dns->resolver) : INT64_MAX;
    return wait_us < INT64_MAX - routes->now_us ? routes->now_us + wait_us : INT64_MAX;
}

int routes_dns_fd(const struct daemon_routes *routes)
{
    return routes->dns->resolver != NULL ? resolver_fd(routes->dns->resolver) : -1;
}

static const char *const results[] = {
    [DNS_FOUND] = "found",   [DNS_NO_DATA] = "no_data",       [DNS_NO_NAME] = "no_name",
    [DNS_FAILED] = "failed", [DNS_UNANSWERED] = "unanswered",
};
#define RESULTS (sizeof(results) / sizeof(results[0]))

static void put_fault(json_t *object, const char *why, int64_t since_us)
{
    json_t *fault = json_value_object();
    json_value_put_text(fault, "reason", slice_from_str(why));
    json_value_put_time(fault, "since", since_us);
    json_value_put(object, "fault", fault);
}

json_t *routes_dns_json(const struct daemon_routes *routes)
{
    const struct routes_dns *dns = routes->dns;
    json_t *object = json_value_object();
    bool enabled = routes->options.settings->dns.enabled;
    json_value_put(object, "enabled", json_boolean(enabled));
    if (enabled && dns->resolver == NULL)
        put_fault(object, dns->why.text, dns->silent_us);
    if (dns->resolver == NULL)
        return object;
    struct resolver_state state = resolver_state(dns->resolver);
    json_t *answers = json_value_object();
    for (size_t i = 0; i < RESULTS; i++)
        json_value_put_count(answers, results[i], state.answers[i]);
    json_value_put(object, "answers", answers);
    json_value_put_count(object, "waiting", state.waiting + state.under_way);
    json_value_put_count(object, "domains_added", dns->added);
    json_value_put_count(object, "domains_moved", dns->moved);
    if (state.silent)
        put_fault(object, state.why, dns->silent_us);
    return object;
}

/* By what is new: the metrics outlive a reload, the resolver does not. */
void routes_measure_dns(struct daemon_routes *routes)
{
    struct routes_dns *dns = routes->dns;
    struct daemon_metrics *metrics = routes->options.metrics;
    if (dns->resolver == NULL)
        return;
    struct resolver_state state = resolver_state(dns->resolver);
    for (size_t i = 0; i < RESULTS; i++) {
        struct slice label = slice_from_str(results[i]);
        daemon_metrics_add(metrics, DAEMON_METRIC_DNS_ANSWERS, &label,
                           (int64_t)(state.answers[i] - dns->measured[i]));
        dns->measured[i] = state.answers[i];
    }
    daemon_metrics_set(metrics, DAEMON_METRIC_DNS_SILENT, NULL, state.silent);
}
