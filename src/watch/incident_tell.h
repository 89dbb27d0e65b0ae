/* SPDX-License-Identifier: Apache-2.0
 *
 * How a detector tells what it found. Called for each incident that opened, changed or closed since
 * the detector was asked last; the incident and its strings live until the function returns. Kind,
 * names and opened_us stay the same while it is open: by them the receiver knows it again. It must
 * not call the detector.
 */
#ifndef TD_WATCH_INCIDENT_TELL_H
#define TD_WATCH_INCIDENT_TELL_H

#include "model/incident.h"

typedef void (*incident_tell)(void *data, const struct incident *incident);

#endif
