/* SPDX-License-Identifier: Apache-2.0
 *
 * The rows of the configuration; see settings_schema.h. The order is that of the manual page.
 * Meanings are for the operator: what the value does, and what happens at its edge.
 */
#include "app/settings_schema_private.h"

#include "app/settings.h"

#define T struct settings_web
static const struct setting web_rows[] = {
    {MANY("listen", ENDPOINT, listen, listen_count), .limit = 16, .example = "127.0.0.1:8480",
     .meaning = "Where the API, /metrics and /runbooks answer. Without any, none of "
                "them is started."},
    {ONE("token", SECRET, token), .example = "file:/etc/todoku/token",
     .meaning = "Who shows it as a bearer token may also change things there. Without it these "
                "addresses only read."},
    {ONE("url", URL, url), .example = "https://todoku.example.jp",
     .meaning = "The address by which people reach it, for the links to runbooks in messages. "
                "Without it messages have no links."},
    {MANY("names", NAME, names, name_count), .limit = SETTINGS_WEB_NAMES, .example = "mon.internal",
     .meaning = "Further host names by which a browser or Prometheus may ask. The addresses, "
                "localhost, the name of this host, that of fleet: relay: and that in url are "
                "always taken; what comes by any other name is refused, lest a page of a stranger "
                "asks here."},
};
SECTION(web, T);
#undef T

#define T struct settings_log
#define KIND(number) .kind = 1 + (number)
#define WITH(number) .with = 1u << (number)
static const struct setting log_rows[] = {
    {ONE("file", PATH, file), KIND(SETTINGS_LOG_FILE), .example = "/var/log/mail.log",
     .meaning = "Follow this file, also when it is rotated or appears only later."},
    {ONE("journald", SWITCH, journald), KIND(SETTINGS_LOG_JOURNALD), .words = "true",
     .example = "true", .meaning = "Follow the journal of this machine."},
    {ONE("syslog", TRANSPORT, syslog), KIND(SETTINGS_LOG_SYSLOG), .example = "udp:127.0.0.1:5514",
     .meaning = "Listen for syslog (RFC 3164 and 5424) that other hosts or a local daemon send: "
                "udp:ADDRESS:PORT, tcp:ADDRESS:PORT or unix:PATH."},
    {MANY("allow", NETWORK, allow, allow_count), .limit = 256, WITH(SETTINGS_LOG_SYSLOG),
     .example = "192.0.2.0/24",
     .meaning = "Which senders syslog takes lines from; those of others are counted and dropped. "
                "Needed where the address can be reached from other hosts; on a loopback address "
                "the default is this host. Not for unix:, where the mode of the socket decides."},
    {ONE("spool", SIZE, spool_bytes), WITH(SETTINGS_LOG_SYSLOG), .fallback = "256MiB", .least = MIB,
     .most = TIB,
     .meaning = "Lines that have come and are not yet read wait in files of at most this size; "
                "what comes beyond it is dropped and counted."},
    {ONE("backfill", DURATION, backfill_us),
     .with = 1u << SETTINGS_LOG_FILE | 1u << SETTINGS_LOG_JOURNALD, .least = 0, .most = 3660 * DAY,
     .example = "7d", .meaning = "As backfill below, for this log alone."},
};
static const struct setting_section log_section = {log_rows, sizeof(log_rows) / sizeof(log_rows[0]),
                                                   sizeof(T), true, offsetof(T, kind)};
#undef T

#define T struct settings_redis
static const struct setting redis_rows[] = {
    {ONE("user", TEXT, user), .example = "todoku",
     .meaning = "Who we are there (ACL, Redis 6). Default: that of the address, or Redis' default "
                "user."},
    {ONE("password", SECRET, password), .example = "file:/etc/todoku/redis-password",
     .meaning = "The password, in place of one in the address."},
    {ONE("prefix", NAME, prefix), .fallback = "todoku",
     .meaning = "What all keys begin with, before a colon: relays share limits, and flags of "
                "accounts, if they have the same."},
    {ONE("relay", NAME, relay), .example = "relay1",
     .meaning = "What this relay is called there, each another name. Default: the host's name."},
    {ONE("deadline_ms", COUNT, deadline_ms), .fallback = "20", .least = 1, .most = 1000,
     .meaning = "So many milliseconds a question waits for Redis. After that this relay decides by "
                "its part: the limit divided by the relays that are alive."},
    {ONE("relays", COUNT, relays), .fallback = "1", .least = 1, .most = 1000,
     .meaning = "There are at least so many relays: for the part of one that begins while Redis "
                "is away."},
};
SECTION(redis, T);
#undef T

