/* SPDX-License-Identifier: Apache-2.0
 *
 * What somebody wishes of the limits of an account, as it comes over the API: another number, or
 * that what was counted is forgotten.
 */
#ifndef TD_APP_LIMIT_WISH_H
#define TD_APP_LIMIT_WISH_H

#include "base/err.h"
#include "model/json_field.h"
#include "model/limit_override.h"

/* Slices are of the JSON value. */
struct limit_wish {
    struct slice login;
    struct slice limit; /* empty: to forget what all of them have counted */
    struct slice actor, reason;
    bool standard;    /* takes off what was set */
    uint32_t count;   /* else; of a size: KiB */
    int64_t until_us; /* INT64_MAX: for good */
};

/* {"login", "limit", "count" or "default": true, "for" or "until" or none, "reason", "by"}. False
 * and err: it is not of that form; ERR_USAGE. */
bool limit_wish_read(const json_t *object, int64_t now_us, struct limit_wish *out, struct err *err);

/* {"login", "limit" or none, "reason", "by"}; the same. */
bool limit_wish_read_reset(const json_t *object, struct limit_wish *out, struct err *err);

#endif
