/* SPDX-License-Identifier: Apache-2.0
 *
 * A silence as the daemon's API tells it, read back for the verbs that print it. Peer document:
 * respond/silence_json.c, which writes it.
 */
#ifndef TD_APP_SILENCE_ANSWER_H
#define TD_APP_SILENCE_ANSWER_H

#include "model/json_field.h"

/* Slices are of the JSON value, which outlives it. */
struct silence_answer {
    struct slice id, relay, source, provider, login, domain, name, by, comment;
    const json_t *kinds; /* array of words, also of kinds that are not known here; empty: all */
    int64_t from_us, until_us;
    bool active;
    const json_t *warnings; /* array of sentences, of one that was just set */
    int64_t hides;          /* open incidents; -1: not said, of one that was ended */
};

/* False when it is no silence: a field of another type, or longer than any the daemon writes. */
bool silence_answer_read(const json_t *object, struct silence_answer *out);

#endif
