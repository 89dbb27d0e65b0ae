/* SPDX-License-Identifier: Apache-2.0
 *
 * Summaries to print. Numbers of the busy one are made from small tables so that sums agree.
 */
#include "app/report_fixture.h"

#include "mail/stamp.h"

#define AT(hour, minute) (FIXTURE_START_US + (hour)*FIXTURE_HOUR_US + (minute)*INT64_C(60000000))
#define LENGTH(table) (sizeof(table) / sizeof((table)[0]))
/* A slice where a constant expression is asked for. */
#define TEXT(literal) \
    { \
        "" literal, sizeof(literal) - 1 \
    }
#define EVIL "<script>alert(1)</script>\x1b[31m\xe2\x80\xae"

static void *copy(struct arena *arena, const void *from, size_t bytes)
{
    return memcpy(arena_alloc(arena, bytes), from, bytes);
}

#define COPY(summary, table) copy((summary)->arena, (table), sizeof(table))

static struct summary *fixture_new(void)
{
    struct summary *summary = MEM_NEW(struct summary);
    summary->arena = arena_new(4096);
    summary->first_us = summary->last_us = STAMP_NONE;
    summary->latency.target_s = 60;
    return summary;
}

void report_fixture_free(struct summary *summary)
{
    arena_free(summary->arena);
    mem_free(summary);
}

struct summary *report_fixture_empty(void)
{
    return fixture_new();
}

/* One row: what a provider or a source did that day. */
struct row {
    const char *relay, *source, *provider;
    bool known;
    uint64_t sent, deferred, bounced, open;
    enum reply_class trouble;
    uint64_t troubled;
    double p50, p90, p99, max;
};

static const struct row providers[] = {
    {"", "", "google", true, 412804, 2101, 1204, 12, REPLY_CLASS_ADDR_DEAD, 1150, .8, 1.6, 9, 5400},
    {"", "", "docomo", true, 188211, 911, 2240, 0, REPLY_CLASS_ADDR_DEAD, 2204, 1.1, 2.2, 14, 900},
    {"", "", "yahoo-japan", true, 120410, 5210, 310, 31, REPLY_CLASS_RATE, 4980, 1.9, 9, 420, 7800},
    {"", "", "microsoft-consumer", true, 61230, 3204, 3604, 2890, REPLY_CLASS_BLOCK_IP, 6520, 2.4,
     31, 4100, 20100},
    {"", "", "kddi-au", true, 58120, 1420, 211, 604, REPLY_CLASS_NETWORK, 1402, 1.0, 2.0, 3300,
     11000},
    {"", "", "softbank", true, 40200, 120, 90, 0, REPLY_CLASS_ADDR_QUOTA, 100, 1.2, 2.4, 8, 60},
    {"", "", "apple-icloud", true, 22040, 3120, 44, 40, REPLY_CLASS_REMOTE_SYSTEM, 3090, 1.5, 65,
     2900, 3600},
    {"", "", "mx.example.net", false, 2101, 0, 0, 0, REPLY_CLASS_NOT_BOUNCE, 0, .4, .9, 2.2, 5},
    {"", "", EVIL "\xc3\x28 provider of some length", false, 14, 2, 1, 1, REPLY_CLASS_UNKNOWN, 3, 3,
     6, 9, 9},
};

static const struct row sources[] = {
    {"relay1", "out-a", "", true, 301204, 7901, 4602, 3460, REPLY_CLASS_BLOCK_IP, 6520, 1.2, 8, 900,
     20100},
    {"relay1", "out-b", "", true, 288110, 4100, 1510, 40, REPLY_CLASS_RATE, 2950, 1.0, 3, 30, 7800},
    {"relay2", "out-a", "", true, 211400, 2902, 1090, 60, REPLY_CLASS_REMOTE_SYSTEM, 1800, 1.0, 3,
     28, 3600},
    {"relay3", "", "", true, 104416, 1185, 502, 18, REPLY_CLASS_NETWORK, 601, 1.1, 4, 44, 3000},
};

