/* SPDX-License-Identifier: Apache-2.0
 *
 * Routes for who asks: snapshots for the API, series for Prometheus. See daemon_routes.h;
 * docs/openapi.yaml has the forms.
 */
#include "app/daemon_routes_private.h"

#include "model/json_value.h"
#include "respond/override_record.h"

#define REPORT_US INT64_C(5000000)

/* What a provider's form asks for. */
static void put_facts(const struct daemon_routes *routes, const struct route_path_view *view,
                      json_t *object)
{
    json_value_put_text(object, "ptr", routes_standing_name(routes, view->path.source));
    json_value_put_count(object, "usual_day", (uint64_t)(view->volume.usual_day + 0.5));
    json_value_put_count(object, "last_day", (uint64_t)(view->volume.last_day + 0.5));
    if (view->moved_us != 0)
        json_value_put_time(object, "moved", view->moved_us);
}

static json_t *path_json(const struct daemon_routes *routes, const struct route_path_view *view)
{
    json_t *object = json_value_object();
    json_value_put_text(object, "provider", view->path.provider);
    json_value_put_text(object, "source", view->path.source);
    json_value_put_word(object, "stage", route_stage_word(view->stage));
    json_value_put_time(object, "since", view->since_us);
    if (view->due_us != INT64_MAX)
        json_value_put_time(object, "due", view->due_us);
    if (view->stage == ROUTE_STAGE_PROBING)
        json_value_put_count(object, "successes", view->successes);
    if (view->stage == ROUTE_STAGE_RAMPING)
        json_value_put_count(object, "share", view->share_percent);
    if (view->stage == ROUTE_STAGE_THROTTLED)
        json_value_put_count(object, "per_hour", view->per_hour);
    json_value_put_count(object, "flaps", view->flaps);
    json_value_put_word(object, "mode", route_mode_word(view->mode));
    json_value_put_text(object, "incident", view->incident);
    json_value_put_text(object, "left", view->left);
    put_facts(routes, view, object);
    return object;
}

static void put_fault(json_t *object, const char *key, const struct routes_failure *failure)
{
    if (failure->why == NULL)
        return;
    json_t *fault = json_value_object();
    json_value_put_text(fault, "reason", slice_from_str(failure->why->text));
    json_value_put_time(fault, "since", failure->since_us);
    json_value_put(object, key, fault);
}

static void put_faults(const struct daemon_routes *routes, json_t *object)
{
    static const char *const keys[ROUTE_PART_COUNT] = {
        [ROUTE_PART_TABLES] = "tables_fault", [ROUTE_PART_FILTER] = "filter_fault",
        [ROUTE_PART_QUEUE] = "queue_fault",   [ROUTE_PART_RELOAD] = "reload_fault",
        [ROUTE_PART_STATE] = "state_fault",   [ROUTE_PART_EXACT] = "exact_fault",
    };
    for (size_t i = 0; i < ROUTE_PART_COUNT; i++) {
        struct routes_failure failure = routes_failure(routes, (enum route_part)i);
        put_fault(object, keys[i], &failure);
    }
}

/* What of it has reached Postfix. */
static json_t *postfix_json(const struct daemon_routes *routes)
{
    struct daemon_routes_maps_state maps = daemon_routes_maps_state(routes->maps);
    struct daemon_routes_queue_state queue = daemon_routes_queue_state(routes->queue);
    json_t *object = json_value_object();
    json_value_put_count(object, "rows", maps.rows);
    json_value_put_time(object, "written", maps.written_us != 0 ? maps.written_us : INT64_MAX);
    json_value_put(object, "behind", json_boolean(maps.behind));
    json_value_put_count(object, "to_release", queue.waiting);
    json_value_put_count(object, "released", queue.released);
    put_faults(routes, object);
    return object;
}

size_t routes_domains(const struct daemon_routes *routes, struct slice provider)
{
    size_t count;
    const struct route_provider *all = daemon_routes_known_providers(routes->known, &count);
    for (size_t i = 0; i < count; i++)
        if (slice_eq(all[i].name, provider))
            return all[i].domain_count;
    return 0;
}

/* None of a route that has just begun says nothing: the reader's report is on its way. */
static json_t *override_with_domains(const struct daemon_routes *routes,
                                     const struct override *override)
{
    json_t *object = override_json(override);
    size_t count = routes_domains(routes, override->provider);
    if (count > 0 || routes->now_us - override->since_us > REPORT_US)
        json_value_put_count(object, "domains", count);
    return object;
}

