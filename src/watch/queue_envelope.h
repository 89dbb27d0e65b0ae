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
 * Each record stands in a line behind its kind, so what a stranger chose cannot begin one. Of the
 * extracted records behind the message nothing is taken. Pure.
 *
 * Peer documents: Postfix 3.7 src/postcat/postcat.c, src/smtpd/smtpd.c (mail_open_stream).
 */
#ifndef TD_WATCH_QUEUE_ENVELOPE_H
#define TD_WATCH_QUEUE_ENVELOPE_H

#include "base/slice.h"

struct queue_envelope {
    struct slice queue_id;
    struct slice login; /* as smtpd took it; empty: none */
};

/* Takes the next whole envelope off the text, past whatever else stands in front of it. False:
 * there is none any more; what is left, as an envelope that breaks off, is not told. */
bool queue_envelope_take(struct slice *text, struct queue_envelope *out);

#endif
