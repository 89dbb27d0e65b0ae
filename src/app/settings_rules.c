/* SPDX-License-Identifier: Apache-2.0
 *
 * See settings_rules.h. A rule names the key that it is about by its path; its line is that of the
 * deepest part of the path that the file has, so that a rule broken by a default points at its
 * section.
 */
#include "app/settings_rules_private.h"

#include "app/standing_book.h"
#include "base/memory.h"
#include "respond/notifier.h"
#include "respond/slack_click.h"

#define SIGNING_SECRET_MIN 16 /* bytes, so that it is not guessed */

/* The part after the last '.' of a path may be followed by [N] for an entry of a list. */
static const struct conf_node *step(const struct conf_node *node, struct slice part)
{
    uint64_t index;
    struct slice rest = part;
    struct slice key = slice_cut(&rest, '[');
    node = conf_tree_find(node, key);
    if (node == NULL || rest.ptr == NULL)
        return node;
    if (!slice_to_u64(slice_first(rest, rest.len - 1), SIZE_MAX, &index))
        return NULL;
    if (node->kind != CONF_LIST)
        return node; /* a single text stands for a list of one */
    for (node = node->first; node != NULL && index > 0; index--)
        node = node->next;
    return node;
}

/* The node of a path; *line (may be NULL): of it, or of the deepest part that there is. */
static const struct conf_node *find(const struct settings_rules *rules, const char *path,
                                    uint32_t *line)
{
    const struct conf_node *node = rules->root;
    struct slice rest = slice_from_str(path);
    while (rest.ptr != NULL && node != NULL) {
        struct slice part = slice_cut(&rest, '.');
        if (line != NULL)
            *line = node->key_line;
        node = step(node, part);
    }
    if (line != NULL && node != NULL)
        *line = node->line;
    return node;
}

void settings_rules_broken(const struct settings_rules *rules, const char *path, const char *text,
                           const char *accepted)
{
    uint32_t line = 1;
    find(rules, path, &line);
    settings_faults_add(rules->faults, line, path, text, accepted);
}

/* ---- entries that must differ ---- */

void settings_rules_broken_twice(const struct settings_rules *rules, const char *path,
                                 size_t earlier)
{
    CLEANUP_BUF struct buf text = {0};
    buf_addf(&text, "is that of entry %zu already", earlier);
    settings_rules_broken(rules, path, buf_str(&text), "each once");
}

/* Two with port 0 get different ones. */
static bool same_socket(const struct endpoint *a, const struct endpoint *b)
{
    return endpoint_eq(a, b) && (a->kind == ENDPOINT_UNIX || a->port != 0);
}

static void check_listeners(const struct settings_rules *rules, const char *section,
                            const struct endpoint *listen, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        CLEANUP_BUF struct buf path = {0};
        buf_addf(&path, "%s.listen[%zu]", section, i);
        for (size_t j = 0; j < i; j++)
            if (same_socket(&listen[i], &listen[j]))
                settings_rules_broken_twice(rules, buf_str(&path), j);
        if (strcmp(listen[i].path, rules->settings->control) == 0)
            settings_rules_broken(rules, buf_str(&path), "is the control socket", "another path");
    }
}

/* `[relay2.example.jp]:10026`: it becomes a value of Postfix' map. */
static bool is_next_hop(struct slice text)
{
    uint64_t port;
    struct slice rest = text;
    if (!slice_take_prefix(&rest, SLICE("[")))
        return false;
    struct slice host = slice_cut(&rest, ']');
    for (size_t i = 0; i < host.len; i++)
        if (!ascii_is_alpha(host.ptr[i]) && !ascii_is_digit(host.ptr[i]) &&
            memchr(".-:", host.ptr[i], 3) == NULL)
            return false;
    if (host.len == 0 || rest.ptr == NULL)
        return false;
    return rest.len == 0 || (slice_take_prefix(&rest, SLICE(":")) &&
                             slice_to_u64(rest, UINT16_MAX, &port) && port > 0);
}

static void check_next_hop(const struct settings_rules *rules, const struct settings_source *source,
                           size_t index)
{
    CLEANUP_BUF struct buf path = {0};
    if (source->relay == NULL && source->next_hop == NULL)
        return;
    buf_addf(&path, "fleet.sources[%zu].%s", index, source->next_hop ? "next_hop" : "relay");
    if (source->relay == NULL || source->next_hop == NULL)
        settings_rules_broken(rules, buf_str(&path), "stands alone",
                              "relay and next_hop together, or neither");
    else if (!is_next_hop(slice_from_str(source->next_hop)))
        settings_rules_broken(rules, buf_str(&path), "is no next hop", "[relay2.example.jp]:10026");
}

