/* SPDX-License-Identifier: Apache-2.0
 *
 * See quota_pool.h. One timer for all questions. It may fire because the loop stood still while
 * answers lay in the sockets; so what is late is judged only after those were read: the timer has
 * the loop look at its sockets once without sleeping (idle), and judges behind that (check).
 */
#include "io/quota_pool_private.h"

#include "base/memory.h"
#include "io/clock.h"

static const int64_t DEADLINE_US = 400000;

/* On the loop; outlive the pool's use of it until they are closed. */
struct quota_handles {
    uv_timer_t timer;
    uv_idle_t idle;
    uv_check_t check;
    unsigned open;
    int64_t due_us; /* of the timer; 0: it is not set */
};

struct quota_pool *quota_pool_new(const struct quota_pool_options *options)
{
    struct quota_pool *pool = MEM_NEW(struct quota_pool);
    ASSERT(options->take != NULL);
    pool->options = *options;
    if (options->waiting_max == 0)
        pool->options.waiting_max = QUOTA_WAITING_MAX;
    quota_pool_set_deadline(pool, options->deadline_us);
    return pool;
}

void quota_pool_set_deadline(struct quota_pool *pool, int64_t deadline_us)
{
    pool->options.deadline_us = deadline_us > 0 ? deadline_us : DEADLINE_US;
}

/* ---- servers ---- */

struct quota_server *quota_pool_at(const struct quota_pool *pool, size_t i)
{
    return i < pool->count ? pool->servers[i] : NULL;
}

struct quota_server *quota_pool_find(const struct quota_pool *pool, struct slice name)
{
    for (size_t i = 0; i < pool->count; i++)
        if (slice_eq(pool->servers[i]->name, name))
            return pool->servers[i];
    return NULL;
}

/* The server as it is, taken out of those that will leave, or a new one. */
static struct quota_server *server_for(struct quota_pool *pool,
                                       const struct quota_server_plan *plan)
{
    ASSERT(plan->connections >= 1 && plan->connections <= QUOTA_CONNECTIONS_MAX);
    for (size_t i = 0; i < pool->count; i++) {
        struct quota_server *server = pool->servers[i];
        if (server == NULL || !slice_eq(server->name, plan->name) ||
            !endpoint_eq(&server->endpoint, &plan->endpoint))
            continue;
        pool->servers[i] = NULL;
        quota_server_set_connections(server, plan->connections);
        return server;
    }
    return quota_server_new(pool, plan);
}

void quota_pool_set_servers(struct quota_pool *pool, const struct quota_server_plan *plans,
                            size_t count)
{
    size_t before = pool->count + pool->leaving, filled = count;
    struct quota_server **servers = MEM_NEW_ARRAY(struct quota_server *, count + before + 1);
    for (size_t i = 0; i < count; i++)
        servers[i] = server_for(pool, &plans[i]);
    for (size_t i = 0; i < before; i++) {
        if (pool->servers[i] == NULL)
            continue;
        pool->servers[i]->leaving = true;
        servers[filled++] = pool->servers[i];
    }
    mem_free(pool->servers);
    pool->servers = servers;
    pool->count = count;
    pool->leaving = filled - count;
    quota_pool_tidy(pool);
}

void quota_pool_tidy(struct quota_pool *pool)
{
    size_t left = 0;
    for (size_t i = pool->count; i < pool->count + pool->leaving; i++) {
        struct quota_server *server = pool->servers[i];
        if (server->asks == 0)
            quota_server_free(server);
        else
            pool->servers[pool->count + left++] = server;
    }
    pool->leaving = left;
}

void quota_pool_free(struct quota_pool *pool)
{
    if (pool == NULL)
        return;
    ASSERT(pool->loop == NULL);
    quota_pool_set_servers(pool, NULL, 0);
    ASSERT(pool->leaving == 0);
    mem_free(pool->servers);
    mem_free(pool);
}

/* ---- time ---- */

static void on_timer(uv_timer_t *timer);

void quota_pool_watch(struct quota_pool *pool, int64_t due_us)
{
    struct quota_handles *handles = pool->handles;
    if (handles == NULL || (handles->due_us != 0 && handles->due_us <= due_us))
        return;
    int64_t left_us = due_us - clock_steady_us();
    handles->due_us = due_us;
    uv_update_time(pool->loop);
    uv_timer_start(&handles->timer, on_timer, left_us > 0 ? (uint64_t)(left_us + 999) / 1000 : 0,
                   0);
}

static void on_idle(uv_idle_t *idle)
{
    (void)idle;
}

static void on_check(uv_check_t *check)
{
    struct quota_pool *pool = check->data;
    int64_t now_us = clock_steady_us();
    uv_check_stop(check);
    uv_idle_stop(&pool->handles->idle);
    for (size_t i = 0; i < pool->count + pool->leaving; i++)
        quota_server_look(pool->servers[i], now_us);
    quota_pool_tidy(pool);
}

static void on_timer(uv_timer_t *timer)
{
    struct quota_pool *pool = timer->data;
    pool->handles->due_us = 0;
    uv_idle_start(&pool->handles->idle, on_idle);
    uv_check_start(&pool->handles->check, on_check);
}

/* ---- life ---- */

static void on_handle_closed(uv_handle_t *handle)
{
    struct quota_handles *handles = handle->data;
    if (--handles->open == 0)
        mem_free(handles);
}

void quota_pool_begin(struct quota_pool *pool, struct uv_loop_s *loop)
{
    struct quota_handles *handles = MEM_NEW(struct quota_handles);
    ASSERT(pool->loop == NULL);
    pool->loop = loop;
    pool->handles = handles;
    uv_timer_init(loop, &handles->timer);
    uv_idle_init(loop, &handles->idle);
    uv_check_init(loop, &handles->check);
    handles->timer.data = handles->idle.data = handles->check.data = pool;
}

void quota_pool_end(struct quota_pool *pool)
{
    struct quota_handles *handles = pool->handles;
    if (pool->loop == NULL)
        return;
    uv_handle_t *all[] = {(uv_handle_t *)&handles->timer, (uv_handle_t *)&handles->idle,
                          (uv_handle_t *)&handles->check};
    handles->open = sizeof(all) / sizeof(all[0]);
    pool->loop = NULL; /* from here on what is asked is down */
    pool->handles = NULL;
    for (size_t i = 0; i < pool->count + pool->leaving; i++)
        quota_server_give_up(pool->servers[i]);
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        all[i]->data = handles;
        uv_close(all[i], on_handle_closed);
    }
    quota_pool_tidy(pool);
}
