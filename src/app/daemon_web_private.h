/* SPDX-License-Identifier: Apache-2.0
 *
 * Between the files of the API: daemon_web.c (what is read, and the routes), daemon_web_desk.c
 * (what is asked of the desk) and daemon_web_slack.c (what is asked of it by buttons).
 */
#ifndef TD_APP_DAEMON_WEB_PRIVATE_H
#define TD_APP_DAEMON_WEB_PRIVATE_H

#include "app/daemon_web.h"
#include "model/json_value.h"

/* What was published last; null before the first. New. */
json_t *daemon_web_shown(struct snapshot_place *place);

/* Answers the value, which it drops. */
void daemon_web_json(struct http_response *response, json_t *value);

/* POST /api/v1/incidents/ID/ack or /close with {"by", "note"}. */
http_handler daemon_web_post_incident;

/* GET and POST /api/v1/silences, DELETE /api/v1/silences/ID?by=NAME: respond/silence_json.h. */
http_handler daemon_web_get_silences, daemon_web_post_silence, daemon_web_delete_silence;

/* POST /slack/interactivity: respond/slack_click.h. */
http_handler daemon_web_post_slack;

#endif
