/* SPDX-License-Identifier: Apache-2.0
 *
 * A file into settings: fields, defaults, and each rule of the schema with its fault.
 */
#include "app/settings_load.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "app/settings_fixture.h"
#include "io/sandbox.h"
#include "watch/tally.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define SECOND INT64_C(1000000)
#define DAY (86400 * SECOND)

static void assert_rule(const struct settings_block *block, const struct detector_rule *rule)
{
    assert_int_equal(block->least_failures, rule->min_hits);
    assert_int_equal(block->least_messages, rule->min_messages);
    assert_true(block->least_share >= rule->min_ratio && block->least_share <= rule->min_ratio);
    assert_true(block->usual_share >= rule->least_baseline &&
                block->usual_share <= rule->least_baseline);
    assert_true(block->blocked_share >= rule->alternative &&
                block->blocked_share <= rule->alternative);
    assert_int_equal(block->forget_after_us, rule->patience_us);
}

/* A file that says nothing is the detectors as they are: no default of the schema drifts away. */
static void defaults_are_those_of_the_detectors(void **state)
{
    (void)state;
    struct settings *settings = settings_default();
    const struct settings_detect *detect = &settings->detect;
    const struct tally_settings *tally = &tally_default_settings;
    assert_rule(&detect->block, &tally->reply_rule);
    assert_rule(&detect->silent_block, &tally->silent_rule);
    assert_int_equal(detect->surge.least_recipients, tally->surge_rule.min_recipients);
    assert_int_equal(detect->surge.own_factor * 1000, tally->surge_rule.own_factor * 1000);
    assert_int_equal(detect->surge.fleet_factor * 1000, tally->surge_rule.fleet_factor * 1000);
    assert_int_equal(detect->correlation.late_lines_us, tally->limits.linger_us);
    assert_int_equal(detect->correlation.give_up_us, tally->limits.idle_us);
    assert_int_equal(detect->correlation.max_open, tally->limits.max_open);
    assert_int_equal(detect->slo.latency_us, tally->latency_target_s * 1e6);
    settings_free(settings);
}

static void nothing_starts_by_default(void **state)
{
    (void)state;
    static const char *const texts[] = {"",
                                        "# only a comment\n",
                                        "---\n",
                                        "~\n",
                                        "{}\n",
                                        "web:\nlogs:\nnotify:\nfleet:\ndetect:\n",
                                        "web: {}\nlogs: []\nnotify: []\nfleet: {sources: []}\n"};
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct settings *settings = settings_of(texts[i]);
        assert_string_equal(settings->state, "/var/lib/todoku");
        assert_string_equal(settings->control, "/run/todoku/control.sock");
        assert_null(settings->control_group);
        assert_int_equal(settings->web.listen_count, 0);
        assert_null(settings->web.listen);
        assert_null(settings->web.token);
        assert_int_equal(settings->log_count, 0);
        assert_null(settings->logs);
        assert_int_equal(settings->notifier_count, 0);
        assert_int_equal(settings->fleet.source_count, 0);
        assert_null(settings->fleet.relay);
        assert_int_equal(settings->backfill_us, 7 * DAY);
        assert_string_equal(settings->store.state, "sqlite");
        assert_string_equal(settings->store.redis.prefix, "todoku");
        assert_int_equal(settings->store.keep_us, 90 * DAY);
        assert_int_equal(settings->detect.slo.pool_count, 1);
        assert_string_equal(settings->detect.slo.pools[0], "transactional");
        assert_false(settings->plain_secret);
        settings_free(settings);
    }
}