#define T struct settings_store
static const struct setting store_rows[] = {
    {ONE("state", STATE, state), .fallback = "sqlite",
     .meaning =
         "Where counters are kept. sqlite: in the folder of state, by each relay for itself. "
         "A Redis: what limits count is shared by all relays that name it, exactly; in a "
         "user or password %40 stands for @. Of Sentinels each is named, and the master "
         "that they watch. Incidents and silences are in the folder of state either way."},
    {MAP("redis", redis, redis), .meaning = "About the Redis that state names."},
    {ONE("history", WORD, history), .words = "sqlite", .fallback = "sqlite",
     .meaning = "Where deliveries are kept. This version knows sqlite, a file in the folder of "
                "state."},
    {ONE("keep", DURATION, keep_us), .fallback = "90d", .least = HOUR, .most = 3660 * DAY,
     .meaning = "Deliveries, with their addresses, are forgotten after this time."},
    {ONE("keep_totals", DURATION, keep_totals_us), .fallback = "400d", .least = DAY,
     .most = 3660 * DAY,
     .meaning = "Counts by hour, without addresses, are kept so long. The default lets a month be "
                "compared with the same month of last year."},
    {ONE("keep_incidents", DURATION, keep_incidents_us), .fallback = "400d", .least = DAY,
     .most = 3660 * DAY, .meaning = "Closed incidents are kept so long, with their evidence."},
    {ONE("max_size", SIZE, max_size_bytes), .fallback = "8GiB", .least = 16 * MIB, .most = 64 * TIB,
     .meaning = "The history takes no more disk than about this; the oldest deliveries go first."},
    {ONE("spool", SIZE, spool_bytes), .fallback = "256MiB", .least = 0, .most = TIB,
     .meaning = "What the history cannot take at the moment (it is locked, or cannot be written) "
                "waits in a file of at most this size. 0B: in memory alone."},
    {ONE("memory", SIZE, memory_bytes), .fallback = "64MiB", .least = MIB, .most = 1024 * MIB,
     .meaning =
         "What is not written yet takes no more memory than this; half of it is for what the "
         "spool takes over."},
};
SECTION(store, T);
#undef T

#define T struct settings_source
static const struct setting source_rows[] = {
    {ONE("name", NAME, name), .required = true, .example = "out-a",
     .meaning = "The syslog_name of the Postfix transport, as the log has it: out-a in "
                "postfix/out-a/smtp."},
    {ONE("address", ADDRESS, address), .example = "192.0.2.11",
     .meaning = "The address that it sends from. Replies that name it are then known to be about "
                "this source."},
    {ONE("helo", NAME, helo), .example = "a.mx.example.jp", .meaning = "Its HELO name."},
    {ONE("pool", NAME, pool), .fallback = "shared",
     .meaning = "The group of sources of one purpose that it belongs to, such as transactional, "
                "marketing or shared."},
    {ONE("relay", NAME, relay), .example = "relay2",
     .meaning = "Of a source of another relay, which may stand in for those of this one: the name "
                "of that relay, and of the transport that leads there. Needs next_hop."},
    {ONE("next_hop", TEXT, next_hop), .example = "[relay2.example.jp]:10026",
     .meaning = "Where that relay takes mail for this source, as Postfix writes it: a host in "
                "brackets and a port that sends by this source and no other."},
};
SECTION(source, T);
#undef T

#define T struct settings_pool
static const struct setting pool_rows[] = {
    {ONE("name", NAME, name), .required = true, .example = "news",
     .meaning = "The name that sources give as their pool."},
    {ONE("purpose", WORD, purpose), .required = true, .words = "transactional marketing shared",
     .first = FLEET_TRANSACTIONAL, .example = "marketing",
     .meaning = "What its mail is. Pools of one purpose stand in for each other."},
    {MANY("fallbacks", NAME, fallbacks, fallback_count), .limit = 16, .example = "shared",
     .meaning = "Pools of another purpose whose sources may carry its mail when its own are "
                "blocked, the best first. Never a transactional pool for a marketing one."},
};
SECTION(pool, T);
#undef T

#define T struct settings_fleet
static const struct setting fleet_rows[] = {
    {ONE("relay", NAME, relay), .example = "relay1",
     .meaning = "The name of this relay. Default: the name of the host."},
    {MAPS("sources", source, sources, source_count), .example = "",
     .meaning = "The sources of this relay: one for each address or transport that mail leaves "
                "by. Those that the log names are found without being listed; listing adds "
                "address, HELO name and pool."},
    {MAPS("pools", pool, pools, pool_count), .limit = 64, .example = "",
     .meaning = "What the pools are for, and what may stand in for them. One that is not listed "
                "has the purpose of its name, else shared, and no fallbacks."},
};
SECTION(fleet, T);
#undef T

