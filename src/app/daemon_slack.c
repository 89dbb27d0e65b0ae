/* SPDX-License-Identifier: Apache-2.0
 *
 * See daemon_slack.h.
 */
#include "app/daemon_slack.h"

#include <pthread.h>

#include "base/memory.h"
#include "respond/notify_desk.h"

struct daemon_slack {
    pthread_mutex_t lock;
    struct slack_door *door;
};

struct daemon_slack *daemon_slack_new(int64_t now_us)
{
    struct daemon_slack *slack = MEM_NEW(struct daemon_slack);
    pthread_mutex_init(&slack->lock, NULL);
    slack->door = slack_door_new(now_us);
    return slack;
}

void daemon_slack_free(struct daemon_slack *slack)
{
    if (slack == NULL)
        return;
    slack_door_free(slack->door);
    pthread_mutex_destroy(&slack->lock);
    mem_free(slack);
}

bool daemon_slack_is_open(const struct settings *settings)
{
    for (size_t i = 0; i < settings->notifier_count; i++)
        if (settings->notifiers[i].signing_secret != NULL)
            return true;
    return false;
}

bool daemon_slack_may(const struct settings *settings, const struct slack_click *click)
{
    const struct settings_respond *respond = &settings->respond;
    if (click->action == SLACK_ACTION_ACKNOWLEDGE || respond->approver_count == 0)
        return true;
    for (size_t i = 0; i < respond->approver_count; i++)
        if (slice_eq(click->user_id, slice_from_str(respond->approvers[i])))
            return true;
    return false;
}

enum slack_verdict daemon_slack_judge(struct daemon_slack *slack, const struct settings *settings,
                                      const struct slack_request *request, int64_t now_us,
                                      const struct settings_notifier **who)
{
    const struct settings_notifier *signers[NOTIFY_DESK_MAX];
    struct slice secrets[NOTIFY_DESK_MAX];
    size_t count = 0, which = 0;
    for (size_t i = 0; i < settings->notifier_count && count < NOTIFY_DESK_MAX; i++) {
        const struct settings_notifier *notifier = &settings->notifiers[i];
        if (notifier->signing_secret == NULL)
            continue;
        signers[count] = notifier;
        secrets[count++] = slice_from_str(notifier->signing_secret);
    }
    pthread_mutex_lock(&slack->lock);
    enum slack_verdict verdict =
        slack_door_judge(slack->door, request, secrets, count, now_us, &which);
    pthread_mutex_unlock(&slack->lock);
    if (verdict == SLACK_VERDICT_TAKEN)
        *who = signers[which];
    return verdict;
}