static void fill_path(struct summary_path *path, const struct row *row)
{
    path->relay = slice_from_str(row->relay);
    path->source = slice_from_str(row->source);
    path->provider = slice_from_str(row->provider);
    path->known = row->known;
    path->attempts = (struct summary_attempts){.total = row->sent + row->deferred + row->bounced,
                                               .sent = row->sent,
                                               .deferred = row->deferred,
                                               .bounced = row->bounced};
    path->outcomes =
        (struct summary_outcomes){.sent = row->sent, .bounced = row->bounced, .open = row->open};
    path->latency = (struct summary_latency){.count = row->sent,
                                             .p50 = row->p50,
                                             .p90 = row->p90,
                                             .p99 = row->p99,
                                             .max = row->max,
                                             .within_target = row->sent - row->deferred / 2,
                                             .waiting_late = row->open,
                                             .target_s = 60};
    path->classes[row->trouble] = row->troubled;
    path->first_us = AT(0, 1);
    path->last_us = AT(23, 58);
}

static struct summary_path *make_paths(struct summary *summary, const struct row *rows,
                                       size_t count)
{
    struct summary_path *paths = arena_alloc(summary->arena, count * sizeof(*paths));
    for (size_t i = 0; i < count; i++)
        fill_path(&paths[i], &rows[i]);
    return paths;
}

/* Every source to every provider, in proportion; the first source alone has the blocks. */
static void fill_cross(struct summary *summary)
{
    size_t count = summary->source_count * summary->provider_count;
    summary->paths = arena_alloc(summary->arena, count * sizeof(*summary->paths));
    for (size_t i = 0; i < count; i++) {
        size_t source = i / summary->provider_count, provider = i % summary->provider_count;
        struct row row = providers[provider];
        bool other = source > 0 && row.trouble == REPLY_CLASS_BLOCK_IP;
        row.relay = sources[source].relay;
        row.source = sources[source].source;
        row.sent /= source + 2;
        row.deferred = other ? row.deferred / 400 : row.deferred / (source + 1);
        row.bounced = other ? 3 : row.bounced / (source + 1);
        row.open = other ? 0 : row.open / (source + 1);
        row.troubled = other ? 0 : row.troubled / (source + 1);
        fill_path(&summary->paths[summary->path_count], &row);
        summary->path_count += summary->paths[summary->path_count].attempts.total > 0;
    }
}

static void fill_sums(struct summary *summary)
{
    for (size_t i = 0; i < summary->provider_count; i++) {
        const struct summary_path *path = &summary->providers[i];
        summary->attempts.total += path->attempts.total;
        summary->attempts.sent += path->attempts.sent;
        summary->attempts.deferred += path->attempts.deferred;
        summary->attempts.bounced += path->attempts.bounced;
        summary->outcomes.sent += path->outcomes.sent;
        summary->outcomes.bounced += path->outcomes.bounced;
        summary->outcomes.open += path->outcomes.open;
        summary->latency.within_target += path->latency.within_target;
        summary->latency.waiting_late += path->latency.waiting_late;
    }
    summary->latency.count = summary->outcomes.sent;
    summary->reachability_good = summary->outcomes.sent;
    summary->reachability_bad = summary->outcomes.bounced;
    summary->records[DELIVERY_SENT] = summary->attempts.sent;
    summary->records[DELIVERY_DEFERRED] = summary->attempts.deferred;
    summary->records[DELIVERY_BOUNCED] = summary->attempts.bounced;
}

