/* SPDX-License-Identifier: Apache-2.0
 *
 * Between the files of web/markdown.
 */
#ifndef TD_WEB_MARKDOWN_PRIVATE_H
#define TD_WEB_MARKDOWN_PRIVATE_H

#include "web/markdown.h"

/* Appends one line's text with its code and links. err without a line number. */
bool markdown_inline(struct slice line, const struct markdown_links *links, struct buf *to,
                     struct err *err);

#endif
