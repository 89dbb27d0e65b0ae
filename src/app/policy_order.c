/* SPDX-License-Identifier: Apache-2.0
 *
 * See policy_order.h.
 */
#include "app/policy_order.h"

enum order_kind { ORDER_OVERRIDE, ORDER_OVERRIDES, ORDER_FORGET, ORDER_REPORT };

/* What is carried out is taken out. */
struct policy_order {
    enum order_kind kind;
    struct limit_override *override;
    struct limit_overrides *overrides;
    struct buf login, rule;
    uint64_t number;
};

void policy_report_free(struct policy_report *report)
{
    if (report == NULL)
        return;
    arena_free(report->arena);
    mem_free(report);
}

/* ---- giving ---- */

static struct policy_order *order_new(enum order_kind kind)
{
    struct policy_order *order = MEM_NEW(struct policy_order);
    order->kind = kind;
    return order;
}

struct policy_order *policy_order_override(const struct limit_override *one)
{
    struct policy_order *order = order_new(ORDER_OVERRIDE);
    order->override = limit_override_new(one);
    return order;
}

struct policy_order *policy_order_overrides(const struct limit_overrides *all)
{
    struct policy_order *order = order_new(ORDER_OVERRIDES);
    order->overrides = limit_overrides_copy(all);
    return order;
}

struct policy_order *policy_order_forget(struct slice login, struct slice rule)
{
    struct policy_order *order = order_new(ORDER_FORGET);
    buf_add(&order->login, login);
    buf_add(&order->rule, rule);
    return order;
}

struct policy_order *policy_order_report(struct slice login, uint64_t number)
{
    struct policy_order *order = order_new(ORDER_REPORT);
    buf_add(&order->login, login);
    order->number = number;
    return order;
}

void policy_order_free(struct policy_order *order)
{
    mem_free(order->override);
    limit_overrides_free(order->overrides);
    buf_done(&order->login);
    buf_done(&order->rule);
    mem_free(order);
}

bool policy_order_is_report(const struct policy_order *order)
{
    return order->kind == ORDER_REPORT;
}

/* ---- carrying out ---- */

static struct slice keep(struct slice text, struct arena *arena)
{
    return slice_of(arena_copy(arena, text.ptr, text.len), text.len);
}

static void add_row(void *context, const struct policy_usage *usage)
{
    struct policy_report *report = context;
    const struct limit_rule *rule = usage->hit.rule;
    if (report->count == POLICY_REPORT_ROWS)
        return;
    report->rows[report->count++] = (struct policy_report_row){
        .rule = keep(rule->name, report->arena),
        .unit = rule->unit,
        .window = rule->window,
        .action = rule->action,
        .key = rule->key,
        .shadow = rule->shadow,
        .concerns = usage->concerns,
        .most = usage->hit.most,
        .standard = rule->count,
        .burst = rule->burst,
        .used = usage->hit.used,
        .within_us = rule->within_us,
        .room_us = usage->hit.room_us,
        .holder = usage->holding.holder,
        .holder_name = keep(usage->holding.name, report->arena),
    };
}

static struct policy_report *make_report(const struct policy_order *order, struct policy_desk *desk,
                                         int64_t now_us)
{
    struct policy_report *report = MEM_NEW(struct policy_report);
    report->arena = arena_new(1024);
    report->number = order->number;
    report->at_us = now_us;
    policy_desk_usage(desk, buf_slice(&order->login), now_us, add_row, report);
    return report;
}

struct policy_report *policy_order_do(struct policy_order *order, struct policy_desk *desk,
                                      struct policy_shared *shared, int64_t now_us)
{
    struct limit_gate *limits = policy_desk_limits(desk);
    struct policy_report *report = NULL;
    switch (order->kind) {
    case ORDER_OVERRIDE: /* one that has no room here had none at its owner */
        (void)limit_overrides_put(policy_desk_overrides(desk), order->override);
        order->override = NULL;
        break;
    case ORDER_OVERRIDES:
        policy_desk_put_overrides(desk, order->overrides);
        order->overrides = NULL;
        break;
    case ORDER_FORGET:
        policy_shared_forget(shared, limits, buf_slice(&order->login), buf_slice(&order->rule));
        (void)limit_gate_forget(limits, buf_slice(&order->login), buf_slice(&order->rule));
        break;
    case ORDER_REPORT:
        report = make_report(order, desk, now_us);
        break;
    }
    policy_order_free(order);
    return report;
}
