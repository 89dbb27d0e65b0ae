/* SPDX-License-Identifier: Apache-2.0
 *
 * The files of docs/runbooks/ and the style of their pages, built into the program by
 * tools/embed.c: `runbook_BLOCK_en` for docs/runbooks/block.md, `runbook_BLOCK_ja` for
 * docs/runbooks/block.ja.md. A kind of incident without its two files does not link.
 */
#ifndef TD_WEB_RUNBOOK_TEXT_H
#define TD_WEB_RUNBOOK_TEXT_H

#include "base/slice.h"
#include "model/incident.h"

#define X(name, word) \
    struct slice runbook_##name##_en(void); \
    struct slice runbook_##name##_ja(void);
INCIDENT_KINDS(X)
#undef X

struct slice runbook_style_text(void); /* ui/runbook.css */

#endif
