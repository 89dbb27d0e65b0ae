/* SPDX-License-Identifier: Apache-2.0
 *
 * What Postfix has to say. See postfix_wish.h. Every value is of the settings, whose texts are
 * names, addresses and paths; a path with a blank or a comma is not for Postfix' lists and is told
 * by the check like any other table that cannot be read.
 */
#include "app/postfix_wish.h"

#include "app/exact_routes.h"
#include "app/postfix_files.h"

#define ROWS_OF_ALL 32
#define ROWS_OF_SOURCE (9 + FLEET_TIERS * 13)
#define SMTP "unix - - n - - smtp"
#define SLOW_SMTP "unix - - n - 1 smtp" /* one process: its pace is that of the service */

static const char bounces[] = "a block bounces mail instead of keeping it";
static const char no_routes[] = "mail does not follow a route that todoku sets";
static const char no_holds[] = "mail that is to wait is tried again and again";
static const char not_exact[] = "shares and paces are the nearest that the tables have";

struct maker {
    struct postfix_wish *rows;
    size_t count, room;
    struct arena *arena;
    const char *folder;
    const char *exact;   /* NULL: not in exact mode */
    const char *service; /* of the options that follow */
};

static const char *keep(struct maker *maker, const struct buf *text)
{
    return arena_copy(maker->arena, buf_str(text), text->len);
}

static struct postfix_wish *add(struct maker *maker, enum postfix_wish_kind kind, const char *name,
                                const char *value, const char *without)
{
    ASSERT(maker->count < maker->room);
    struct postfix_wish *wish = &maker->rows[maker->count++];
    *wish = (struct postfix_wish){
        .kind = kind, .service = maker->service, .name = name, .value = value, .without = without};
    return wish;
}

/* ---- main.cf ---- */

/* `y,n,n,n`: as many as make the share. */
static void put_die(size_t share, struct buf *to)
{
    unsigned percent = fleet_share_percent[share], sides = 2;
    while (sides * percent % 100 != 0)
        sides++;
    for (unsigned i = 0; i < sides; i++)
        buf_addf(to, "%s%s", i ? "," : "", i < sides * percent / 100 ? "y" : "n");
}

/* What leads a share of the mail for a domain to `route`: the table says which share, a die of
 * Postfix whether this is of it. source NULL: it waits. */
static void put_share(const struct maker *maker, const struct fleet_source *source, size_t share,
                      struct buf *to)
{
    buf_addf(to, "%spipemap:{lmdb:%s/" POSTFIX_SHARES ",inline:{", to->len ? ", " : "",
             maker->folder);
    fleet_share_token(source, share, to);
    buf_add_str(to, "=x},randmap:{");
    put_die(share, to);
    buf_add_str(to, "},inline:{");
    if (source != NULL) {
        buf_add_str(to, "y=");
        fleet_route(source, to);
    } else {
        buf_add_str(to, "{y = retry:4.7.1 held by todoku}");
    }
    buf_add_str(to, "}}");
}

static void add_shares(struct maker *maker, const struct fleet *fleet)
{
    CLEANUP_BUF struct buf value = {0};
    for (size_t i = 0; i < fleet->source_count; i++)
        for (size_t share = 0; share < FLEET_SHARES; share++)
            put_share(maker, &fleet->sources[i], share, &value);
    add(maker, POSTFIX_WISH_MAIN, "todoku_shares", keep(maker, &value), no_routes);
}

static void add_holds(struct maker *maker)
{
    CLEANUP_BUF struct buf value = {0};
    for (size_t share = 0; share < FLEET_SHARES; share++)
        put_share(maker, NULL, share, &value);
    buf_addf(&value, ", lmdb:%s/" POSTFIX_HOLDS, maker->folder);
    add(maker, POSTFIX_WISH_MAIN, "todoku_holds", keep(maker, &value), no_holds);
}

/* The table says which domains to ask the daemon about, as addresses: nobody asks about others, so
 * that their mail does not depend on it. */
