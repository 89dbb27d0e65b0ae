/* SPDX-License-Identifier: Apache-2.0
 *
 * A condition of threads that is waited for up to a time of the steady clock (io/clock.h): a clock
 * of the day that is set lengthens no wait and ends none.
 */
#ifndef TD_IO_STEADY_CONDITION_H
#define TD_IO_STEADY_CONDITION_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/* Ended with pthread_cond_destroy. */
void steady_condition_init(pthread_cond_t *condition);

/* With the lock held, as pthread_cond_wait: it may also return for nothing. until_us: steady.
 * False: it is that late. */
bool steady_condition_wait(pthread_cond_t *condition, pthread_mutex_t *lock, int64_t until_us);

#endif
