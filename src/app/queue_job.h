/* SPDX-License-Identifier: Apache-2.0
 *
 * What is asked of Postfix' queue, as a job for a worker: a look at what waits, messages that are
 * tried anew, a reload. Each command has its deadline (postfix_call.h).
 */
#ifndef TD_APP_QUEUE_JOB_H
#define TD_APP_QUEUE_JOB_H

#include <stdatomic.h>

#include "app/postfix_release.h"
#include "app/settings.h"
#include "io/job_pool.h"

enum queue_job_kind { QUEUE_JOB_LOOK, QUEUE_JOB_RELEASE, QUEUE_JOB_RELOAD };

/* The worker's while it runs, else the owner's. */
struct queue_job {
    struct job job; /* first */
    enum queue_job_kind kind;
    const struct settings_postfix *postfix;
    struct arena *arena; /* of the domains and of what was found */
    struct slice *providers;
    struct release_domain *domains;
    size_t domain_count;
    struct release_look look;
    struct release_id *ids; /* RELEASE: of them `done` were told */
    size_t id_count, done;
    atomic_bool leaving; /* set by the owner: end early */
    bool good;
    struct err err; /* of one that is not good */
};

/* For job.run: does the work for every instance of Postfix until one fails. */
void queue_job_run(struct job *job);

#endif