#define T struct settings_postfix
static const struct setting postfix_rows[] = {
    {ONE("commands", PATH, commands), .fallback = "/usr/sbin",
     .meaning = "Folder of postqueue, postconf and postmap, which todoku trace and todoku config "
                "check --postfix run."},
    {MANY("instances", PATH, instances, instance_count), .limit = 16, .example = "/etc/postfix-out",
     .meaning = "Configuration folders of the Postfix instances whose queues todoku trace looks "
                "into, and which todoku config check --postfix checks. Without any, the one that "
                "Postfix uses by default."},
    {MANY("reload", TEXT, reload, reload_count), .limit = SETTINGS_RELOAD_WORDS,
     .example = "/usr/bin/sudo /usr/sbin/postfix reload",
     .meaning = "The command that has Postfix read its configuration anew, word by word, for all "
                "instances; without it todoku runs postfix reload, which needs root. Called when "
                "hold.pcre has changed, and for mail in the active queue after a change of a route "
                "(respond: release)."},
};
SECTION(postfix, T);
#undef T

#define T struct settings_dns
static const struct setting dns_rows[] = {
    {ONE("enabled", SWITCH, enabled), .words = "true false", .fallback = "true",
     .meaning = "Ask name servers. Nothing waits for them: without them, or while they do not "
                "answer, todoku goes by what it has seen in the logs."},
    {MANY("servers", ENDPOINT, servers, server_count), .limit = 8, .example = "127.0.0.1:53",
     .meaning = "The name servers, as address and port; a resolver on this machine is best. "
                "Default: those of /etc/resolv.conf as it was at the start or reload. Names and "
                "addresses that are kept for documentation, tests or this machine are asked for "
                "only where servers are named here."},
    {ONE("timeout", DURATION, timeout_us), .fallback = "10s", .least = SECOND, .most = MINUTE,
     .meaning = "A question without an answer for so long is given up, and asked again later."},
    {ONE("keep", DURATION, keep_us), .fallback = "1h", .least = SECOND, .most = DAY,
     .meaning = "An answer is kept for as long as its zone says, but at least so long, and a day "
                "at most. One that says that there is nothing is kept 5m at least, or as long as "
                "this if that is less."},
    {ONE("pace", RATE, pace), .fallback = "10/1s", .meaning = "Questions asked, at most."},
    {ONE("standing", SWITCH, standing), .words = "true false", .fallback = "true",
     .meaning = "Look how the sources of this relay stand: has the address a name that leads back "
                "to it (PTR), does the HELO name lead to it, does a blocklist have it? A source "
                "with such a fault takes no other's mail. Looked at unless all is only observed; "
                "never of a private address, since others see another one."},
    {ONE("look", DURATION, look_us), .fallback = "15m", .least = SECOND, .most = DAY,
     .meaning = "How often. What is found counts when a second look finds it as well: after 1m, "
                "or when the answer has run out, but no later than this."},
    {MANY("blocklists", NAME, blocklists, blocklist_count), .limit = 8,
     .example = "dnsbl.example.net",
     .meaning = "Names of blocklists (DNSBL) of addresses that are asked too. None by default: "
                "mind the terms of each list, most want a resolver of your own or a "
                "registration. A list is believed when it has 127.0.0.2 and has not 127.0.0.1."},
};
SECTION(dns, T);
#undef T

