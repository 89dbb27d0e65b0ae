/* SPDX-License-Identifier: Apache-2.0
 *
 * `todoku incident delist`: the text by which to ask a provider or a blocklist to take a source off
 * its list, of an incident as the daemon tells it and of the configuration.
 */
#ifndef TD_APP_INCIDENT_DELIST_H
#define TD_APP_INCIDENT_DELIST_H

#include "app/settings.h"
#include "model/json_value.h"

#define INCIDENT_DELIST_FIXED_MAX 8

/* What whoever sends it says. Borrowed for the call. */
struct incident_delist_words {
    enum language language;
    struct slice fixed[INCIDENT_DELIST_FIXED_MAX]; /* what was found and mended, a sentence each */
    size_t fixed_count;
    struct slice contact; /* or empty */
};

/* The answer as {"subject", "body", "places": [{"title", "url"}]}, in a new value. NULL and err:
 * the answer is no incident, or of a kind that nobody delists, or the operator's table of providers
 * cannot be read. */
json_t *incident_delist(const json_t *answer, const struct settings *settings,
                        const struct incident_delist_words *words, struct err *err);

/* Appends it for people: what to send, then where to. False: of another form. Lines are escaped for
 * a terminal. */
bool incident_delist_text(const json_t *value, struct buf *to);

#endif
