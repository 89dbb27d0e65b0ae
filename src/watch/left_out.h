/* SPDX-License-Identifier: Apache-2.0
 *
 * What the tables of the watch had no room for: all of them are bounded, and what comes beyond is
 * watched less closely, never lost in silence. Counted in what came (lines, messages, outcomes),
 * since the watch began; 0 in all of them is the usual.
 */
#ifndef TD_WATCH_LEFT_OUT_H
#define TD_WATCH_LEFT_OUT_H

#include <stdint.h>

/* X(NAME, word): the word names it in metrics and in the status. */
#define LEFT_OUT(X) \
    X(MESSAGES, "messages") /* given up, too many were open: their outcome is unknown */ \
    X(LOGINS, "logins")     /* messages taken as if they had no login */ \
    X(SENDER_DOMAINS, "sender_domains") /* messages taken as if from no domain */ \
    X(RELAYS, "relays")                 /* lines of hosts that have no name of their own */ \
    X(SOURCES, "sources")               /* attempts by sources that have none */ \
    X(PROVIDERS, "providers")           /* look-ups of providers that have none */ \
    X(PATHS, "paths")                   /* attempts that count on one path, "other" */ \
    X(VOLUMES, "volumes")       /* messages and tries that count in the volume of all only */ \
    X(OBJECTIVES, "objectives") /* outcomes that count in fewer objectives than they have */ \
    X(GROWTH, "growth")         /* recipients at providers whose growth is not watched */ \
    X(LOG_LINES, "log_lines")   /* lines whose log, host or program is not watched */

enum left_out {
#define X(name, word) LEFT_OUT_##name,
    LEFT_OUT(X)
#undef X
};

#define X(name, word) +1
enum { LEFT_OUT_COUNT = 0 LEFT_OUT(X) };
#undef X

const char *left_out_word(enum left_out table);

#endif