json_t *routes_json(const struct daemon_routes *routes)
{
    json_t *object = json_value_object(), *overrides = json_value_array();
    json_t *paths = json_value_array();
    const struct override *override;
    struct route_path_view view;
    json_value_put_word(object, "mode", route_mode_word(routes->rules.mode));
    json_value_put_text(object, "relay", routes->fleet.relay);
    for (size_t i = 0; (override = route_plan_override(routes->plan, i)) != NULL; i++)
        json_value_append(overrides, override_with_domains(routes, override));
    for (size_t i = 0; route_plan_path(routes->plan, i, &view); i++)
        json_value_append(paths, path_json(routes, &view));
    json_value_put(object, "overrides", overrides);
    json_value_put(object, "paths", paths);
    json_value_put(object, "postfix", postfix_json(routes));
    routes_show_exact(routes, object);
    json_value_put(object, "dns", routes_dns_json(routes));
    json_value_put(object, "standing", routes_standing_json(routes));
    return object;
}

static void publish(struct snapshot_place *place, json_t *value)
{
    struct buf text = {0};
    json_value_print(value, true, &text);
    snapshot_place_put(place, snapshot_new(&text));
}

/* ---- series ---- */

static void measure_overrides(const struct daemon_routes *routes)
{
    int64_t counts[OVERRIDE_KIND_COUNT][OVERRIDE_STATE_COUNT] = {0};
    const struct override *one;
    for (size_t i = 0; (one = route_plan_override(routes->plan, i)) != NULL; i++)
        counts[one->kind][one->state]++;
    for (size_t kind = 0; kind < OVERRIDE_KIND_COUNT; kind++)
        for (size_t state = 0; state < OVERRIDE_ENDED; state++) {
            struct slice labels[] = {
                slice_from_str(override_kind_word((enum override_kind)kind)),
                slice_from_str(override_state_word((enum override_state)state))};
            daemon_metrics_set(routes->options.metrics, DAEMON_METRIC_ROUTE_OVERRIDES, labels,
                               counts[kind][state]);
        }
}

static void measure_paths(const struct daemon_routes *routes)
{
    int64_t counts[ROUTE_STAGE_COUNT] = {0};
    struct route_path_view view;
    for (size_t i = 0; route_plan_path(routes->plan, i, &view); i++)
        counts[view.stage]++;
    for (size_t stage = ROUTE_STAGE_THROTTLED; stage < ROUTE_STAGE_COUNT; stage++) {
        struct slice label = slice_from_str(route_stage_word((enum route_stage)stage));
        daemon_metrics_set(routes->options.metrics, DAEMON_METRIC_ROUTE_PATHS, &label,
                           counts[stage]);
    }
}

static void measure(struct daemon_routes *routes)
{
    struct daemon_metrics *metrics = routes->options.metrics;
    struct daemon_routes_maps_state maps = daemon_routes_maps_state(routes->maps);
    struct daemon_routes_queue_state queue = daemon_routes_queue_state(routes->queue);
    measure_overrides(routes);
    measure_paths(routes);
    routes_measure_exact(routes);
    routes_measure_dns(routes);
    daemon_metrics_set(metrics, DAEMON_METRIC_ROUTE_ROWS, NULL, (int64_t)maps.rows);
    daemon_metrics_set(metrics, DAEMON_METRIC_ROUTE_BEHIND, NULL, maps.behind);
    daemon_metrics_raise(metrics, DAEMON_METRIC_ROUTE_RELEASED, NULL, (int64_t)queue.released);
    daemon_metrics_raise(metrics, DAEMON_METRIC_ROUTE_RELOADS, NULL, (int64_t)queue.reloads);
}

void routes_show(struct daemon_routes *routes)
{
    size_t count = audit_trail_count(routes->trail);
    uint64_t newest = count > 0 ? audit_trail_at(routes->trail, count - 1)->number : 0;
    publish(routes->options.routes_shown, routes_json(routes));
    measure(routes);
    if (newest == routes->shown_audit && newest != 0)
        return;
    routes->shown_audit = newest;
    json_t *all = json_value_array();
    for (size_t i = 0; i < count; i++)
        json_value_append(all, audit_entry_json(audit_trail_at(routes->trail, i)));
    publish(routes->options.audit_shown, all);
}