static const char example[] =
    "state: /srv/todoku                     # another folder\n"
    "control: control.sock\n"
    "control_group: adm\n"
    "rules: ../replies.rules\n"
    "web: { listen: [127.0.0.1:8480, \"[::1]:8480\", unix:/run/todoku/web], token: sesame }\n"
    "backfill: 2d\n"
    "logs:\n"
    "  - { file: /var/log/mail.log }\n"
    "  - { journald: true, backfill: 0s }\n"
    "  - { syslog: udp:127.0.0.1:5514, spool: 1GiB }\n"
    "  - { syslog: 'tcp:[::]:5514', allow: [192.0.2.0/24, 2001:db8::1] }\n"
    "  - syslog: unix:/run/todoku/syslog\n"
    "store: { state: sqlite, history: sqlite, keep: 30d, max_size: 1TiB }\n"
    "fleet:\n"
    "  relay: relay1\n"
    "  sources:\n"
    "    - { name: out-a, address: 192.0.2.11, helo: a.mx.example.jp, pool: transactional }\n"
    "    - { name: out-b }\n"
    "postfix: { commands: bin, instances: [/etc/postfix, out] }\n"
    "detect:\n"
    "  block: { least_failures: 5, least_share: 12.5 % }\n"
    "  slo: { reachability: 99.9%, transactional_logins: [shop, 'a b'], transactional_pools: [] }\n"
    "  brute_force: { per_client: 20/5m }\n"
    "incidents: { escalate_after: 0s, quiet_hours: [22:00-07:00, Sat-Sun 00:00-24:00] }\n"
    "notify:\n"
    "  - { slack: https://hooks.example/T/B, min_severity: critical, language: ja }\n"
    "  - { webhook: http://127.0.0.1:9000/hook, secret: key }\n"
    "  - { mail: oncall@example.jp, sendmail: [/usr/sbin/sendmail, -C, /etc/postfix-out] }\n"
    "  - { alertmanager: http://127.0.0.1:9093 }\n"
    "  - { pagerduty: R0UT1NG, pagerduty_url: http://127.0.0.1:9001, name: duty }\n"
    "  - { command: [/usr/local/bin/page, --todoku], min_severity: info }\n"
    "  - { slack: https://hooks.example/T/C, token: xoxb-1, channel: '#mail' }\n";

static void all_that_is_not_a_list(void **state)
{
    (void)state;
    struct settings *settings = settings_of(example);
    assert_string_equal(settings->state, "/srv/todoku");
    assert_string_equal(settings->control, "/etc/todoku/control.sock");
    assert_string_equal(settings->control_group, "adm");
    assert_string_equal(settings->rules, "/etc/todoku/../replies.rules");
    assert_null(settings->providers);
    assert_string_equal(settings->web.token, "sesame");
    assert_true(settings->plain_secret);
    assert_int_equal(settings->store.keep_us, 30 * DAY);
    assert_int_equal(settings->store.max_size_bytes, UINT64_C(1) << 40);
    assert_int_equal(settings->store.spool_bytes, 256 << 20);
    assert_string_equal(settings->fleet.relay, "relay1");
    assert_string_equal(settings->postfix.commands, "/etc/todoku/bin");
    assert_int_equal(settings->postfix.instance_count, 2);
    assert_string_equal(settings->postfix.instances[1], "/etc/todoku/out");
    assert_int_equal(settings->detect.block.least_failures, 5);
    assert_int_equal(settings->detect.block.least_share * 1000, 125);
    assert_int_equal(settings->detect.block.least_messages, 2);
    assert_int_equal(settings->detect.slo.reachability * 1000, 999);
    assert_int_equal(settings->detect.slo.login_count, 2);
    assert_string_equal(settings->detect.slo.logins[1], "a b");
    assert_int_equal(settings->detect.slo.pool_count, 0);
    assert_int_equal(settings->detect.brute_force.per_client.count, 20);
    assert_int_equal(settings->detect.brute_force.per_client.within_us, 300 * SECOND);
    assert_int_equal(settings->detect.brute_force.per_login.count, 100);
    assert_int_equal(settings->incidents.escalate_after_us, 0);
    assert_int_equal(settings->incidents.escalate_severity, INCIDENT_CRITICAL);
    assert_int_equal(settings->incidents.quiet_hours_count, 2);
    assert_int_equal(settings->incidents.quiet_hours[0].from, 22 * 60);
    assert_int_equal(settings->incidents.quiet_hours[1].days, 0x60);
    settings_free(settings);
}

static void assert_endpoint(const struct endpoint *endpoint, const char *text)
{
    CLEANUP_BUF struct buf got = {0};
    endpoint_format_transport(endpoint, &got);
    assert_string_equal(buf_str(&got), text);
}