#define FAILURES_MAX 1000000
#define T struct settings_block
static const struct setting block_rows[] = {
    {ONE("least_failures", COUNT, least_failures), .fallback = "3", .least = 1,
     .most = FAILURES_MAX, .meaning = "Refusals that make a block, at least."},
    {ONE("least_messages", COUNT, least_messages), .fallback = "2", .least = 1,
     .most = FAILURES_MAX,
     .meaning = "Different messages among them, at least: one message to many recipients is thin "
                "evidence."},
    {ONE("least_share", SHARE, least_share), .fallback = "15%", .least = 0, .most = 1,
     .meaning = "Share of the attempts that is refused, at least: the lower bound of what the "
                "numbers allow, so that few attempts need a higher share."},
    {ONE("usual_share", SHARE, usual_share), .fallback = "1%", .least = 0.0001, .most = 0.9,
     .meaning = "No path is trusted to have fewer refusals than this on a good day. A path with "
                "more of them in its own past is measured by that."},
    {ONE("blocked_share", SHARE, blocked_share), .fallback = "30%", .least = 0.01, .most = 0.99,
     .meaning = "Share of refusals that is a block for sure. Lower finds partial blocks sooner "
                "and needs more evidence for each."},
    {ONE("forget_after", DURATION, forget_after_us), .fallback = "1d", .least = MINUTE,
     .most = 30 * DAY,
     .meaning = "Refusals that led to no incident are forgotten when none has come for so long."},
};
SECTION(block, T);
static const struct setting silent_block_rows[] = {
    {ONE("least_failures", COUNT, least_failures), .fallback = "6", .least = 1,
     .most = FAILURES_MAX, .meaning = "Failures without a reply, at least."},
    {ONE("least_messages", COUNT, least_messages), .fallback = "4", .least = 1,
     .most = FAILURES_MAX, .meaning = "Different messages among them, at least."},
    {ONE("least_share", SHARE, least_share), .fallback = "50%", .least = 0, .most = 1,
     .meaning = "Share of the attempts that fails so, at least (lower bound)."},
    {ONE("usual_share", SHARE, usual_share), .fallback = "5%", .least = 0.0001, .most = 0.9,
     .meaning = "No path is trusted to have fewer of them than this on a good day."},
    {ONE("blocked_share", SHARE, blocked_share), .fallback = "60%", .least = 0.01, .most = 0.99,
     .meaning = "Share of them that is a block for sure."},
    {ONE("forget_after", DURATION, forget_after_us), .fallback = "6h", .least = MINUTE,
     .most = 30 * DAY, .meaning = "They are forgotten when none has come for so long."},
};
SECTION(silent_block, T);
#undef T

#define T struct settings_surge
static const struct setting surge_rows[] = {
    {ONE("least_recipients", COUNT, least_recipients), .fallback = "100", .least = 1, .most = 1e9,
     .meaning = "Recipients an hour; below it no login is sending too much."},
    {ONE("own_factor", FACTOR, own_factor), .fallback = "4", .least = 1, .most = 1000,
     .meaning = "A surge is above so many times the login's own busy hours; more while little is "
                "known of it."},
    {ONE("fleet_factor", FACTOR, fleet_factor), .fallback = "4", .least = 1, .most = 1000,
     .meaning = "A login without a past must be above so many times the busiest of the others."},
};
SECTION(surge, T);
#undef T

#define T struct settings_volume
static const struct setting volume_rows[] = {
    {ONE("least_recipients", COUNT, least_recipients), .fallback = "1000", .least = 1, .most = 1e9,
     .meaning = "Recipients within an hour; below it no domain or path is sending too much."},
    {ONE("own_factor", FACTOR, own_factor), .fallback = "4", .least = 1.1, .most = 1000,
     .meaning = "More than so many times the median of the same hour of the last four weeks, of a "
                "sender domain or a path, is a surge."},
    {ONE("all_factor", FACTOR, all_factor), .fallback = "2.5", .least = 1.1, .most = 1000,
     .meaning = "The same of all mail together, which is steadier."},
    {ONE("fleet_factor", FACTOR, fleet_factor), .fallback = "2", .least = 1, .most = 1000,
     .meaning = "Who has no past, or sends now and then, must be above so many times the busiest "
                "of its kind."},
};
SECTION(volume, T);
#undef T

#define T struct settings_growth
static const struct setting growth_rows[] = {
    {ONE("factor", FACTOR, factor), .fallback = "2", .least = 1.1, .most = 1000,
     .meaning = "More than so many times yesterday's recipients at one provider is named: "
                "providers slow down who grows faster."},
    {ONE("least_recipients", COUNT, least_recipients), .fallback = "1000", .least = 1, .most = 1e9,
     .meaning = "Recipients a day at one provider; below it growth is no matter."},
};
SECTION(growth, T);
#undef T

#define T struct settings_correlation
static const struct setting correlation_rows[] = {
    {ONE("late_lines", DURATION, late_lines_us), .fallback = "1m", .least = 0, .most = HOUR,
     .meaning = "A message that has ended is kept so long for lines that come late. Its outcome "
                "is counted then."},
    {ONE("give_up", DURATION, give_up_us), .fallback = "7d", .least = HOUR, .most = 60 * DAY,
     .meaning = "A message without an end and without a line for so long is given up; above "
                "Postfix' maximal_queue_lifetime."},
    {ONE("max_open", COUNT, max_open), .fallback = "500000", .least = 1000, .most = 1e8,
     .meaning = "Messages held at once, about 300 bytes each; beyond it the oldest are given up "
                "and counted."},
};
SECTION(correlation, T);
#undef T

