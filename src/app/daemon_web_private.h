/* SPDX-License-Identifier: Apache-2.0
 *
 * Between the files of the API: daemon_web.c (what is read, and the table of handlers),
 * daemon_web_desk.c (what is asked of the desk), daemon_web_routes.c (the same of routes of mail)
 * and daemon_web_slack.c (the same by buttons).
 */
#ifndef TD_APP_DAEMON_WEB_PRIVATE_H
#define TD_APP_DAEMON_WEB_PRIVATE_H

#include "app/daemon_request.h"
#include "app/daemon_web.h"
#include "model/json_value.h"

/* What was published last; null before the first. New. */
json_t *daemon_web_shown(struct snapshot_place *place);

/* Answers the value, which it drops. */
void daemon_web_json(struct http_response *response, json_t *value);

/* What a thing is called in answers, and where to find those that there are. */
struct daemon_web_noun {
    const char *missing, *advice;
};

/* Puts it to the desk and answers what the desk says, on a worker, after ASK_US at most. Takes over
 * `ask`. where: for errors. */
void daemon_web_put(struct daemon_web *web, struct daemon_request *ask,
                    const struct daemon_web_noun *noun, struct slice where,
                    struct http_response *response);

/* A request that the desk is never given. */
void daemon_web_discard(struct daemon_request *ask);

/* The login that is asked about: empty when none is. False: it is none, which was answered. */
bool daemon_web_read_login(const struct http_request *request, struct http_response *response,
                           struct slice *out);

/* {"by", "note"} of the body into the request, or nothing. False: not of the form. */
bool daemon_web_read_words(struct slice body, struct daemon_request *ask);

/* POST /api/v1/incidents/ID/ack or /close with {"by", "note"}. */
http_handler daemon_web_post_incident;

/* GET and POST /api/v1/silences, DELETE /api/v1/silences/ID?by=NAME: respond/silence_json.h. */
http_handler daemon_web_get_silences, daemon_web_post_silence, daemon_web_delete_silence;

/* Entries of the audit trail of routes that name the incident; empty: all. New. */
json_t *daemon_web_audit(struct daemon_web *web, struct slice incident);
/* Gives the incident the "path" that the planner has for it, if it has one. */
void daemon_web_put_path(struct daemon_web *web, json_t *incident);

/* GET and POST /api/v1/routes, GET /api/v1/routes/audit, POST /api/v1/routes/ID/approve, /deny or
 * /undo, DELETE /api/v1/routes/PROVIDER?by=NAME. */
http_handler daemon_web_get_routes, daemon_web_get_audit, daemon_web_set_route,
    daemon_web_decide_route, daemon_web_clear_route;

/* GET /api/v1/accounts/flags?login=LOGIN, POST /api/v1/accounts/flags: account_wish.h. */
http_handler daemon_web_get_account_flags, daemon_web_post_account_flags;

/* POST /api/v1/accounts/changed with {"login": LOGIN}, or nothing for all. */
http_handler daemon_web_post_accounts_changed;

/* GET /api/v1/limits?login=LOGIN, POST /api/v1/limits, POST /api/v1/limits/reset: limit_wish.h. */
http_handler daemon_web_get_limits, daemon_web_post_limit, daemon_web_reset_limit;

/* POST /slack/interactivity: respond/slack_click.h. */
http_handler daemon_web_post_slack;

#endif
