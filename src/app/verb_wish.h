/* SPDX-License-Identifier: Apache-2.0
 *
 * What verbs that set something at the daemon have in common: its end, names in paths of the API,
 * and the doubts that come back.
 */
#ifndef TD_APP_VERB_WISH_H
#define TD_APP_VERB_WISH_H

#include "app/text_style.h"
#include "base/err.h"
#include "model/json_value.h"

/* The value of an option that is a point in time (app/time_text.h), local where it says no offset.
 * False and err, which begins with the option. */
bool verb_wish_time(const char *option, const char *value, int64_t *out, struct err *err);

/* The same of --until, an end: one that has passed is refused. */
bool verb_wish_until(const char *value, int64_t *out, struct err *err);

/* The value of --for, more than nothing. */
bool verb_wish_for(const char *value, int64_t *out, struct err *err);

/* The value of `option`, a text of 1 to max bytes. */
bool verb_wish_text(const char **out, const char *option, const char *value, size_t max,
                    struct err *err);

/* What is 0 or NULL was not said. */
struct verb_wish {
    int64_t for_us, until_us;
    const char *reason;
};

/* False and err: both ends are said. */
bool verb_wish_one_end(const struct verb_wish *wish, struct err *err);

/* Puts "for" (the daemon's clock counts) or "until", "reason", and "by": who calls. */
void verb_wish_put(json_t *object, const struct verb_wish *wish);

/* Appends any bytes as a part of a path or a query. */
void verb_wish_encode(struct slice text, struct buf *to);

/* "todoku VERB: warning: ..." on standard error for each sentence of the array; NULL: none. */
void verb_wish_warn(const char *verb, const struct text_style *style, const json_t *warnings);

#endif