#define T struct settings_burn
static const struct setting fast_rows[] = {
    {ONE("rate", FACTOR, rate), .fallback = "14.4", .least = 1, .most = 1000,
     .meaning = "Pages when the budget burns so many times faster than it may, in both windows."},
    {ONE("long", DURATION, long_us), .fallback = "1h", .least = MINUTE, .most = 30 * DAY,
     .meaning = "The window that says that it matters."},
    {ONE("short", DURATION, short_us), .fallback = "5m", .least = MINUTE, .most = 30 * DAY,
     .meaning = "The window that says that it still goes on."},
};
SECTION(fast, T);
static const struct setting slow_rows[] = {
    {ONE("rate", FACTOR, rate), .fallback = "6", .least = 1, .most = 1000,
     .meaning = "Warns when the budget burns so many times faster than it may, in both windows."},
    {ONE("long", DURATION, long_us), .fallback = "6h", .least = MINUTE, .most = 30 * DAY,
     .meaning = "The window that says that it matters."},
    {ONE("short", DURATION, short_us), .fallback = "30m", .least = MINUTE, .most = 30 * DAY,
     .meaning = "The window that says that it still goes on."},
};
SECTION(slow, T);
#undef T

#define T struct settings_slo
static const struct setting slo_rows[] = {
    {ONE("reachability", SHARE, reachability), .fallback = "99%", .least = 0.5, .most = 0.99999,
     .meaning = "Recipients whose mail is not bounced, at least. What is missing to 100% is the "
                "error budget."},
    {ONE("latency", DURATION, latency_us), .fallback = "1m", .least = SECOND, .most = DAY,
     .meaning = "A delivery is in time when it took no longer than this; waiting mail that is "
                "older is late already."},
    {ONE("latency_share", SHARE, latency_share), .fallback = "95%", .least = 0.5, .most = 0.99999,
     .meaning = "Deliveries of transactional mail that are in time, at least."},
    {MANY("transactional_logins", TEXT, logins, login_count), .example = "shop@example.jp",
     .meaning = "Mail of these logins is transactional: the target of latency holds for it."},
    {MANY("transactional_pools", NAME, pools, pool_count), .limit = 64, .fallback = "transactional",
     .meaning = "Mail by sources of these pools is transactional too."},
    {ONE("retry", DURATION, retry_us), .fallback = "5m", .least = SECOND, .most = DAY,
     .meaning = "Postfix' minimal_backoff_time: deferred mail is late already when it cannot be "
                "in time with its next try."},
    {ONE("window", DURATION, window_us), .fallback = "30d", .least = DAY, .most = 400 * DAY,
     .meaning = "The time that the error budget is for."},
    {ONE("least_outcomes", COUNT, least_outcomes), .fallback = "100", .least = 1, .most = 1e6,
     .meaning = "With fewer outcomes in a window nothing is said about it."},
    {MAP("fast", fast, fast), .meaning = "The burn that somebody must look at now."},
    {MAP("slow", slow, slow), .meaning = "The burn that somebody must look at today."},
};
SECTION(slo, T);
#undef T

#define T struct settings_silence
static const struct setting silence_rows[] = {
    {ONE("after", DURATION, after_us), .fallback = "10m", .least = MINUTE, .most = 7 * DAY,
     .meaning = "No log is called silent before this time without a line."},
    {ONE("factor", FACTOR, factor), .fallback = "3", .least = 1, .most = 1000,
     .meaning = "And not before so many times its longest usual gap."},
};
SECTION(silence, T);
#undef T

#define T struct settings_unread
static const struct setting unread_rows[] = {
    {ONE("share", SHARE, share), .fallback = "1%", .least = 0.0001, .most = 1,
     .meaning = "More of the lines of a program, or of a log, than this that todoku does not "
                "understand are an incident: its numbers may be wrong then."},
    {ONE("least_lines", COUNT, least_lines), .fallback = "100", .least = 1, .most = 1e9,
     .meaning = "Lines of a program that are not understood, at least."},
    {ONE("least_foreign", COUNT, least_foreign), .fallback = "20", .least = 1, .most = 1e9,
     .meaning = "Lines of a log in which no program can be told, at least: in another form, such "
                "as JSON."},
    {ONE("within", DURATION, within_us), .fallback = "1h", .least = MINUTE, .most = DAY,
     .meaning = "All are counted over so long a time."},
};
SECTION(unread, T);
#undef T

