/* SPDX-License-Identifier: Apache-2.0
 *
 * The delivery record, whose addresses and reply strangers choose, and lines that look like one.
 */
#include "record_check.h"

#define SMTP STAMP "postfix/out-a/smtp[1]: 4A1B2C3D01: "
#define LMTP STAMP "postfix/lmtp[1]: 4A1B2C3D01: "
#define REST "delay=1.2, delays=0.1/0.2/0.3/0.6, dsn=2.0.0, status=sent "
#define F_REST F(DELAY, "1.2"), F(DELAYS, "0.1/0.2/0.3/0.6"), F(DSN, "2.0.0"), F(STATUS, "sent")
#define F_MX \
    F(RELAY, "mx.y.test[192.0.2.9]:25"), F(RELAY_HOST, "mx.y.test"), F(RELAY_IP, "192.0.2.9"), \
        F(RELAY_PORT, "25")
#define MX "relay=mx.y.test[192.0.2.9]:25, "
#define FORGED "\"a>, relay=x, delay=0, delays=0/0/0/0, dsn=2.0.0, status=sent (ok)\"@example.org"

static const struct row record_rows[] = {
    {SMTP "to=<u@y.test>, " MX REST "(250 2.0.0 Ok: queued as 4Q8m1x2Rj1zB)",
     LOG_KIND_DELIVERY,
     false,
     {F(TO, "u@y.test"), F_MX, F_REST, F(REASON, "250 2.0.0 Ok: queued as 4Q8m1x2Rj1zB"),
      F(NEXT_ID, "4Q8m1x2Rj1zB")}},
    {SMTP "to=<u@y.test>, orig_to=<Info@X.test>, " MX
          "conn_use=27, delay=1.2, delays=0.1/0.2/0.3/0.6, tls=level:may/!tlsrpt?, dsn=4.7.1, "
          "status=deferred (host mx.y.test[192.0.2.9] said: 450 4.7.1 (later) (in reply to RCPT TO "
          "command))",
     LOG_KIND_DELIVERY,
     false,
     {F(TO, "u@y.test"), F(ORIG_TO, "Info@X.test"), F_MX, F(CONN_USE, "27"), F(DELAY, "1.2"),
      F(DELAYS, "0.1/0.2/0.3/0.6"), F(TLS, "level:may/!tlsrpt?"), F(DSN, "4.7.1"),
      F(STATUS, "deferred"),
      F(REASON, "host mx.y.test[192.0.2.9] said: 450 4.7.1 (later) (in reply to RCPT TO "
                "command)")}},
    {SMTP "to=<u@y.test>, " MX "delay=1.2, delays=0.1/0.2/0.3/0.6, later=x(y), dsn=2.0.0, "
          "status=sent (250 ok)",
     LOG_KIND_DELIVERY,
     false,
     {F(TO, "u@y.test"), F_MX, F_REST, F(REASON, "250 ok")}},
    {SMTP "to=<u@y.test>, relay=none, delay=1.2, delays=0.1/0.2/0.3/0.6, dsn=4.4.1, "
          "status=deferred (connect to mx.y.test[192.0.2.9]:25: Connection refused)",
     LOG_KIND_DELIVERY,
     false,
     {F(TO, "u@y.test"), F(RELAY, "none"), F(RELAY_HOST, "none"), F(DELAY, "1.2"),
      F(DELAYS, "0.1/0.2/0.3/0.6"), F(DSN, "4.4.1"), F(STATUS, "deferred"),
      F(REASON, "connect to mx.y.test[192.0.2.9]:25: Connection refused")}},
    {SMTP "to=<u@y.test>, relay=mx.y.test[2001:db8::9]:25, " REST "(250 ok)",
     LOG_KIND_DELIVERY,
     false,
     {F(TO, "u@y.test"), F(RELAY, "mx.y.test[2001:db8::9]:25"), F(RELAY_HOST, "mx.y.test"),
      F(RELAY_IP, "2001:db8::9"), F(RELAY_PORT, "25"), F_REST, F(REASON, "250 ok")}},
    {SMTP "to=<u@y.test>, " MX "delay=1.2, delays=0.1/0.2/0.3/0.6, dsn=4.1.1, status=SOFTBOUNCE "
          "(unknown)",
     LOG_KIND_DELIVERY,
     false,
     {F(TO, "u@y.test"), F_MX, F(DELAY, "1.2"), F(DELAYS, "0.1/0.2/0.3/0.6"), F(DSN, "4.1.1"),
      F(STATUS, "SOFTBOUNCE"), F(REASON, "unknown")}},
};

