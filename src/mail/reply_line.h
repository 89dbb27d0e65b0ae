/* SPDX-License-Identifier: Apache-2.0
 *
 * The lines of an SMTP reply as Postfix logs it: joined by blanks with the code repeated
 * (`550-5.7.26 a 550 5.7.26 b`) or still divided by newlines. RFC 5321 section 4.2.1, RFC 2034.
 */
#ifndef TD_MAIL_REPLY_LINE_H
#define TD_MAIL_REPLY_LINE_H

#include "base/slice.h"

struct reply_line {
    uint32_t code;     /* 200 to 599; 0: the line does not begin with one */
    struct slice dsn;  /* `5.7.26`, also written `#5.7.26`; empty: none */
    struct slice text; /* the rest; may begin or end with blanks */
};

struct reply_lines {
    const char *newline; /* first one in rest, when it was looked for */
    bool looked;
    struct slice rest; /* ptr NULL: no more lines */
    uint32_t code;     /* of the lines so far */
    bool begun;        /* a line was read */
};

struct reply_lines reply_lines(struct slice words);

/* False at the end. Slices point into the words. In one joined line a code inside the words counts
 * as the begin of a line only after a line with `-` behind its code, and only the same code does,
 * or another 4xx or 5xx one with `-` or a DSN behind it. */
bool reply_lines_next(struct reply_lines *lines, struct reply_line *out);

/* `5.7.26` of a DSN (RFC 3463), at the front of *rest: class 2, 4 or 5, then one to three digits
 * each. Taken off with the `#` before it. */
bool reply_take_dsn(struct slice *rest, struct slice *out);

#endif
