/* SPDX-License-Identifier: Apache-2.0
 *
 * Notes what a detector tells: the incidents it has spoken of, each as it was told last.
 */
#ifndef TD_TESTS_WATCH_TOLD_H
#define TD_TESTS_WATCH_TOLD_H

#include "base/civil.h"
#include "watch/incident_tell.h"

#define SECOND US_PER_SECOND
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define WEEK (7 * DAY)
#define MONDAY INT64_C(1772409600000000) /* 2026-03-02 00:00:00 UTC */

#define TOLD_MAX 64
#define TOLD_TEXT 1100

struct told_incident {
    struct incident incident; /* its slices point into texts */
    char texts[8][TOLD_TEXT];
};

struct told {
    struct told_incident items[TOLD_MAX];
    size_t count; /* distinct: kind, names, opened */
    unsigned calls;
};

/* As incident_tell; data: a struct told, zeros to begin. Fails the test when an incident goes on
 * after it was closed, or ends before it began. */
void told_take(void *data, const struct incident *incident);

size_t told_open(const struct told *told); /* of the incidents, how many are open */

/* The newest of the kind, or NULL. */
const struct incident *told_of(const struct told *told, enum incident_kind kind);

/* The first of kind and scope, or NULL. */
const struct incident *told_find(const struct told *told, enum incident_kind kind,
                                 enum incident_scope scope);

/* How many of the kind. */
size_t told_count(const struct told *told, enum incident_kind kind);

/* Whole-number noise that is the same in every run. */
uint32_t told_random(uint64_t *seed);

/* A Poisson number. */
uint32_t told_poisson(uint64_t *seed, double mean);

#endif
