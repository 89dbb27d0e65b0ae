/* SPDX-License-Identifier: Apache-2.0
 *
 * What the main thread wants of the policy thread about accounts: another number for one, counts
 * forgotten, a report of what is used. Orders are carried out in the order in which they were
 * given, each before the next request. Reports come back among the events of policy_service.h.
 */
#ifndef TD_APP_POLICY_ORDER_H
#define TD_APP_POLICY_ORDER_H

#include "app/policy_shared.h"
#include "base/memory.h"
#include "gate/policy_desk.h"

enum { POLICY_REPORT_ROWS = 64 }; /* as many limits as the settings can have */

/* One limit, as it stands for the account. Texts are of the report. */
struct policy_report_row {
    struct slice rule;
    enum limit_unit unit;
    enum limit_window window;
    enum limit_action action;
    unsigned key; /* of enum limit_part */
    bool shadow;
    bool concerns; /* false: the key asks for more than a login has; no numbers */
    uint32_t most, standard;
    uint32_t burst;
    uint64_t used;
    int64_t within_us; /* 0: of each message by itself */
    int64_t room_us;   /* when one unit more would pass; INT64_MAX: never */
    enum limit_holder holder;
    struct slice holder_name;
};

struct policy_report {
    struct arena *arena;
    uint64_t number; /* of the question */
    int64_t at_us;
    size_t count;
    struct policy_report_row rows[POLICY_REPORT_ROWS];
};
void policy_report_free(struct policy_report *report); /* NULL is fine */

struct policy_order;

/* Each new; login in its one form. */
struct policy_order *policy_order_override(const struct limit_override *one);
struct policy_order *policy_order_overrides(const struct limit_overrides *all);  /* all there are */
struct policy_order *policy_order_forget(struct slice login, struct slice rule); /* empty: each */
struct policy_order *policy_order_report(struct slice login, uint64_t number);

/* Carries it out and frees it. shared: NULL, alone. Returns the report, if that was asked for. */
struct policy_report *policy_order_do(struct policy_order *order, struct policy_desk *desk,
                                      struct policy_shared *shared, int64_t now_us);
void policy_order_free(struct policy_order *order);

/* Whether somebody waits for it. */
bool policy_order_is_report(const struct policy_order *order);

#endif
