/* SPDX-License-Identifier: Apache-2.0
 *
 * See slack_door.h. A signature is as good as its request: who changes a byte of the stamp or the
 * body needs another one, so that signatures are what is remembered.
 */
#include "respond/slack_door.h"

#include "base/buf.h"
#include "base/civil.h"
#include "base/memory.h"
#include "io/hmac.h"
#include "io/http_guard.h"

#define STAMP_MAX INT64_C(99999999999) /* seconds: in the year 5138 */
#define VERSION "v0"

struct taken {
    int64_t stamp_s; /* 0: free */
    char hex[HMAC_SHA256_HEX];
};

struct slack_door {
    int64_t begun_s;     /* what was signed before was for the door before this one */
    int64_t forgotten_s; /* of what was signed up to here nothing is known any more */
    struct taken taken[SLACK_DOOR_MAX];
};

const char *slack_verdict_word(enum slack_verdict verdict)
{
    static const char *const words[] = {
#define X(name, word) [SLACK_VERDICT_##name] = word,
        SLACK_VERDICTS(X)
#undef X
    };
    return words[verdict];
}

struct slack_door *slack_door_new(int64_t now_us)
{
    struct slack_door *door = MEM_NEW(struct slack_door);
    door->begun_s = now_us / US_PER_SECOND;
    return door;
}

void slack_door_free(struct slack_door *door)
{
    mem_free(door);
}

/* ---- what was taken ---- */

static bool is_taken(const struct slack_door *door, struct slice hex)
{
    for (size_t i = 0; i < SLACK_DOOR_MAX; i++)
        if (door->taken[i].stamp_s > 0 &&
            slice_eq(slice_of(door->taken[i].hex, HMAC_SHA256_HEX), hex))
            return true;
    return false;
}

/* Forgets one; by a clock that is set back it stays too old all the same. */
static void forget(struct slack_door *door, struct taken *taken)
{
    if (taken->stamp_s > door->forgotten_s)
        door->forgotten_s = taken->stamp_s;
    taken->stamp_s = 0;
}

static void keep(struct slack_door *door, int64_t stamp_s, struct slice hex, int64_t now_s)
{
    struct taken *place = &door->taken[0];
    for (size_t i = 0; i < SLACK_DOOR_MAX; i++) {
        struct taken *one = &door->taken[i];
        if (one->stamp_s > 0 && now_s - one->stamp_s > SLACK_DOOR_AGE_S)
            forget(door, one);
        if (one->stamp_s < place->stamp_s)
            place = one; /* a free one, or the oldest */
    }
    if (place->stamp_s > 0)
        forget(door, place);
    place->stamp_s = stamp_s;
    memcpy(place->hex, hex.ptr, HMAC_SHA256_HEX);
}

/* ---- judging ---- */

static bool is_signed(const struct slack_request *request, struct slice secret, struct slice hex)
{
    char right[HMAC_SHA256_HEX + 1];
    CLEANUP_BUF struct buf text = {0};
    buf_add_str(&text, VERSION ":");
    buf_add(&text, request->stamp);
    buf_add_char(&text, ':');
    buf_add(&text, request->body);
    hmac_sha256_hex(secret, buf_slice(&text), right);
    return http_guard_same(hex, slice_of(right, HMAC_SHA256_HEX));
}

enum slack_verdict slack_door_judge(struct slack_door *door, const struct slack_request *request,
                                    const struct slice *secrets, size_t count, int64_t now_us,
                                    size_t *which)
{
    int64_t now_s = now_us / US_PER_SECOND;
    struct slice hex = request->signature;
    uint64_t stamp;
    size_t found = 0;
    if (!slice_to_u64(request->stamp, (uint64_t)STAMP_MAX, &stamp) ||
        !slice_take_prefix(&hex, SLICE(VERSION "=")) || hex.len != HMAC_SHA256_HEX)
        return SLACK_VERDICT_UNSIGNED;
    int64_t stamp_s = (int64_t)stamp, age_s = now_s - stamp_s;
    if (door->begun_s - now_s > SLACK_DOOR_AGE_S)
        door->begun_s = now_s; /* by a clock that was wrong, by which nothing was good */
    if (age_s > SLACK_DOOR_AGE_S || age_s < -SLACK_DOOR_AGE_S || stamp_s < door->begun_s ||
        stamp_s <= door->forgotten_s)
        return SLACK_VERDICT_STALE;
    while (found < count && !is_signed(request, secrets[found], hex))
        found++;
    if (found == count)
        return SLACK_VERDICT_FORGED;
    if (is_taken(door, hex))
        return SLACK_VERDICT_REPLAYED;
    keep(door, stamp_s, hex, now_s);
    *which = found;
    return SLACK_VERDICT_TAKEN;
}
