/* SPDX-License-Identifier: Apache-2.0
 *
 * Runbooks: what to do about an incident, one document a kind and language, and the pages that the
 * daemon shows them as. Pages are plain: no script, nothing from elsewhere, readable on a phone and
 * in the dark. All functions are pure and may be called from any thread.
 *
 * Names of pages, below /runbooks/:
 *
 *     ""            the list of all kinds
 *     block         a kind, by its word (incident_kind_word)
 *     delisting     whom to ask, by provider and by list: the tables of data/
 *     block.ja      any of them in a language; "ja" for the list
 *     style.css     see runbook_style
 */
#ifndef TD_WEB_RUNBOOK_H
#define TD_WEB_RUNBOOK_H

#include <stdbool.h>

#include "base/buf.h"
#include "mail/provider.h"
#include "model/language.h"

#define RUNBOOK_STYLE_NAME "style.css"

/* The runbook of a kind as it is in docs/runbooks/, in Markdown; ptr is NULL when no kind has this
 * word. Lives as long as the program. */
struct slice runbook_find(struct slice kind_word, enum language language);

/* The HTML of one runbook's Markdown, without a frame; see web/markdown.h. Links between runbooks
 * become links between pages of the language. */
bool runbook_html(struct slice markdown, enum language language, struct buf *to, struct err *err);

/* Appends the page of that name. A name that says no language is shown in `language`. providers:
 * the table that is in use, with an operator's own rows. False when there is no such page; nothing
 * is appended then. */
bool runbook_page(struct slice name, enum language language, const struct provider_table *providers,
                  struct buf *to);

/* The style of the pages (text/css), at /runbooks/style.css. */
struct slice runbook_style(void);

#endif