static const struct incident incidents[] = {
    {.kind = INCIDENT_BLOCK,
     .relay = TEXT("relay1"),
     .source = TEXT("out-a"),
     .provider = TEXT("microsoft-consumer"),
     .opened_us = AT(18, 14),
     .closed_us = INCIDENT_OPEN,
     .attempts = 6722,
     .hits = 6520,
     .messages = 3604,
     .class = REPLY_CLASS_BLOCK_IP,
     .list = TEXT("S3150"),
     .url = TEXT("https://sender.office.com/"),
     .evidence_count = 2,
     .evidence =
         {TEXT("2026-03-02T18:14:07.114+00:00 relay1 postfix/out-a/smtp[4711]: 4jX2vK2WbVz1bY4J: "
               "to=<someone@outlook.example>, relay=hotmail-com.olc.protection.outlook.com"
               "[52.101.8.44]:25, delay=1.9, delays=0.02/0/1.2/0.68, dsn=5.7.1, status=bounced "
               "(host hotmail-com.olc.protection.outlook.com[52.101.8.44] said: 550 5.7.1 "
               "Unfortunately, messages from [192.0.2.11] weren't sent. Please contact your "
               "Internet service provider since part of their network is on our block list "
               "(S3150). (in reply to MAIL FROM command))"),
          TEXT("2026-03-02T23:58:40.220+00:00 relay1 postfix/out-a/smtp[4799]: 4jX99K2WbVz1bY9Z: "
               "to=<other@hotmail.example>, relay=hotmail-com.olc.protection.outlook.com"
               "[52.101.8.44]:25, delay=2.1, dsn=5.7.1, status=bounced (host "
               "hotmail-com.olc.protection.outlook.com[52.101.8.44] said: 550 5.7.1 "
               "Unfortunately, messages from [192.0.2.11] weren't sent. " EVIL " (S3150). (in "
               "reply to MAIL FROM command))")}},
    {.kind = INCIDENT_SILENT_BLOCK,
     .relay = TEXT("relay1"),
     .source = TEXT("out-a"),
     .provider = TEXT("kddi-au"),
     .opened_us = AT(21, 40),
     .closed_us = INCIDENT_OPEN,
     .attempts = 1402,
     .hits = 1402,
     .messages = 604,
     .class = REPLY_CLASS_NETWORK,
     .evidence_count = 1,
     .evidence = {TEXT("2026-03-02T23:57:00+00:00 relay1 postfix/out-a/smtp[4801]: "
                       "4jX88K2WbVz1bY8Z: to=<x@ezweb.ne.jp>, relay=none, delay=30, dsn=4.4.2, "
                       "status=deferred (connect to lsean.ezweb.ne.jp[106.162.32.1]:25: "
                       "Connection timed out)")}},
    {.kind = INCIDENT_SURGE,
     .scope = INCIDENT_SCOPE_LOGIN,
     .login = TEXT("shop-17@" EVIL ".example.jp"),
     .opened_us = AT(17, 2),
     .closed_us = INCIDENT_OPEN,
     .attempts = 18204,
     .hits = 18010,
     .messages = 9102,
     .normal = 28,
     .evidence_count = 1,
     .evidence = {TEXT("2026-03-02T17:02:00+00:00 relay1 postfix/submission/smtpd[91]: "
                       "4jX00K2WbVz1bY0Z: client=unknown[203.0.113.9], sasl_method=PLAIN, "
                       "sasl_username=shop-17@" EVIL ".example.jp")}},
    {.kind = INCIDENT_OUTAGE,
     .scope = INCIDENT_SCOPE_EVERYONE,
     .provider = TEXT("apple-icloud"),
     .opened_us = AT(9, 12),
     .closed_us = AT(9, 59),
     .attempts = 3120,
     .hits = 3090,
     .messages = 2204,
     .class = REPLY_CLASS_REMOTE_SYSTEM,
     .evidence_count = 1,
     .evidence = {TEXT("Mar  2 09:12:00 relay2 postfix/out-a/smtp[1]: 3F2A: to=<a@icloud.com>, "
                       "status=deferred (host mx01.mail.icloud.com[17.57.156.30] said: 421 4.3.2 "
                       "Service not available)")}},
};

static const struct summary_class classes[] = {
    {REPLY_CLASS_BLOCK_IP, 6520, 2916, 3604,
     TEXT("550 5.7.1 Unfortunately, messages from [192.0.2.11] weren't sent (S3150)."),
     TEXT("microsoft-consumer")},
    {REPLY_CLASS_RATE, 4980, 4980, 0, TEXT("421 4.7.0 [TSS04] Messages temporarily deferred"),
     TEXT("yahoo-japan")},
    {REPLY_CLASS_ADDR_DEAD, 3354, 0, 3354, TEXT("550 Unknown user " EVIL), TEXT("docomo")},
    {REPLY_CLASS_REMOTE_SYSTEM, 3090, 3090, 0, TEXT("421 4.3.2 Service not available"),
     TEXT("apple-icloud")},
    {REPLY_CLASS_NETWORK, 1402, 1402, 0, TEXT("connect to mx: Connection timed out"),
     TEXT("kddi-au")},
    {REPLY_CLASS_ADDR_QUOTA, 100, 88, 12, TEXT("452 4.2.2 メールボックスの容量が一杯です"),
     TEXT("softbank")},
    {REPLY_CLASS_UNKNOWN, 3, 2, 1,
     TEXT("550 \xff\xfe raw \x9b"
          "31m bytes"),
     TEXT(EVIL)},
};