static void logs_sources_listeners(void **state)
{
    (void)state;
    struct settings *settings = settings_of(example);
    const struct settings_log *logs = settings->logs;
    assert_int_equal(settings->web.listen_count, 3);
    assert_endpoint(&settings->web.listen[1], "tcp:[::1]:8480");
    assert_endpoint(&settings->web.listen[2], "unix:/run/todoku/web");
    assert_int_equal(settings->log_count, 5);
    assert_int_equal(logs[0].kind, SETTINGS_LOG_FILE);
    assert_string_equal(logs[0].file, "/var/log/mail.log");
    assert_int_equal(logs[0].backfill_us, 2 * DAY);
    assert_int_equal(logs[1].kind, SETTINGS_LOG_JOURNALD);
    assert_int_equal(logs[1].backfill_us, 0);
    assert_int_equal(logs[2].kind, SETTINGS_LOG_SYSLOG);
    assert_endpoint(&logs[2].syslog, "udp:127.0.0.1:5514");
    assert_int_equal(logs[2].spool_bytes, UINT64_C(1) << 30);
    assert_int_equal(logs[2].allow_count, 2); /* this host */
    assert_int_equal(logs[2].allow[0].bits, 8);
    assert_endpoint(&logs[3].syslog, "tcp:[::]:5514");
    assert_int_equal(logs[3].allow_count, 2);
    assert_int_equal(logs[3].allow[0].bits, 24);
    assert_int_equal(logs[3].allow[1].bits, 128);
    assert_int_equal(logs[3].spool_bytes, 256 << 20);
    assert_endpoint(&logs[4].syslog, "unix:/run/todoku/syslog");
    assert_int_equal(logs[4].allow_count, 0);
    assert_int_equal(settings->fleet.source_count, 2);
    assert_string_equal(settings->fleet.sources[0].helo, "a.mx.example.jp");
    assert_int_equal(settings->fleet.sources[0].address.len, 4);
    assert_string_equal(settings->fleet.sources[1].name, "out-b");
    assert_string_equal(settings->fleet.sources[1].pool, "shared");
    assert_int_equal(settings->fleet.sources[1].address.len, 0);
    settings_free(settings);
}

static void notifiers(void **state)
{
    (void)state;
    static const char *const names[] = {"slack", "webhook", "mail",   "alertmanager",
                                        "duty",  "command", "slack-2"};
    struct settings *settings = settings_of(example);
    const struct settings_notifier *all = settings->notifiers;
    assert_int_equal(settings->notifier_count, COUNT(names));
    for (size_t i = 0; i < COUNT(names); i++) {
        assert_string_equal(all[i].name, names[i]);
        assert_int_equal(all[i].kind, i < 6 ? i : 0);
    }
    assert_int_equal(all[0].min_severity, INCIDENT_CRITICAL);
    assert_int_equal(all[0].language, LANGUAGE_JA);
    assert_string_equal(all[0].slack, "https://hooks.example/T/B");
    assert_null(all[0].token);
    assert_string_equal(all[1].secret, "key");
    assert_int_equal(all[1].min_severity, INCIDENT_WARNING);
    assert_int_equal(all[1].language, LANGUAGE_EN);
    assert_int_equal(all[2].mail_count, 1);
    assert_string_equal(all[2].mail[0], "oncall@example.jp");
    assert_int_equal(all[2].sendmail_count, 3);
    assert_string_equal(all[2].sendmail[2], "/etc/postfix-out");
    assert_string_equal(all[3].alertmanager, "http://127.0.0.1:9093");
    assert_string_equal(all[4].pagerduty, "R0UT1NG");
    assert_string_equal(all[4].pagerduty_url, "http://127.0.0.1:9001");
    assert_int_equal(all[5].command_count, 2);
    assert_string_equal(all[5].command[1], "--todoku");
    assert_int_equal(all[5].min_severity, INCIDENT_INFO);
    assert_string_equal(all[6].token, "xoxb-1");
    assert_string_equal(all[6].channel, "#mail");
    assert_string_equal(all[6].slack_api, "https://slack.com/api");
    settings_free(settings);
}

#define TOP_KEYS \
    "state, control, control_group, rules, providers, web, logs, backfill, store, fleet, " \
    "postfix, dns, detect, " \
    "incidents, respond, policy, accounts, auth, quota, notify"
