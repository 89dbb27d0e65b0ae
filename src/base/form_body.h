/* SPDX-License-Identifier: Apache-2.0
 *
 * Bodies of forms, application/x-www-form-urlencoded (WHATWG URL Standard, section 5): fields
 * `name=value` with `&` between them, bytes as `%xx`, blanks as `+`.
 */
#ifndef TD_BASE_FORM_BODY_H
#define TD_BASE_FORM_BODY_H

#include "base/buf.h"
#include "base/slice.h"

/* Appends the value of the first field of that name, decoded: any bytes, no more than the field
 * has. The name is looked for as it stands, without escapes. False: there is no such field, or a
 * `%` in it has no two hexadecimal digits behind it; nothing is appended then. */
bool form_body_value(struct slice body, struct slice name, struct buf *to);

#endif