#define T struct settings_brute_force
static const struct setting brute_force_rows[] = {
    {ONE("per_client", RATE, per_client), .fallback = "50/10m",
     .meaning = "Failed logins of one client address that are an attack."},
    {ONE("per_login", RATE, per_login), .fallback = "100/10m",
     .meaning = "Failed attempts on one login, from any address, that are an attack."},
};
SECTION(brute_force, T);
#undef T

#define T struct settings_queue
static const struct setting queue_rows[] = {
    {ONE("age", DURATION, age_us), .fallback = "1h", .least = MINUTE, .most = 5 * DAY,
     .meaning = "A recipient that waits longer than this is old."},
    {ONE("old", COUNT, old), .fallback = "100", .least = 1, .most = 1e8,
     .meaning = "So many old ones are an incident."},
    {ONE("backlog", COUNT, backlog), .fallback = "10000", .least = 1, .most = 1e9,
     .meaning = "So many deferred recipients are an incident, whatever their age."},
    {ONE("factor", FACTOR, factor), .fallback = "2", .least = 1, .most = 1000,
     .meaning = "And both only above so many times what is usual: full mailboxes wait for days."},
    {ONE("forget_after", DURATION, forget_after_us), .fallback = "1d", .least = HOUR,
     .most = 30 * DAY,
     .meaning = "A recipient of whom no line speaks for so long waits no more: its line was "
                "missed. Above Postfix' maximal_backoff_time."},
};
SECTION(queue, T);
#undef T

#define T struct settings_detect
static const struct setting detect_rows[] = {
    {MAP("block", block, block),
     .meaning = "When refusals in words are a block of a path (one source at one provider)."},
    {MAP("silent_block", silent_block, silent_block),
     .meaning = "When failures without a reply (time-outs, resets) are one. Networks are noisy: "
                "it takes more."},
    {MAP("surge", surge, surge), .meaning = "When a login sends far above its normal."},
    {MAP("volume", volume, volume),
     .meaning = "When a sender domain, a path or all together send far above their normal."},
    {MAP("growth", growth, growth), .meaning = "When the volume to one provider grows too fast."},
    {MAP("correlation", correlation, correlation),
     .meaning = "How long messages are held while their lines are joined."},
    {MAP("slo", slo, slo), .meaning = "Service levels and how fast their budget may burn."},
    {MAP("silence", silence, silence), .meaning = "When a log that says nothing is an incident."},
    {MAP("unread", unread, unread), .meaning = "When lines that are not understood are one."},
    {MAP("brute_force", brute_force, brute_force),
     .meaning = "When failed logins at submission, IMAP or POP3 are an attack."},
    {MAP("queue", queue, queue), .meaning = "When waiting mail is an incident."},
};
SECTION(detect, T);
#undef T

#define T struct settings_incidents
static const struct setting incidents_rows[] = {
    {ONE("group", DURATION, group_us), .fallback = "1h", .least = 0, .most = DAY,
     .meaning = "Incidents of one cause are told as one page: ten paths of one source are one "
                "message. What comes later than this after the newest of a page gets its own."},
    {ONE("group_wait", DURATION, group_wait_us), .fallback = "30s", .least = 0, .most = HOUR,
     .meaning = "A page that grows is told again once, after this time, not at each growth."},
    {ONE("flap", DURATION, flap_us), .fallback = "30m", .least = 0, .most = DAY,
     .meaning = "What opens again within this time after it closed goes on as the same incident."},
    {ONE("stable", DURATION, stable_us), .fallback = "5m", .least = 0, .most = DAY,
     .meaning = "And is told again only when it has stayed open for so long."},
    {ONE("update", DURATION, update_us), .fallback = "15m", .least = MINUTE, .most = 7 * DAY,
     .meaning = "News of an open incident is told this often at most."},
    {ONE("orphan", DURATION, orphan_us), .fallback = "1d", .least = 0, .most = 30 * DAY,
     .meaning = "After a restart an incident that no detector has spoken of again for so long is "
                "closed. 0s: never."},
    {ONE("escalate_after", DURATION, escalate_after_us), .fallback = "15m", .least = 0,
     .most = 7 * DAY,
     .meaning = "What nobody has acknowledged for so long is told again. 0s: never."},
    {ONE("escalate_calls", COUNT, escalate_calls), .fallback = "3", .least = 1, .most = 100,
     .meaning = "So often at most."},
    {ONE("escalate_severity", WORD, escalate_severity), .words = "info warning critical",
     .first = INCIDENT_INFO, .fallback = "critical",
     .meaning = "And only what is at least so severe."},
    {MANY("quiet_hours", DAY_SPAN, quiet_hours, quiet_hours_count), .limit = 8,
     .example = "22:00-07:00",
     .meaning = "Then only critical incidents are told, by the local clock; the others are told "
                "together afterwards. Days of the week may stand before the hours: Sat-Sun "
                "00:00-24:00. At most 8."},
};
SECTION(incidents, T);
#undef T

