/* SPDX-License-Identifier: Apache-2.0
 *
 * What programs that ask share: a connection, and a clock that never goes back.
 */
#ifndef TD_BENCH_DIAL_H
#define TD_BENCH_DIAL_H

#include <stdint.h>

#include "base/endpoint.h"

enum { DIAL_WAIT_SECONDS = 15 }; /* for each send and receive, that who asks ends in any case */

int64_t now_ns(void);

/* A connected socket that waits; -1: refused, and errno. */
int dial(const struct endpoint *to);

#endif
