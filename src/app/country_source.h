/* SPDX-License-Identifier: Apache-2.0
 *
 * The database of countries (policy.hijack.countries) over time: opened, looked at every 2 s, and
 * opened again when another file is there. One that cannot be read is told once, and what was read
 * before holds; without any no country is known. Of one thread.
 */
#ifndef TD_APP_COUNTRY_SOURCE_H
#define TD_APP_COUNTRY_SOURCE_H

#include "app/daemon_metrics.h"
#include "base/ip_address.h"
#include "io/own_log.h"

struct country_source;

struct country_source_options {
    const char *path; /* copied; NULL: there is none */
    struct own_log *log;
    struct daemon_metrics *metrics;
};

struct country_source *country_source_new(const struct country_source_options *options);
void country_source_free(struct country_source *source); /* NULL is fine */

/* This is the file from now on; NULL: none. */
void country_source_want(struct country_source *source, const char *path);

/* As often as one likes. */
void country_source_turn(struct country_source *source, int64_t steady_us);

/* Why the file cannot be read; empty: it can, or there is none. Until the next call. */
struct slice country_source_trouble(const struct country_source *source);

/* A hijack_where (watch/hijack.h) of a country_source. */
uint16_t country_source_find(void *source, const struct ip_address *ip);

#endif
