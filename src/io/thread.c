/* SPDX-License-Identifier: Apache-2.0
 *
 * See thread.h. The mask is inherited, so it is set before the thread is there.
 */
#include "io/thread.h"

#include <signal.h>

int thread_start(pthread_t *thread, void *(*run)(void *data), void *data)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int code = pthread_create(thread, NULL, run, data);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return code;
}