#define DURATIONS ", such as 90s, 15m, 1h, 7d"
#define LISTEN \
    "an address to listen on, such as 127.0.0.1:8481, \"[::1]:8481\", " \
    "unix:/run/todoku/policy"

static const struct fault_row key_rows[] = {
    {"stat: /x\n", "1: stat: unknown key, did you mean state?; accepted: " TOP_KEYS},
    {"\n\nmailboxes: { driver: sqlite }\n", "3: mailboxes: unknown key; accepted: " TOP_KEYS},
    {"accounts: { driver: ldap, classes: [ { class: a b, logins: [x] }, { class: a } ] }",
     "1: accounts.driver: \"ldap\" is nothing that this version knows; accepted: sqlite, "
     "passwd-file, postgresql or mysql\n"
     "1: accounts.classes[0].class: \"a b\" is no name of letters, digits, \".\", \"_\" and "
     "\"-\"; accepted: a name of letters, digits, \".\", \"_\" and \"-\"\n"
     "1: accounts.classes[1].logins: is missing; accepted: a list, each value a text of at most "
     "1024 printable bytes"},
    {"web:\n  listn: [127.0.0.1:1]\n",
     "2: web.listn: unknown key, did you mean listen?; accepted: listen, token, url, names"},
    {"detect:\n  block:\n    least_failure: 1\n",
     "3: detect.block.least_failure: unknown key, did you mean least_failures?; accepted: "
     "least_failures, least_messages, least_share, usual_share, blocked_share, forget_after"},
    {"fleet: { sources: [ { nam: a } ] }\n",
     "1: fleet.sources[0].nam: unknown key, did you mean name?; accepted: name, address, helo, "
     "pool, relay, next_hop\n"
     "1: fleet.sources[0].name: is missing; accepted: a name of letters, digits, \".\", \"_\" and "
     "\"-\""},
    {"state: /a\nstate: /b\n", "2: state: given twice, first in line 1; accepted: once"},
    {"- a\n", "1: the file is a list; accepted: a map of the keys " TOP_KEYS},
    {"hello\n", "1: the file is a text; accepted: a map of the keys " TOP_KEYS},
    {"\"\\e[31m\\u202e\": 1\n", "1: \\x1b[31m\\u202e: unknown key; accepted: " TOP_KEYS},
};

static const struct fault_row form_rows[] = {
    {"state:\n", "1: state: has no value; accepted: a path, such as /var/lib/todoku"},
    {"state: [/a]\n", "1: state: is a list; accepted: a path, such as /var/lib/todoku"},
    {"state: {a: b}\n", "1: state: is a map; accepted: a path, such as /var/lib/todoku"},
    {"state: ''\n", "1: state: \"\" is no path; accepted: a path, such as /var/lib/todoku"},
    {"state: \"/a\\0b\"\n", "1: state: \"/a\" is no path; accepted: a path, such as "
                            "/var/lib/todoku"},
    {"web: 127.0.0.1:8480\n",
     "1: web: is a text; accepted: a map of the keys listen, token, url, names"},
    {"web: [127.0.0.1:8480]\n",
     "1: web: is a list; accepted: a map of the keys listen, token, url, names"},
    {"web:\n  listen: { a: b }\n", "2: web.listen: is a map; accepted: a list, each value " LISTEN},
    {"web:\n  listen: localhost:80\n",
     "2: web.listen: \"localhost:80\" is no address to listen on; accepted: a list, each "
     "value " LISTEN},
    {"web:\n  listen:\n    - 127.0.0.1:80\n    - 127.0.0.1\n    - [x]\n    -\n",
     "4: web.listen[1]: \"127.0.0.1\" is no address to listen on; accepted: " LISTEN "\n"
     "5: web.listen[2]: is a list; accepted: " LISTEN "\n"
     "6: web.listen[3]: has no value; accepted: " LISTEN},
    {"web: { listen: [a:1, b:2, c:3, d:4, e:5, f:6, g:7, h:8, i:9, j:1, k:2, l:3, m:4, n:5, o:6, "
     "p:7, q:8] }\n",
     "1: web.listen: has 17 entries; accepted: at most 16"},
    {"logs: { file: /x }\n", "1: logs: is a map; accepted: a list, each entry a map of the keys "
                             "file, journald, syslog, allow, spool, backfill, such as file: "
                             "/var/log/mail.log"},
    {"logs: /var/log/mail.log\n",
     "1: logs: is a text; accepted: a list, each entry a map of the keys file, journald, syslog, "
     "allow, spool, backfill, such as file: /var/log/mail.log"},
    {"logs:\n  - /var/log/mail.log\n",
     "2: logs[0]: is a text; accepted: a map of the keys file, journald, syslog, allow, spool, "
     "backfill, such as file: /var/log/mail.log"},
    {"control: unix:/run/x\n", "1: control: unix: is not written here; accepted: a path of a "
                               "socket, such as /run/todoku/control.sock (at most 107 bytes)"},
    {"control: /1234567890123456789012345678901234567890123456789012345678901234567890123456789012"
     "3456789012345678901234567\n",
     "1: control: \"/12345678901234567890123456789012345678901234567890123456789\" is no path of a "
     "socket; accepted: a path of a socket, such as /run/todoku/control.sock (at most 107 bytes)"},
};

