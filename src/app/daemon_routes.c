/* SPDX-License-Identifier: Apache-2.0
 *
 * The owner of the planner: its life, and the order of its turns. See daemon_routes.h.
 */
#include "app/daemon_routes_private.h"

#include <stdarg.h>
#include <stdio.h>

#include "app/daemon_traffic.h"
#include "app/early_reports.h"
#include "app/postfix_files.h"
#include "app/settings_fleet.h"
#include "app/settings_respond.h"
#include "base/civil.h"

#define THREADS 2  /* tables wait for no command */
#define CAPACITY 4 /* one job of tables, one of the queue */
#define ADVANCE_US (60 * US_PER_SECOND)

/* ---- telling ---- */

static void log_entry(struct daemon_routes *routes, const struct audit_entry *entry)
{
    struct slice action = slice_from_str(audit_action_word(entry->action));
    CLEANUP_BUF struct buf event = {0}; /* each with a limit of its own to how often it is said */
    buf_addf(&event, "route_%s", audit_action_word(entry->action));
    daemon_metrics_add(routes->options.metrics, DAEMON_METRIC_ROUTE_DECISIONS, &action, 1);
    OWN_LOG(routes->options.log, entry->urgent ? OWN_LOG_WARNING : OWN_LOG_INFO, buf_str(&event),
            log_text("provider", entry->provider), log_text("source", entry->source),
            log_text("override", entry->override_id), log_text("before", entry->before),
            log_text("after", entry->after), log_text("actor", entry->actor),
            log_text("reason", entry->reason), log_text("incident", entry->incidents[0]));
}

void routes_tell(struct daemon_routes *routes, const struct audit_entry *entry)
{
    routes->dirty = true;
    log_entry(routes, audit_trail_add(routes->trail, entry));
}

static void tell(void *data, const struct audit_entry *entry)
{
    routes_tell(data, entry);
}

void routes_note(struct daemon_routes *routes, bool urgent, const char *format, ...)
{
    char text[OVERRIDE_REASON_MAX];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    routes_tell(routes, &(struct audit_entry){.time_us = routes->now_us,
                                              .action = AUDIT_WARN,
                                              .urgent = urgent,
                                              .relay = routes->fleet.relay,
                                              .actor = OVERRIDE_ACTOR,
                                              .reason = slice_from_str(text)});
}

/* ---- life ---- */

static void read_settings(struct daemon_routes *routes)
{
    const struct settings *settings = routes->options.settings;
    CLEANUP_BUF struct buf folder = {0};
    struct err err;
    settings_respond_make(&settings->respond, routes->arena, &routes->rules);
    settings_fleet_make(&settings->fleet, settings_fleet_host(routes->arena), routes->arena,
                        &routes->fleet);
    if (postfix_files_folder(settings->state, &folder, &err))
        routes->folder = slice_of(arena_copy(routes->arena, folder.ptr, folder.len), folder.len);
}

struct daemon_routes *daemon_routes_new(const struct daemon_routes_options *options, int64_t now_us,
                                        struct err *err)
{
    struct daemon_routes *routes = MEM_NEW(struct daemon_routes);
    routes->options = *options;
    routes->now_us = now_us;
    routes->arena = arena_new(4096);
    routes->book_is_new = true;
    routes->kept.again_us = INT64_MAX;
    read_settings(routes);
    buf_addf(&routes->state_path, "%s/routes.json", options->settings->state);
    routes->plan = route_plan_new(&routes->rules, &routes->fleet, tell, routes);
    routes->trail = audit_trail_new();
    routes->known = daemon_routes_known_new();
    routes->pool = job_pool_start(THREADS, CAPACITY, err);
    if (routes->pool == NULL) {
        daemon_routes_free(routes);
        return NULL;
    }
    routes->early = early_reports_new();
    routes->maps = daemon_routes_maps_new(routes->pool, routes->folder);
    routes->queue = daemon_routes_queue_new(&(struct daemon_routes_queue_options){
        &options->settings->postfix, &options->settings->respond.release, routes->pool});
    routes_load(routes);
    routes_start_dns(routes);
    routes_start_standing(routes);
    routes_start_spf(routes);
    routes_write_filter(routes);
    routes_begin_exact(routes);
    routes_show(routes);
    return routes;
}

