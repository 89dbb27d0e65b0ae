/* SPDX-License-Identifier: Apache-2.0
 *
 * What incidents are called, what they are about and what to do, in the languages of
 * model/language.h. Texts are literals without markup; names from logs are put in unescaped: the
 * printer knows what to escape for.
 */
#ifndef TD_MODEL_INCIDENT_WORDS_H
#define TD_MODEL_INCIDENT_WORDS_H

#include "base/buf.h"
#include "model/incident.h"
#include "model/language.h"

/* "Blocked", "Provider outage": the kind for people. */
const char *incident_title(enum incident_kind kind, enum language language);

/* "one source" */
const char *incident_scope_title(enum incident_scope scope, enum language language);

/* "critical"; a capital only where the language has them in headings. */
const char *incident_severity_title(enum incident_severity severity, enum language language);

/* One or two sentences for an on-call engineer: what to do now. */
const char *incident_advice(const struct incident *incident, enum language language);

/* What it is about, appended: "relay1/out-a -> docomo", "login shop-17@example.jp". arrow: what
 * stands between sender and provider. */
void incident_subject(const struct incident *incident, enum language language, const char *arrow,
                      struct buf *to);

/* The sentence with {hits} {attempts} {ratio} for this kind: "{hits} of {attempts} attempts
 * refused ({ratio})". "" for kinds that are not a part of a whole. */
const char *incident_count_pattern(enum incident_kind kind, enum language language);

#endif
