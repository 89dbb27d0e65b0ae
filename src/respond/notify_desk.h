/* SPDX-License-Identifier: Apache-2.0
 *
 * All notifiers, each with its queue: notices go in, messages ready to send come out, answers go
 * in. Pure; the sending in between is io's. One slow or dead notifier holds up none of the others.
 */
#ifndef TD_RESPOND_NOTIFY_DESK_H
#define TD_RESPOND_NOTIFY_DESK_H

#include "respond/notifier.h"

#define NOTIFY_DESK_MAX 32

struct notify_desk;

/* queue: settings of every queue; seed: of their jitter. Without notifiers yet. */
struct notify_desk *notify_desk_new(const struct notify_queue_settings *queue, uint64_t seed);
void notify_desk_free(struct notify_desk *desk);

/* The notifiers from now on, at most NOTIFY_DESK_MAX; after a reload those with a name that was
 * there keep their queue, the queues of the others go. Names differ. Settings are copied; what
 * their slices point to outlives the desk or the next call. */
void notify_desk_configure(struct notify_desk *desk, const struct notifier_settings *notifiers,
                           size_t count);

/* To every notifier that wants it. */
void notify_desk_push(struct notify_desk *desk, const struct notice *notice, int64_t now_us);

/* When notify_desk_take_due has something; INT64_MAX: never. */
int64_t notify_desk_next_due(const struct notify_desk *desk);

/* Which try an answer belongs to. */
struct notify_try {
    uint64_t notifier, number;
};

/* The next message to send now, which the caller frees with outgoing_free; NULL: no more now. */
struct outgoing *notify_desk_take_due(struct notify_desk *desk, int64_t now_us,
                                      struct notify_try *out);

/* What came of it; ignored when the notifier is gone or the try was given up. */
void notify_desk_tell_answer(struct notify_desk *desk, const struct notify_try *try, int64_t now_us,
                             const struct notifier_answer *answer);

/* In the order of the settings; index < count. */
size_t notify_desk_count(const struct notify_desk *desk);
const struct notifier_settings *notify_desk_settings(const struct notify_desk *desk, size_t index);
void notify_desk_status(const struct notify_desk *desk, size_t index, struct notify_status *out);

/* Tells an incident of kind `notifier` for each that is dead (open) or no longer is (closed, once),
 * for the book of incidents. */
typedef void (*notify_desk_incident_fn)(void *data, const struct incident *incident);
void notify_desk_incidents(struct notify_desk *desk, int64_t now_us, notify_desk_incident_fn tell,
                           void *data);

#define NOTIFY_DESK_BYTES_MAX (64u << 20)

/* The state of all queues as one JSON text, appended; written before messages go out. Loading
 * follows notify_desk_configure: queues are found by name, those of unknown names are dropped.
 * False and err when the text is not of the form: what had been read until then is kept. */
void notify_desk_save(const struct notify_desk *desk, struct buf *to);
bool notify_desk_load(struct notify_desk *desk, struct slice text, int64_t now_us, struct err *err);

#endif