static void stop_jobs(struct daemon_routes *routes)
{
    if (routes->pool == NULL)
        return;
    daemon_routes_queue_leave(routes->queue);
    job_pool_stop(routes->pool);
    routes_take_jobs(routes);
    job_pool_free(routes->pool);
}

void daemon_routes_free(struct daemon_routes *routes)
{
    struct err err;
    if (routes == NULL)
        return;
    stop_jobs(routes);
    routes_end_dns(routes);
    routes_end_spf(routes);
    routes_end_standing(routes);
    if (routes->maps != NULL)
        (void)routes_save(routes, &err);
    routes_end_exact(routes);
    daemon_routes_maps_free(routes->maps);
    daemon_routes_queue_free(routes->queue);
    route_plan_free(routes->plan);
    audit_trail_free(routes->trail);
    daemon_routes_known_free(routes->known);
    early_reports_free(routes->early);
    route_health_done(&routes->health);
    routes_marks_free(routes);
    mem_free(routes->told);
    buf_done(&routes->state_path);
    arena_free(routes->arena);
    mem_free(routes);
}

/* ---- turns ---- */

static bool is_wanted(const void *data, struct slice provider)
{
    const struct daemon_routes *routes = data;
    struct slice one;
    for (size_t i = 0; route_plan_provider(routes->plan, i, &one); i++)
        if (slice_eq(one, provider))
            return true;
    return false;
}

static void take_report(struct daemon_routes *routes, struct route_report *report)
{
    daemon_routes_known_report(routes->known, report);
    routes_tell_spf(routes, report);
    route_report_tell(report, routes->plan,
                      daemon_routes_queue_oldest(routes->queue, report->provider), routes->now_us);
    routes_try_refused(routes, report);
    route_report_free(report);
}

static void take_all_mail(struct daemon_routes *routes, struct route_report *report)
{
    routes_take_senders(routes, report);
    route_report_free(report);
}

/* After the book: the reader puts a report before the incident that asks for it. */
static void take_reports(struct daemon_routes *routes)
{
    struct route_report *report;
    while ((report = early_reports_take(routes->early, is_wanted, routes, routes->now_us)) != NULL)
        take_report(routes, report);
    while ((report = mailbox_take(routes->options.reports)) != NULL)
        if (report->provider.len == 0)
            take_all_mail(routes, report);
        else if (is_wanted(routes, report->provider))
            take_report(routes, report);
        else
            early_reports_keep(routes->early, report, routes->now_us);
}

static void decide(struct daemon_routes *routes)
{
    route_plan_advance(routes->plan, routes->now_us);
    routes_offer_probes(routes);
    if (!routes_lets_go(routes)) /* whose domains are needed for that */
        daemon_routes_known_prune(routes->known, routes->plan);
}

void daemon_routes_advance(struct daemon_routes *routes, const struct incident_book *book,
                           int64_t now_us)
{
    routes->now_us = now_us;
    routes_take_book(routes, book);
    take_reports(routes);
    routes_take_jobs(routes);
    decide(routes);
    routes_ask_standing(routes);
    routes_ask_dns(routes);
    routes_carry_out(routes);
    routes_show(routes);
}

const struct audit_trail *daemon_routes_trail(const struct daemon_routes *routes)
{
    return routes->trail;
}

int64_t daemon_routes_next_due(const struct daemon_routes *routes)
{
    size_t known;
    int64_t due_us = route_plan_next_due(routes->plan);
    (void)daemon_routes_known_providers(routes->known, &known);
    int64_t others[] = {
        daemon_routes_maps_next_due(routes->maps),
        known > 0 ? daemon_routes_queue_next_due(routes->queue) : INT64_MAX,
        routes->kept.again_us,
        routes->filter.again_us,
        daemon_exact_next_due(routes->options.exact),
        routes_dns_due(routes),
        routes_standing_due(routes),
        routes->now_us + ADVANCE_US,
    };
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        due_us = others[i] < due_us ? others[i] : due_us;
    return due_us;
}

void daemon_routes_fds(const struct daemon_routes *routes, int fds[DAEMON_ROUTES_FDS])
{
    fds[0] = mailbox_fd(routes->options.reports);
    fds[1] = job_pool_fd(routes->pool);
    fds[2] = routes_dns_fd(routes);
}
