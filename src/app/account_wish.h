/* SPDX-License-Identifier: Apache-2.0
 *
 * What somebody wishes of the flags of an account, as it comes over the API.
 */
#ifndef TD_APP_ACCOUNT_WISH_H
#define TD_APP_ACCOUNT_WISH_H

#include "base/err.h"
#include "model/account_flag.h"
#include "model/json_field.h"

/* A flag's bit. */
#define ACCOUNT_FLAG_BIT(kind) (1u << (kind))

/* Slices are of the JSON value. */
struct account_wish {
    struct slice login, actor, reason;
    unsigned set, clear; /* bits; not both of one flag, and not none at all */
    int64_t until_us;    /* of what is set; INT64_MAX: no end */
};

/* {"login", "set": ["suspended"], "clear": [], "for" or "until" or none, "reason", "by"}. False
 * and err: it is not of that form; ERR_USAGE. */
bool account_wish_read(const json_t *object, int64_t now_us, struct account_wish *out,
                       struct err *err);

#endif