#define T struct settings_notifier
static const struct setting notify_rows[] = {
    {ONE("slack", SECRET_URL, slack), KIND(SETTINGS_NOTIFY_SLACK),
     .example = "file:/etc/todoku/slack",
     .meaning = "Tell a Slack channel: address of an incoming webhook."},
    {ONE("webhook", URL, webhook), KIND(SETTINGS_NOTIFY_WEBHOOK),
     .example = "http://127.0.0.1:9000/hook", .meaning = "Post JSON to this address."},
    {MANY("mail", MAILBOX, mail, mail_count), .limit = 16, KIND(SETTINGS_NOTIFY_MAIL),
     .example = "oncall@example.jp",
     .meaning = "Write mail to these addresses. Choose ones that do not depend on the relays "
                "watched."},
    {ONE("alertmanager", URL, alertmanager), KIND(SETTINGS_NOTIFY_ALERTMANAGER),
     .example = "http://127.0.0.1:9093",
     .meaning = "Send alerts to a Prometheus Alertmanager: its address, /api/v2/alerts is put "
                "behind."},
    {ONE("pagerduty", SECRET, pagerduty), KIND(SETTINGS_NOTIFY_PAGERDUTY),
     .example = "file:/etc/todoku/pagerduty",
     .meaning = "Page by PagerDuty: the routing key of an Events API v2 integration."},
    {MANY("command", TEXT, command, command_count), .limit = 32, KIND(SETTINGS_NOTIFY_COMMAND),
     .example = "/usr/local/bin/page --todoku",
     .meaning = "Run this program with these arguments, without a shell. It reads the JSON of the "
                "notice from its standard input; arguments may hold {page}, {transition}, "
                "{severity}, {state} and {kind}."},
    {ONE("name", NAME, name), .example = "team-mail",
     .meaning = "What this notifier is called in todoku status; not twice. Default: its kind, "
                "from the second one on with a number: slack, slack-2."},
    {ONE("token", SECRET, token), WITH(SETTINGS_NOTIFY_SLACK),
     .example = "file:/etc/todoku/slack-token",
     .meaning = "Bot token (xoxb-...). With it messages go by the Web API, and updates of an "
                "incident into its thread. Needs channel."},
    {ONE("channel", TEXT, channel), WITH(SETTINGS_NOTIFY_SLACK), .example = "C0123456789",
     .meaning = "The channel that the bot writes to. Needs token."},
    {ONE("slack_api", URL, slack_api), WITH(SETTINGS_NOTIFY_SLACK),
     .fallback = "https://slack.com/api", .meaning = "Where Slack's Web API is."},
    {ONE("signing_secret", SECRET, signing_secret), WITH(SETTINGS_NOTIFY_SLACK),
     .example = "file:/etc/todoku/slack-signing",
     .meaning = "Signing secret of the Slack app whose webhook or bot token this is. With it "
                "messages have buttons, and who can see them may press them. The Request URL of "
                "the app's Interactivity is then that of web: url with /slack/interactivity "
                "behind it. Needs web: listen."},
    {ONE("secret", SECRET, secret), WITH(SETTINGS_NOTIFY_WEBHOOK),
     .example = "file:/etc/todoku/hook-secret",
     .meaning = "Key of the HMAC that signs each request. Without it they are not signed."},
    {ONE("from", MAILBOX, from), WITH(SETTINGS_NOTIFY_MAIL), .example = "todoku@example.jp",
     .meaning = "Sender of the mail. Default: todoku at the name of the host."},
    {MANY("sendmail", TEXT, sendmail, sendmail_count), .limit = 32, WITH(SETTINGS_NOTIFY_MAIL),
     .fallback = "/usr/sbin/sendmail",
     .meaning = "Program and arguments that take the mail as sendmail does. It should not send by "
                "the sources that are watched, which may be blocked: name another Postfix (-C "
                "FOLDER) or a client of another relay."},
    {ONE("pagerduty_url", URL, pagerduty_url), WITH(SETTINGS_NOTIFY_PAGERDUTY),
     .fallback = "https://events.pagerduty.com",
     .meaning = "Where PagerDuty takes events; /v2/enqueue is put behind."},
    {ONE("min_severity", WORD, min_severity), .words = "info warning critical",
     .first = INCIDENT_INFO, .fallback = "warning",
     .meaning = "Tell of incidents that are at least so severe."},
    {ONE("language", WORD, language), .words = "en ja", .fallback = "en",
     .meaning = "Language of the messages: English or Japanese."},
    {ONE("min_escalation", COUNT, min_escalation), .fallback = "0", .least = 0, .most = 100,
     .meaning = "Tell only of what was escalated so often: 1 for a second line that is called when "
                "the first has not answered. 0: tell from the start."},
};
static const struct setting_section notify_section = {
    notify_rows, sizeof(notify_rows) / sizeof(notify_rows[0]), sizeof(T), true, offsetof(T, kind)};