static const struct fault_row value_rows[] = {
    {"backfill: 7\n", "1: backfill: \"7\" is no duration; accepted: a duration from 0s to "
                      "3660d" DURATIONS},
    {"backfill: 7days\n", "1: backfill: \"7days\" is no duration; accepted: a duration from 0s to "
                          "3660d" DURATIONS},
    {"store: { keep: 59m }\n", "1: store.keep: \"59m\" is less than 1h; accepted: a duration from "
                               "1h to 3660d" DURATIONS},
    {"store: { max_size: 10MB }\n", "1: store.max_size: \"10MB\" is no size; accepted: a size from "
                                    "16MiB to 64TiB, such as 512KiB, 10MiB, 2GiB"},
    {"store: { max_size: 15MiB }\n",
     "1: store.max_size: \"15MiB\" is less than 16MiB; accepted: a size from 16MiB to 64TiB, such "
     "as 512KiB, 10MiB, 2GiB"},
    {"store: { state: rediss://127.0.0.1:6379/0 }\n",
     "1: store.state: the value (not shown) is no Redis that this version knows; accepted: a "
     "state, "
     "such as sqlite, redis://[user:password@]host:6379/0, unix:/run/redis/redis.sock, "
     "sentinel://host,host/master, or file:/etc/todoku/redis with one of them"},
    {"store: { history: clickhouse://127.0.0.1:8123/todoku }\n",
     "1: store.history: \"clickhouse://127.0.0.1:8123/todoku\" is nothing that this version knows; "
     "accepted: sqlite"},
    {"fleet: { relay: a b }\n", "1: fleet.relay: \"a b\" is no name of letters, digits, \".\", "
                                "\"_\" and \"-\"; accepted: a name of letters, digits, \".\", "
                                "\"_\" and \"-\""},
    {"fleet: { sources: [ { name: a, address: 192.0.2.256 } ] }\n",
     "1: fleet.sources[0].address: \"192.0.2.256\" is no IP address; accepted: an IP address, such "
     "as 192.0.2.1, 2001:db8::1"},
    {"detect: { block: { least_failures: 0 } }\n",
     "1: detect.block.least_failures: \"0\" is less than 1; accepted: a whole number from 1 to "
     "1000000, such as 100"},
    {"detect: { block: { least_failures: 3.5 } }\n",
     "1: detect.block.least_failures: \"3.5\" is no whole number; accepted: a whole number from 1 "
     "to 1000000, such as 100"},
    {"detect: { block: { least_share: 0.15 } }\n",
     "1: detect.block.least_share: \"0.15\" is no share in percent; accepted: a share in percent "
     "from 0% to 100%, such as 99%, 0.5%"},
    {"detect: { surge: { own_factor: 0.5 } }\n",
     "1: detect.surge.own_factor: \"0.5\" is less than 1; accepted: a number from 1 to 1000, such "
     "as 4, 1.5"},
    {"detect: { brute_force: { per_client: 20 } }\n",
     "1: detect.brute_force.per_client: \"20\" is no rate; accepted: a rate, such as 500/1h, "
     "30/10m"},
    {"detect: { brute_force: { per_client: 0/1h } }\n",
     "1: detect.brute_force.per_client: \"0/1h\" is less than 1; accepted: a rate, such as 500/1h, "
     "30/10m"},
    {"policy: { limits: [ { recipients: 0/1h } ] }\n",
     "1: policy.limits[0].recipients: \"0/1h\" is less than 1 (0 goes in levels, as count: 0, or "
     "by "
     "todoku limit set LOGIN LIMIT 0); accepted: a rate, such as 500/1h, 30/10m"},
    {"incidents: { quiet_hours: 22-7 }\n",
     "1: incidents.quiet_hours: \"22-7\" is no part of the day; accepted: a list, each value a "
     "part of the day, such as 22:00-07:00, Mon-Fri 22:00-07:00"},
};

