/* SPDX-License-Identifier: Apache-2.0
 *
 * Messages out of the bytes of a syslog connection, RFC 6587: counted (`LEN SP <PRI>...`) or ended
 * by a newline, told apart at each message, since relays mix them. Pure.
 *
 * A message that begins with a number, a blank and '<' is counted; all else is a line. Longer ones
 * than LOG_INPUT_LINE_MAX are cut. Line ends and NULs around messages are dropped (both are seen
 * behind counted ones).
 */
#ifndef TD_IO_SYSLOG_FRAMER_H
#define TD_IO_SYSLOG_FRAMER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

/* {0} at the begin of a connection. */
struct syslog_framer {
    uint64_t skip;  /* bytes of a counted message that was cut */
    bool skip_line; /* up to the next newline */
};

enum syslog_frame {
    SYSLOG_FRAME_MORE,    /* keep what is left of input, call again with more behind it */
    SYSLOG_FRAME_MESSAGE, /* not empty, no longer than LOG_INPUT_LINE_MAX */
    SYSLOG_FRAME_BAD,     /* no syslog: a control byte first, or a count above 16 MiB */
};

enum { SYSLOG_FRAME_INPUT_MAX = 65536 + 16 }; /* never leaves more of the input than this */

/* Takes the next message off *input; a slice of it. *cut: it was longer. */
enum syslog_frame syslog_framer_next(struct syslog_framer *framer, struct slice *input,
                                     struct slice *message, bool *cut);

/* What is left at an orderly end of the connection: an unfinished line is a message, an unfinished
 * counted one is not. False: nothing. */
bool syslog_framer_finish(const struct syslog_framer *framer, struct slice input,
                          struct slice *message);

#endif