static const struct summary_login logins[] = {
    {TEXT("shop-17@" EVIL ".example.jp"),
     9102,
     18204,
     {11204, 6410, 0, 590, 0, 0},
     5120,
     3,
     4110,
     87,
     true},
    {TEXT("newsletter@example.jp"),
     210,
     184200,
     {183004, 990, 0, 206, 0, 0},
     12,
     0,
     31000,
     1,
     false},
    {TEXT("old-list@example.co.jp"), 40, 8100, {6100, 1990, 10, 0, 0, 0}, 0, 0, 4000, 2, false},
    {TEXT("info@example.jp"), 820, 910, {904, 6, 0, 0, 0, 0}, 0, 48210, 88, 3, false},
    {TEXT("日本語@example.jp"), 31, 40, {40, 0, 0, 0, 0, 0}, 0, 0, 9, 1, false},
};

static const struct summary_slow slowest[] = {
    {TEXT("relay1"), TEXT("4jX2vK2WbVz1bY4J"), TEXT("very-long-recipient-name@outlook.example"),
     TEXT("microsoft-consumer"),
     TEXT("451 4.7.650 The mail server [192.0.2.11] has been "
          "temporarily rate limited"),
     20100, AT(23, 50), 9},
    {TEXT("relay1"), TEXT("3F2A1B"), TEXT("x@ezweb.ne.jp"), TEXT("kddi-au"),
     TEXT("Connection timed out"), 11000, AT(22, 1), 5},
    {TEXT("relay2"), TEXT("4jX2vK2WbVz1bAAA"), TEXT("a@" EVIL), TEXT("google"),
     TEXT(EVIL " greylisted"), 5400.5, AT(3, 9), 3},
};

static const struct summary_program programs[] = {
    {TEXT("smtp"), 1610220, 2, TEXT("Mar  2 01:00:00 relay1 postfix/smtp[2]: \x1b]0;owned\x07")},
    {TEXT("qmgr"), 990210, 0, TEXT("")},
    {TEXT("smtpd"), 402100, 0, TEXT("")},
    {TEXT("amavis"), 90110, 81204,
     TEXT("Mar  2 01:00:01 relay1 amavis[77]: (00077-01) Passed CLEAN {RelayedOutbound} " EVIL)},
    {TEXT("x<b>\xff"), 3, 3, TEXT("x<b>\xff: ?")},
};

static const struct summary_template templates[] = {
    {TEXT("550 <addr> " EVIL " see <url>"), 3, TEXT("550 <a@b> see http://evil.example/")},
    {TEXT("451 try again in <n> moons"), 2, TEXT("451 try again in 3 moons")},
};

static const struct summary_suffix suffixes[] = {{TEXT("mx.example.net"), 2101},
                                                 {TEXT(EVIL ".example"), 17}};

/* A day in half hours with a morning, a noon and an evening, an outage and a block. */
static void fill_timeline(struct summary *summary)
{
    summary->bins = 48;
    summary->bin_us = FIXTURE_HOUR_US / 2;
    summary->bin_start_us = FIXTURE_START_US;
    summary->timeline = arena_alloc(summary->arena, 48 * sizeof(*summary->timeline));
    static const uint8_t day[] = {6,  5,  4,  4,  5,  9,  18, 30, 42, 50, 48, 46,
                                  60, 52, 44, 40, 38, 42, 50, 58, 54, 40, 24, 12};
    for (size_t i = 0; i < 48; i++) {
        struct summary_bin *bin = &summary->timeline[i];
        bin->sent = day[i / 2] * 580u + i % 2 * 900u;
        bin->deferred = bin->sent / 90 + (i == 18 || i == 19 ? 1500 : 0);
        bin->blocked = i >= 36 ? 300 + i * 6 : 0;
        bin->deferred += bin->blocked / 3;
        bin->bounced = bin->sent / 160 + bin->blocked * 2 / 3;
    }
}

