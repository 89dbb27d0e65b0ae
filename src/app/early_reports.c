/* SPDX-License-Identifier: Apache-2.0
 *
 * Reports that wait for their incident. See early_reports.h.
 */
#include "app/early_reports.h"

#include <string.h>

#include "base/memory.h"

struct early_report {
    struct route_report *report;
    int64_t since_us;
};

struct early_reports {
    struct early_report kept[EARLY_REPORTS_MAX]; /* the oldest first */
    size_t count;
};

struct early_reports *early_reports_new(void)
{
    return MEM_NEW(struct early_reports);
}

void early_reports_free(struct early_reports *early)
{
    if (early == NULL)
        return;
    for (size_t i = 0; i < early->count; i++)
        route_report_free(early->kept[i].report);
    mem_free(early);
}

static struct route_report *take_out(struct early_reports *early, size_t at)
{
    struct route_report *report = early->kept[at].report;
    early->count--;
    memmove(early->kept + at, early->kept + at + 1, (early->count - at) * sizeof(early->kept[0]));
    return report;
}

/* A clock that was set back makes nothing old. */
static void drop_old(struct early_reports *early, int64_t now_us)
{
    while (early->count > 0 && now_us - early->kept[0].since_us > EARLY_REPORTS_US)
        route_report_free(take_out(early, 0));
}

void early_reports_keep(struct early_reports *early, struct route_report *report, int64_t now_us)
{
    drop_old(early, now_us);
    if (early->count == EARLY_REPORTS_MAX)
        route_report_free(take_out(early, 0));
    early->kept[early->count++] = (struct early_report){report, now_us};
}

struct route_report *early_reports_take(struct early_reports *early, early_reports_wanted wanted,
                                        const void *data, int64_t now_us)
{
    drop_old(early, now_us);
    for (size_t i = 0; i < early->count; i++)
        if (wanted(data, early->kept[i].report->provider))
            return take_out(early, i);
    return NULL;
}
