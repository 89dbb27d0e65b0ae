/* SPDX-License-Identifier: Apache-2.0
 *
 * See daemon_names.h.
 */
#include "app/daemon_names.h"

#include "base/memory.h"
#include "base/spelling.h"
#include "io/clock.h"
#include "io/steady_condition.h"
#include "watch/login_table.h"
#include "watch/tally_state.h"

struct daemon_names {
    pthread_mutex_t lock;   /* guards what follows */
    pthread_cond_t changed; /* answered, or nobody asks any more, or closed */
    struct daemon_name_question *questions;
    size_t count;
    bool answered, closed;
    unsigned askers;
};

struct daemon_names *daemon_names_new(void)
{
    struct daemon_names *names = MEM_NEW(struct daemon_names);
    steady_condition_init(&names->changed);
    pthread_mutex_init(&names->lock, NULL);
    return names;
}

void daemon_names_free(struct daemon_names *names)
{
    if (names == NULL)
        return;
    pthread_cond_destroy(&names->changed);
    pthread_mutex_destroy(&names->lock);
    mem_free(names);
}

/* ---- who asks ---- */

bool daemon_names_ask(struct daemon_names *names, struct daemon_name_question *questions,
                      size_t count, int64_t wait_us)
{
    int64_t until_us = clock_steady_us() + wait_us;
    bool in_time = true, answered = false;
    pthread_mutex_lock(&names->lock);
    names->askers++;
    while (names->questions != NULL && !names->closed && in_time) /* somebody else's */
        in_time = steady_condition_wait(&names->changed, &names->lock, until_us);
    if (names->questions == NULL) {
        names->questions = questions;
        names->count = count;
        names->answered = false;
        while (!names->answered && !names->closed && in_time)
            in_time = steady_condition_wait(&names->changed, &names->lock, until_us);
        answered = names->answered;
        names->questions = NULL;
    }
    names->askers--;
    pthread_cond_broadcast(&names->changed);
    pthread_mutex_unlock(&names->lock);
    return answered;
}

void daemon_names_close(struct daemon_names *names, bool closed)
{
    pthread_mutex_lock(&names->lock);
    names->closed = closed;
    pthread_cond_broadcast(&names->changed);
    while (closed && names->askers > 0)
        pthread_cond_wait(&names->changed, &names->lock);
    pthread_mutex_unlock(&names->lock);
}

/* ---- who knows ---- */

static struct slice path_name(const struct tally_path_names *names, enum daemon_name kind)
{
    switch (kind) {
    case DAEMON_NAME_RELAY:
        return names->relay;
    case DAEMON_NAME_SOURCE:
        return names->source;
    case DAEMON_NAME_PROVIDER:
    case DAEMON_NAME_ROUTED:
        return names->provider;
    case DAEMON_NAME_LOGIN:
        break;
    }
    return (struct slice){NULL, 0};
}

static void look_at_paths(const struct tally *tally, struct daemon_name_question *question,
                          struct spelling *search)
{
    struct tally_state state;
    tally_state_get(tally, &state);
    for (uint32_t i = 1; i <= state.paths && !question->known; i++) {
        struct tally_path_names names = tally_path_names(tally, i);
        spelling_offer(search, path_name(&names, question->kind));
        question->known = slice_eq(search->near, question->text);
    }
}

static struct daemon_login_usual usual_of(const struct login *login)
{
    const struct surge_volume *volume = login->surge.volume;
    return (struct daemon_login_usual){.normal = volume != NULL ? volume->normal : 0,
                                       .most = login->surge.peak,
                                       .messages = login->messages,
                                       .recipients = login->recipients,
                                       .clients = login_clients(login->client_bits)};
}

static void look_at_logins(const struct tally *tally, struct daemon_name_question *question,
                           struct spelling *search)
{
    const struct correlator *correlator = tally_correlator(tally);
    uint32_t count = login_table_count(tally_logins(tally));
    uint32_t number = correlator_find_login(correlator, question->text);
    question->known = number != 0;
    if (number != 0 && number < count)
        question->usual = usual_of(login_table_get(tally_logins(tally), number));
    for (uint32_t i = 1; i < count && !question->known; i++)
        spelling_offer(search, correlator_login(correlator, i));
}

static void look(const struct tally *tally, const struct route_traffic *traffic,
                 struct daemon_name_question *question)
{
    struct spelling search = {.word = question->text};
    if (question->kind == DAEMON_NAME_ROUTED && traffic != NULL)
        question->known = route_traffic_has_domain(traffic, question->text);
    if (question->known)
        return;
    if (question->kind == DAEMON_NAME_LOGIN)
        look_at_logins(tally, question, &search);
    else
        look_at_paths(tally, question, &search);
    if (question->kind == DAEMON_NAME_ROUTED &&
        question->known) /* tried, but no host of it took it */
        question->known = false;
    else if (!question->known)
        buf_add(&question->near, search.near);
}

void daemon_names_answer(struct daemon_names *names, const struct tally *tally,
                         const struct route_traffic *traffic)
{
    pthread_mutex_lock(&names->lock);
    if (names->questions != NULL && !names->answered) {
        for (size_t i = 0; i < names->count; i++)
            look(tally, traffic, &names->questions[i]);
        names->answered = true;
        pthread_cond_broadcast(&names->changed);
    }
    pthread_mutex_unlock(&names->lock);
}
