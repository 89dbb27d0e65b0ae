/* SPDX-License-Identifier: Apache-2.0
 *
 * See quota_breaker.h.
 */
#include "io/quota_breaker.h"

bool quota_breaker_admits(struct quota_breaker *breaker, int64_t now_us)
{
    if (!breaker->open)
        return true;
    if (breaker->probing || now_us < breaker->open_until_us)
        return false;
    breaker->probing = true;
    return true;
}

bool quota_breaker_good(struct quota_breaker *breaker)
{
    bool was_open = breaker->open;
    *breaker = (struct quota_breaker){0};
    return was_open;
}

static void open_for(struct quota_breaker *breaker, int64_t wait_us, int64_t now_us)
{
    if (wait_us > QUOTA_BREAKER_MOST_US)
        wait_us = QUOTA_BREAKER_MOST_US;
    *breaker =
        (struct quota_breaker){.open = true, .wait_us = wait_us, .open_until_us = now_us + wait_us};
}

bool quota_breaker_bad(struct quota_breaker *breaker, int64_t now_us)
{
    if (breaker->open && !breaker->probing)
        return false; /* of something asked before */
    if (breaker->open)
        open_for(breaker, breaker->wait_us * 2, now_us);
    else if (++breaker->failures < QUOTA_BREAKER_FAILURES)
        return false;
    else
        open_for(breaker, QUOTA_BREAKER_FIRST_US, now_us);
    return true;
}
