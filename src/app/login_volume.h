/* SPDX-License-Identifier: Apache-2.0
 *
 * How much each login of a log has sent at its busiest: in one message, one hour, one day; what a
 * limit is to be set by. Hours and days slide and are counted by the meters of the gate, so that
 * a limit at a login's number would just have let all of it pass.
 *
 * Pure, one thread. Bounded: `max` logins, of about 150 bytes and their names; more are counted
 * and left out.
 */
#ifndef TD_APP_LOGIN_VOLUME_H
#define TD_APP_LOGIN_VOLUME_H

#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

enum volume_span { VOLUME_MESSAGE, VOLUME_HOUR, VOLUME_DAY, VOLUME_SPANS };

/* Of a login; texts are the book's. */
struct login_volume_row {
    struct slice login, domain; /* domain: behind its last `@`; may be empty */
    uint64_t messages, recipients;
    uint32_t most[VOLUME_SPANS]; /* recipients */
};

struct login_volume;

/* max: 1 to 2^24. */
struct login_volume *login_volume_new(uint32_t max);
void login_volume_free(struct login_volume *volume);

/* A message of a login, in its one form, not empty. now_us: of all messages not decreasing. */
void login_volume_take(struct login_volume *volume, struct slice login, uint32_t recipients,
                       int64_t now_us);

size_t login_volume_count(const struct login_volume *volume);
struct login_volume_row login_volume_at(const struct login_volume *volume, size_t index);

/* Messages of logins that had no room. */
uint64_t login_volume_left_out(const struct login_volume *volume);

#endif
