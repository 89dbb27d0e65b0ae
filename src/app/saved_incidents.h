/* SPDX-License-Identifier: Apache-2.0
 *
 * Incidents as the history keeps them, read without the daemon: what it had written when it was
 * last there, and closed ones for longer than it remembers them itself (store.keep_incidents).
 */
#ifndef TD_APP_SAVED_INCIDENTS_H
#define TD_APP_SAVED_INCIDENTS_H

#include "base/err.h"
#include "model/json_value.h"

struct saved_question {
    const char *config; /* NULL: the usual one */
    const char *id;     /* only this one; NULL: all that follow */
    bool closed;        /* closed ones too */
    int64_t since_us;   /* open at some time from here on; INT64_MIN: any */
};

/* An array of the objects that the API gives, the newest first, at most 10,000. *as_of_us: the
 * newest thing that was written. NULL and err: there is no history, or it cannot be read. */
json_t *saved_incidents(const struct saved_question *question, int64_t *as_of_us, struct err *err);

#endif
