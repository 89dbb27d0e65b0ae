/* SPDX-License-Identifier: Apache-2.0
 *
 * Logins that the auth listener has decided on, on their way from the main thread to the detectors,
 * which else know only those that logs tell of: guessing, hijacked accounts. Bounded: of more than
 * LOGIN_FACTS_MAX that wait, further ones are dropped and counted.
 */
#ifndef TD_APP_LOGIN_CHANNEL_H
#define TD_APP_LOGIN_CHANNEL_H

#include "base/err.h"
#include "watch/guessing.h"

enum { LOGIN_FACTS_MAX = 50000 };

struct login_channel;

/* NULL and err: no event descriptor to be had. */
struct login_channel *login_channel_new(struct err *err);
void login_channel_free(struct login_channel *channel); /* NULL is fine */

/* The main thread; copies it. */
void login_channel_put(struct login_channel *channel, const struct guessing_login *login,
                       int64_t at_us);

/* Calls `take` for each that has arrived, oldest first. */
typedef void (*login_channel_take)(void *data, const struct guessing_login *login, int64_t at_us);
void login_channel_each(struct login_channel *channel, login_channel_take take, void *data);

/* Any thread. */
uint64_t login_channel_dropped(const struct login_channel *channel);

#endif
