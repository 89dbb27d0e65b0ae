/* SPDX-License-Identifier: Apache-2.0
 *
 * Whether what relays share of guesses is there (guess_share.h), over plans, tries to reach it, and
 * the threads that want to know: made on the auth thread's loop, tried again when it could not be,
 * told to any thread.
 */
#ifndef TD_APP_AUTH_SHARING_H
#define TD_APP_AUTH_SHARING_H

#include "app/guess_share.h"

struct auth_sharing;

/* key: proposed for names that relays share, see guess_share_new; copied. */
struct auth_sharing *auth_sharing_new(const struct hash_key *key);
void auth_sharing_free(struct auth_sharing *sharing); /* NULL is fine */

/* On the auth thread. begin: by these terms from now on; guard: borrowed until the end. */
void auth_sharing_begin(struct auth_sharing *sharing, const struct guess_share_terms *terms,
                        struct guess_guard *guard);
void auth_sharing_end(struct auth_sharing *sharing);

/* Several times a second; terms and guard as at the begin. */
void auth_sharing_turn(struct auth_sharing *sharing, const struct guess_share_terms *terms,
                       struct guess_guard *guard);

/* What the guard gave out. */
void auth_sharing_put(struct auth_sharing *sharing, const struct guess_news *news);

/* From any thread. */
void auth_sharing_counts(struct auth_sharing *sharing, struct guess_share_counts *out);

#endif
