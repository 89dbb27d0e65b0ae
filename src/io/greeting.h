/* SPDX-License-Identifier: Apache-2.0
 *
 * What a mail server says first:
 *
 *      IMAP    `* OK ...` `* PREAUTH ...`   RFC 3501     left by `a LOGOUT`
 *      POP3    `+OK ...`                    RFC 1939     QUIT
 *      SMTP    `220 ...` after any `220-`   RFC 5321     QUIT
 *      SIEVE   capabilities, then `OK`      RFC 5804     LOGOUT
 *
 * Words in any case. Lines end with LF, as a rule behind CR. Pure.
 */
#ifndef TD_IO_GREETING_H
#define TD_IO_GREETING_H

#include "base/slice.h"

enum greeting_kind { GREETING_IMAP, GREETING_POP3, GREETING_SMTP, GREETING_SIEVE };

enum greeting_state { GREETING_NEEDS_MORE, GREETING_GOOD, GREETING_BAD };

/* All that has come so far. BAD: *line is the one that says so, without its end; else untouched. */
enum greeting_state greeting_judge(enum greeting_kind kind, struct slice bytes, struct slice *line);

/* The line that takes leave, with its end. */
struct slice greeting_leave(enum greeting_kind kind);

#endif
