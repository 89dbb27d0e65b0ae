/* SPDX-License-Identifier: Apache-2.0
 *
 * See login_volume.h.
 */
#include "app/login_volume.h"

#include <string.h>

#include "base/civil.h"
#include "base/intern.h"
#include "base/memory.h"
#include "gate/meter.h"
#include "mail/address.h"

enum { FIRST_ROOM = 256 };

struct row {
    union meter hour, day;
    uint64_t messages, recipients;
    uint32_t most[VOLUME_SPANS];
};

struct login_volume {
    struct intern *logins;
    struct row *rows; /* by the number of the login, from 1 on */
    size_t room;
    uint64_t left_out;
};

/* No limit: they only count. */
static const struct meter_plan hour_plan = {METER_WINDOW, METER_LIMIT_MAX, 0, 3600 * US_PER_SECOND};
static const struct meter_plan day_plan = {METER_WINDOW, METER_LIMIT_MAX, 0,
                                           SECONDS_PER_DAY *US_PER_SECOND};

struct login_volume *login_volume_new(uint32_t max)
{
    struct login_volume *volume = MEM_NEW(struct login_volume);
    volume->logins = intern_new(max);
    return volume;
}

void login_volume_free(struct login_volume *volume)
{
    if (volume == NULL)
        return;
    intern_free(volume->logins);
    mem_free(volume->rows);
    mem_free(volume);
}

static struct row *row_of(struct login_volume *volume, struct slice login)
{
    uint32_t number = intern_id(volume->logins, login);
    if (number == INTERN_OTHER)
        return NULL;
    if (number >= volume->room) {
        size_t room = volume->room == 0 ? FIRST_ROOM : 2 * volume->room;
        volume->rows = mem_resize(volume->rows, room, sizeof(volume->rows[0]));
        memset(volume->rows + volume->room, 0, (room - volume->room) * sizeof(volume->rows[0]));
        volume->room = room;
    }
    return &volume->rows[number];
}

static void take_most(struct row *row, enum volume_span span, uint64_t count)
{
    if (count > row->most[span])
        row->most[span] = count < UINT32_MAX ? (uint32_t)count : UINT32_MAX;
}

void login_volume_take(struct login_volume *volume, struct slice login, uint32_t recipients,
                       int64_t now_us)
{
    struct row *row = row_of(volume, login);
    if (row == NULL) {
        volume->left_out++;
        return;
    }
    row->messages++;
    row->recipients += recipients;
    meter_add(&row->hour, &hour_plan, recipients, now_us);
    meter_add(&row->day, &day_plan, recipients, now_us);
    take_most(row, VOLUME_MESSAGE, recipients);
    take_most(row, VOLUME_HOUR, meter_used(&row->hour, &hour_plan, now_us));
    take_most(row, VOLUME_DAY, meter_used(&row->day, &day_plan, now_us));
}

size_t login_volume_count(const struct login_volume *volume)
{
    return intern_count(volume->logins) - 1;
}

struct login_volume_row login_volume_at(const struct login_volume *volume, size_t index)
{
    const struct row *row = &volume->rows[index + 1];
    struct slice login = intern_get(volume->logins, (uint32_t)index + 1);
    struct login_volume_row out = {
        .login = login,
        .domain = address_domain(login),
        .messages = row->messages,
        .recipients = row->recipients,
    };
    memcpy(out.most, row->most, sizeof(out.most));
    return out;
}

uint64_t login_volume_left_out(const struct login_volume *volume)
{
    return volume->left_out;
}
