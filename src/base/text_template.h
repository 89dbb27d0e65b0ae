/* SPDX-License-Identifier: Apache-2.0
 *
 * Sentences with gaps: `{hits} of {attempts} refused`. Languages order their words differently, so
 * a sentence is one template a language, never pieces put together by code. Values are not read
 * again: a brace inside one is a brace.
 */
#ifndef TD_BASE_TEXT_TEMPLATE_H
#define TD_BASE_TEXT_TEMPLATE_H

#include "base/buf.h"

struct text_value {
    const char *name; /* without braces; NULL ends a list of values */
    struct slice text;
};

/* Appends the template with each {name} replaced. A name that no value has stays as it is written:
 * the tests of the tables look for braces. values ends with a NULL name. */
void text_template(const char *pattern, const struct text_value *values, struct buf *to);

#endif
