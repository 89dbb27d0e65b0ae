/* SPDX-License-Identifier: Apache-2.0
 *
 * Comparing. See postfix_check.h. Values of Postfix are shown, never acted upon.
 */
#include "app/postfix_check.h"

#include <string.h>

#include "app/postfix_files.h"
#include "base/civil.h"
#include "watch/retry_estimate.h"

#define SHOWN 120

/* Of a service of master.cf, behind its name and type. */
enum { CHROOT_COLUMN = 2, PROCESSES_COLUMN = 4, PROGRAM_COLUMN = 5 };
#define LEAST_LIFETIME_US (SECONDS_PER_DAY * US_PER_SECOND)

void postfix_finding_add(struct postfix_findings *findings, const char *what, const char *where,
                         const char *advice)
{
    struct arena *arena = findings->arena;
    findings->rows = mem_resize(findings->rows, findings->count + 1, sizeof(findings->rows[0]));
    findings->rows[findings->count++] = (struct postfix_finding){
        arena_copy(arena, what, strlen(what)), arena_copy(arena, where, strlen(where)),
        arena_copy(arena, advice, strlen(advice))};
}

struct check {
    const struct postfix_wishes *wishes;
    const struct postfix_state *state;
    const struct fleet *fleet;
    const char *folder;
    struct postfix_findings *out;
};

/* ---- what is wished ---- */

static bool is_divider(struct slice text)
{
    return text.ptr != NULL && text.len > 0 && memchr(" ,\t", text.ptr[0], 3) != NULL;
}

static bool skip_dividers(struct slice *text)
{
    bool some = is_divider(*text);
    while (is_divider(*text))
        *text = slice_skip(*text, 1);
    return some;
}

/* Does *text begin with the wanted list? Commas and blanks divide alike. Taken off. */
static bool take_list(struct slice *text, struct slice wanted)
{
    skip_dividers(text);
    while (wanted.len > 0) {
        if (skip_dividers(&wanted) != skip_dividers(text) || text->len == 0 || wanted.len == 0 ||
            text->ptr[0] != wanted.ptr[0])
            return false;
        wanted = slice_skip(wanted, 1);
        *text = slice_skip(*text, 1);
    }
    return text->len == 0 || is_divider(*text);
}

static bool same_value(struct slice text, struct slice wanted)
{
    return take_list(&text, wanted) && slice_trim(text).len == 0;
}

static void differs(const struct check *check, const struct postfix_wish *wish, struct slice found)
{
    CLEANUP_BUF struct buf what = {0}, where = {0}, advice = {0};
    if (found.len > 0)
        buf_addf(&what, "%s is \"%.*s\": %s", wish->name, SLICE_ARG(slice_first(found, SHOWN)),
                 wish->without);
    else
        buf_addf(&what, "%s is not set: %s", wish->name, wish->without);
    if (wish->kind == POSTFIX_WISH_MAIN) {
        buf_add_str(&where, "main.cf");
        buf_addf(&advice, "%s = %s", wish->name, wish->value);
    } else {
        buf_addf(&where, "master.cf: %s", wish->service);
        buf_addf(&advice, "-o %s=%s", wish->name, wish->value);
    }
    postfix_finding_add(check->out, buf_str(&what), buf_str(&where), buf_str(&advice));
}

/* Of columns divided by blanks the one behind so many. */
static struct slice column_of(struct slice columns, size_t before)
{
    for (; before > 0; before--) {
        slice_cut(&columns, ' ');
        columns = slice_trim(columns);
    }
    return slice_cut(&columns, ' ');
}

/* A pace is each process' own. */
static void check_processes(const struct check *check, const struct postfix_wish *wish)
{
    CLEANUP_BUF struct buf what = {0}, where = {0};
    struct slice found =
        column_of(postfix_state_service(check->state, wish->name), PROCESSES_COLUMN);
    struct slice wanted = column_of(slice_from_str(wish->value), 1 + PROCESSES_COLUMN);
    if (slice_eq(wanted, SLICE("-")) || slice_eq(found, wanted))
        return;
    buf_addf(&what, "service %s may have more than %.*s process: its mail is faster than its pace",
             wish->name, SLICE_ARG(wanted));
    buf_addf(&where, "master.cf: %s", wish->name);
    postfix_finding_add(check->out, buf_str(&what), buf_str(&where), "1 in the column maxproc");
}