static void fill_lists(struct summary *summary)
{
    summary->incidents = COPY(summary, incidents);
    summary->incident_count = LENGTH(incidents);
    summary->classes = COPY(summary, classes);
    summary->class_count = LENGTH(classes);
    summary->logins = COPY(summary, logins);
    summary->login_count = LENGTH(logins);
    summary->logins_distinct = 8420;
    summary->slowest = COPY(summary, slowest);
    summary->slow_count = LENGTH(slowest);
    summary->programs = COPY(summary, programs);
    summary->program_count = LENGTH(programs);
    summary->templates = COPY(summary, templates);
    summary->template_count = LENGTH(templates);
    summary->suffixes = COPY(summary, suffixes);
    summary->suffix_count = LENGTH(suffixes);
}

static void fill_lines(struct summary *summary)
{
    summary->first_us = AT(0, 0) + 1;
    summary->last_us = AT(23, 59);
    for (size_t i = 0; i < summary->incident_count; i++)
        summary->incidents[i].last_hit_us = summary->incidents[i].opened_us + 60000000;
    for (size_t i = 0; i < LENGTH(programs); i++) {
        summary->lines_read += programs[i].read;
        summary->lines_unknown += programs[i].unknown;
    }
    summary->lines_parsed = summary->lines_read - summary->lines_unknown;
    summary->messages = 402100;
}

struct summary *report_fixture_busy(void)
{
    struct summary *summary = fixture_new();
    fill_lists(summary);
    fill_lines(summary);
    summary->lines_cut = 2;
    summary->lines_outside = 120;
    summary->provider_count = LENGTH(providers);
    summary->source_count = LENGTH(sources);
    summary->providers = make_paths(summary, providers, LENGTH(providers));
    summary->sources = make_paths(summary, sources, LENGTH(sources));
    fill_cross(summary);
    fill_sums(summary);
    summary->attempts.reinjected = 4100;
    summary->attempts.repeated = 912;
    summary->bad_address = 3366;
    summary->bad_ours = 3710;
    summary->bad_other = summary->reachability_bad - 3366 - 3710;
    summary->latency.p50 = 1.1;
    summary->latency.p90 = 3.2;
    summary->latency.p99 = 412;
    summary->latency.max = 20100;
    fill_timeline(summary);
    return summary;
}

static struct summary *one_provider(const struct row *row)
{
    struct summary *summary = fixture_new();
    summary->first_us = AT(8, 0);
    summary->last_us = AT(9, 0);
    summary->lines_read = summary->lines_parsed = row->sent * 5;
    summary->providers = make_paths(summary, row, 1);
    summary->provider_count = 1;
    fill_sums(summary);
    summary->latency.p50 = row->p50;
    summary->latency.p90 = row->p90;
    summary->latency.p99 = row->p99;
    summary->latency.max = row->max;
    return summary;
}

struct summary *report_fixture_calm(void)
{
    return one_provider(&providers[7]);
}

struct summary *report_fixture_few(void)
{
    struct row row = providers[7];
    row.sent = 12;
    return one_provider(&row);
}

static void fill_older(struct summary *summary)
{
    struct summary_older *older = &summary->older;
    older->since_us = AT(-30 * 24, 0);
    older->until_us = AT(-5, 0);
    older->providers = make_paths(summary, providers, LENGTH(providers));
    older->provider_count = LENGTH(providers);
    older->sources = make_paths(summary, sources, LENGTH(sources));
    older->source_count = LENGTH(sources);
    older->sources[3] = (struct summary_path){.attempts = {.total = 5, .sent = 5}};
    older->attempts = (struct summary_attempts){
        .total = 900300, .sent = 900000, .deferred = 200, .bounced = 100, .probes = 7};
    older->expired = 1;
    summary->from_history = true;
    summary->lines_mail = summary->lines_read;
    summary->lines_ever = 4000000;
    summary->lines_ever_unknown = 12;
}

struct summary *report_fixture_older(void)
{
    struct summary *summary = report_fixture_busy();
    fill_older(summary);
    return summary;
}

struct summary *report_fixture_sums(void)
{
    struct summary *summary = fixture_new();
    fill_older(summary);
    return summary;
}
