/* SPDX-License-Identifier: Apache-2.0
 *
 * A request and the wait for its answer. See daemon_request.h.
 */
#include "app/daemon_request.h"

#include "base/memory.h"
#include "io/clock.h"
#include "io/steady_condition.h"

struct daemon_request_state {
    pthread_mutex_t lock;
    pthread_cond_t answered;
    bool is_answered;
    int references;
};

struct daemon_request *daemon_request_new(enum daemon_request_kind kind)
{
    struct daemon_request *request = MEM_NEW(struct daemon_request);
    struct daemon_request_state *state = MEM_NEW(struct daemon_request_state);
    steady_condition_init(&state->answered);
    pthread_mutex_init(&state->lock, NULL);
    state->references = 2;
    request->kind = kind;
    request->state = state;
    return request;
}

bool daemon_request_wait(struct daemon_request *request, int64_t wait_us)
{
    struct daemon_request_state *state = request->state;
    int64_t until_us = clock_steady_us() + wait_us;
    pthread_mutex_lock(&state->lock);
    bool in_time = true;
    while (!state->is_answered && in_time)
        in_time = steady_condition_wait(&state->answered, &state->lock, until_us);
    bool answered = state->is_answered;
    pthread_mutex_unlock(&state->lock);
    return answered;
}

void daemon_request_answer(struct daemon_request *request)
{
    pthread_mutex_lock(&request->state->lock);
    request->state->is_answered = true;
    pthread_cond_signal(&request->state->answered);
    pthread_mutex_unlock(&request->state->lock);
}

void daemon_request_unref(struct daemon_request *request)
{
    struct daemon_request_state *state = request->state;
    pthread_mutex_lock(&state->lock);
    bool last = --state->references == 0;
    pthread_mutex_unlock(&state->lock);
    if (!last)
        return;
    pthread_cond_destroy(&state->answered);
    pthread_mutex_destroy(&state->lock);
    mem_free(state);
    buf_done(&request->id);
    buf_done(&request->by);
    buf_done(&request->note);
    buf_done(&request->answer);
    json_decref(request->value);
    json_decref(request->doubts);
    slack_click_done(&request->click);
    mem_free(request);
}
