/* SPDX-License-Identifier: Apache-2.0
 *
 * Whether a server that fails is asked at all:
 *
 *      closed ──3 failures in a row──▶ open 5 s ──▶ half open ──answered──▶ closed
 *                                       ▲  (10, 20, 40, 60 s)    │
 *                                       └─────── failed ─────────┘
 *
 * Open, nothing is asked; half open, one question alone finds out. What was answered between two
 * failures makes them none in a row. Pure.
 */
#ifndef TD_IO_QUOTA_BREAKER_H
#define TD_IO_QUOTA_BREAKER_H

#include <stdbool.h>
#include <stdint.h>

enum { QUOTA_BREAKER_FAILURES = 3 };

#define QUOTA_BREAKER_FIRST_US INT64_C(5000000)
#define QUOTA_BREAKER_MOST_US INT64_C(60000000)

/* All zero: closed. */
struct quota_breaker {
    unsigned failures;     /* in a row, while closed */
    bool open, probing;    /* probing: the one question is under way */
    int64_t wait_us;       /* of this opening */
    int64_t open_until_us; /* then half open */
};

/* Whether to ask. Half open it says yes once, until that question has ended well or badly. */
bool quota_breaker_admits(struct quota_breaker *breaker, int64_t now_us);

/* An answer came. True: it closes with that. */
bool quota_breaker_good(struct quota_breaker *breaker);

/* A failure. True: it opens with that, also anew after the one question. */
bool quota_breaker_bad(struct quota_breaker *breaker, int64_t now_us);

#endif
