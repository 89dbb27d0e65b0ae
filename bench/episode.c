/* SPDX-License-Identifier: Apache-2.0
 *
 * The plan is fixed: the same kinds of trouble at the same shares of the log's time, one path each.
 * The month has its own.
 */
#include "episode.h"

#include <string.h>

#include "month.h"

struct plan_row {
    enum feature feature;
    enum incident_kind kind;
    enum reply_class class;
    uint8_t host, source, receiver;
    enum reason reason, other_reason;
    uint32_t spared;     /* see episode.h */
    uint32_t start, end; /* per mille of the log's time */
};

static const struct plan_row plan[] = {
    {FEATURE_BLOCKS, INCIDENT_BLOCK, REPLY_CLASS_BLOCK_IP, 0, 0, RECEIVER_MICROSOFT,
     REASON_BLOCK_MICROSOFT, REASON_BLOCK_MICROSOFT, 0, 200, 350},
    {FEATURE_BLOCKS, INCIDENT_BLOCK, REPLY_CLASS_BLOCK_IP, 1, 1, RECEIVER_GOOGLE,
     REASON_BLOCK_GOOGLE, REASON_BLOCK_GOOGLE, 0, 400, 500},
    {FEATURE_BLOCKS, INCIDENT_BLOCK, REPLY_CLASS_BLOCK_IP, 0, 1, RECEIVER_YAHOO, REASON_BLOCK_YAHOO,
     REASON_BLOCK_YAHOO, 0, 800, 2000},
    {FEATURE_BLOCKS, INCIDENT_BLOCK, REPLY_CLASS_BLOCK_IP, 2, 0, RECEIVER_SOFTBANK,
     REASON_BLOCK_LISTED, REASON_BLOCK_LISTED, 0, 550, 700},
    {FEATURE_BLOCKS, INCIDENT_SILENT_BLOCK, REPLY_CLASS_NETWORK, 1, 0, RECEIVER_DOCOMO,
     REASON_TIMED_OUT, REASON_LOST_GREETING, 0, 250, 400},
    {FEATURE_BLOCKS, INCIDENT_OUTAGE, REPLY_CLASS_NETWORK, ANY_PATH, ANY_PATH, RECEIVER_AU,
     REASON_TIMED_OUT, REASON_TIMED_OUT, 0, 600, 800},
    {FEATURE_BLOCKS, INCIDENT_SLOW_DOWN, REPLY_CLASS_RATE, 2, 0, RECEIVER_MICROSOFT,
     REASON_SLOWER_MICROSOFT, REASON_SLOWER_MICROSOFT, 4, 750, 850},
    {FEATURE_BLOCKS, INCIDENT_AUTHENTICATION, REPLY_CLASS_AUTH, 0, 0, RECEIVER_GOOGLE,
     REASON_UNAUTHENTICATED_GOOGLE, REASON_UNAUTHENTICATED_GOOGLE, 0, 600, 700},
    {FEATURE_BLOCKS, INCIDENT_DNS, REPLY_CLASS_DNS_PTR, 2, 1, RECEIVER_SOFTBANK, REASON_NAMELESS,
     REASON_NAMELESS, 0, 300, 500},
    {FEATURE_SURGE, INCIDENT_SURGE, REPLY_CLASS_UNKNOWN, ANY_PATH, ANY_PATH, ANY_PATH, REASON_SENT,
     REASON_SENT, 0, 500, 0},
};

enum { SURGE_US = 1200 * 1000000, SURGE_LOGIN = 77777 };

static void plan_one(struct episode_list *list, const struct options *options,
                     const struct plan_row *row)
{
    int64_t mille_us = (int64_t)options->hours * 3600000;
    struct episode *episode = &list->episodes[list->count++];
    *episode = (struct episode){.kind = row->kind,
                                .class = row->class,
                                .fails = row->kind != INCIDENT_SURGE,
                                .domain = ANY_DOMAIN,
                                .sender = ANY_LOGIN,
                                .source = row->source,
                                .receiver = row->receiver,
                                .reason = row->reason,
                                .other_reason = row->other_reason,
                                .spared = row->spared,
                                .login = SURGE_LOGIN};
    episode->host = row->host == ANY_PATH ? ANY_PATH : (uint8_t)(row->host % options->hosts);
    episode->start_us = options->start_us + row->start * mille_us;
    episode->end_us = options->start_us + row->end * mille_us;
    if (row->kind == INCIDENT_SURGE)
        episode->end_us = episode->start_us + SURGE_US;
}

void episode_plan(struct episode_list *list, const struct options *options)
{
    list->count = 0;
    list->month = options_have(options, FEATURE_MONTH);
    if (list->month) {
        month_plan(list, options);
        return;
    }
    for (size_t i = 0; i < sizeof(plan) / sizeof(*plan); i++)
        if (options_have(options, plan[i].feature))
            plan_one(list, options, &plan[i]);
}

static bool at_provider(const struct episode *episode, const struct episode_attempt *attempt)
{
    if (episode->receiver == ANY_PATH)
        return true;
    if (episode->domain != ANY_DOMAIN)
        return attempt->receiver == episode->receiver && attempt->domain == episode->domain;
    return strcmp(world_provider(episode->receiver), world_provider(attempt->receiver)) == 0;
}

static bool on_path(const struct episode *episode, const struct episode_attempt *attempt)
{
    return episode->fails && (episode->host == ANY_PATH || episode->host == attempt->host) &&
           (episode->source == ANY_PATH || episode->source == attempt->source) &&
           (episode->sender == ANY_LOGIN || episode->sender == attempt->sender) &&
           at_provider(episode, attempt);
}

static bool lasts(const struct episode *episode, int64_t now_us)
{
    return now_us >= episode->start_us && now_us < episode->end_us;
}

struct episode *episode_find(struct episode_list *list, const struct episode_attempt *attempt)
{
    for (size_t i = 0; i < list->count; i++)
        if (lasts(&list->episodes[i], attempt->time_us) && on_path(&list->episodes[i], attempt))
            return &list->episodes[i];
    return NULL;
}

const struct episode *episode_now(const struct episode_list *list, enum incident_kind kind,
                                  int64_t now_us)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->episodes[i].kind == kind && lasts(&list->episodes[i], now_us))
            return &list->episodes[i];
    return NULL;
}

static void count_one(struct episode_path *path, const struct episode_attempt *attempt, bool hit)
{
    if (!hit && !path->hits)
        return;
    path->seen++;
    if (attempt->sent && path->closed_us == INCIDENT_OPEN)
        path->closed_us = attempt->time_us;
    if (!hit)
        return;
    if (!path->hits++)
        path->opened_us = attempt->time_us;
    path->messages += !attempt->again;
    path->attempts = path->seen;
    path->last_us = attempt->time_us;
    path->closed_us = INCIDENT_OPEN;
}

void episode_count(struct episode_list *list, const struct episode_attempt *attempt)
{
    for (size_t i = 0; i < list->count; i++) {
        struct episode *episode = &list->episodes[i];
        if (on_path(episode, attempt))
            count_one(&episode->paths[attempt->host][attempt->source], attempt,
                      attempt->cause == episode);
    }
}