static const struct row agent_rows[] = {
    {LMTP "to=<u@y.test>, relay=mb1.test[private/dovecot-lmtp], " REST
          "(250 2.0.0 <u@y.test> kFsSAGl2 Saved)",
     LOG_KIND_DELIVERY,
     false,
     {F(TO, "u@y.test"), F(RELAY, "mb1.test[private/dovecot-lmtp]"), F(RELAY_HOST, "mb1.test"),
      F(RELAY_IP, "private/dovecot-lmtp"), F_REST,
      F(REASON, "250 2.0.0 <u@y.test> kFsSAGl2 Saved")}},
    {LMTP "to=<u@y.test>, relay=mb1.test[/run/lmtp sock], " REST "(250 ok)",
     LOG_KIND_DELIVERY,
     false,
     {F(TO, "u@y.test"), F(RELAY, "mb1.test[/run/lmtp sock]"), F(RELAY_HOST, "mb1.test"),
      F(RELAY_IP, "/run/lmtp sock"), F_REST, F(REASON, "250 ok")}},
    {STAMP "postfix/local[1]: 4A1B2C3D01: to=<u@y.test>, relay=local, " REST
           "(forwarded as 4B1B2C3D02)",
     LOG_KIND_DELIVERY,
     false,
     {F(TO, "u@y.test"), F(RELAY, "local"), F(RELAY_HOST, "local"), F_REST,
      F(REASON, "forwarded as 4B1B2C3D02"), F(NEXT_ID, "4B1B2C3D02")}},
    {STAMP "postfix/virtual[1]: 4A1B2C3D01: to=<u@y.test>, relay=virtual, " REST
           "(delivered to maildir)",
     LOG_KIND_DELIVERY,
     false,
     {F(TO, "u@y.test"), F(RELAY, "virtual"), F(RELAY_HOST, "virtual"), F_REST,
      F(REASON, "delivered to maildir")}},
    {STAMP "postfix/pipe[1]: 4A1B2C3D01: to=<u@y.test>, relay=mailman, " REST
           "(delivered via mailman service (a (b)))",
     LOG_KIND_DELIVERY,
     false,
     {F(TO, "u@y.test"), F(RELAY, "mailman"), F(RELAY_HOST, "mailman"), F_REST,
      F(REASON, "delivered via mailman service (a (b))")}},
    {STAMP "postfix/discard[1]: 4A1B2C3D01: to=<u@y.test>, relay=none, " REST "(y.test)",
     LOG_KIND_DELIVERY,
     false,
     {F(TO, "u@y.test"), F(RELAY, "none"), F(RELAY_HOST, "none"), F_REST, F(REASON, "y.test")}},
    {STAMP "postfix/error[1]: 4A1B2C3D01: to=<u@y.test>, relay=none, delay=5, delays=5/0/0/0, "
           "dsn=4.4.1, status=deferred (delivery temporarily suspended: x)",
     LOG_KIND_DELIVERY,
     false,
     {F(TO, "u@y.test"), F(RELAY, "none"), F(RELAY_HOST, "none"), F(DELAY, "5"),
      F(DELAYS, "5/0/0/0"), F(DSN, "4.4.1"), F(STATUS, "deferred"),
      F(REASON, "delivery temporarily suspended: x")}},
    {STAMP "amavis/smtp[1]: 4A1B2C3D01: to=<u@y.test>, relay=127.0.0.1[127.0.0.1]:10024, " REST
           "(250 2.0.0 from MTA(smtp:[127.0.0.1]:10025): 250 2.0.0 Ok: queued as 4B1B2C3D02)",
     LOG_KIND_DELIVERY,
     false,
     {F(TO, "u@y.test"), F(RELAY, "127.0.0.1[127.0.0.1]:10024"), F(RELAY_HOST, "127.0.0.1"),
      F(RELAY_IP, "127.0.0.1"), F(RELAY_PORT, "10024"), F_REST,
      F(REASON, "250 2.0.0 from MTA(smtp:[127.0.0.1]:10025): 250 2.0.0 Ok: queued as 4B1B2C3D02"),
      F(NEXT_ID, "4B1B2C3D02")}},
};