static const struct fault_row kind_rows[] = {
    {"logs:\n  - { backfill: 1d }\n",
     "2: logs[0]: does not say of which kind it is; accepted: one of file, journald, syslog"},
    {"logs:\n  - {}\n",
     "2: logs[0]: does not say of which kind it is; accepted: one of file, journald, syslog"},
    {"logs:\n  - file: /a\n    syslog: udp:127.0.0.1:514\n",
     "3: logs[0].syslog: a second kind beside file; accepted: one kind an entry: make syslog an "
     "entry of its own"},
    {"logs:\n  - file: /a\n    allow: 192.0.2.1\n",
     "3: logs[0].allow: does not go with file; accepted: beside syslog"},
    {"logs:\n  - { syslog: udp:127.0.0.1:514, backfill: 1d }\n",
     "2: logs[0].backfill: does not go with syslog; accepted: beside file or journald"},
    {"logs:\n  - { journald: false }\n",
     "2: logs[0].journald: \"false\" is nothing that this version knows; accepted: true"},
    {"logs:\n  - { syslog: 127.0.0.1:514 }\n",
     "2: logs[0].syslog: \"127.0.0.1:514\" is no address with its transport; accepted: an address "
     "with its transport, such as udp:127.0.0.1:5514, tcp:[::1]:5514, unix:/run/todoku/syslog"},
    {"logs:\n  - { syslog: udp:127.0.0.1:514, allow: [192.0.2.1/24] }\n",
     "2: logs[0].allow[0]: \"192.0.2.1/24\" is no network; accepted: a network, such as "
     "192.0.2.0/24, 2001:db8::/32, 192.0.2.1"},
    {"notify:\n  - { telegram: x }\n",
     "2: notify[0]: does not say of which kind it is; accepted: one of slack, webhook, mail, "
     "alertmanager, pagerduty, command\n"
     "2: notify[0].telegram: unknown key; accepted: slack, webhook, mail, alertmanager, pagerduty, "
     "command, name, token, channel, slack_api, signing_secret, secret, from, sendmail, "
     "pagerduty_url, min_severity, language, min_escalation"},
    {"notify:\n  - { webhook: hook.example }\n",
     "2: notify[0].webhook: \"hook.example\" is no URL; accepted: a URL, such as "
     "https://example.jp/hook, http://127.0.0.1:9000/"},
    {"notify:\n  - { webhook: http://x/, min_severity: warn }\n",
     "2: notify[0].min_severity: \"warn\" is nothing that this version knows, did you mean "
     "warning?; accepted: info, warning or critical"},
    {"notify:\n  - { mail: [oncall] }\n",
     "2: notify[0].mail[0]: \"oncall\" is no mail address; accepted: a mail address, such as "
     "oncall@example.jp"},
    /* A secret is not repeated. */
    {"notify:\n  - { slack: htps://hooks.example/T0PS3CRET }\n",
     "2: notify[0].slack: the value (not shown) is no URL; accepted: a URL, such as "
     "file:/etc/todoku/secret with the URL, or https://..."},
    {"web: { token: \"a\\nb\" }\n",
     "1: web.token: the value (not shown) is no secret; accepted: a secret, such as "
     "file:/etc/todoku/secret or the text itself"},
    {"web: { token: 'file:' }\n", "1: web.token: file: names no file; accepted: a secret, such as "
                                  "file:/etc/todoku/secret or the text itself"},
};

static void faults_of_keys(void **state)
{
    (void)state;
    check_faults(key_rows, COUNT(key_rows));
}

static void faults_of_forms(void **state)
{
    (void)state;
    check_faults(form_rows, COUNT(form_rows));
}

