/* SPDX-License-Identifier: Apache-2.0
 *
 * All notifiers with their queues. See notify_desk.h.
 */
#include "respond/notify_desk.h"

#include "base/memory.h"
#include "model/json_value.h"

#define VERSION 1

struct slot {
    uint64_t id; /* never used again: answers find the slot, or that it is gone */
    struct notifier_settings settings;
    struct notify_queue *queue;
    struct buf name;       /* of the settings, whose own may go at a reload */
    int64_t dead_since_us; /* its incident is open; 0: none is */
};

struct notify_desk {
    struct notify_queue_settings queue;
    uint64_t seed, last_id;
    struct slot slots[NOTIFY_DESK_MAX];
    size_t count;
};

struct notify_desk *notify_desk_new(const struct notify_queue_settings *queue, uint64_t seed)
{
    struct notify_desk *desk = MEM_NEW(struct notify_desk);
    desk->queue = *queue;
    desk->seed = seed;
    return desk;
}

static void free_slot(struct slot *slot)
{
    notify_queue_free(slot->queue);
    buf_done(&slot->name);
    *slot = (struct slot){0};
}

void notify_desk_free(struct notify_desk *desk)
{
    for (size_t i = 0; desk && i < desk->count; i++)
        free_slot(&desk->slots[i]);
    mem_free(desk);
}

static struct slot *slot_named(struct notify_desk *desk, struct slice name)
{
    for (size_t i = 0; i < desk->count; i++)
        if (desk->slots[i].queue && slice_eq(buf_slice(&desk->slots[i].name), name))
            return &desk->slots[i];
    return NULL;
}

static struct slot new_slot(struct notify_desk *desk, struct slice name)
{
    struct slot slot = {.id = ++desk->last_id};
    slot.queue = notify_queue_new(&desk->queue, desk->seed + slot.id);
    buf_add(&slot.name, name);
    return slot;
}

void notify_desk_configure(struct notify_desk *desk, const struct notifier_settings *notifiers,
                           size_t count)
{
    struct slot slots[NOTIFY_DESK_MAX] = {0};
    ASSERT(count <= NOTIFY_DESK_MAX);
    for (size_t i = 0; i < count; i++) {
        struct slot *old = slot_named(desk, notifiers[i].name);
        if (old) {
            slots[i] = *old;
            *old = (struct slot){0};
        } else {
            slots[i] = new_slot(desk, notifiers[i].name);
        }
        slots[i].settings = notifiers[i];
        slots[i].settings.name = buf_slice(&slots[i].name);
    }
    for (size_t i = 0; i < desk->count; i++)
        free_slot(&desk->slots[i]);
    memcpy(desk->slots, slots, sizeof(slots));
    desk->count = count;
}

void notify_desk_push(struct notify_desk *desk, const struct notice *notice, int64_t now_us)
{
    for (size_t i = 0; i < desk->count; i++)
        notifier_push(&desk->slots[i].settings, desk->slots[i].queue, notice, now_us);
}

int64_t notify_desk_next_due(const struct notify_desk *desk)
{
    int64_t next_us = INT64_MAX;
    for (size_t i = 0; i < desk->count; i++) {
        int64_t due_us = notify_queue_next_due(desk->slots[i].queue);
        next_us = due_us < next_us ? due_us : next_us;
    }
    return next_us;
}

struct outgoing *notify_desk_take_due(struct notify_desk *desk, int64_t now_us,
                                      struct notify_try *out)
{
    for (size_t i = 0; i < desk->count; i++) {
        struct slot *slot = &desk->slots[i];
        const struct notice *notice = notify_queue_take_due(slot->queue, now_us, &out->number);
        if (!notice)
            continue;
        out->notifier = slot->id;
        return notifier_format(&slot->settings, notice,
                               notify_queue_thread(slot->queue, notice->page), now_us);
    }
    return NULL;
}

void notify_desk_tell_answer(struct notify_desk *desk, const struct notify_try *try, int64_t now_us,
                             const struct notifier_answer *answer)
{
    for (size_t i = 0; i < desk->count; i++) {
        struct slot *slot = &desk->slots[i];
        char thread[NOTIFY_THREAD_MAX + 1];
        if (slot->id != try->notifier)
            continue;
        struct notify_result result = notifier_judge(&slot->settings, answer, thread);
        notify_queue_tell_result(slot->queue, try->number, now_us, &result, thread);
    }
}