/* A relay and a source of one name would be one transport. */
static void check_relay_name(const struct settings_rules *rules,
                             const struct settings_source *source, size_t index)
{
    const struct settings_fleet *fleet = &rules->settings->fleet;
    for (size_t i = 0; source->relay != NULL && i < fleet->source_count; i++) {
        CLEANUP_BUF struct buf path = {0};
        if (strcmp(fleet->sources[i].name, source->relay) != 0)
            continue;
        buf_addf(&path, "fleet.sources[%zu].relay", index);
        settings_rules_broken(rules, buf_str(&path), "is the name of a source", "another name");
    }
}

/* Services of master.cf that are something else than a way out. */
static void check_source_name(const struct settings_rules *rules, const char *name, size_t index)
{
    static const char *const taken[] = {
        "anvil",          "bounce", "cleanup", "defer",   "discard",  "error",
        "flush",          "local",  "pickup",  "postlog", "proxymap", "proxywrite",
        "qmgr",           "retry",  "rewrite", "scache",  "showq",    "tlsmgr",
        "todoku-rewrite", "trace",  "verify",  "virtual",
    };
    CLEANUP_BUF struct buf path = {0};
    buf_addf(&path, "fleet.sources[%zu].name", index);
    for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++)
        if (strcmp(name, taken[i]) == 0)
            settings_rules_broken(rules, buf_str(&path),
                                  "is a service of Postfix that sends nothing out",
                                  "the name of a transport, such as out-a");
}

static void check_sources(const struct settings_rules *rules)
{
    const struct settings_fleet *fleet = &rules->settings->fleet;
    for (size_t i = 0; i < fleet->source_count; i++) {
        check_next_hop(rules, &fleet->sources[i], i);
        check_relay_name(rules, &fleet->sources[i], i);
        check_source_name(rules, fleet->sources[i].name, i);
        for (size_t j = 0; j < i; j++) {
            CLEANUP_BUF struct buf path = {0};
            if (strcmp(fleet->sources[i].name, fleet->sources[j].name) != 0)
                continue;
            buf_addf(&path, "fleet.sources[%zu].name", i);
            settings_rules_broken_twice(rules, buf_str(&path), j);
        }
    }
}

/* The purpose of the pool of that name, listed or not. False: no source and no row names it. */
static bool find_purpose(const struct settings_fleet *fleet, const char *name,
                         enum fleet_purpose *out)
{
    bool known = false;
    *out = FLEET_SHARED;
    for (size_t i = 0; i < fleet->pool_count; i++) {
        if (strcmp(fleet->pools[i].name, name) == 0) {
            *out = fleet->pools[i].purpose;
            return true;
        }
    }
    for (size_t i = 0; !known && i < fleet->source_count; i++)
        known = strcmp(fleet->sources[i].pool, name) == 0;
    fleet_purpose_from_word(slice_from_str(name), out);
    return known;
}

static void check_fallbacks(const struct settings_rules *rules, size_t index)
{
    const struct settings_pool *pool = &rules->settings->fleet.pools[index];
    for (size_t i = 0; i < pool->fallback_count; i++) {
        CLEANUP_BUF struct buf path = {0};
        enum fleet_purpose purpose;
        buf_addf(&path, "fleet.pools[%zu].fallbacks[%zu]", index, i);
        if (!find_purpose(&rules->settings->fleet, pool->fallbacks[i], &purpose))
            settings_rules_broken(rules, buf_str(&path), "is the pool of no source",
                                  "the name of a pool that a source gives");
        else if (pool->purpose == FLEET_MARKETING && purpose == FLEET_TRANSACTIONAL)
            settings_rules_broken(rules, buf_str(&path),
                                  "is transactional: marketing mail would cost it its name",
                                  "a pool that is not transactional");
    }
}

static void check_pools(const struct settings_rules *rules)
{
    const struct settings_fleet *fleet = &rules->settings->fleet;
    for (size_t i = 0; i < fleet->pool_count; i++) {
        check_fallbacks(rules, i);
        for (size_t j = 0; j < i; j++) {
            CLEANUP_BUF struct buf path = {0};
            if (strcmp(fleet->pools[i].name, fleet->pools[j].name) != 0)
                continue;
            buf_addf(&path, "fleet.pools[%zu].name", i);
            settings_rules_broken_twice(rules, buf_str(&path), j);
        }
    }
}

