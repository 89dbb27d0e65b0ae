/* SPDX-License-Identifier: Apache-2.0
 *
 * What must hold between settings: each rule broken, and just kept.
 */
#include "app/settings_rules.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "app/settings_fixture.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct fault_row broken_rows[] = {
    {"web:\n  listen:\n    - 127.0.0.1:1\n    - 127.0.0.1:2\n    - 127.0.0.1:1\n",
     "5: web.listen[2]: is that of entry 0 already; accepted: each once"},
    {"control: /run/a\nweb: { listen: [unix:/run/a] }\n",
     "2: web.listen[0]: is the control socket; accepted: another path"},
    {"control: /run/a\nweb:\n  listen: unix:/run/a\n",
     "3: web.listen[0]: is the control socket; accepted: another path"},
    {"dns:\n  servers: [127.0.0.1:53, unix:/run/dns]\n",
     "2: dns.servers[1]: is no name server; accepted: 127.0.0.1:53, \"[::1]:53\""},
    {"dns: { servers: 127.0.0.1:0 }\n",
     "1: dns.servers[0]: is no name server; accepted: 127.0.0.1:53, \"[::1]:53\""},
    {"dns:\n  blocklists:\n    - bl.example\n    - bl..example\n",
     "4: dns.blocklists[1]: is no domain; accepted: dnsbl.example.net"},
    {"dns: { blocklists: [bl.example, BL.example] }\n",
     "1: dns.blocklists[1]: is there already; accepted: each once"},
    {"accounts:\n  path: /x\n  query: SELECT 1\n",
     "3: accounts.query: is for a database server; accepted: it with driver: postgresql or mysql"},
    {"accounts: { driver: postgresql }\n",
     "1: accounts.driver: has no query; accepted: query: SELECT secret FROM account WHERE login = "
     ":login"},
    {"accounts:\n  driver: mysql\n  query: SELECT ':login' AS secret\n",
     "3: accounts.query: finds the same account for every login; accepted: WHERE login = :login"},
    {"accounts:\n  driver: mysql\n  path: /x\n  query: SELECT :user AS secret\n",
     "3: accounts.path: is for a file; accepted: host: PATH for the socket of a server"},
    {"accounts:\n  driver: mysql\n  query: SELECT :user AS secret\n  names_query: SELECT :login\n",
     "4: accounts.names_query: is of no login; accepted: no :login, :user and :domain"},
    {"accounts:\n  driver: mysql\n  host: /x\n  tls: verify\n  query: SELECT :user AS secret\n",
     "4: accounts.tls: is for a server that is not on a unix socket; accepted: off, or host: its "
     "name"},
    {"fleet:\n  sources:\n    - { name: out-a }\n    - { name: out-b }\n    -\n      pool: x\n     "
     " "
     "name: out-a\n",
     "7: fleet.sources[2].name: is that of entry 0 already; accepted: each once"},
    {"fleet:\n  sources:\n    - { name: a, relay: relay2 }\n",
     "3: fleet.sources[0].relay: stands alone; accepted: relay and next_hop together, or neither"},
    {"fleet:\n  sources:\n    - { name: a, next_hop: '[relay2]' }\n",
     "3: fleet.sources[0].next_hop: stands alone; accepted: relay and next_hop together, or "
     "neither"},
    {"fleet:\n  sources:\n    - { name: a, relay: relay2, next_hop: relay2 }\n",
     "3: fleet.sources[0].next_hop: is no next hop; accepted: [relay2.example.jp]:10026"},
    {"fleet:\n  sources:\n    - { name: a, relay: relay2, next_hop: '[relay2]:0' }\n",
     "3: fleet.sources[0].next_hop: is no next hop; accepted: [relay2.example.jp]:10026"},
    {"fleet:\n  sources:\n    - { name: a, relay: relay2, next_hop: '[re lay2]:1' }\n",
     "3: fleet.sources[0].next_hop: is no next hop; accepted: [relay2.example.jp]:10026"},
    {"fleet:\n  sources:\n    - { name: a }\n    - { name: b, relay: a, next_hop: '[a]' }\n",
     "4: fleet.sources[1].relay: is the name of a source; accepted: another name"},
    {"fleet:\n  sources:\n    - { name: smtp }\n    - { name: qmgr }\n",
     "4: fleet.sources[1].name: is a service of Postfix that sends nothing out; accepted: the name "
     "of a transport, such as out-a"},
    {"fleet:\n  pools:\n    - { name: a, purpose: shared }\n    - { name: a, purpose: shared }\n",
     "4: fleet.pools[1].name: is that of entry 0 already; accepted: each once"},
    {"fleet:\n  pools:\n    - { name: a, purpose: shared, fallbacks: [b] }\n",
     "3: fleet.pools[0].fallbacks[0]: is the pool of no source; accepted: the name of a pool that "
     "a "
     "source gives"},
    {"fleet:\n  sources:\n    - { name: a, pool: transactional }\n"
     "  pools:\n    - { name: b, purpose: marketing, fallbacks: [transactional] }\n",
     "5: fleet.pools[0].fallbacks[0]: is transactional: marketing mail would cost it its name; "
     "accepted: a pool that is not transactional"},
    {"logs:\n  - { file: /a }\n  - { file: /b }\n  - { file: /a }\n",
     "4: logs[2]: is that of entry 0 already; accepted: each once"},
    {"logs:\n  - { journald: true }\n  - { journald: true, backfill: 1d }\n",
     "3: logs[1]: is that of entry 0 already; accepted: each once"},
    {"logs:\n  - { syslog: udp:127.0.0.1:1 }\n  - { syslog: udp:127.0.0.1:1 }\n",
     "3: logs[1]: is that of entry 0 already; accepted: each once"},
    {"logs:\n  - { syslog: udp:0.0.0.0:514 }\n",
     "2: logs[0].allow: is missing: other hosts reach this address; accepted: a list of networks "
     "that may send, such as 192.0.2.0/24"},
    {"logs:\n  - { syslog: 'tcp:[2001:db8::1]:514', allow: [] }\n",
     "2: logs[0].allow: is missing: other hosts reach this address; accepted: a list of networks "
     "that may send, such as 192.0.2.0/24"},
    {"logs:\n  - syslog: unix:/a\n    allow: 192.0.2.1\n",
     "3: logs[0].allow: does not go with unix:, which has no addresses; accepted: beside udp: and "
     "tcp:"},
    {"detect:\n  block:\n    usual_share: 30%\n",
     "3: detect.block.usual_share: is not below blocked_share; accepted: a share below that of "
     "blocked_share"},
    /* Broken by a default: the line is that of the section. */
    {"detect:\n  silent_block:\n    blocked_share: 5%\n",
     "2: detect.silent_block.usual_share: is not below blocked_share; accepted: a share below that "
     "of blocked_share"},
    {"detect: { slo: { fast: { short: 1h } } }\n",
     "1: detect.slo.fast.short: is not shorter than long; accepted: a duration below that of long"},
    {"detect: { slo: { slow: { long: 30m } } }\n",
     "1: detect.slo.slow.short: is not shorter than long; accepted: a duration below that of long"},
    {"detect:\n  slo:\n    slow: { rate: 14.4 }\n",
     "2: detect.slo.fast.rate: is not above the rate of slow; accepted: a number above that of "
     "slow"},
    {"detect: { slo: { window: 1d, slow: { long: 25h } } }\n",
     "1: detect.slo.slow.long: is longer than window; accepted: a duration up to window"},
    {"detect: { slo: { window: 1d, fast: { long: 2d } } }\n",
     "1: detect.slo.fast.long: is longer than window; accepted: a duration up to window"},
    {"notify:\n  - slack: https://x/\n    token: xoxb\n",
     "3: notify[0].token: stands alone; accepted: token and channel together, or neither"},
    {"notify:\n  - slack: https://x/\n    channel: c\n",
     "3: notify[0].channel: stands alone; accepted: token and channel together, or neither"},
    {"notify:\n  - slack: https://x/\n    signing_secret: 8f742231b10e8888abcd99yyyzzz85a5\n",
     "3: notify[0].signing_secret: has no listener where presses could come in; accepted: "
     "addresses in web: listen:"},
    {"web: { listen: ['127.0.0.1:1'] }\nnotify:\n  - slack: https://x/\n    signing_secret: "
     "short\n",
     "4: notify[0].signing_secret: is too short (not shown); accepted: the signing secret of a "
     "Slack app, 32 digits and letters"},
    {"respond: { approvers: [U012ABCDEF, kato] }\n",
     "1: respond.approvers[1]: is no id of a Slack user; accepted: capitals and digits, such as "
     "U012ABCDEF: Copy member ID in the person's profile"},
    {"notify:\n  - mail: []\n", "2: notify[0].mail: names nobody; accepted: a list of mail "
                                "addresses"},
    {"notify:\n  - mail:\n", "2: notify[0].mail: names nobody; accepted: a list of mail addresses"},
    {"notify:\n  - mail: a@b\n    sendmail: [sendmail]\n",
     "3: notify[0].sendmail[0]: the program is no path from the root; accepted: a list of program "
     "and arguments, such as [/usr/local/bin/page, --todoku]"},
    {"notify:\n  - command: page --now\n",
     "2: notify[0].command[0]: the program is no path from the root; accepted: a list of program "
     "and arguments, such as [/usr/local/bin/page, --todoku]"},
    {"notify:\n  - command: []\n",
     "2: notify[0].command: names no program; accepted: a list of program and arguments, such as "
     "[/usr/local/bin/page, --todoku]"},
    {"policy:\n  default_domain: '@jp.test'\n",
     "2: policy.default_domain: has an @; accepted: a domain without @"},
    {"policy:\n  limits:\n    - { messages: 5/1h }\n    - recipients: 5/1h\n      text: '{rule} "
     "{foo} no'\n",
     "5: policy.limits[1].text: has a gap that nothing fills, {foo}; accepted: the gaps {rule} "
     "{login} {used} {most} {wanted} {unit} {within} {wait} {time}"},
    {"notify:\n  - { webhook: http://x/, name: a }\n  - { webhook: http://y/, name: a }\n",
     "3: notify[1].name: is that of entry 0 already; accepted: each once"},
    {"notify:\n  - { webhook: http://x/, name: webhook-2 }\n  - { webhook: http://y/ }\n",
     "3: notify[1].name: is that of entry 0 already; accepted: each once"},
};

