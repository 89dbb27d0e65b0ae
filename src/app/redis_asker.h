/* SPDX-License-Identifier: Apache-2.0
 *
 * A script in a Redis (io/redis_client.h) that is asked one question at a time, about four keys, by
 * a thread that has other things to do: in a loop of its own, which the thread turns. What relays
 * share beside limits goes this way (ruling_share.h, guess_share.h).
 *
 * After something was refused it may rest for a second. One thread.
 */
#ifndef TD_APP_REDIS_ASKER_H
#define TD_APP_REDIS_ASKER_H

#include "base/err.h"
#include "io/redis_client.h"

enum { REDIS_ASKER_KEYS = 4 };

struct redis_asker_options {
    const struct redis_address *address;     /* copied */
    struct slice prefix;                     /* of keys; copied */
    const char *names[REDIS_ASKER_KEYS];     /* of keys, behind the prefix */
    struct slice script;                     /* borrowed */
    int64_t deadline_us;                     /* of a question */
    void (*changed)(void *context, bool up); /* as redis_client.h says */
    void (*answered)(void *context, const struct redis_answer *answer);
    void *context;
};

struct redis_asker;

/* Connects as soon as it is turned. NULL and err: no descriptor is left. */
struct redis_asker *redis_asker_new(const struct redis_asker_options *options, struct err *err);
void redis_asker_free(struct redis_asker *asker); /* NULL is fine */

/* See poll_loop.h. */
int redis_asker_fd(const struct redis_asker *asker);
int redis_asker_wait_ms(const struct redis_asker *asker);
void redis_asker_turn(struct redis_asker *asker);
void redis_asker_await(struct redis_asker *asker);

bool redis_asker_is_up(const struct redis_asker *asker);

/* A question may be asked now: it is up, none is under way, and it does not rest. */
bool redis_asker_is_free(const struct redis_asker *asker);

/* Asks by these words, behind the keys. False: not now. */
bool redis_asker_ask(struct redis_asker *asker, const struct slice *words, size_t count);

/* No question for a second, unless the connection changes. */
void redis_asker_rest(struct redis_asker *asker);
bool redis_asker_rests(const struct redis_asker *asker);

/* Why it cannot be asked; error: what Redis said, empty: of the connection. */
void redis_asker_fault(const struct redis_asker *asker, struct slice error, struct err *out);

#endif