#define BOUNCE_REST "delay=1, delays=0/0/0/1, dsn=5.1.1, status=bounced "
#define F_BOUNCE F(DELAY, "1"), F(DELAYS, "0/0/0/1"), F(DSN, "5.1.1"), F(STATUS, "bounced")

static const struct row hostile_rows[] = {
    {SMTP "to=<" FORGED ">, " MX BOUNCE_REST "(no)",
     LOG_KIND_DELIVERY,
     false,
     {F(TO, FORGED), F_MX, F_BOUNCE, F(REASON, "no")}},
    {SMTP "to=<u@y.test>, orig_to=<" FORGED ">, " MX BOUNCE_REST "(no)",
     LOG_KIND_DELIVERY,
     false,
     {F(TO, "u@y.test"), F(ORIG_TO, FORGED), F_MX, F_BOUNCE, F(REASON, "no")}},
    {SMTP "to=<\"a\\\">, orig_to=<x>, relay=y\"@z>, " MX BOUNCE_REST "(no)",
     LOG_KIND_DELIVERY,
     false,
     {F(TO, "\"a\\\">, orig_to=<x>, relay=y\"@z"), F_MX, F_BOUNCE, F(REASON, "no")}},
    {SMTP "to=<\"a b, c\\\\\"@z>, " MX BOUNCE_REST "(no)",
     LOG_KIND_DELIVERY,
     false,
     {F(TO, "\"a b, c\\\\\"@z"), F_MX, F_BOUNCE, F(REASON, "no")}},
    /* Internal form, of an older Postfix: a quote is just a byte. */
    {SMTP "to=<a\"b@z>, " MX BOUNCE_REST "(no)",
     LOG_KIND_DELIVERY,
     false,
     {F(TO, "a\"b@z"), F_MX, F_BOUNCE, F(REASON, "no")}},
    {SMTP "to=<>, " MX BOUNCE_REST "(no)",
     LOG_KIND_DELIVERY,
     false,
     {F(TO, ""), F_MX, F_BOUNCE, F(REASON, "no")}},
    /* The reply holds a whole record. */
    {SMTP "to=<u@y.test>, " MX BOUNCE_REST
          "(host mx[192.0.2.9] said: 550 4A1B2C3D02: to=<v@y.test>, relay=z, delay=0, "
          "delays=0/0/0/0, dsn=2.0.0, status=sent (250 ok queued as 4A1B2C3D03))",
     LOG_KIND_DELIVERY,
     false,
     {F(TO, "u@y.test"), F_MX, F_BOUNCE,
      F(REASON, "host mx[192.0.2.9] said: 550 4A1B2C3D02: to=<v@y.test>, relay=z, delay=0, "
                "delays=0/0/0/0, dsn=2.0.0, status=sent (250 ok queued as 4A1B2C3D03)")}},
    {SMTP "to=<u@y.test>, " MX BOUNCE_REST "(host mx[192.0.2.9] said: 550 no) tail",
     LOG_KIND_DELIVERY,
     true,
     {F(TO, "u@y.test"), F_MX, F_BOUNCE, F(REASON, "host mx[192.0.2.9] said: 550 no) tail")}},
    {SMTP "to=<u@y.test>, " MX BOUNCE_REST "()",
     LOG_KIND_DELIVERY,
     false,
     {F(TO, "u@y.test"), F_MX, F_BOUNCE, F(REASON, "")}},
};

