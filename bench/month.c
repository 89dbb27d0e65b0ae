/* SPDX-License-Identifier: Apache-2.0
 *
 * Where the month's episodes go. Each row is drawn again until it keeps away from those before it:
 * no two at one provider at the same time or soon after, none beside one that meets all mail, so
 * that the truth of each is plain. Its sizes are absolute and do not follow the number of lines.
 */
#include "month.h"

#include "base/memory.h"
#include "campaign.h"
#include "random.h"
#include "rhythm.h"
#include "sender.h"

enum { SEEDED = 254, DRAWS = 2000 };

enum when {
    ANY_TIME,
    AT_WORK,      /* on a work day, from the morning to the afternoon */
    AT_NIGHT,     /* hardly any mail */
    DAY_UTC,      /* a whole day from Tuesday to Friday, as days of UTC */
    WITH_CAMPAIGN /* around the campaign of a shop, whose login it is */
};

struct month_row {
    const char *name;
    enum incident_kind kind;
    enum incident_scope scope;
    enum reply_class class;
    uint8_t host, source, receiver; /* ANY_PATH, SEEDED, or one */
    uint16_t domain;
    enum reason reason, other_reason;
    uint32_t spared;  /* see episode.h */
    uint32_t minutes; /* in a month; less in a shorter log */
    enum when when;
};

#define TAIL(domain) RECEIVER_TAIL, domain
#define WHOLE(receiver) receiver, ANY_DOMAIN