static bool check_service(const struct check *check, const struct postfix_wish *wish)
{
    CLEANUP_BUF struct buf what = {0}, advice = {0};
    struct slice found = column_of(postfix_state_service(check->state, wish->name), PROGRAM_COLUMN);
    struct slice wanted = column_of(slice_from_str(wish->value), 1 + PROGRAM_COLUMN);
    if (found.len > 0 && slice_eq(found, wanted)) {
        if (slice_eq(wanted, SLICE("smtp")))
            check_processes(check, wish);
        return true;
    }
    if (found.len > 0)
        buf_addf(&what, "service %s is no %.*s: %s", wish->name, SLICE_ARG(wanted), wish->without);
    else
        buf_addf(&what, "there is no service %s: %s", wish->name, wish->without);
    buf_addf(&advice, "%s %s, with its options as todoku config postfix prints them", wish->name,
             wish->value);
    postfix_finding_add(check->out, buf_str(&what), "master.cf", buf_str(&advice));
    return false;
}

static void check_option(const struct check *check, const struct postfix_wish *wish)
{
    struct slice found = postfix_state_option(check->state, wish->service, wish->name);
    if (found.ptr == NULL && wish->inherits)
        found = postfix_state_main(check->state, wish->name);
    if (!same_value(found, slice_from_str(wish->value)))
        differs(check, wish, found);
}

/* Its name begins with `todoku_`: only what uses it counts. transport_maps: see check_maps. */
static bool is_indirect(const struct postfix_wish *wish)
{
    return slice_starts_with(slice_from_str(wish->name), SLICE("todoku_")) ||
           strcmp(wish->name, "transport_maps") == 0;
}

static void check_wishes(const struct check *check)
{
    bool there = true; /* the service of the options that follow */
    for (size_t i = 0; i < check->wishes->count; i++) {
        const struct postfix_wish *wish = &check->wishes->rows[i];
        if (wish->kind == POSTFIX_WISH_SERVICE)
            there = check_service(check, wish);
        else if (is_indirect(wish) || !there)
            continue;
        else if (wish->kind == POSTFIX_WISH_OPTION)
            check_option(check, wish);
        else if (!same_value(postfix_state_main(check->state, wish->name),
                             slice_from_str(wish->value)))
            differs(check, wish, postfix_state_main(check->state, wish->name));
    }
}

/* ---- the order of maps ---- */

/* The tables of a parameter of ours, whatever its name is there. */
static bool take_ours(const struct check *check, const char *name, struct slice *list)
{
    for (size_t i = 0; i < check->wishes->count; i++) {
        const struct postfix_wish *wish = &check->wishes->rows[i];
        if (wish->kind == POSTFIX_WISH_MAIN && strcmp(wish->name, name) == 0)
            return wish->value[0] == '\0' || take_list(list, slice_from_str(wish->value));
    }
    return false;
}

static bool names(const struct check *check, struct slice list, const char *table)
{
    CLEANUP_BUF struct buf wanted = {0};
    buf_addf(&wanted, "lmdb:%s/%s", check->folder, table);
    return slice_find(list, buf_slice(&wanted)) != NULL;
}

