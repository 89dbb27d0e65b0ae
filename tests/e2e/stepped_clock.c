/* SPDX-License-Identifier: Apache-2.0
 *
 * The clock of stepped_todoku, which is todoku with steps of the clock: the file `clock_step` in
 * the folder where it was started holds seconds, as they lie in memory, that are added to the time
 * of day, and, if there are such, seconds that are added to the steady clock. It is mapped: what
 * the tests write there counts at once. Without it there is no step.
 *
 * A program's own clock_gettime comes before that of libc.
 */
#include <fcntl.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static const _Atomic int64_t *step_s; /* two; NULL: there is no file */

__attribute__((constructor)) static void open_step(void)
{
    int fd = open("clock_step", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    void *place = mmap(NULL, 2 * sizeof(*step_s), PROT_READ, MAP_SHARED, fd, 0);
    step_s = place == MAP_FAILED ? NULL : place;
    close(fd);
}

int clock_gettime(clockid_t id, struct timespec *now)
{
    long result = syscall(SYS_clock_gettime, id, now);
    if (id == CLOCK_REALTIME && step_s != NULL)
        now->tv_sec += atomic_load(&step_s[0]);
    if (id == CLOCK_MONOTONIC && step_s != NULL)
        now->tv_sec += atomic_load(&step_s[1]); /* 0 behind a file of one */
    return (int)result;
}