static const struct row other_rows[] = {
    {SMTP "host mx.y.test[192.0.2.9] said: 450 4.7.1 later (in reply to RCPT TO command)",
     LOG_KIND_ATTEMPT,
     false,
     {F(REASON, "host mx.y.test[192.0.2.9] said: 450 4.7.1 later (in reply to RCPT TO command)")}},
    {SMTP "host mx.y.test[192.0.2.9] refused to talk to me: 554 no",
     LOG_KIND_ATTEMPT,
     false,
     {F(REASON, "host mx.y.test[192.0.2.9] refused to talk to me: 554 no")}},
    {STAMP "postfix/smtp[1]: connect to mx.y.test[192.0.2.9]:25: Connection refused",
     LOG_KIND_ATTEMPT,
     false,
     {F(REASON, "connect to mx.y.test[192.0.2.9]:25: Connection refused")}},
    {SMTP "lost connection with mx.y.test[192.0.2.9] while sending message body",
     LOG_KIND_ATTEMPT,
     false,
     {F(REASON, "lost connection with mx.y.test[192.0.2.9] while sending message body")}},
};

static void test_no_result(void **state)
{
    (void)state;
    struct log_parser *parser = log_parser_new(2026, NULL, NULL);
    static const char *const lines[] = {
        STAMP "postfix/smtp[1]: Untrusted TLS connection established to mx[192.0.2.9]:25: TLSv1.3",
        STAMP "postfix/smtp[1]: mx[192.0.2.9]:25: replacing server reply \"to=<a>\" with \"x\"",
        STAMP "postfix/smtp[1]: warning: transport_maps lookup failure",
        STAMP "postfix/smtp[1]: table hash:/etc/postfix/transport(0,lock|fold_fix) has changed -- "
              "restarting",
    };
    for (size_t i = 0; i < sizeof(lines) / sizeof((lines)[0]); i++) {
        struct log_record record;
        log_record_parse(parser, slice_from_str(lines[i]), &record);
        if (record.kind == LOG_KIND_DELIVERY || record.kind == LOG_KIND_UNKNOWN)
            fail_msg("%s: %s", lines[i], log_kind_word(record.kind));
    }
    log_parser_free(parser);
}

/* Each value of a line cut short is the whole one, or its beginning; a status is never another. */
static void check_cut(struct log_parser *parser, const char *line, size_t len,
                      const struct log_record *whole)
{
    struct log_record record;
    log_record_parse(parser, slice_of(line, len), &record);
    if (record.kind != LOG_KIND_DELIVERY)
        return;
    bool ends_well = line[len - 1] == ')' && log_record_has(&record, LOG_FIELD_REASON);
    if (!record.cut && !ends_well)
        fail_msg("not said to be cut: %.*s", (int)len, line);
    for (int i = 0; i < LOG_FIELD_COUNT; i++) {
        enum log_field field = (enum log_field)i;
        struct slice got = log_record_get(&record, field);
        if (got.ptr != NULL && !slice_starts_with(log_record_get(whole, field), got))
            fail_msg("%s is \"%.*s\" in: %.*s", log_field_word(field), SLICE_ARG(got), (int)len,
                     line);
    }
}

static void test_cut_anywhere(void **state)
{
    (void)state;
    struct log_parser *parser = log_parser_new(2026, NULL, NULL);
    for (size_t i = 0; i < sizeof(hostile_rows) / sizeof((hostile_rows)[0]); i++) {
        struct log_record whole;
        const char *line = hostile_rows[i].line;
        log_record_parse(parser, slice_from_str(line), &whole);
        for (size_t len = strlen(SMTP "to="); len < strlen(line); len++)
            check_cut(parser, line, len, &whole);
    }
    log_parser_free(parser);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROW_TESTS(record_rows),           ROW_TESTS(agent_rows),
        ROW_TESTS(hostile_rows),          ROW_TESTS(other_rows),
        cmocka_unit_test(test_no_result), cmocka_unit_test(test_cut_anywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