static void check_main_maps(const struct check *check)
{
    struct slice list = postfix_state_main(check->state, "transport_maps"), rest = list;
    if (!names(check, list, POSTFIX_ROUTES))
        postfix_finding_add(
            check->out,
            "transport_maps does not name the routes: mail does not follow a route "
            "that todoku sets",
            "main.cf",
            "set todoku_shares, todoku_routes and transport_maps as todoku config postfix prints "
            "them");
    else if (!take_ours(check, "todoku_shares", &rest) || !take_ours(check, "todoku_routes", &rest))
        postfix_finding_add(check->out,
                            "another table stands before the routes in transport_maps, or the "
                            "shares are missing: what it knows does not follow a route",
                            "main.cf: transport_maps",
                            "put $todoku_shares, $todoku_routes, as todoku config postfix prints "
                            "them, before all others");
    if (names(check, list, POSTFIX_HOLDS))
        postfix_finding_add(check->out,
                            "transport_maps names the holds: smtpd refuses mail at the door that "
                            "is to wait",
                            "main.cf: transport_maps",
                            "only " POSTFIX_REWRITE " may have $todoku_holds");
    if (slice_find(list, SLICE("socketmap:")) != NULL || slice_find(list, SLICE("tcp:")) != NULL)
        postfix_finding_add(check->out,
                            "transport_maps asks a server: when it hangs all mail stands still "
                            "for 100 s a question",
                            "main.cf: transport_maps",
                            "move it to " POSTFIX_REWRITE ", which only the queue manager asks");
}

static bool is_exact(const struct check *check)
{
    for (size_t i = 0; i < check->wishes->count; i++)
        if (strcmp(check->wishes->rows[i].name, "todoku_exact") == 0)
            return true;
    return false;
}

/* A server that is asked about all mail, not behind a table as ours is. */
static void check_private_server(const struct check *check, struct slice list)
{
    if (slice_find(list, SLICE("socketmap:")) != NULL || slice_find(list, SLICE("tcp:")) != NULL)
        postfix_finding_add(
            check->out,
            "its transport_maps ask a server about every mail: while it is gone "
            "all mail is put off, while it hangs all mail stands still",
            "master.cf: " POSTFIX_REWRITE,
            "only $todoku_exact asks, and only about mail that has a share or pace");
}

static void check_private_maps(const struct check *check)
{
    static const char where[] = "master.cf: " POSTFIX_REWRITE;
    struct slice list = postfix_state_option(check->state, POSTFIX_REWRITE, "transport_maps");
    bool exact = is_exact(check);
    if (postfix_state_service(check->state, POSTFIX_REWRITE).ptr == NULL)
        return;
    if (exact && !take_ours(check, "todoku_exact", &list))
        postfix_finding_add(check->out,
                            "its transport_maps do not begin with the table exact: shares and "
                            "paces are the nearest that the tables have",
                            where, "-o transport_maps=$todoku_exact," POSTFIX_PRIVATE_MAPS);
    else if (!take_ours(check, "todoku_shares", &list) ||
             !take_ours(check, "todoku_holds", &list) || !take_ours(check, "todoku_routes", &list))
        postfix_finding_add(check->out,
                            "its transport_maps do not begin with shares, holds and routes: mail "
                            "that is to wait is tried again and again",
                            where,
                            exact ? "-o transport_maps=$todoku_exact," POSTFIX_PRIVATE_MAPS
                                  : "-o transport_maps=" POSTFIX_PRIVATE_MAPS);
    else
        check_private_server(check, list);
}

/* ---- services that are Postfix's own ---- */

/* `-` has been no chroot since Postfix 3.0. */
static void check_chroot(const struct check *check)
{
    struct slice columns = postfix_state_service(check->state, POSTFIX_REWRITE);
    if (is_exact(check) && slice_eq(column_of(columns, CHROOT_COLUMN), SLICE("y")))
        postfix_finding_add(check->out,
                            "it runs in a chroot, where the daemon's socket is not: mail that has "
                            "a share or a pace is put off",
                            "master.cf: " POSTFIX_REWRITE, "n in the column chroot");
}

static void check_retry(const struct check *check)
{
    struct slice columns = postfix_state_service(check->state, "retry");
    if (slice_eq(column_of(columns, PROGRAM_COLUMN), SLICE("error")))
        return;
    postfix_finding_add(check->out,
                        "there is no service retry: mail that is to wait does, but with warnings "
                        "of a transport that is missing, and its log does not say that it is held",
                        "master.cf", "retry unix - - n - - error");
}

