/* SPDX-License-Identifier: Apache-2.0
 *
 * See queue_job.h.
 */
#include "app/queue_job.h"

static size_t instances(const struct settings_postfix *postfix)
{
    return postfix->instance_count > 0 ? postfix->instance_count : 1;
}

static struct postfix_place place_of(const struct settings_postfix *postfix, size_t instance)
{
    return (struct postfix_place){
        .commands = postfix->commands,
        .config = postfix->instance_count > 0 ? postfix->instances[instance] : NULL};
}

static void run_look(struct queue_job *work)
{
    for (size_t i = 0; work->good && i < instances(work->postfix); i++) {
        struct postfix_place place = place_of(work->postfix, i);
        work->good = postfix_release_look(&place, i, work->domains, work->domain_count, &work->look,
                                          &work->err);
    }
}

static void run_release(struct queue_job *work)
{
    for (; work->good && work->done < work->id_count && !atomic_load(&work->leaving);
         work->done++) {
        const struct release_id *one = &work->ids[work->done];
        struct postfix_place place = place_of(work->postfix, one->instance);
        work->good = postfix_release_message(&place, one->id.ptr, &work->leaving, &work->err);
    }
}

/* An own command is for all instances. */
static void run_reload(struct queue_job *work)
{
    const char *words[SETTINGS_RELOAD_WORDS + 1] = {NULL};
    size_t count = work->postfix->reload_count;
    for (size_t i = 0; i < count; i++)
        words[i] = work->postfix->reload[i];
    for (size_t i = 0; work->good && i < (count > 0 ? 1 : instances(work->postfix)); i++) {
        struct postfix_place place = place_of(work->postfix, i);
        work->good =
            postfix_release_reload(&place, count > 0 ? words : NULL, &work->leaving, &work->err);
    }
}

void queue_job_run(struct job *job)
{
    struct queue_job *work = (struct queue_job *)(void *)job;
    work->good = true;
    work->err = (struct err){0};
    switch (work->kind) {
    case QUEUE_JOB_LOOK:
        run_look(work);
        break;
    case QUEUE_JOB_RELEASE:
        run_release(work);
        break;
    case QUEUE_JOB_RELOAD:
        run_reload(work);
        break;
    }
}
