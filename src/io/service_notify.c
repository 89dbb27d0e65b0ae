/* SPDX-License-Identifier: Apache-2.0
 *
 * See service_notify.h; sd_notify(3), sd_watchdog_enabled(3), systemd.service(5). Messages are
 * datagrams to a local socket that the manager reads; one that is lost is not missed: the next
 * watchdog message tells the same.
 */
#include "io/service_notify.h"

#include <inttypes.h>
#include <systemd/sd-daemon.h>

#include "base/buf.h"
#include "base/escape.h"
#include "io/clock.h"

enum { STATUS_BYTES_MAX = 256 };

void service_notify_ready(void)
{
    (void)sd_notify(0, "READY=1");
}

void service_notify_reloading(void)
{
    /* MONOTONIC_USEC: Type=notify-reload of systemd 253 wants it, older ones ignore it. */
    (void)sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%" PRId64, clock_steady_us());
}

void service_notify_stopping(void)
{
    (void)sd_notify(0, "STOPPING=1");
}

void service_notify_status(struct slice text)
{
    CLEANUP_BUF struct buf message = {0};
    buf_add_str(&message, "STATUS=");
    escape_terminal(slice_first(text, STATUS_BYTES_MAX), &message);
    (void)sd_notify(0, buf_str(&message));
}

int64_t service_watchdog_interval_us(void)
{
    uint64_t limit_us;
    if (sd_watchdog_enabled(0, &limit_us) <= 0)
        return 0;
    return limit_us / 2 > 0 && limit_us / 2 < INT64_MAX ? (int64_t)(limit_us / 2) : 1;
}

void service_notify_watchdog(void)
{
    (void)sd_notify(0, "WATCHDOG=1");
}