static void add_exact(struct maker *maker)
{
    CLEANUP_BUF struct buf value = {0};
    if (maker->exact == NULL)
        return;
    buf_addf(&value, "pipemap:{lmdb:%s/" POSTFIX_EXACT ",socketmap:unix:%s:" EXACT_ROUTES_TABLE "}",
             maker->folder, maker->exact);
    add(maker, POSTFIX_WISH_MAIN, "todoku_exact", keep(maker, &value), not_exact);
}

static void add_routes(struct maker *maker)
{
    CLEANUP_BUF struct buf value = {0};
    buf_addf(&value, "lmdb:%s/" POSTFIX_ROUTES, maker->folder);
    add(maker, POSTFIX_WISH_MAIN, "todoku_routes", keep(maker, &value), no_routes);
}

static void add_pace(struct maker *maker, const char *transport, size_t tier)
{
    static const char too_fast[] = "mail that is to be slow is not";
    static const struct {
        const char *suffix, *value; /* value NULL: the delay of the tier */
    } rows[] = {
        {"transport_rate_delay", NULL},
        {"destination_recipient_limit", "1"},
        {"destination_concurrency_failed_cohort_limit", "10"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CLEANUP_BUF struct buf name = {0}, value = {0};
        buf_addf(&name, "%s_%s", transport, rows[i].suffix);
        if (rows[i].value != NULL)
            buf_add_str(&value, rows[i].value);
        else
            buf_addf(&value, "%us", 3600 / fleet_tier_per_hour[tier]);
        add(maker, POSTFIX_WISH_MAIN, keep(maker, &name), keep(maker, &value), too_fast);
    }
}

static const char *slow_name(struct maker *maker, const struct fleet_source *source, size_t tier)
{
    CLEANUP_BUF struct buf name = {0};
    fleet_tier_transport(source, tier, &name);
    return keep(maker, &name);
}

/* Mail that a limit slows down: one at a time, with a pause. */
static void add_slow(struct maker *maker, const char *transport)
{
    static const char not_slow[] = "mail that a limit slows down is as fast as any";
    CLEANUP_BUF struct buf delay = {0}, limit = {0};
    buf_addf(&delay, "%s_destination_rate_delay", transport);
    buf_addf(&limit, "%s_destination_concurrency_limit", transport);
    add(maker, POSTFIX_WISH_MAIN, keep(maker, &delay), "10s", not_slow);
    add(maker, POSTFIX_WISH_MAIN, keep(maker, &limit), "1", not_slow);
}

static void add_limits(struct maker *maker, const struct postfix_needs *needs)
{
    if (needs->policy != NULL && *needs->policy != '\0')
        add(maker, POSTFIX_WISH_MAIN, "todoku_policy", needs->policy,
            "no restriction can ask by that name");
    if (needs->slow != NULL)
        add_slow(maker, needs->slow);
}

static void add_main(struct maker *maker, const struct postfix_needs *needs)
{
    const struct fleet *fleet = needs->fleet;
    add_limits(maker, needs);
    if (fleet->source_count == 0)
        return;
    add_exact(maker);
    add_shares(maker, fleet);
    add_holds(maker);
    add_routes(maker);
    add(maker, POSTFIX_WISH_MAIN, "transport_maps",
        "$todoku_shares, $todoku_routes, $own_transport_maps", no_routes);
    for (size_t i = 0; i < fleet->source_count; i++)
        for (size_t tier = 0; fleet_is_here(&fleet->sources[i]) && tier < FLEET_TIERS; tier++)
            add_pace(maker, slow_name(maker, &fleet->sources[i], tier), tier);
}

/* ---- master.cf ---- */

static void begin_service(struct maker *maker, const char *name, const char *columns,
                          const char *without)
{
    maker->service = name;
    add(maker, POSTFIX_WISH_SERVICE, name, columns, without);
}

static struct postfix_wish *add_option(struct maker *maker, const char *name,
                                       const struct buf *value, const char *without)
{
    return add(maker, POSTFIX_WISH_OPTION, name, keep(maker, value), without);
}

static void add_address(struct maker *maker, const struct fleet_source *source)
{
    CLEANUP_BUF struct buf value = {0};
    if (source->address.len == 0)
        return;
    ip_address_format(&source->address, &value);
    add_option(maker, source->address.len == 4 ? "smtp_bind_address" : "smtp_bind_address6", &value,
               "mail leaves by another address than that of the source");
    /* An address is bound for its own protocol only: mail to hosts of the other would leave by any.
     */
    add(maker, POSTFIX_WISH_OPTION, "inet_protocols", source->address.len == 4 ? "ipv4" : "ipv6",
        "mail to hosts of the other protocol leaves by another address")
        ->inherits = true;
    add(maker, POSTFIX_WISH_OPTION, "smtp_bind_address_enforce", "yes",
        "mail leaves by another address when that of the source is gone")
        ->inherits = true;
}

/* What a transport of this host needs; its slow ones are the same source in the log. */
static void add_source_options(struct maker *maker, const struct fleet_source *source)
{
    CLEANUP_BUF struct buf value = {0};
    buf_addf(&value, "postfix/%.*s", SLICE_ARG(source->name));
    add_option(maker, "syslog_name", &value, "the log does not say by which source mail left");
    add_address(maker, source);
    if (source->helo.len > 0) {
        buf_clear(&value);
        buf_add(&value, source->helo);
        add_option(maker, "smtp_helo_name", &value, "it greets by another name than its own");
    }
    buf_clear(&value);
    buf_addf(&value, "pcre:%s/" POSTFIX_HOLD_FILE, maker->folder);
    add_option(maker, "smtp_delivery_status_filter", &value, bounces)->inherits = true;
}

static void add_source(struct maker *maker, const struct fleet_source *source)
{
    static const char absent[] = "no mail can leave by this source";
    CLEANUP_BUF struct buf name = {0};
    buf_add(&name, source->name);
    begin_service(maker, keep(maker, &name), SMTP, absent);
    add_source_options(maker, source);
    for (size_t tier = 0; tier < FLEET_TIERS; tier++) {
        begin_service(maker, slow_name(maker, source, tier), SLOW_SMTP,
                      "mail that is to be slow waits for want of a transport");
        add_source_options(maker, source);
    }
}

/* One transport for all the sources of a relay: the next hop tells them apart. */
static void add_relay(struct maker *maker, const struct fleet *fleet, size_t index)
{
    CLEANUP_BUF struct buf name = {0}, value = {0};
    for (size_t i = 0; i < index; i++)
        if (slice_eq(fleet->sources[i].relay, fleet->sources[index].relay))
            return;
    fleet_transport(&fleet->sources[index], &name);
    begin_service(maker, keep(maker, &name), SMTP, "no mail can leave by this relay");
    buf_addf(&value, "postfix/%s", buf_str(&name));
    add_option(maker, "syslog_name", &value, "the log does not say by which source mail left");
    add(maker, POSTFIX_WISH_OPTION, "smtp_send_xforward_command", "yes",
        "its log does not say which of our messages a mail is")
        ->inherits = true;
}

static void add_rewrite(struct maker *maker)
{
    begin_service(maker, POSTFIX_REWRITE, "unix - - n - - trivial-rewrite", no_holds);
    add(maker, POSTFIX_WISH_OPTION, "transport_maps",
        maker->exact != NULL ? "$todoku_exact," POSTFIX_PRIVATE_MAPS : POSTFIX_PRIVATE_MAPS,
        no_holds);
    begin_service(maker, "qmgr", "unix n - n 300 1 qmgr", no_holds);
    add(maker, POSTFIX_WISH_OPTION, "rewrite_service_name", POSTFIX_REWRITE, no_holds);
}

void postfix_wishes_make(const struct postfix_needs *needs, struct arena *arena,
                         struct postfix_wishes *out)
{
    const struct fleet *fleet = needs->fleet;
    struct maker maker = {.room = ROWS_OF_ALL + fleet->source_count * ROWS_OF_SOURCE,
                          .arena = arena,
                          .folder = needs->folder,
                          .exact = needs->exact};
    maker.rows = arena_alloc(arena, maker.room * sizeof(maker.rows[0]));
    add_main(&maker, needs);
    for (size_t i = 0; i < fleet->source_count; i++) {
        if (fleet_is_here(&fleet->sources[i]))
            add_source(&maker, &fleet->sources[i]);
        else
            add_relay(&maker, fleet, i);
    }
    if (fleet->source_count > 0)
        add_rewrite(&maker);
    if (needs->slow != NULL)
        begin_service(&maker, needs->slow, SMTP, "mail that a limit slows down waits for ever");
    *out = (struct postfix_wishes){maker.rows, maker.count, fleet->source_count > 0};
}

/* ---- printing ---- */

static const char main_head[] = "# ---- main.cf ----\n";
static const char routed_head[] =
    "# What transport_maps has now goes to own_transport_maps; routes of todoku stand before it.\n"
    "own_transport_maps =\n";
static const char unrouted_head[] =
    "# Nothing for routes: todoku.yaml names no source (fleet.sources).\n";
static const char master_head[] = "\n# ---- master.cf ----\n";
static const char sources_head[] =
    "# A source may be there already: then it is its options that matter. The qmgr line replaces\n"
    "# the one that there is. Afterwards: postfix reload.\n";

/* A table of a long list a line. */
static void print_main(const struct postfix_wish *wish, struct buf *to)
{
    struct slice rest = slice_from_str(wish->value);
    const char *divider;
    buf_addf(to, "%s = ", wish->name);
    while ((divider = slice_find(rest, SLICE(", pipemap:"))) != NULL) {
        buf_add(to, slice_between(rest.ptr, divider + 1));
        buf_add_str(to, "\n  ");
        rest = slice_between(divider + 2, slice_end(rest));
    }
    buf_add(to, rest);
    buf_add_char(to, '\n');
}

/* As comments: whoever puts all of it into master.cf does no harm. */
static const char rights[] =
    "\n# ---- rights of the daemon ----\n"
    "# todoku runs without root, and under systemd no command that it calls gets more than it "
    "has.\n"
    "# To look into the queue and to have waiting mail tried it needs the group of Postfix'\n"
    "# setgid_group:\n"
    "#   usermod -aG postdrop todoku && systemctl restart todoku\n"
    "# To have Postfix reloaded, a path unit, which is all that runs as root, and in todoku.yaml:\n"
    "#   systemctl enable --now todoku-postfix-reload.path\n"
    "#   postfix: { reload: [/usr/bin/touch, /run/todoku/postfix-reload] }\n"
    "# Without systemd, a rule of sudo for the same, and in todoku.yaml:\n"
    "#   todoku ALL=(root) NOPASSWD: /usr/sbin/postfix reload\n"
    "#   postfix: { reload: [/usr/bin/sudo, -n, /usr/sbin/postfix, reload] }\n"
    "# todoku queue (hold, release, purge) is not the daemon's: it needs root. For operators:\n"
    "#   %mail ALL=(root) NOPASSWD: /usr/bin/todoku queue *\n";

void postfix_wishes_print(const struct postfix_wishes *wishes, struct buf *to)
{
    enum postfix_wish_kind before = POSTFIX_WISH_MAIN;
    buf_add_str(to, main_head);
    buf_add_str(to, wishes->routed ? routed_head : unrouted_head);
    for (size_t i = 0; i < wishes->count; i++) {
        const struct postfix_wish *wish = &wishes->rows[i];
        if (wish->kind != POSTFIX_WISH_MAIN && before == POSTFIX_WISH_MAIN) {
            buf_add_str(to, master_head);
            buf_add_str(to, wishes->routed ? sources_head : "");
        }
        before = wish->kind;
        switch (wish->kind) {
        case POSTFIX_WISH_MAIN:
            print_main(wish, to);
            break;
        case POSTFIX_WISH_SERVICE:
            buf_addf(to, "%s %s\n", wish->name, wish->value);
            break;
        case POSTFIX_WISH_OPTION:
            buf_addf(to, "  -o %s=%s\n", wish->name, wish->value);
            break;
        }
    }
    buf_add_str(to, rights);
}
