/* SPDX-License-Identifier: Apache-2.0
 *
 * Settings printed: what is in effect, without secrets, and read back as the same.
 */
#include "app/settings_dump.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "app/settings_fixture.h"

static void assert_dump(const char *yaml, const char *part)
{
    CLEANUP_BUF struct buf text = {0};
    struct settings *settings = settings_of(yaml);
    settings_dump_yaml(settings, &text);
    if (strstr(buf_str(&text), part) == NULL)
        fail_msg("of:\n%s\nis not in:\n%s", part, buf_str(&text));
    settings_free(settings);
}

static void parts(void **state)
{
    (void)state;
    static const struct {
        const char *yaml, *part;
    } rows[] = {
        {"", "state: /var/lib/todoku\ncontrol: /run/todoku/control.sock\nweb:\n  listen: []\n  "
             "names: []\nlogs: "
             "[]\nbackfill: 7d\nstore:\n  state: sqlite\n"},
        {"", "\nfleet:\n  sources: []\n  pools: []\npostfix:\n  commands: /usr/sbin\n"},
        {"", "\ndetect:\n  block:\n    least_failures: 3\n"},
        {"", "\n    transactional_pools:\n      - transactional\n"},
        {"", "\n    fast:\n      rate: 14.4\n      long: 1h\n      short: 5m\n"},
        {"web: { listen: ['[::1]:80', unix:/a b] }\n",
         "\nweb:\n  listen:\n    - \"[::1]:80\"\n    - \"unix:/a b\"\n  names: []\n"},
        {"web: { names: [mon.internal, b] }\n", "\n  names:\n    - mon.internal\n    - b\nlogs:"},
        {"fleet: { relay: relay1, sources: [ { name: a }, { name: b, address: 192.0.2.1 } ] }\n",
         "\nfleet:\n  relay: relay1\n  sources:\n    - name: a\n      pool: shared\n    - name: b\n"
         "      address: 192.0.2.1\n      pool: shared\n  pools: []\npostfix:\n  commands: "
         "/usr/sbin\n  instances: []\n  reload: []\ndns:\n  enabled: true\n  servers: []\n"},
        {"logs: [ { syslog: udp:127.0.0.1:1 } ]\n",
         "\nlogs:\n  - syslog: udp:127.0.0.1:1\n    allow:\n      - 127.0.0.0/8\n      - \"::1\"\n"
         "    spool: 256MiB\nbackfill: 7d\n"},
        {"backfill: 90m\nlogs: [ { file: /a }, { journald: true } ]\n",
         "\nlogs:\n  - file: /a\n    backfill: 90m\n  - journald: true\n    backfill: 90m\n"},
        {"notify: [ { slack: https://x/, token: a, channel: '#b', language: ja } ]\n",
         "\nnotify:\n  - slack: \"***\"\n    name: slack\n    token: \"***\"\n    channel: \"#b\"\n"
         "    slack_api: https://slack.com/api\n    min_severity: warning\n    language: ja\n"},
        {"notify: [ { command: [/bin/x, '-n', 'null', 'a: b', '1'] } ]\n",
         "\n  - command:\n      - /bin/x\n      - \"-n\"\n      - \"null\"\n      - "
         "\"a: b\"\n      - 1\n"},
        {"detect: { slo: { transactional_logins: [\"\\\"\\\\\", 届く, \"\\u202e\"] } }\n",
         "\n    transactional_logins:\n      - \"\\\"\\\\\"\n      - \"届く\"\n      - "
         "\"\\U0000202e\"\n"},
        {"incidents: { quiet_hours: Sat-Sun 00:00-24:00 }\n",
         "\n  quiet_hours:\n    - \"Sat-Sun 00:00-24:00\"\n"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_dump(rows[i].yaml, rows[i].part);
}

static void no_secret_is_printed(void **state)
{
    (void)state;
    CLEANUP_BUF struct buf text = {0};
    struct settings *settings =
        settings_of("web: { token: s3cret-a, listen: ['127.0.0.1:1'] }\nnotify:\n  - { slack: "
                    "https://s3cret-b/, token: s3cret-c, channel: x, signing_secret: "
                    "s3cret-f-of-16-bytes }\n  - { webhook: http://x/, secret: s3cret-d }\n  - { "
                    "pagerduty: s3cret-e }\n");
    settings_dump_yaml(settings, &text);
    settings_dump_json(settings, &text);
    assert_null(strstr(buf_str(&text), "s3cret"));
    settings_free(settings);
}

/* What is printed is a configuration with the same meaning. */
static void read_back(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "web: { listen: ['[::1]:80', 127.0.0.1:80, 'unix:/a b#c'], token: x }\n"
        "logs: [ { file: '/a: b' }, { journald: true, backfill: 1w }, { syslog: 'udp:[::1]:1' }, { "
        "syslog: tcp:0.0.0.0:1, allow: [192.0.2.0/25, 2001:db8::/33] }, { syslog: unix:/s } ]\n"
        "store: { keep: 90m, max_size: 123456789B }\n"
        "fleet: { relay: r.example.jp, sources: [ { name: a, address: 2001:db8::9, helo: h } ] }\n"
        "detect: { unread: { share: 0.1234% }, slo: { transactional_logins: ['*', '&a', '!b', "
        "'%c', '@d', '~', 'true', ' e ', 'a, b', 'c: d', 'x #y', '1e3', '?'] } }\n",
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        CLEANUP_BUF struct buf once = {0}, twice = {0};
        struct settings *first = settings_of(texts[i]);
        settings_dump_yaml(first, &once);
        struct settings *second = settings_of(buf_str(&once));
        settings_dump_yaml(second, &twice);
        assert_string_equal(buf_str(&once), buf_str(&twice));
        settings_free(first);
        settings_free(second);
    }
}

static void json(void **state)
{
    (void)state;
    CLEANUP_BUF struct buf text = {0};
    struct settings *settings = settings_of("logs: [ { journald: true } ]\n");
    settings_dump_json(settings, &text);
    static const char *const wanted[] = {
        "{\n  \"state\": \"/var/lib/todoku\",\n",
        "\n      \"journald\": true,\n      \"backfill\": \"7d\"\n",
        "\n      \"least_failures\": 3,\n",
        "\n        \"rate\": 14.4,\n",
        "\n      \"reachability\": \"99%\",\n",
        "\n      \"per_client\": \"50/10m\",\n",
        "\n    \"max_size\": \"8GiB\",\n",
        "\n  \"notify\": []\n}\n",
    };
    for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
        if (strstr(buf_str(&text), wanted[i]) == NULL)
            fail_msg("%s is not in:\n%s", wanted[i], buf_str(&text));
    settings_free(settings);
}

static void same_or_not(void **state)
{
    (void)state;
    static const char *const keys[] = {"logs", "rules", "detect", NULL};
    static const struct {
        const char *yaml;
        bool same;
    } rows[] = {
        {"logs: [ { file: /var/log/mail.log } ]\n", true},
        {"logs: [ { file: /var/log/mail.log, backfill: 7d } ]\nincidents: { flap: 31m }\nstate: "
         "/s\n",
         true},
        {"", false},
        {"logs: [ { file: /var/log/other.log } ]\n", false},
        {"logs: [ { file: /var/log/mail.log }, { journald: true } ]\n", false},
        {"logs: [ { file: /var/log/mail.log } ]\nrules: /r\n", false},
        {"logs: [ { file: /var/log/mail.log } ]\ndetect: { surge: { least_recipients: 101 } }\n",
         false},
    };
    struct settings *one = settings_of(rows[0].yaml);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct settings *other = settings_of(rows[i].yaml);
        if (settings_dump_same(one, other, keys) != rows[i].same)
            fail_msg("%s", rows[i].yaml);
        settings_free(other);
    }
    settings_free(one);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts),       cmocka_unit_test(no_secret_is_printed),
        cmocka_unit_test(read_back),   cmocka_unit_test(json),
        cmocka_unit_test(same_or_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
