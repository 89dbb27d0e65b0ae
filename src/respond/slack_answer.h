/* SPDX-License-Identifier: Apache-2.0
 *
 * What is said in Slack of a press of a button: the message has who did what instead of the
 * buttons, for all to see; or, when it could not be done, who pressed is told why, alone.
 */
#ifndef TD_RESPOND_SLACK_ANSWER_H
#define TD_RESPOND_SLACK_ANSWER_H

#include "model/language.h"
#include "respond/outgoing.h"
#include "respond/slack_click.h"

struct slack_outcome {
    bool good;
    bool barred;         /* of somebody who may not press it: nothing was tried */
    struct slice reason; /* why not; empty when good or barred */
    enum language language;
};

/* The post to the address that Slack gave; NULL: it gave none. Free with outgoing_free. */
struct outgoing *slack_answer(const struct slack_click *click, const struct slack_outcome *outcome);

#endif
