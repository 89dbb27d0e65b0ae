/* SPDX-License-Identifier: Apache-2.0
 *
 * One header line of an HTTP request, as its server hands it to a grammar.
 */
#ifndef TD_BASE_HEADER_FIELD_H
#define TD_BASE_HEADER_FIELD_H

#include "base/slice.h"

/* Borrowed. The value is without the blanks before it; those behind it may be there. */
struct header_field {
    struct slice name, value;
};

#endif
