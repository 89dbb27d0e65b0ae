/* SPDX-License-Identifier: Apache-2.0
 *
 * Markdown as our own documents use it, to HTML. A small part of CommonMark with one meaning each;
 * whatever is outside of it is an error, so that a page never shows less or other than its author
 * sees elsewhere:
 *
 *     <!-- comment -->         whole line, left out
 *     # title, ## section
 *     text                     lines that follow each other are one paragraph
 *     1. step, - point         numbered from 1 without holes; text in one line or more
 *        - point               inside a step or point, three blanks in
 *        text                  a further paragraph of it
 *        ```sh ... ```         code, also at the margin
 *     `code`, [text](target)   inside text
 *
 * All text is escaped (base/escape.h); markup comes only from here. Peer document: CommonMark 0.30.
 */
#ifndef TD_WEB_MARKDOWN_H
#define TD_WEB_MARKDOWN_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"

/* Writes the address for a link's target, unescaped. False: there is no such page. */
typedef bool markdown_target_fn(void *context, struct slice target, struct buf *to);

struct markdown_links {
    markdown_target_fn *address;
    void *context;
};

/* Appends the HTML of a document, without a frame. Links to http, https and mailto go where they
 * say, all others where `links` says. False and err (ERR_INPUT, with the number of the line) for
 * anything outside of the form above; what was appended until then stays. */
bool markdown_html(struct slice text, const struct markdown_links *links, struct buf *to,
                   struct err *err);

#endif
