/* SPDX-License-Identifier: Apache-2.0
 *
 * See country_source.h.
 */
#include "app/country_source.h"

#include "base/civil.h"
#include "base/memory.h"
#include "io/clock.h"
#include "store/country_table.h"

#define LOOK_US (2 * US_PER_SECOND)

struct country_source {
    struct country_source_options options;
    struct buf path;             /* empty: none */
    struct country_table *table; /* NULL: none could be read */
    struct buf told;             /* the trouble; empty: there is none */
    int64_t looked_us;           /* steady */
};

static void tell_trouble(struct country_source *source, const struct err *err)
{
    struct slice text = slice_from_str(err->text);
    daemon_metrics_set(source->options.metrics, DAEMON_METRIC_COUNTRIES_TROUBLE, NULL, 1);
    if (slice_eq(text, buf_slice(&source->told)))
        return;
    buf_clear(&source->told);
    buf_add(&source->told, text);
    OWN_LOG(source->options.log, OWN_LOG_WARNING, "countries_not_read", log_text("error", text),
            log_str("meanwhile", source->table ? "the file of before" : "no country is known"));
}

static void tell_read(struct country_source *source)
{
    const struct country_table *table = source->table;
    buf_clear(&source->told);
    daemon_metrics_set(source->options.metrics, DAEMON_METRIC_COUNTRIES_TROUBLE, NULL, 0);
    OWN_LOG(source->options.log, OWN_LOG_INFO, "countries_read",
            log_text("file", buf_slice(&source->path)), log_text("kind", country_table_kind(table)),
            log_number("days_old", (clock_now_us() / US_PER_SECOND - country_table_made_s(table)) /
                                       SECONDS_PER_DAY));
}

static void look(struct country_source *source)
{
    struct err err = {0};
    source->looked_us = clock_steady_us();
    if (source->path.len == 0 || (source->table != NULL && !country_table_is_old(source->table)))
        return;
    struct country_table *fresh = country_table_open(buf_str(&source->path), &err);
    if (fresh == NULL) {
        tell_trouble(source, &err);
        return;
    }
    country_table_free(source->table);
    source->table = fresh;
    tell_read(source);
}

struct country_source *country_source_new(const struct country_source_options *options)
{
    struct country_source *source = MEM_NEW(struct country_source);
    source->options = *options;
    country_source_want(source, options->path);
    return source;
}

void country_source_free(struct country_source *source)
{
    if (source == NULL)
        return;
    country_table_free(source->table);
    buf_done(&source->path);
    buf_done(&source->told);
    mem_free(source);
}

void country_source_want(struct country_source *source, const char *path)
{
    struct slice wanted = slice_from_str(path);
    if (slice_eq(wanted, buf_slice(&source->path)))
        return;
    country_table_free(source->table);
    source->table = NULL;
    buf_clear(&source->path);
    buf_add(&source->path, wanted);
    buf_clear(&source->told);
    daemon_metrics_set(source->options.metrics, DAEMON_METRIC_COUNTRIES_TROUBLE, NULL, 0);
    look(source);
}

void country_source_turn(struct country_source *source, int64_t steady_us)
{
    if (steady_us - source->looked_us >= LOOK_US)
        look(source);
}

struct slice country_source_trouble(const struct country_source *source)
{
    return buf_slice(&source->told);
}

uint16_t country_source_find(void *source, const struct ip_address *ip)
{
    const struct country_source *from = source;
    return from->table != NULL ? country_table_find(from->table, ip) : COUNTRY_NONE;
}