static void faults_of_values(void **state)
{
    (void)state;
    check_faults(value_rows, COUNT(value_rows));
}

static void faults_of_kinds(void **state)
{
    (void)state;
    check_faults(kind_rows, COUNT(kind_rows));
}

static void all_faults_in_the_order_of_lines(void **state)
{
    (void)state;
    CLEANUP_BUF struct buf got = {0};
    faults_of("notify:\n  - { webhook: x }\nstore:\n  keep: 1\n  state: a\nbackfill: 1\nx: y\n",
              &got);
    unsigned before = 0;
    size_t count = 0;
    for (struct slice rest = buf_slice(&got); rest.ptr != NULL; count++) {
        struct slice line = slice_cut(&rest, '\n');
        uint64_t number;
        assert_true(slice_to_u64(slice_cut(&line, ':'), 100, &number));
        assert_true(number >= before);
        before = (unsigned)number;
    }
    assert_int_equal(count, 5);
}

static void more_faults_than_are_kept(void **state)
{
    (void)state;
    CLEANUP_BUF struct buf yaml = {0};
    struct settings_faults faults;
    settings_faults_init(&faults, "t.yaml");
    for (unsigned i = 0; i < SETTINGS_FAULTS_MAX + 7; i++)
        buf_addf(&yaml, "k%u: x\n", i);
    assert_null(settings_parse(buf_slice(&yaml), "", &faults));
    assert_int_equal(faults.count, SETTINGS_FAULTS_MAX);
    assert_int_equal(faults.more, 7);
    settings_faults_done(&faults);
}

/* ---- from files ---- */

static void relative_paths_begin_at_the_file(void **state)
{
    (void)state;
    struct err err;
    sandbox_write("a.yaml", SLICE("state: data\ncontrol: /c\n"));
    struct settings *here = settings_load("a.yaml", &err);
    struct settings *there = settings_load("./a.yaml", &err);
    assert_non_null(here);
    assert_non_null(there);
    assert_true(here->state[0] == '/' &&
                slice_ends_with(slice_from_str(here->state), SLICE("/data")));
    assert_string_equal(there->state, here->state); /* positions in logs are kept by name */
    assert_string_equal(there->control, "/c");
    settings_free(here);
    settings_free(there);
}

static void secrets_from_files(void **state)
{
    (void)state;
    struct err err;
    sandbox_write("token", SLICE("  sesame \n\n"));
    sandbox_write("hook", SLICE("https://hooks.example/T\n"));
    sandbox_write("a.yaml",
                  SLICE("web: { token: file:token }\nnotify: [ { slack: file:hook } ]\n"));
    struct settings *settings = settings_load("a.yaml", &err);
    assert_non_null(settings);
    assert_string_equal(settings->web.token, "sesame");
    assert_string_equal(settings->notifiers[0].slack, "https://hooks.example/T");
    assert_false(settings->plain_secret);
    settings_free(settings);
}

/* Paths are absolute in effect, and the sandbox is somewhere else each time. */
static void leave_out_folder(char *text)
{
    char folder[PATH_MAX];
    assert_non_null(getcwd(folder, sizeof(folder)));
    char *at = strstr(text, folder);
    if (at != NULL)
        memmove(at, at + strlen(folder) + 1, strlen(at) - strlen(folder));
}

static void bad_files_of_secrets(void **state)
{
    (void)state;
    CLEANUP_BUF struct buf large = {0};
    for (unsigned i = 0; i < 4097; i++)
        buf_add_char(&large, 'x');
    sandbox_write("empty", SLICE(" \n"));
    sandbox_write("large", buf_slice(&large));
    sandbox_write("word", SLICE("sesame"));
    sandbox_write("lines", SLICE("a\nb\n"));
    static const struct {
        const char *yaml, *fault;
    } rows[] = {
        {"web: { token: file:empty }\n", "a.yaml:1: web.token: empty holds nothing; accepted: "},
        {"web: { token: file:large }\n",
         "a.yaml:1: web.token: large holds more than 4096 bytes; accepted: "},
        {"web: { token: file:lines }\n",
         "a.yaml:1: web.token: what stands in the file is no secret; accepted: "},
        {"\nweb: { token: file:absent }\n",
         "a.yaml:2: web.token: absent: cannot open: No such file or directory"},
        {"web: { token: file:/dev/zero }\n",
         "a.yaml:1: web.token: /dev/zero is no file; accepted: "},
        {"notify: [ { slack: file:word } ]\n",
         "a.yaml:1: notify[0].slack: what stands in the file is no URL; accepted: "},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct err err;
        sandbox_write("a.yaml", slice_from_str(rows[i].yaml));
        assert_null(settings_load("a.yaml", &err));
        assert_int_equal(err.code, ERR_INPUT);
        leave_out_folder(err.text);
        if (strncmp(err.text, rows[i].fault, strlen(rows[i].fault)) != 0)
            fail_msg("%s", err.text);
        assert_null(strstr(err.text, "sesame"));
    }
}

