/* SPDX-License-Identifier: Apache-2.0
 *
 * What the service manager is told (Type=notify, WatchdogSec=). All of it does nothing when there
 * is no NOTIFY_SOCKET: started by hand, or by another manager.
 */
#ifndef TD_IO_SERVICE_NOTIFY_H
#define TD_IO_SERVICE_NOTIFY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

/* All listeners are open, logs are read. */
void service_notify_ready(void);

/* The configuration is read anew; service_notify_ready ends it. */
void service_notify_reloading(void);

void service_notify_stopping(void);

/* One line for `systemctl status`; control bytes are made visible, 256 bytes at most. */
void service_notify_status(struct slice text);

/* How often the manager wants a sign of life at most, from the environment: half of WatchdogSec, in
 * microseconds. 0: it wants none. */
int64_t service_watchdog_interval_us(void);

/* The sign of life. Only from a thread that is sure the others are alive. */
void service_notify_watchdog(void);

#endif