static const struct month_row rows[] = {
    {"resolver of all relays", INCIDENT_BACKLOG, INCIDENT_SCOPE_FLEET, REPLY_CLASS_LOCAL, ANY_PATH,
     ANY_PATH, WHOLE(ANY_PATH), REASON_NO_ANSWER, REASON_NO_ANSWER, 0, 240, AT_WORK},
    {"uplink of a relay", INCIDENT_SILENT_BLOCK, INCIDENT_SCOPE_RELAY, REPLY_CLASS_NETWORK, SEEDED,
     ANY_PATH, WHOLE(ANY_PATH), REASON_TIMED_OUT, REASON_NO_ROUTE, 0, 60, AT_WORK},
    {"resolver of a relay", INCIDENT_QUEUE_AGE, INCIDENT_SCOPE_FLEET, REPLY_CLASS_LOCAL, SEEDED,
     ANY_PATH, WHOLE(ANY_PATH), REASON_NO_ANSWER, REASON_NO_ANSWER, 0, 300, AT_WORK},
    {"growth", INCIDENT_GROWTH, INCIDENT_SCOPE_PROVIDER, REPLY_CLASS_UNKNOWN, ANY_PATH, ANY_PATH,
     WHOLE(RECEIVER_SOFTBANK), REASON_SENT, REASON_SENT, 0, 1440, DAY_UTC},
    {"domain", INCIDENT_BLOCK, INCIDENT_SCOPE_SENDER_DOMAIN, REPLY_CLASS_BLOCK_DOMAIN, ANY_PATH,
     ANY_PATH, WHOLE(RECEIVER_GOOGLE), REASON_BLOCK_DOMAIN_GOOGLE, REASON_BLOCK_DOMAIN_GOOGLE, 0, 0,
     WITH_CAMPAIGN},
    {"content of a login", INCIDENT_CONTENT, INCIDENT_SCOPE_LOGIN, REPLY_CLASS_CONTENT_SPAM,
     ANY_PATH, ANY_PATH, WHOLE(RECEIVER_GOOGLE), REASON_SPAM_GOOGLE, REASON_SPAM_GOOGLE, 0, 0,
     WITH_CAMPAIGN},
    {"pool", INCIDENT_BLOCK, INCIDENT_SCOPE_POOL, REPLY_CLASS_BLOCK_IP, ANY_PATH, POOL_MARKETING,
     WHOLE(RECEIVER_GOOGLE), REASON_BLOCK_GOOGLE, REASON_BLOCK_GOOGLE, 0, 420, AT_WORK},
    {"relay", INCIDENT_BLOCK, INCIDENT_SCOPE_RELAY, REPLY_CLASS_BLOCK_IP, SEEDED, ANY_PATH,
     WHOLE(RECEIVER_YAHOO), REASON_BLOCK_YAHOO, REASON_BLOCK_YAHOO, 0, 600, AT_WORK},
    {"source", INCIDENT_BLOCK, INCIDENT_SCOPE_SOURCE, REPLY_CLASS_BLOCK_IP, SEEDED,
     POOL_TRANSACTIONAL, WHOLE(RECEIVER_MICROSOFT), REASON_BLOCK_MICROSOFT, REASON_BLOCK_MICROSOFT,
     0, 600, ANY_TIME},
    {"listed source", INCIDENT_BLOCK, INCIDENT_SCOPE_SOURCE, REPLY_CLASS_BLOCK_IP, SEEDED,
     POOL_SHARED, WHOLE(RECEIVER_SOFTBANK), REASON_BLOCK_LISTED, REASON_BLOCK_LISTED, 0, 360,
     ANY_TIME},
    {"source, small provider", INCIDENT_BLOCK, INCIDENT_SCOPE_SOURCE, REPLY_CLASS_BLOCK_IP, SEEDED,
     POOL_TRANSACTIONAL, TAIL(1), REASON_BLOCK_SPAMCOP, REASON_BLOCK_SPAMCOP, 0, 2880, ANY_TIME},
    {"timeouts", INCIDENT_SILENT_BLOCK, INCIDENT_SCOPE_SOURCE, REPLY_CLASS_NETWORK, SEEDED,
     POOL_TRANSACTIONAL, WHOLE(RECEIVER_DOCOMO), REASON_TIMED_OUT, REASON_TIMED_OUT, 0, 420,
     ANY_TIME},
    {"resets", INCIDENT_SILENT_BLOCK, INCIDENT_SCOPE_RELAY, REPLY_CLASS_NETWORK, SEEDED, ANY_PATH,
     WHOLE(RECEIVER_AU), REASON_RESET, REASON_LOST_GREETING, 0, 420, AT_WORK},
    {"silent greeting, small provider", INCIDENT_SILENT_BLOCK, INCIDENT_SCOPE_SOURCE,
     REPLY_CLASS_NETWORK, SEEDED, POOL_SHARED, TAIL(2), REASON_LOST_GREETING, REASON_LOST_GREETING,
     0, 2880, ANY_TIME},
    {"slower", INCIDENT_SLOW_DOWN, INCIDENT_SCOPE_SOURCE, REPLY_CLASS_RATE, SEEDED,
     POOL_TRANSACTIONAL, WHOLE(RECEIVER_MICROSOFT), REASON_SLOWER_MICROSOFT,
     REASON_SLOWER_MICROSOFT, 3, 240, AT_WORK},
    {"slower pool", INCIDENT_SLOW_DOWN, INCIDENT_SCOPE_POOL, REPLY_CLASS_RATE, ANY_PATH,
     POOL_MARKETING, WHOLE(RECEIVER_YAHOO), REASON_SLOWER_YAHOO, REASON_SLOWER_YAHOO, 2, 420,
     AT_WORK},
    {"SPF without a source", INCIDENT_AUTHENTICATION, INCIDENT_SCOPE_SOURCE, REPLY_CLASS_AUTH,
     SEEDED, POOL_TRANSACTIONAL, WHOLE(RECEIVER_GOOGLE), REASON_UNAUTHENTICATED_GOOGLE,
     REASON_UNAUTHENTICATED_GOOGLE, 0, 180, ANY_TIME},
    {"nameless source", INCIDENT_DNS, INCIDENT_SCOPE_SOURCE, REPLY_CLASS_DNS_PTR, SEEDED,
     POOL_SHARED, WHOLE(RECEIVER_SOFTBANK), REASON_NAMELESS, REASON_NAMELESS, 0, 420, ANY_TIME},
    {"TLS of a relay", INCIDENT_CONFIGURATION, INCIDENT_SCOPE_RELAY, REPLY_CLASS_TLS, SEEDED,
     ANY_PATH, WHOLE(RECEIVER_APPLE), REASON_UNTRUSTED, REASON_UNTRUSTED, 0, 300, AT_WORK},
    {"outage", INCIDENT_OUTAGE, INCIDENT_SCOPE_EVERYONE, REPLY_CLASS_NETWORK, ANY_PATH, ANY_PATH,
     WHOLE(RECEIVER_DOCOMO), REASON_TIMED_OUT, REASON_NOT_LISTENING, 0, 180, ANY_TIME},
    {"outage in words", INCIDENT_OUTAGE, INCIDENT_SCOPE_EVERYONE, REPLY_CLASS_REMOTE_SYSTEM,
     ANY_PATH, ANY_PATH, WHOLE(RECEIVER_APPLE), REASON_OUT_OF_ORDER, REASON_OUT_OF_ORDER, 0, 240,
     AT_WORK},
    {"outage, small provider", INCIDENT_OUTAGE, INCIDENT_SCOPE_EVERYONE, REPLY_CLASS_NETWORK,
     ANY_PATH, ANY_PATH, TAIL(0), REASON_NOT_LISTENING, REASON_NOT_LISTENING, 0, 600, AT_WORK},
    {"stolen login", INCIDENT_SURGE, INCIDENT_SCOPE_LOGIN, REPLY_CLASS_UNKNOWN, ANY_PATH, ANY_PATH,
     WHOLE(ANY_PATH), REASON_SENT, REASON_SENT, 0, 60, AT_WORK},
    {"stolen login at night", INCIDENT_SURGE, INCIDENT_SCOPE_LOGIN, REPLY_CLASS_UNKNOWN, ANY_PATH,
     ANY_PATH, WHOLE(ANY_PATH), REASON_SENT, REASON_SENT, 0, 90, AT_NIGHT},
    {"guessed by a network", INCIDENT_BRUTE_FORCE, INCIDENT_SCOPE_FLEET, REPLY_CLASS_UNKNOWN,
     ANY_PATH, ANY_PATH, WHOLE(ANY_PATH), REASON_SENT, REASON_SENT, 0, 40, ANY_TIME},
    {"guessed by many", INCIDENT_BRUTE_FORCE, INCIDENT_SCOPE_LOGIN, REPLY_CLASS_UNKNOWN, ANY_PATH,
     ANY_PATH, WHOLE(ANY_PATH), REASON_SENT, REASON_SENT, 0, 60, ANY_TIME},
    {"silent log", INCIDENT_LOG_SILENT, INCIDENT_SCOPE_RELAY, REPLY_CLASS_UNKNOWN, SEEDED, ANY_PATH,
     WHOLE(ANY_PATH), REASON_SENT, REASON_SENT, 0, 180, AT_WORK},
    {"unread lines", INCIDENT_LOG_UNREAD, INCIDENT_SCOPE_FLEET, REPLY_CLASS_UNKNOWN, ANY_PATH,
     ANY_PATH, WHOLE(ANY_PATH), REASON_SENT, REASON_SENT, 0, 180, AT_WORK},
};