/* ---- logs ---- */

static bool same_log(const struct settings_log *a, const struct settings_log *b)
{
    if (a->kind != b->kind)
        return false;
    switch (a->kind) {
    case SETTINGS_LOG_FILE:
        return strcmp(a->file, b->file) == 0;
    case SETTINGS_LOG_SYSLOG:
        return same_socket(&a->syslog, &b->syslog);
    case SETTINGS_LOG_JOURNALD:
        return true;
    }
    return false;
}

static void allow_this_host(struct settings *settings, struct settings_log *log)
{
    struct ip_network *allow = arena_alloc(settings->arena, 2 * sizeof(*allow));
    ASSERT(ip_network_parse(SLICE("127.0.0.0/8"), &allow[0]));
    ASSERT(ip_network_parse(SLICE("::1"), &allow[1]));
    log->allow = allow;
    log->allow_count = 2;
}

static void check_allow(const struct settings_rules *rules, struct settings_log *log,
                        const char *path)
{
    if (log->kind != SETTINGS_LOG_SYSLOG)
        return;
    if (log->syslog.kind == ENDPOINT_UNIX) {
        if (log->allow_count > 0)
            settings_rules_broken(rules, path, "does not go with unix:, which has no addresses",
                                  "beside udp: and tcp:");
        return;
    }
    if (log->allow_count > 0)
        return;
    if (endpoint_is_local(&log->syslog))
        allow_this_host(rules->settings, log);
    else
        settings_rules_broken(rules, path, "is missing: other hosts reach this address",
                              "a list of networks that may send, such as 192.0.2.0/24");
}

/* The lists of settings are const for their readers; here they are still being made. */
static void check_logs(const struct settings_rules *rules)
{
    struct settings_log *logs = (struct settings_log *)(uintptr_t)rules->settings->logs;
    for (size_t i = 0; i < rules->settings->log_count; i++) {
        CLEANUP_BUF struct buf path = {0};
        buf_addf(&path, "logs[%zu]", i);
        for (size_t j = 0; j < i; j++)
            if (same_log(&logs[i], &logs[j]))
                settings_rules_broken_twice(rules, buf_str(&path), j);
        size_t entry = path.len;
        buf_add_str(&path, ".backfill");
        if (logs[i].kind != SETTINGS_LOG_SYSLOG && find(rules, buf_str(&path), NULL) == NULL)
            logs[i].backfill_us = rules->settings->backfill_us;
        path.len = entry;
        buf_add_str(&path, ".allow");
        check_allow(rules, &logs[i], buf_str(&path));
    }
}

/* ---- detectors ---- */

static void check_shares(const struct settings_rules *rules, const struct settings_block *block,
                         const char *path)
{
    if (block->usual_share >= block->blocked_share)
        settings_rules_broken(rules, path, "is not below blocked_share",
                              "a share below that of blocked_share");
}

static void check_burn(const struct settings_rules *rules, const struct settings_burn *burn,
                       const char *path)
{
    if (burn->short_us >= burn->long_us)
        settings_rules_broken(rules, path, "is not shorter than long",
                              "a duration below that of long");
}

static void check_detect(const struct settings_rules *rules)
{
    const struct settings_detect *detect = &rules->settings->detect;
    check_shares(rules, &detect->block, "detect.block.usual_share");
    check_shares(rules, &detect->silent_block, "detect.silent_block.usual_share");
    check_burn(rules, &detect->slo.fast, "detect.slo.fast.short");
    check_burn(rules, &detect->slo.slow, "detect.slo.slow.short");
    if (detect->slo.fast.rate <= detect->slo.slow.rate)
        settings_rules_broken(rules, "detect.slo.fast.rate", "is not above the rate of slow",
                              "a number above that of slow");
    if (detect->slo.slow.long_us > detect->slo.window_us)
        settings_rules_broken(rules, "detect.slo.slow.long", "is longer than window",
                              "a duration up to window");
    if (detect->slo.fast.long_us > detect->slo.window_us)
        settings_rules_broken(rules, "detect.slo.fast.long", "is longer than window",
                              "a duration up to window");
}

/* ---- routes ---- */

