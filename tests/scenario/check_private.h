/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files of check.h share.
 */
#ifndef TD_SCENARIO_CHECK_PRIVATE_H
#define TD_SCENARIO_CHECK_PRIVATE_H

#include "check.h"
#include "word.h"

struct check {
    struct slice rest; /* words not read yet */
    const struct summary *summary;
    int64_t now_us;
    const char *where; /* FILE:LINE */
    struct buf *problems;
    struct err *err;
};

/* Adds a line to the problems. */
void check_fail(struct check *check, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* wanted: there is such an incident; else: there is none. False: the words are wrong. */
bool check_incident(struct check *check, bool wanted);
bool check_incident_count(struct check *check);

#endif