#undef T

#define T struct settings
static const struct setting top_rows[] = {
    {ONE("state", PATH, state), .fallback = "/var/lib/todoku",
     .meaning = "Folder of todoku's own data: history, incidents, positions in the logs. One "
                "daemon at a time uses it."},
    {ONE("control", SOCKET, control), .fallback = "/run/todoku/control.sock",
     .meaning = "The socket by which the other verbs ask the daemon; a path of at most 107 bytes."},
    {ONE("control_group", NAME, control_group), .example = "adm",
     .meaning = "The group whose members may use that socket. Default: the daemon's own."},
    {ONE("rules", PATH, rules), .example = "/etc/todoku/replies.rules",
     .meaning = "Your own rules for replies, looked at before the built-in ones."},
    {ONE("providers", PATH, providers), .example = "/etc/todoku/providers.tsv",
     .meaning = "Your own table of providers, looked at before the built-in one."},
    {MAP("web", web, web), .meaning = "The API, the metrics and the runbooks over HTTP."},
    {MAPS("logs", log, logs, log_count), .limit = 256, .example = "",
     .meaning = "The logs to follow; each entry is of one kind. Without any, nothing is followed."},
    {ONE("backfill", DURATION, backfill_us), .fallback = "7d", .least = 0, .most = 3660 * DAY,
     .meaning = "On the first start read so much of the past from the log and its rotations: it "
                "fills the history and says what is normal, and raises no alarm. 0s: begin at "
                "the end."},
    {MAP("store", store, store), .meaning = "What is kept, where and for how long."},
    {MAP("fleet", fleet, fleet), .meaning = "This relay and the sources that it sends by."},
    {MAP("postfix", postfix, postfix),
     .meaning = "The Postfix of this machine, asked for what waits in its queues."},
    {MAP("dns", dns, dns),
     .meaning = "Name servers. They are asked for the MX hosts of domains while a provider refuses "
                "mail, so that mail for domains of its takes the same way before it was refused."},
    {MAP("detect", detect, detect),
     .meaning = "From when on something is an incident. Every value can be tried on old logs: "
                "todoku replay."},
    {MAP("incidents", incidents, incidents), .meaning = "The life of an incident, and how often "
                                                        "it is told."},
    {ONE("respond", SECTION, respond), .section = &settings_respond_section,
     .meaning = "What is done when a provider refuses a source or slows it down: nothing "
                "but saying so, unless a mode says more."},
    {ONE("policy", SECTION, policy), .section = &settings_policy_section,
     .meaning = "Sending limits: Postfix asks before it takes a message."},
    {ONE("accounts", SECTION, accounts), .section = &settings_accounts_section,
     .meaning = "Who the accounts are: their other names, which count as the account, and the "
                "classes that limits go by."},
    {ONE("auth", SECTION, auth), .section = &settings_auth_section,
     .meaning = "Who may log in: nginx's mail proxy asks here, and is told where to send the "
                "client on to."},
    {ONE("quota", SECTION, quota), .section = &settings_quota_section,
     .meaning = "No mail for mailboxes that are full: Postfix asks here, and the server that holds "
                "the mailbox is asked."},
    {MAPS("notify", notify, notifiers, notifier_count), .limit = 32, .example = "",
     .meaning = "Who is told of incidents; each entry is of one kind. They work side by side: one "
                "that hangs holds up no other."},
};
const struct setting_section settings_schema = {top_rows, sizeof(top_rows) / sizeof(top_rows[0]),
                                                sizeof(T), false, 0};
#undef T
