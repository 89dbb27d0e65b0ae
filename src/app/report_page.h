/* SPDX-License-Identifier: Apache-2.0
 *
 * The fixed parts of the HTML report, built into the program by tools/embed.c from ui/ and
 * tools/page_policy.py. ASCII, without a closing tag inside.
 */
#ifndef TD_APP_REPORT_PAGE_H
#define TD_APP_REPORT_PAGE_H

#include "base/slice.h"

struct slice report_page_style(void);
struct slice report_page_script(void);
struct slice report_page_policy(void); /* Content-Security-Policy: the hashes of the two above */

#endif