enum { ROW_COUNT = sizeof(rows) / sizeof(*rows) };
enum { LOGIN_LEAST = 2000 }; /* of people: those above send now and then */
enum { FULL_DAYS = 28, FIRST_DAY = 1, SHIFT_HOURS = 10 };

struct planner {
    struct random random;
    const struct options *options;
    int64_t span_us, apart_us;
    struct episode_list *list;
};

static int64_t length_us(const struct planner *planner, const struct month_row *row, uint32_t shop)
{
    int64_t length_us = row->minutes * INT64_C(60000000);
    int64_t most_us = planner->span_us / 12;
    if (row->when == WITH_CAMPAIGN)
        return campaign_length_us(shop) + RHYTHM_HOUR_US;
    return row->when == DAY_UTC || length_us < most_us || row->domain != ANY_DOMAIN ? length_us
                                                                                    : most_us;
}

static bool suits(enum when when, int64_t start_us)
{
    uint32_t hour = rhythm_hour(start_us), weekday = rhythm_weekday(start_us);
    switch (when) {
    case ANY_TIME:
    case WITH_CAMPAIGN:
        return true;
    case AT_WORK:
        return weekday < 5 && hour >= 9 && hour < 14;
    case AT_NIGHT:
        return hour >= 1 && hour < 4;
    case DAY_UTC:
        return start_us % RHYTHM_DAY_US == 0 && weekday >= 1 && weekday < 5;
    }
    return false;
}

