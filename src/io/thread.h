/* SPDX-License-Identifier: Apache-2.0
 *
 * Threads of ours.
 */
#ifndef TD_IO_THREAD_H
#define TD_IO_THREAD_H

#include <pthread.h>

/* Starts a thread with all signals blocked: they come to those who wait for them, the main loop or
 * a verb. 0, or the number of the error. */
int thread_start(pthread_t *thread, void *(*run)(void *data), void *data);

#endif
