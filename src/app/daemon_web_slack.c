/* SPDX-License-Identifier: Apache-2.0
 *
 * POST /slack/interactivity: buttons that were pressed in Slack, for the desk. Who asks is judged
 * by the signature alone, before anything of the body is read.
 *
 * A press of somebody who may not is answered like any other, by the desk, and not done.
 *
 * Slack waits for 3 s and shows every other status than 200 as a fault of the app. Whether what was
 * asked for could be done is told by the desk to who pressed (respond/slack_answer.h).
 */
#include "app/daemon_web_private.h"

#include "app/daemon_request.h"
#include "io/clock.h"

#define ASK_US INT64_C(2000000)

static const char advice[] = "docs/guide/notify.md: Buttons in Slack";

/* result: of the metric's label. */
static void count(const struct daemon_web *web, const char *result)
{
    const struct slice label = slice_from_str(result);
    daemon_metrics_add(web->metrics, DAEMON_METRIC_SLACK, &label, 1);
}

static void refuse(const struct daemon_web *web, const struct http_request *request,
                   const char *result, unsigned status, struct http_response *response)
{
    CLEANUP_BUF struct buf what = {0};
    buf_addf(&what, "this request is %s", result);
    count(web, result);
    OWN_LOG(web->log, OWN_LOG_WARNING, "slack_refused", log_str("reason", result),
            log_str("peer", request->peer.text));
    http_response_error(response, status, buf_slice(&what), request->path, slice_from_str(advice));
}

/* NULL: refused and answered. */
static const struct settings_notifier *signer_of(const struct daemon_web *web,
                                                 const struct http_request *request,
                                                 struct http_response *response)
{
    const struct settings_notifier *who = NULL;
    const struct slack_request given = {
        .stamp = request->signature[0], .signature = request->signature[1], .body = request->body};
    if (!daemon_slack_is_open(web->settings)) {
        http_response_error(response, 404, SLICE("no notifier has a signing_secret"), request->path,
                            slice_from_str(advice));
        return NULL;
    }
    enum slack_verdict verdict =
        daemon_slack_judge(web->slack, web->settings, &given, clock_now_us(), &who);
    if (verdict == SLACK_VERDICT_TAKEN)
        return who;
    refuse(web, request, slack_verdict_word(verdict), 401, response);
    return NULL;
}

static enum daemon_request_kind kind_of(enum slack_action action)
{
    switch (action) {
    case SLACK_ACTION_ACKNOWLEDGE:
        break;
    case SLACK_ACTION_APPROVE:
        return DAEMON_REQUEST_APPROVE_ROUTE;
    case SLACK_ACTION_DENY:
        return DAEMON_REQUEST_DENY_ROUTE;
    }
    return DAEMON_REQUEST_ACKNOWLEDGE;
}

/* Puts the press, which it takes over, to the desk. What the desk has not done in time it does
 * later all the same. */
static void put(struct daemon_web *web, const struct settings_notifier *who,
                struct slack_click click)
{
    struct daemon_request *ask = daemon_request_new(kind_of(click.action));
    if (!slack_click_may_answer(&click, slice_from_str(who->slack_api)))
        click.response_url.len = 0;
    buf_add(&ask->id, click.value);
    slack_click_by(&click, &ask->by);
    ask->click = click;
    ask->barred = !daemon_slack_may(web->settings, &click);
    count(web, ask->barred ? "barred" : slack_verdict_word(SLACK_VERDICT_TAKEN));
    ask->language = who->language;
    mailbox_put(web->requests, ask);
    (void)daemon_request_wait(ask, ASK_US);
    daemon_request_unref(ask);
}

void daemon_web_post_slack(void *context, const struct http_request *request,
                           struct http_response *response)
{
    struct daemon_web *web = context;
    struct slack_click click;
    const struct settings_notifier *who = signer_of(web, request, response);
    if (who == NULL)
        return;
    switch (slack_click_parse(request->body, &click)) {
    case SLACK_CLICK_BAD:
        refuse(web, request, "malformed", 400, response);
        return;
    case SLACK_CLICK_FOREIGN:
        refuse(web, request, "foreign", 400, response);
        return;
    case SLACK_CLICK_DONE:
        break;
    }
    put(web, who, click);
}
