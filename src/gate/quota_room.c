/* SPDX-License-Identifier: Apache-2.0
 *
 * See quota_room.h. An answer takes back what was known and cannot be true beside it: the mailbox
 * has changed.
 */
#include "gate/quota_room.h"

#include "base/memory.h"

/* A clock that was set back makes nothing good for longer. */
static bool is_good(int64_t at_us, int64_t for_us, int64_t now_us)
{
    return for_us > 0 && now_us >= at_us && now_us - at_us < for_us;
}

uint64_t quota_room_size(uint64_t size)
{
    return size == 0 ? 1 : size;
}

void quota_room_done(struct quota_room *room)
{
    mem_free(room->text);
    *room = (struct quota_room){0};
}

static void set_text(struct quota_room *room, struct slice text)
{
    text = slice_first(text, QUOTA_FACT_TEXT_MAX);
    if (text.len > 0 && text.len != room->text_len)
        room->text = mem_resize(room->text, text.len, 1);
    if (text.len > 0)
        memcpy(room->text, text.ptr, text.len);
    room->text_len = text.len;
}

/* ---- what is known ---- */

bool quota_room_find(const struct quota_room *room, const struct quota_room_times *times,
                     uint64_t size, int64_t now_us, struct quota_fact *out)
{
    struct slice text = slice_of(room->text, room->text_len);
    size = quota_room_size(size);
    if (room->no_user_us != 0) {
        *out = (struct quota_fact){QUOTA_NO_USER, text, room->no_user_us};
        return is_good(room->no_user_us, times->no_user_us, now_us);
    }
    if (room->over_at != 0 && size >= room->over_at &&
        is_good(room->over_us, times->over_us, now_us)) {
        *out = (struct quota_fact){room->over_kind, text, room->over_us};
        return true;
    }
    if (size > room->fits_at || !is_good(room->fits_us, times->fits_us, now_us))
        return false;
    *out = (struct quota_fact){QUOTA_FITS, {0}, room->fits_us};
    return true;
}

/* ---- what is learnt ---- */

static uint64_t under_way(const struct quota_room *room, const struct quota_room_times *times,
                          int64_t now_us)
{
    return is_good(room->accepted_us, times->fits_us, now_us) ? room->accepted : 0;
}

static void learn_fits(struct quota_room *room, const struct quota_room_times *times, uint64_t size,
                       int64_t now_us)
{
    uint64_t taken = under_way(room, times, now_us), left = size > taken ? size - taken : 1;
    bool is_more = left >= room->fits_at || !is_good(room->fits_us, times->fits_us, now_us);
    room->full_since_us = 0;
    if (size >= room->over_at)
        room->over_at = 0;
    if (!is_more)
        return; /* a larger one is good still */
    room->fits_at = left;
    room->fits_us = now_us;
}

static void learn_over(struct quota_room *room, const struct quota_room_times *times, uint64_t size,
                       const struct quota_answer *answer, int64_t now_us)
{
    bool is_less = room->over_at == 0 || size <= room->over_at ||
                   !is_good(room->over_us, times->over_us, now_us);
    if (size <= room->fits_at)
        room->fits_at = size - 1;
    if (size == 1 && room->full_since_us == 0)
        room->full_since_us = now_us;
    if (!is_less)
        return; /* a smaller one is good still */
    room->over_at = size;
    room->over_us = now_us;
    room->over_kind = answer->kind;
    set_text(room, answer->text);
}

void quota_room_learn(struct quota_room *room, const struct quota_room_times *times, uint64_t size,
                      const struct quota_answer *answer, int64_t now_us)
{
    size = quota_room_size(size);
    ASSERT(answer->kind != QUOTA_TROUBLE);
    room->heard_us = now_us;
    if (answer->kind == QUOTA_NO_USER) {
        *room = (struct quota_room){.no_user_us = now_us,
                                    .heard_us = now_us,
                                    .text = room->text,
                                    .text_len = room->text_len};
        set_text(room, answer->text);
        return;
    }
    room->no_user_us = 0;
    if (answer->kind == QUOTA_FITS)
        learn_fits(room, times, size, now_us);
    else
        learn_over(room, times, size, answer, now_us);
}

void quota_room_accepted(struct quota_room *room, const struct quota_room_times *times,
                         uint64_t size, int64_t now_us)
{
    uint64_t before = under_way(room, times, now_us);
    room->accepted = before > UINT64_MAX - size ? UINT64_MAX : before + size;
    room->accepted_us = now_us;
    if (room->fits_at > 0)
        room->fits_at = room->fits_at > size ? room->fits_at - size : 1;
}