static void what_a_load_says(void **state)
{
    (void)state;
    struct err err;
    assert_null(settings_load("absent.yaml", &err));
    assert_int_equal(err.code, ERR_IO);
    assert_non_null(strstr(err.text, "absent.yaml"));
    sandbox_write("a.yaml", SLICE("backfill: 1\n"));
    assert_null(settings_load("a.yaml", &err));
    assert_int_equal(err.code, ERR_INPUT);
    assert_string_equal(err.text, "a.yaml:1: backfill: \"1\" is no duration; accepted: a duration "
                                  "from 0s to 3660d" DURATIONS);
    sandbox_write("a.yaml", SLICE("backfill: 1\nstate:\nx: y\n"));
    assert_null(settings_load("a.yaml", &err));
    assert_non_null(strstr(err.text, "a.yaml:1: backfill"));
    assert_non_null(strstr(err.text, " (and 2 more: todoku config check -c a.yaml)"));
}

/* What the verbs beside the daemon read: faults elsewhere are not theirs. */
static void test_only_some_keys(void **state)
{
    (void)state;
    static const char *const keys[] = {"state", "control", NULL};
    static const struct {
        const char *yaml, *control, *fault;
    } rows[] = {
        {"control: /a/b\nnotify:\n  - { slak: x }\n", "/a/b", NULL},
        {"notfy: []\ncontrol: /a/b\nlogs: 7\n", "/a/b", NULL},
        {"web: { listen: [x] }\nstore: { history: moon }\n", "/run/todoku/control.sock", NULL},
        {"", "/run/todoku/control.sock", NULL},
        {"contrl: /a/b\n", NULL, "t.yaml:1: contrl: unknown key, did you mean control?"},
        {"control: []\n", NULL, "t.yaml:1: control: is a list"},
        {"- a\n", NULL, "t.yaml:1: the file is a list"},
        {"a: {\n", NULL, "t.yaml:2: "},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct settings_faults faults;
        settings_faults_init(&faults, "t.yaml");
        struct settings *settings =
            settings_parse_only(slice_from_str(rows[i].yaml), "", keys, &faults);
        if (rows[i].fault != NULL) {
            assert_null(settings);
            assert_true(slice_starts_with(slice_from_str(faults.faults[0].text),
                                          slice_from_str(rows[i].fault)));
        } else {
            assert_non_null(settings);
            assert_string_equal(settings->control, rows[i].control);
        }
        settings_free(settings);
        settings_faults_done(&faults);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_those_of_the_detectors),
        cmocka_unit_test(nothing_starts_by_default),
        cmocka_unit_test(all_that_is_not_a_list),
        cmocka_unit_test(logs_sources_listeners),
        cmocka_unit_test(notifiers),
        cmocka_unit_test(faults_of_keys),
        cmocka_unit_test(faults_of_forms),
        cmocka_unit_test(faults_of_values),
        cmocka_unit_test(faults_of_kinds),
        cmocka_unit_test(all_faults_in_the_order_of_lines),
        cmocka_unit_test(more_faults_than_are_kept),
        cmocka_unit_test(relative_paths_begin_at_the_file),
        cmocka_unit_test(secrets_from_files),
        cmocka_unit_test(bad_files_of_secrets),
        cmocka_unit_test(what_a_load_says),
        cmocka_unit_test(test_only_some_keys),
    };
    return cmocka_run_group_tests(tests, sandbox_enter, sandbox_leave);
}