static void check_ramp(const struct settings_rules *rules, const struct settings_ramp *ramp)
{
    for (size_t i = 0; i < ramp->step_count; i++) {
        CLEANUP_BUF struct buf path = {0};
        buf_addf(&path, "respond.ramp.steps[%zu]", i);
        if (i > 0 && ramp->steps[i] < ramp->steps[i - 1] + 0.01)
            settings_rules_broken(rules, buf_str(&path), "is no step up",
                                  "rising shares, by 1% at least");
    }
    if (ramp->patience_us < ramp->step_us)
        settings_rules_broken(rules, "respond.ramp.patience", "is shorter than step",
                              "a duration from step on");
}

static bool has_source(const struct settings_fleet *fleet, const char *name)
{
    for (size_t i = 0; i < fleet->source_count; i++)
        if (strcmp(fleet->sources[i].name, name) == 0)
            return true;
    return false;
}

static void check_hold(const struct settings_rules *rules, const struct settings_hold *hold)
{
    if (hold->then == ROUTE_THEN_RESORT && hold->resort == NULL)
        settings_rules_broken(rules, "respond.hold.then", "needs resort",
                              "resort beside it: the name of a source");
    else if (hold->then == ROUTE_THEN_RESORT && !has_source(&rules->settings->fleet, hold->resort))
        settings_rules_broken(rules, "respond.hold.resort", "is no source of the fleet",
                              "a name of fleet.sources");
    if (hold->warn_before_us >= hold->lifetime_us)
        settings_rules_broken(rules, "respond.hold.warn_before", "is not shorter than lifetime",
                              "a duration below that of lifetime");
}

/* One that Slack never sends would lock everybody out. */
static void check_approvers(const struct settings_rules *rules,
                            const struct settings_respond *respond)
{
    CLEANUP_BUF struct buf path = {0};
    for (size_t i = 0; i < respond->approver_count; i++) {
        if (slack_click_is_user(slice_from_str(respond->approvers[i])))
            continue;
        buf_clear(&path);
        buf_addf(&path, "respond.approvers[%zu]", i);
        settings_rules_broken(
            rules, buf_str(&path), "is no id of a Slack user",
            "capitals and digits, such as U012ABCDEF: Copy member ID in the person's profile");
    }
}

static void check_respond(const struct settings_rules *rules)
{
    const struct settings_respond *respond = &rules->settings->respond;
    check_approvers(rules, respond);
    if (strcmp(respond->exact_socket, rules->settings->control) == 0)
        settings_rules_broken(rules, "respond.exact_socket", "is the control socket",
                              "another path");
    check_ramp(rules, &respond->ramp);
    check_hold(rules, &respond->hold);
    if (respond->probe.longest_us < respond->probe.first_us)
        settings_rules_broken(rules, "respond.probe.longest", "is shorter than first",
                              "a duration from first on");
}

/* ---- notifiers ---- */

/* argv of a program: not empty, and found without a search along PATH. */
static void check_program(const struct settings_rules *rules, const char *entry, const char *key,
                          const char *const *words, size_t count)
{
    CLEANUP_BUF struct buf path = {0};
    if (count > 0 && words[0][0] == '/')
        return;
    buf_addf(&path, "%s.%s%s", entry, key, count > 0 ? "[0]" : "");
    settings_rules_broken(
        rules, buf_str(&path),
        count > 0 ? "the program is no path from the root" : "names no program",
        "a list of program and arguments, such as [/usr/local/bin/page, --todoku]");
}

/* Presses of buttons must come from Slack, and be able to come. A file that was not read is named
 * by its reference. */
static void check_signing(const struct settings_rules *rules,
                          const struct settings_notifier *notifier, const char *entry)
{
    CLEANUP_BUF struct buf path = {0};
    struct slice secret = slice_from_str(notifier->signing_secret);
    buf_addf(&path, "%s.signing_secret", entry);
    if (secret.len > 0 && secret.len < SIGNING_SECRET_MIN &&
        !slice_starts_with(secret, SLICE("file:")))
        settings_rules_broken(rules, buf_str(&path), "is too short (not shown)",
                              "the signing secret of a Slack app, 32 digits and letters");
    if (secret.len > 0 && rules->settings->web.listen_count == 0)
        settings_rules_broken(rules, buf_str(&path), "has no listener where presses could come in",
                              "addresses in web: listen:");
}