size_t notify_desk_count(const struct notify_desk *desk)
{
    return desk->count;
}

const struct notifier_settings *notify_desk_settings(const struct notify_desk *desk, size_t index)
{
    ASSERT(index < desk->count);
    return &desk->slots[index].settings;
}

void notify_desk_status(const struct notify_desk *desk, size_t index, struct notify_status *out)
{
    ASSERT(index < desk->count);
    notify_queue_status(desk->slots[index].queue, out);
}

void notify_desk_incidents(struct notify_desk *desk, int64_t now_us, notify_desk_incident_fn tell,
                           void *data)
{
    for (size_t i = 0; i < desk->count; i++) {
        struct slot *slot = &desk->slots[i];
        struct notify_status status;
        notify_queue_status(slot->queue, &status);
        bool dead = status.state == NOTIFY_STATE_DEAD;
        if (!dead && slot->dead_since_us == 0)
            continue;
        if (dead && slot->dead_since_us == 0)
            slot->dead_since_us = status.failing_since_us;
        struct incident incident = {.kind = INCIDENT_NOTIFIER,
                                    .scope = INCIDENT_SCOPE_FLEET,
                                    .name = slot->settings.name,
                                    .opened_us = slot->dead_since_us,
                                    .closed_us = dead ? INCIDENT_OPEN : now_us,
                                    .last_hit_us = dead ? now_us : slot->dead_since_us};
        if (dead && status.last_reason[0]) {
            incident.evidence_count = 1;
            incident.evidence[0] = slice_from_str(status.last_reason);
        }
        tell(data, &incident);
        if (!dead)
            slot->dead_since_us = 0;
    }
}

void notify_desk_save(const struct notify_desk *desk, struct buf *to)
{
    json_t *object = json_value_object(), *all = json_value_array();
    json_value_put_count(object, "version", VERSION);
    for (size_t i = 0; i < desk->count; i++) {
        const struct slot *slot = &desk->slots[i];
        json_t *one = json_value_object();
        json_value_put_text(one, "name", buf_slice(&slot->name));
        json_value_put(one, "dead_since_us", json_integer(slot->dead_since_us));
        json_value_put(one, "queue", notify_queue_json(slot->queue));
        json_value_append(all, one);
    }
    json_value_put(object, "notifiers", all);
    json_value_print(object, false, to);
}

static bool read_slot(struct notify_desk *desk, const json_t *object, int64_t now_us)
{
    struct slice name;
    int64_t dead_us;
    if (!json_is_object(object) || !json_field_text(object, "name", INCIDENT_NAME_MAX, &name) ||
        !json_field_int(object, "dead_since_us", (struct json_range){0, INT64_MAX, 0}, &dead_us))
        return false;
    struct slot *slot = slot_named(desk, name);
    if (!slot || notify_queue_next_due(slot->queue) != INT64_MAX)
        return true; /* not configured any more, or named twice */
    slot->dead_since_us = dead_us < now_us ? dead_us : now_us;
    return notify_queue_read(slot->queue, json_object_get(object, "queue"), now_us, NULL);
}

static bool read_desk(struct notify_desk *desk, const json_t *object, int64_t now_us)
{
    const json_t *all;
    int64_t version;
    if (!json_is_object(object) ||
        !json_field_int(object, "version", (struct json_range){VERSION, VERSION, 0}, &version) ||
        version != VERSION || !json_field_array(object, "notifiers", NOTIFY_DESK_MAX, &all))
        return false;
    bool good = true;
    for (size_t i = 0; i < json_array_size(all); i++)
        good = read_slot(desk, json_array_get(all, i), now_us) && good;
    return good;
}

bool notify_desk_load(struct notify_desk *desk, struct slice text, int64_t now_us, struct err *err)
{
    json_t *object = json_field_parse(text, NOTIFY_DESK_BYTES_MAX);
    bool good = object && read_desk(desk, object, now_us);
    json_decref(object);
    return good ||
           err_set(err, ERR_INPUT,
                   "state of notifiers is damaged or of another version: going on without it");
}
