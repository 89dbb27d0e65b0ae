/* SPDX-License-Identifier: Apache-2.0
 *
 * Notices to format. See notifier_fixture.h.
 */
#include "respond/notifier_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct incident fixture_block(void)
{
    return (struct incident){
        .kind = INCIDENT_BLOCK,
        .scope = INCIDENT_SCOPE_SOURCE,
        .relay = SLICE("relay1"),
        .source = SLICE("out-a"),
        .provider = SLICE("docomo"),
        .opened_us = T0 - 3600 * SECOND,
        .closed_us = INCIDENT_OPEN,
        .last_hit_us = T0,
        .attempts = 3720,
        .hits = 3604,
        .messages = 3201,
        .recipients = 3100,
        .logins = 1,
        .class = REPLY_CLASS_BLOCK_IP,
        .list = SLICE("zen.spamhaus.org"),
        .url = SLICE("https://check.spamhaus.org/?q=192.0.2.11&x=1"),
        .evidence_count = 1,
        .evidence = {SLICE("Mar  2 08:01:02 relay1 out-a/smtp[1]: A1: to=<a@docomo.ne.jp>, "
                           "dsn=5.7.1, status=bounced (host x[192.0.2.1] said: 550 5.7.1 blocked "
                           "using <zen.spamhaus.org> & more)")}};
}

struct incident fixture_surge(void)
{
    return (struct incident){
        .kind = INCIDENT_SURGE,
        .scope = INCIDENT_SCOPE_SENDER_DOMAIN,
        .domain = SLICE("shop10.example"),
        .opened_us = T0 - 600 * SECOND,
        .closed_us = INCIDENT_OPEN,
        .last_hit_us = T0,
        .attempts = 1010,
        .hits = 690,
        .recipients = 1010,
        .normal = 320,
        .suspects = {{.login = SLICE("hijacked@shop10.example"),
                      .recipients = 1010,
                      .usual = 40,
                      .hours = 120,
                      .new_percent = 77,
                      .bounced_percent = 26,
                      .networks = 12,
                      .refused = 14},
                     {.login = SLICE("new@shop10.example"), .recipients = 60, .networks = 1}}};
}

#define EVIL \
    "<!channel> <@U1> @here <https://evil.example|click> `x` *b* & \"q\" \\\r\nBcc: " \
    "evil@example.com\r\n\r\n.\r\n\x1b[31m\xe2\x80\xae\xff\xfe{page}|>"
#define EVIL4 EVIL EVIL EVIL EVIL
#define EVIL_LONG EVIL4 EVIL4 EVIL4 EVIL4

struct incident fixture_hostile(void)
{
    struct incident incident = fixture_block();
    incident.relay = incident.source = incident.provider = incident.list = SLICE(EVIL);
    incident.domain = SLICE(EVIL);
    for (size_t i = 0; i < INCIDENT_SUSPECTS_MAX; i++)
        incident.suspects[i] = (struct incident_suspect){
            .login = slice_first(SLICE(EVIL EVIL), 90 + i), .recipients = 100, .hours = 1};
    incident.url = SLICE("https://evil.example/é |<!here>\r\nX: y\"" EVIL4);
    incident.evidence[0] = SLICE("status=deferred (" EVIL_LONG EVIL_LONG ")");
    return incident;
}

const struct audit_entry *fixture_route(const struct incident *first, enum audit_action action)
{
    static struct audit_entry entry;
    entry = (struct audit_entry){.number = 7,
                                 .time_us = T0,
                                 .action = action,
                                 .urgent = true,
                                 .relay = first->relay,
                                 .provider = first->provider,
                                 .source = first->source,
                                 .override_id = SLICE("o12"),
                                 .before = SLICE("default"),
                                 .after = SLICE("out-b:"),
                                 .actor = OVERRIDE_ACTOR,
                                 .reason = first->login.len ? first->login : SLICE("it is refused"),
                                 .incidents = {SLICE("3k9d0q2m")}};
    return &entry;
}