/* What it meets would be confused with what the other one meets. */
static bool is_near(const struct planner *planner, const struct episode *one,
                    const struct episode *other)
{
    bool paths = (one->fails || one->kind == INCIDENT_GROWTH) &&
                 (other->fails || other->kind == INCIDENT_GROWTH);
    bool everywhere =
        (one->fails && one->receiver == ANY_PATH) || (other->fails && other->receiver == ANY_PATH);
    bool same = paths && one->receiver == other->receiver && one->domain == other->domain;
    bool logs = one->kind == INCIDENT_LOG_SILENT || other->kind == INCIDENT_LOG_SILENT;
    if (!everywhere && !same && !logs && one->kind != other->kind)
        return false;
    return one->start_us < other->end_us + planner->apart_us &&
           other->start_us < one->end_us + planner->apart_us;
}

static bool fits(const struct planner *planner, const struct episode *episode)
{
    int64_t begin_us = planner->options->start_us + FIRST_DAY * RHYTHM_DAY_US;
    int64_t end_us = planner->options->start_us + planner->span_us - planner->apart_us;
    if (episode->start_us < begin_us || episode->end_us > end_us)
        return false;
    for (size_t i = 0; i < planner->list->count; i++)
        if (is_near(planner, episode, &planner->list->episodes[i]))
            return false;
    return true;
}

static void draw_time(struct planner *planner, const struct month_row *row, uint32_t shop,
                      struct episode *episode)
{
    uint32_t hours = random_below(&planner->random, planner->options->hours);
    episode->start_us = planner->options->start_us + hours * RHYTHM_HOUR_US;
    if (row->when == WITH_CAMPAIGN)
        episode->start_us = campaign_next_us(shop, episode->start_us);
    episode->end_us = episode->start_us + length_us(planner, row, shop);
}

static struct episode episode_of(struct planner *planner, const struct month_row *row,
                                 uint32_t shop)
{
    struct episode episode = {.name = row->name,
                              .kind = row->kind,
                              .scope = row->scope,
                              .class = row->class,
                              .fails = row->reason != REASON_SENT,
                              .source = row->source,
                              .receiver = row->receiver,
                              .domain = row->domain,
                              .sender = ANY_LOGIN,
                              .reason = row->reason,
                              .other_reason = row->other_reason,
                              .spared = row->spared};
    episode.host = row->host == SEEDED
                       ? (uint8_t)random_below(&planner->random, planner->options->hosts)
                       : row->host;
    episode.login = random_between(&planner->random, LOGIN_LEAST, LOGIN_COUNT - 1);
    if (row->when == WITH_CAMPAIGN)
        episode.sender = episode.login = SHOP_FIRST + shop;
    return episode;
}

/* A log that is too short for the row goes without it. */
static void plan_row(struct planner *planner, const struct month_row *row)
{
    uint32_t shop = random_below(&planner->random, SHOP_COUNT);
    struct episode episode = episode_of(planner, row, shop);
    for (int i = 0; i < DRAWS; i++) {
        draw_time(planner, row, shop, &episode);
        if (!suits(row->when, episode.start_us) || !fits(planner, &episode))
            continue;
        ASSERT(planner->list->count < EPISODES_MAX);
        planner->list->episodes[planner->list->count++] = episode;
        return;
    }
}

void month_plan(struct episode_list *list, const struct options *options)
{
    struct planner planner = {
        .options = options,
        .span_us = options->hours * RHYTHM_HOUR_US,
        .list = list,
    };
    planner.apart_us = planner.span_us / (FULL_DAYS * 24) * SHIFT_HOURS;
    random_init(&planner.random, options->seed ^ 0x6d6f6e7468);
    for (size_t i = 0; i < ROW_COUNT; i++)
        plan_row(&planner, &rows[i]);
}
