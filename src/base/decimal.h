/* SPDX-License-Identifier: Apache-2.0
 *
 * Plain decimal numbers, `4`, `1.5`, `14.4`, and shares in percent, `99%`, `99.5 %`. No sign, no
 * exponent, no thousands; at most 6 places behind the point, so that text and number name each
 * other exactly. The point is a point in every locale.
 */
#ifndef TD_BASE_DECIMAL_H
#define TD_BASE_DECIMAL_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/slice.h"

#define DECIMAL_MAX 1000000000.0

/* 0 to DECIMAL_MAX. False: another form, or larger; *out untouched. */
bool decimal_parse(struct slice text, double *out);

/* Appends the number, 0 to DECIMAL_MAX, rounded to 6 places, without zeros at the end. */
void decimal_format(double value, struct buf *to);

/* `99%` gives 0.99; 0% to 100%, at most 4 places, a blank before the sign or none. */
bool percent_parse(struct slice text, double *out_ratio);

/* Appends a ratio from 0 to 1 as percent, rounded to 4 places: 0.99 gives `99%`. */
void percent_format(double ratio, struct buf *to);

#endif