static void check_notifier(const struct settings_rules *rules,
                           const struct settings_notifier *notifier, const char *entry)
{
    CLEANUP_BUF struct buf path = {0};
    buf_add_str(&path, entry);
    check_signing(rules, notifier, entry);
    if (notifier->kind == SETTINGS_NOTIFY_COMMAND)
        check_program(rules, entry, "command", notifier->command, notifier->command_count);
    if (notifier->kind == SETTINGS_NOTIFY_MAIL) {
        check_program(rules, entry, "sendmail", notifier->sendmail, notifier->sendmail_count);
        buf_add_str(&path, ".mail");
        if (notifier->mail_count == 0)
            settings_rules_broken(rules, buf_str(&path), "names nobody",
                                  "a list of mail addresses");
    }
    if ((notifier->token == NULL) == (notifier->channel == NULL))
        return;
    buf_add_str(&path, notifier->token != NULL ? ".token" : ".channel");
    settings_rules_broken(rules, buf_str(&path), "stands alone",
                          "token and channel together, or neither");
}

static size_t count_kind(const struct settings_notifier *notifiers, size_t count)
{
    size_t same = 0;
    for (size_t i = 0; i <= count; i++)
        same += notifiers[i].kind == notifiers[count].kind;
    return same;
}

static void name_notifier(struct settings *settings, struct settings_notifier *notifiers,
                          size_t index)
{
    CLEANUP_BUF struct buf name = {0};
    size_t same = count_kind(notifiers, index);
    buf_add_str(&name, notifier_type_word((enum notifier_type)notifiers[index].kind));
    if (same > 1)
        buf_addf(&name, "-%zu", same);
    notifiers[index].name = arena_copy(settings->arena, name.ptr, name.len);
}

static void check_notifiers(const struct settings_rules *rules)
{
    struct settings *settings = rules->settings;
    struct settings_notifier *all = (struct settings_notifier *)(uintptr_t)settings->notifiers;
    for (size_t i = 0; i < settings->notifier_count; i++) {
        CLEANUP_BUF struct buf path = {0};
        buf_addf(&path, "notify[%zu]", i);
        check_notifier(rules, &all[i], buf_str(&path));
        if (all[i].name == NULL)
            name_notifier(settings, all, i);
    }
    for (size_t i = 0; i < settings->notifier_count; i++) {
        for (size_t j = 0; j < i; j++) {
            CLEANUP_BUF struct buf path = {0};
            buf_addf(&path, "notify[%zu].name", i);
            if (strcmp(all[i].name, all[j].name) == 0)
                settings_rules_broken_twice(rules, buf_str(&path), j);
        }
    }
}

/* ---- name servers ---- */

/* A name server has no path, and is at a port. */
static void check_servers(const struct settings_rules *rules)
{
    const struct settings_dns *dns = &rules->settings->dns;
    for (size_t i = 0; i < dns->server_count; i++) {
        CLEANUP_BUF struct buf path = {0};
        buf_addf(&path, "dns.servers[%zu]", i);
        if (dns->servers[i].kind == ENDPOINT_UNIX || dns->servers[i].port == 0)
            settings_rules_broken(rules, buf_str(&path), "is no name server",
                                  "127.0.0.1:53, \"[::1]:53\"");
    }
}

/* Asked for behind the address. */
static void check_blocklists(const struct settings_rules *rules)
{
    const struct settings_dns *dns = &rules->settings->dns;
    for (size_t i = 0; i < dns->blocklist_count; i++) {
        struct slice zone = slice_from_str(dns->blocklists[i]);
        CLEANUP_BUF struct buf path = {0};
        buf_addf(&path, "dns.blocklists[%zu]", i);
        if (!host_name_is_valid(zone) || zone.len > STANDING_ZONE_BYTES_MAX)
            settings_rules_broken(rules, buf_str(&path), "is no domain", "dnsbl.example.net");
        for (size_t k = 0; k < i; k++)
            if (slice_ieq(zone, slice_from_str(dns->blocklists[k])))
                settings_rules_broken(rules, buf_str(&path), "is there already", "each once");
    }
}

void settings_rules_apply(struct settings *settings, const struct conf_node *root,
                          struct settings_faults *faults)
{
    const struct settings_rules rules = {settings, root, faults};
    check_listeners(&rules, "web", settings->web.listen, settings->web.listen_count);
    check_listeners(&rules, "policy", settings->policy.listen, settings->policy.listen_count);
    check_listeners(&rules, "auth", settings->auth.listen, settings->auth.listen_count);
    settings_rules_policy(&rules);
    settings_rules_accounts(&rules);
    settings_rules_auth(&rules);
    settings_rules_quota(&rules);
    check_sources(&rules);
    check_pools(&rules);
    check_servers(&rules);
    check_blocklists(&rules);
    check_logs(&rules);
    check_detect(&rules);
    check_respond(&rules);
    check_notifiers(&rules);
}
