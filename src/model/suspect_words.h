/* SPDX-License-Identifier: Apache-2.0
 *
 * Why a login is a suspect of a surge, in the languages of model/language.h.
 */
#ifndef TD_MODEL_SUSPECT_WORDS_H
#define TD_MODEL_SUSPECT_WORDS_H

#include "base/buf.h"
#include "model/incident.h"
#include "model/language.h"

/* Appends "1,200 recipients within two hours, usually 40 an hour; 80 % to new domains; 12 %
 * bounced; 5 new client networks; 14 failed logins": what is not worth a word is left out. No text
 * of strangers is in it. */
void suspect_reason(const struct incident_suspect *suspect, enum language language, struct buf *to);

#endif