/* ---- what else is dangerous ---- */

static void check_switches(const struct check *check)
{
    static const struct {
        const char *name, *bad, *what, *advice;
    } rows[] = {
        {"soft_bounce", "yes",
         "soft_bounce is on: nothing ever bounces, dead addresses are tried for days",
         "soft_bounce = no"},
        {"smtp_skip_5xx_greeting", "no",
         "a provider that refuses at its greeting bounces all mail for it",
         "smtp_skip_5xx_greeting = yes"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (slice_eq(postfix_state_main(check->state, rows[i].name), slice_from_str(rows[i].bad)))
            postfix_finding_add(check->out, rows[i].what, "main.cf", rows[i].advice);
}

static bool has_word(struct slice list, struct slice word)
{
    bool found = false;
    for (skip_dividers(&list); !found && list.len > 0; skip_dividers(&list)) {
        struct slice begin = list;
        while (list.len > 0 && !is_divider(list))
            list = slice_skip(list, 1);
        found = slice_eq(slice_first(begin, begin.len - list.len), word);
    }
    return found;
}

/* Does each source of this relay have its own value of a parameter? */
static bool all_sources_say(const struct check *check, const char *parameter)
{
    bool all = true;
    for (size_t i = 0; all && i < check->fleet->source_count; i++) {
        CLEANUP_BUF struct buf name = {0};
        buf_add(&name, check->fleet->sources[i].name);
        all = !fleet_is_here(&check->fleet->sources[i]) ||
              postfix_state_option(check->state, buf_str(&name), parameter).ptr != NULL;
    }
    return all;
}

/* What keeps mail off the way that a route gives it. */
static void check_ways(const struct check *check)
{
    static const char fallback[] = "smtp_fallback_relay";
    struct slice deferred = postfix_state_main(check->state, "defer_transports");
    for (size_t i = 0; i < check->fleet->source_count; i++) {
        CLEANUP_BUF struct buf what = {0};
        if (!has_word(deferred, check->fleet->sources[i].name))
            continue;
        buf_addf(&what, "defer_transports names %.*s: what is sent by this source waits",
                 SLICE_ARG(check->fleet->sources[i].name));
        postfix_finding_add(check->out, buf_str(&what), "main.cf", "take it out");
    }
    if (slice_trim(postfix_state_main(check->state, fallback)).len > 0 &&
        !all_sources_say(check, fallback))
        postfix_finding_add(check->out,
                            "smtp_fallback_relay takes what a provider puts off: mail that is held "
                            "leaves by it",
                            "main.cf", "-o smtp_fallback_relay= for each source");
}

/* Mail that no source is chosen for leaves by the default transport. */
static void check_default_transport(const struct check *check)
{
    static const char filter[] = "smtp_delivery_status_filter";
    CLEANUP_BUF struct buf name = {0}, what = {0};
    struct slice rest = postfix_state_main(check->state, "default_transport");
    struct slice transport = slice_cut(&rest, ':');
    buf_add(&name, transport);
    if (check->fleet->source_count == 0 || transport.len == 0 ||
        fleet_source_named(check->fleet, transport) != NULL ||
        postfix_state_main(check->state, filter).len > 0 ||
        postfix_state_option(check->state, buf_str(&name), filter).ptr != NULL)
        return;
    buf_addf(&what,
             "default_transport is %s, which is no source: what a provider refuses there bounces, "
             "and no route moves it",
             buf_str(&name));
    postfix_finding_add(check->out, buf_str(&what), "main.cf",
                        "default_transport = one of the sources");
}

static void check_lifetime(const struct check *check)
{
    int64_t lifetime_us;
    struct slice value = postfix_state_main(check->state, "maximal_queue_lifetime");
    if (retry_time_parse(value, SECONDS_PER_DAY * US_PER_SECOND, &lifetime_us) &&
        lifetime_us < LEAST_LIFETIME_US)
        postfix_finding_add(check->out,
                            "maximal_queue_lifetime is below a day: mail that a block holds "
                            "bounces before anybody could act",
                            "main.cf", "maximal_queue_lifetime = 5d");
}

/* `3.7.11`: at least 3.7, which knows smtp_bind_address_enforce. */
static void check_version(const struct check *check)
{
    uint64_t major = 0, minor = 0;
    struct slice rest = postfix_state_main(check->state, "mail_version");
    if (rest.len == 0 || !slice_to_u64(slice_cut(&rest, '.'), 1000, &major) ||
        !slice_to_u64(slice_cut(&rest, '.'), 1000, &minor) || major > 3 ||
        (major == 3 && minor >= 7))
        return;
    postfix_finding_add(check->out,
                        "this Postfix does not know smtp_bind_address_enforce: mail leaves by "
                        "another address when that of the source is gone",
                        "mail_version", "Postfix 3.7 or newer");
}

static void check_protocols(const struct check *check)
{
    struct slice value = postfix_state_main(check->state, "inet_protocols");
    bool six = slice_find(value, SLICE("all")) != NULL || slice_find(value, SLICE("ipv6")) != NULL;
    bool four = slice_find(value, SLICE("all")) != NULL || slice_find(value, SLICE("ipv4")) != NULL;
    for (size_t i = 0; i < check->fleet->source_count; i++) {
        CLEANUP_BUF struct buf what = {0};
        const struct fleet_source *source = &check->fleet->sources[i];
        bool cannot = (source->address.len == 16 && !six) || (source->address.len == 4 && !four);
        if (!fleet_is_here(source) || !cannot || value.len == 0)
            continue;
        buf_addf(&what, "source %.*s has an address of a protocol that Postfix does not speak",
                 SLICE_ARG(source->name));
        postfix_finding_add(check->out, buf_str(&what), "main.cf: inet_protocols",
                            "inet_protocols = all");
    }
}

static bool has_source_here(const struct fleet *fleet, const struct fleet_pool *pool)
{
    for (size_t i = 0; i < fleet->source_count; i++)
        if (fleet_is_here(&fleet->sources[i]) && slice_eq(fleet->sources[i].pool, pool->name))
            return true;
    return false;
}

/* A route moves the mail of all pools of this Postfix: it knows recipients only. */
static void check_pools(const struct check *check)
{
    const struct fleet *fleet = check->fleet;
    for (size_t i = 0; i < fleet->pool_count; i++) {
        for (size_t k = 0; k < i; k++) {
            CLEANUP_BUF struct buf what = {0};
            const struct fleet_pool *a = &fleet->pools[k], *b = &fleet->pools[i];
            if (!has_source_here(fleet, a) || !has_source_here(fleet, b) ||
                (fleet_stand_in(a, b) != FLEET_NEVER && fleet_stand_in(b, a) != FLEET_NEVER))
                continue;
            buf_addf(&what,
                     "pools %.*s and %.*s share this Postfix and may not stand in for each other: "
                     "a route moves both, so todoku holds mail where it could send it another way",
                     SLICE_ARG(a->name), SLICE_ARG(b->name));
            postfix_finding_add(check->out, buf_str(&what), "fleet.pools",
                                "an instance of Postfix for each (postmulti), or fallbacks");
        }
    }
}

void postfix_check(const struct postfix_wishes *wishes, const struct postfix_state *state,
                   const struct fleet *fleet, const char *folder, struct postfix_findings *out)
{
    const struct check check = {wishes, state, fleet, folder, out};
    check_wishes(&check);
    if (wishes->routed) {
        check_main_maps(&check);
        check_private_maps(&check);
        check_chroot(&check);
        check_retry(&check);
    }
    check_switches(&check);
    check_ways(&check);
    check_default_transport(&check);
    check_lifetime(&check);
    check_version(&check);
    check_protocols(&check);
    check_pools(&check);
}