static void broken_rules(void **state)
{
    (void)state;
    check_faults(broken_rows, COUNT(broken_rows));
}

static void kept_rules(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "web: { listen: [127.0.0.1:1, '[::1]:1', 127.0.0.1:2, unix:/a] }\n",
        "web: { listen: [127.0.0.1:0, 127.0.0.1:0] }\n",
        ("fleet: { sources: [ { name: a, pool: b }, { name: c, relay: r, next_hop: '[r]' } ],\n"
         "         pools: [ { name: d, purpose: marketing, fallbacks: [b, d] } ] }\n"),
        "logs: [ { file: /a }, { file: /b }, { journald: true } ]\n",
        "logs: [ { syslog: udp:127.0.0.1:1 }, { syslog: tcp:127.0.0.1:1 } ]\n",
        "logs: [ { syslog: 'udp:[::1]:1' }, { syslog: unix:/a }, { syslog: unix:/b } ]\n",
        "logs: [ { syslog: udp:0.0.0.0:514, allow: 0.0.0.0/0 } ]\n",
        "detect: { block: { usual_share: 29.9999% } }\n",
        "detect: { slo: { fast: { short: 59m }, slow: { rate: 14.3, long: 30d } } }\n",
        "notify: [ { mail: [a@b, c@d] }, { mail: a@b, sendmail: /bin/x } ]\n",
        "notify: [ { slack: https://x/, token: t, channel: c } ]\n",
        "web: { listen: ['unix:/x'] }\nnotify: [ { slack: https://x/, signing_secret: "
        "8f742231b10e8888abcd99yyyzzz85a5 } ]\n",
        "notify: [ { slack: https://x/ }, { slack: https://x/ } ]\n",
        "policy: { default_domain: jp.test, limits: [ { recipients: 5/1h, text: '} {rule}{time} "
        "{' "
        "} ] }\n",
        "respond: { approvers: U012ABCDEF }\n",
        "respond: { approvers: [U012ABCDEF, W0SATO] }\n",
    };
    for (size_t i = 0; i < COUNT(texts); i++)
        settings_free(settings_of(texts[i]));
}

/* A rule between keys waits until each of them is right by itself. */
static void rules_come_after_the_schema(void **state)
{
    (void)state;
    CLEANUP_BUF struct buf got = {0};
    faults_of("backfill: 1\nlogs:\n  - { syslog: udp:0.0.0.0:514 }\n", &got);
    assert_true(slice_starts_with(buf_slice(&got), SLICE("1: backfill: ")));
    assert_null(strchr(buf_str(&got), '\n'));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(broken_rules),
        cmocka_unit_test(kept_rules),
        cmocka_unit_test(rules_come_after_the_schema),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
