/* SPDX-License-Identifier: Apache-2.0
 *
 * Envelopes of queue files, as `postcat -e -q ID...` prints them: which login a message in the
 * queue is of, by what smtpd wrote into its file.
 *
 *      *** ENVELOPE RECORDS deferred/4/4F1A0B ***
 *      named_attribute: sasl_username=taro@jp.test
 *      recipient: hana@g.example
 *      *** MESSAGE CONTENTS deferred/4/4F1A0B ***
 *
 * Each record stands in a line behind its kind. One that has a line end in it looks like several
 * lines, also like those that begin another's envelope: each line that does is told, so that who
 * asked for files knows when there are more of them. Of the extracted records behind the message
 * nothing is taken. Pure.
 *
 * Peer documents: Postfix 3.7 src/postcat/postcat.c, src/smtpd/smtpd.c (mail_open_stream).
 */
#ifndef TD_WATCH_QUEUE_ENVELOPE_H
#define TD_WATCH_QUEUE_ENVELOPE_H

#include "base/slice.h"

struct queue_envelope {
    struct slice queue_id;
    struct slice login; /* as smtpd took it; empty: none */
    bool whole;         /* its end is there; else its login is not to be relied on */
};

/* Takes the next envelope off the text, past whatever else stands in front of it, to its end or to
 * where another begins. False: there is none any more. */
bool queue_envelope_take(struct slice *text, struct queue_envelope *out);

#endif
