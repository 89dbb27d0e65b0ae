/* SPDX-License-Identifier: Apache-2.0
 *
 * See poll_loop.h.
 */
#include "io/poll_loop.h"

#include <uv.h>

#include "base/memory.h"

struct poll_loop {
    uv_loop_t uv;
};

struct poll_loop *poll_loop_new(struct err *err)
{
    struct poll_loop *loop = MEM_NEW(struct poll_loop);
    int code = uv_loop_init(&loop->uv);
    if (code == 0)
        return loop;
    err_set(err, ERR_IO, "no loop: %s", uv_strerror(code));
    mem_free(loop);
    return NULL;
}

void poll_loop_free(struct poll_loop *loop)
{
    if (loop == NULL)
        return;
    while (uv_loop_close(&loop->uv) == UV_EBUSY)
        uv_run(&loop->uv, UV_RUN_ONCE);
    mem_free(loop);
}

struct uv_loop_s *poll_loop_uv(struct poll_loop *loop)
{
    return &loop->uv;
}

int poll_loop_fd(const struct poll_loop *loop)
{
    return uv_backend_fd(&loop->uv);
}

int poll_loop_wait_ms(const struct poll_loop *loop)
{
    return uv_backend_timeout(&loop->uv);
}

/* Twice: what is wanted of a descriptor within a run becomes known to the kernel in the next one.
 */
void poll_loop_turn(struct poll_loop *loop)
{
    uv_run(&loop->uv, UV_RUN_NOWAIT);
    uv_run(&loop->uv, UV_RUN_NOWAIT);
}

void poll_loop_await(struct poll_loop *loop)
{
    uv_run(&loop->uv, UV_RUN_ONCE);
}
