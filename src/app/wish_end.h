/* SPDX-License-Identifier: Apache-2.0
 *
 * The end of something that is wished over the API and need not have one.
 */
#ifndef TD_APP_WISH_END_H
#define TD_APP_WISH_END_H

#include "base/err.h"
#include "model/json_field.h"

/* "for": "2h", from now on; "until": a time that is to come; neither: INT64_MAX. False and err
 * (ERR_USAGE): both, or another form; *out untouched. */
bool wish_end_read(const json_t *object, int64_t now_us, int64_t *out, struct err *err);

#endif
