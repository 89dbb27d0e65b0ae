/* SPDX-License-Identifier: Apache-2.0
 *
 * getrandom(2), which gives up to 256 bytes at once and whole.
 */
#include "io/secret_random.h"

#include <errno.h>
#include <sys/random.h>

bool secret_random(void *to, size_t len, struct err *err)
{
    ssize_t got;
    do
        got = getrandom(to, len, 0);
    while (got < 0 && errno == EINTR);
    return got == (ssize_t)len || err_set_errno(err, errno, "random bytes");
}
