/* SPDX-License-Identifier: Apache-2.0
 *
 * Exact mode as a part of routes: by the settings, told when it fails, shown. See daemon_routes.h,
 * daemon_exact.h.
 */
#include "app/daemon_routes_private.h"

#include "model/json_value.h"

bool routes_turn_exact(struct daemon_routes *routes)
{
    struct daemon_exact *exact = routes->options.exact;
    bool failed = daemon_exact_state(exact).failing;
    bool anew =
        daemon_exact_turn(exact, daemon_routes_maps_state(routes->maps).exact_out, routes->now_us);
    struct daemon_exact_state now = daemon_exact_state(exact);
    if (now.failing ? !failed : failed && now.answers)
        routes_tried(routes, ROUTE_PART_EXACT, failed, now.failing ? now.why : NULL);
    return anew;
}

/* What is answered from, and the lease, come with the tables that are written first. */
void routes_begin_exact(struct daemon_routes *routes)
{
    const struct settings_respond *respond = &routes->options.settings->respond;
    daemon_exact_want(routes->options.exact, respond->exact ? respond->exact_socket : NULL,
                      respond->exact_group);
    (void)routes_turn_exact(routes);
}

/* At a reload the server stays, and the rows with it; at the end of the daemon they are out before
 * it is. */
void routes_end_exact(struct daemon_routes *routes)
{
    struct err err;
    if (routes->maps == NULL || !daemon_exact_is_ending(routes->options.exact) ||
        daemon_routes_maps_finish(routes->maps, &err))
        return;
    OWN_LOG(routes->options.log, OWN_LOG_ERROR, "tables_not_written", log_str("reason", err.text));
}

void routes_show_exact(const struct daemon_routes *routes, json_t *object)
{
    struct daemon_exact_state state = daemon_exact_state(routes->options.exact);
    struct exact_counts counts;
    if (!state.on)
        return;
    daemon_exact_counts(routes->options.exact, &counts);
    json_t *exact = json_value_object();
    json_value_put_text(exact, "socket", slice_from_str(state.socket));
    json_value_put(exact, "answers", json_boolean(state.answers));
    json_value_put_count(exact, "overrides", state.overrides);
    json_value_put_count(exact, "routed", counts.found);
    json_value_put_count(exact, "unrouted", counts.missing);
    json_value_put_count(exact, "unfed", counts.unfed);
    json_value_put_count(exact, "connections", counts.server.connections);
    json_value_put_count(exact, "cut_off", counts.server.cut_off);
    json_value_put(object, "exact", exact);
}

void routes_measure_exact(const struct daemon_routes *routes)
{
    struct daemon_metrics *metrics = routes->options.metrics;
    struct exact_counts counts;
    daemon_exact_counts(routes->options.exact, &counts);
    /* Each is counted by itself while questions are answered. */
    uint64_t none = counts.missing > counts.unfed ? counts.missing - counts.unfed : 0;
    const struct {
        struct slice answer;
        uint64_t count;
    } rows[] = {
        {SLICE("route"), counts.found}, {SLICE("none"), none}, {SLICE("unfed"), counts.unfed}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        daemon_metrics_raise(metrics, DAEMON_METRIC_ROUTE_QUESTIONS, &rows[i].answer,
                             (int64_t)rows[i].count);
    daemon_metrics_set(metrics, DAEMON_METRIC_ROUTE_UNANSWERED, NULL,
                       daemon_exact_state(routes->options.exact).failing);
}
