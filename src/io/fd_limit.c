/* SPDX-License-Identifier: Apache-2.0
 *
 * See fd_limit.h; getrlimit(2).
 */
#include "io/fd_limit.h"

#include <sys/resource.h>

enum { LIMIT_MAX = 1 << 20, LIMIT_UNKNOWN = 256 };

size_t fd_limit_raise(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return LIMIT_UNKNOWN;
    struct rlimit wanted = limit;
    wanted.rlim_cur = limit.rlim_max < LIMIT_MAX ? limit.rlim_max : LIMIT_MAX;
    if (wanted.rlim_cur > limit.rlim_cur && setrlimit(RLIMIT_NOFILE, &wanted) == 0)
        limit = wanted;
    return limit.rlim_cur;
}
