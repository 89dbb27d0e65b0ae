/* SPDX-License-Identifier: Apache-2.0
 *
 * The page at /: what answers here, and where to go on. Plain as the runbooks are: no script,
 * nothing from elsewhere. Pure; any thread.
 */
#ifndef TD_WEB_START_PAGE_H
#define TD_WEB_START_PAGE_H

#include "base/buf.h"

struct start_page {
    struct slice version, relay; /* relay may be empty */
    size_t incidents;            /* that are open */
};

/* Appends the page. */
void start_page(const struct start_page *about, struct buf *to);

#endif
