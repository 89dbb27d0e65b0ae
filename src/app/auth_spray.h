/* SPDX-License-Identifier: Apache-2.0
 *
 * Guesses from many networks on many accounts (gate/guess_guard.h), as an incident `brute-force` of
 * the name `many accounts`. It opens and closes as the guard says; while it goes on it is told anew
 * once a minute. The guard forgets campaigns with the daemon: an incident that the run before left
 * ends when the guard has seen none for AUTH_SPRAY_GONE_US.
 *
 * Pure: times of one clock. One thread.
 */
#ifndef TD_APP_AUTH_SPRAY_H
#define TD_APP_AUTH_SPRAY_H

#include "base/buf.h"
#include "gate/guess_guard.h"
#include "model/incident.h"

#define AUTH_SPRAY_GONE_US (INT64_C(2400) * 1000000) /* longer than the guard takes to be sure */

/* Zero-initialise to begin. */
struct auth_spray {
    int64_t opened_us; /* 0: no incident is open */
    int64_t told_us, last_us;
    bool inherited; /* of the run before; the guard of this one knows nothing of it yet */
    uint64_t hits, accounts;
    uint64_t old_hits, old_passed; /* those of the run before */
    uint64_t passed;               /* as it was when it was opened */
    struct buf first, newest;
};

void auth_spray_done(struct auth_spray *spray);

/* An open incident that the run before left goes on or ends; others are no concern of it. */
void auth_spray_resume(struct auth_spray *spray, struct slice relay, const struct incident *known,
                       int64_t now_us);

/* campaign: as it is, or was when it ended; NULL: there was none yet. passed: logins that were
 * right, ever. True: *out is to be told, but for its relay; its texts live until the next call. */
bool auth_spray_take(struct auth_spray *spray, const struct guess_campaign *campaign,
                     uint64_t passed, int64_t now_us, struct incident *out);

#endif
