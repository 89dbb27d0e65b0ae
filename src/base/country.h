/* SPDX-License-Identifier: Apache-2.0
 *
 * Countries by their ISO 3166 code as a small number, and where they are (data/countries.tsv: the
 * principal places of each, by the time zone database). Pure.
 */
#ifndef TD_BASE_COUNTRY_H
#define TD_BASE_COUNTRY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

#define COUNTRY_NONE 0
#define COUNTRY_MOST (26 * 26) /* 1 to that are two letters */

/* `JP`, in small letters too. COUNTRY_NONE: it is not two letters. */
uint16_t country_from_text(struct slice text);

/* Two letters and a NUL; `??` of none. */
struct country_text {
    char text[3];
};
struct country_text country_text(uint16_t country);

/* Between the places of the two that are nearest to each other, in km. False: one of them is not in
 * the table; *km untouched. */
bool country_distance(uint16_t a, uint16_t b, double *km);

#endif