struct notice fixture_notice(enum notice_transition transition, const struct incident *first,
                             struct notice_item *items, size_t count)
{
    bool closed = transition == NOTICE_CLOSED;
    enum incident_state state = closed                              ? INCIDENT_STATE_CLOSED
                                : transition == NOTICE_ACKNOWLEDGED ? INCIDENT_STATE_ACKNOWLEDGED
                                                                    : INCIDENT_STATE_OPEN;
    for (size_t i = 0; i < count; i++) {
        items[i] = (struct notice_item){.id = SLICE("3k9d0q2m"),
                                        .page = SLICE("3k9d0q2m"),
                                        .state = state,
                                        .incident = *first,
                                        .transition = closed ? NOTICE_CLOSED : NOTICE_OPENED,
                                        .serial = 4};
        items[i].incident.closed_us = closed ? T0 - 60 * SECOND : INCIDENT_OPEN;
    }
    return (struct notice){
        .transition = transition,
        .state = state,
        .severity = INCIDENT_CRITICAL,
        .axis = count > 1 ? NOTICE_AXIS_SOURCE : NOTICE_AXIS_NONE,
        .at_us = T0,
        .page = transition == NOTICE_DIGEST ? SLICE("digest") : SLICE("3k9d0q2m"),
        .serial = 4,
        .flaps = 2,
        .escalation = 1,
        .by = SLICE("kato"),
        .note = first->login,
        .route = transition == NOTICE_ROUTE ? fixture_route(first, AUDIT_PROPOSE) : NULL,
        .total = count,
        .count = count,
        .items = items};
}

static int32_t tokyo(void *data, int64_t utc_seconds)
{
    (void)data;
    (void)utc_seconds;
    return 9 * 3600;
}

struct notifier_settings fixture_settings(enum notifier_type type)
{
    return (struct notifier_settings){
        .type = type,
        .name = SLICE("ops"),
        .message = {.zone = {tokyo, NULL}, .runbooks = SLICE("https://todoku.example/runbooks")},
        .url = SLICE("https://hooks.example/T1/"),
        .from = SLICE("todoku@example.jp"),
        .to_count = 2,
        .to = {SLICE("ops@example.jp"), SLICE("boss@example.jp")},
        .command_count = 2,
        .command = {SLICE("/usr/bin/tell"), SLICE("--{transition}={page}")},
        .hold_us = 900 * SECOND,
    };
}

json_t *fixture_body(const struct outgoing *outgoing)
{
    json_error_t error;
    json_t *value =
        json_loadb(outgoing->body.ptr, outgoing->body.len, JSON_REJECT_DUPLICATES, &error);
    if (!value)
        fail_msg("no JSON: %s", error.text);
    return value;
}

const json_t *fixture_at(const json_t *value, const char *path)
{
    struct slice rest = slice_from_str(path);
    while (value && rest.ptr) {
        char key[64];
        struct slice part = slice_cut(&rest, '.');
        snprintf(key, sizeof(key), "%.*s", SLICE_ARG(part));
        value = json_is_array(value) ? json_array_get(value, strtoul(key, NULL, 10))
                                     : json_object_get(value, key);
    }
    if (!value)
        fail_msg("nothing at %s", path);
    return value;
}

const char *fixture_text(const json_t *value, const char *path)
{
    const json_t *text = fixture_at(value, path);
    assert_true(json_is_string(text));
    return json_string_value(text);
}

const char *fixture_header(const struct outgoing *outgoing, const char *name)
{
    size_t len = strlen(name);
    for (size_t i = 0; i < outgoing->header_count; i++)
        if (strncasecmp(outgoing->headers[i], name, len) == 0 && outgoing->headers[i][len] == ':')
            return outgoing->headers[i] + len + 2;
    return NULL;
}
