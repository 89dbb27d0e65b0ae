/* SPDX-License-Identifier: Apache-2.0
 *
 * See http_client.h: http_call on the threads of a job_pool.
 */
#include "io/http_client.h"

#include <curl/curl.h>

#include "base/memory.h"
#include "io/job_pool.h"

enum { ARENA_BYTES = 1024 };

struct http_client {
    struct job_pool *pool;
    atomic_bool stopping;
};

/* One call on its way. */
struct errand {
    struct job job; /* first */
    struct arena *arena;
    struct http_call call; /* strings in the arena */
    struct http_result result;
};

static void errand_run(struct job *job)
{
    struct errand *errand = (struct errand *)job;
    struct http_result *result = &errand->result;
    result->answered = http_call(&errand->call, &result->answer, &result->err);
}

static void errand_free(struct errand *errand)
{
    arena_free(errand->arena);
    mem_free(errand);
}

struct http_client *http_client_start(size_t threads, size_t calls_max, struct err *err)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        err_set(err, ERR_LIBRARY, "libcurl does not start");
        return NULL;
    }
    struct job_pool *pool = job_pool_start(threads, calls_max, err);
    if (pool == NULL) {
        curl_global_cleanup();
        return NULL;
    }
    struct http_client *client = MEM_NEW(struct http_client);
    client->pool = pool;
    return client;
}

void http_client_stop(struct http_client *client)
{
    struct http_result result;
    if (client == NULL)
        return;
    atomic_store(&client->stopping, true);
    job_pool_stop(client->pool);
    while (http_client_take(client, &result))
        http_answer_done(&result.answer);
    job_pool_free(client->pool);
    mem_free(client);
    curl_global_cleanup();
}

static const char *kept(struct errand *errand, const char *text)
{
    return text ? arena_copy(errand->arena, text, strlen(text)) : NULL;
}

bool http_client_send(struct http_client *client, const struct http_call *call, void *tag)
{
    ASSERT(call->abort == NULL);
    struct errand *errand = MEM_NEW(struct errand);
    errand->arena = arena_new(ARENA_BYTES);
    errand->job.run = errand_run;
    errand->result.tag = tag;
    errand->call = *call;
    struct http_call *own = &errand->call;
    own->method = kept(errand, call->method);
    own->url = kept(errand, call->url);
    own->unix_socket = kept(errand, call->unix_socket);
    own->content_type = kept(errand, call->content_type);
    own->ca_file = kept(errand, call->ca_file);
    own->proxy = kept(errand, call->proxy);
    for (size_t i = 0; i < HTTP_CALL_HEADERS_MAX; i++)
        own->headers[i] = kept(errand, call->headers[i]);
    if (call->body.len > 0)
        own->body.ptr = arena_copy(errand->arena, call->body.ptr, call->body.len);
    own->abort = &client->stopping;
    if (job_pool_submit(client->pool, &errand->job))
        return true;
    errand_free(errand);
    return false;
}

bool http_client_take(struct http_client *client, struct http_result *result)
{
    struct errand *errand = (struct errand *)job_pool_take(client->pool);
    if (errand == NULL)
        return false;
    *result = errand->result;
    if (!errand->job.ran)
        err_set(&result->err, ERR_LIMIT, "not sent: the daemon is ending");
    errand_free(errand);
    return true;
}

int http_client_fd(const struct http_client *client)
{
    return job_pool_fd(client->pool);
}
