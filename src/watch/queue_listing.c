/* SPDX-License-Identifier: Apache-2.0
 *
 * Lines of `postqueue -j`. See queue_listing.h.
 */
#include "watch/queue_listing.h"

#include "base/civil.h"
#include "base/escape.h"
#include "model/json_field.h"

#define WORD_MAX 64
#define ADDRESS_MAX 4096
#define REASON_MAX 4096
#define ARRIVAL_MAX INT64_C(253402300799) /* 9999-12-31 */

static enum mail_queue queue_of(struct slice word)
{
    static const struct slice words[] = {
#define X(name, word) [MAIL_QUEUE_##name] = {word, sizeof(word) - 1},
        MAIL_QUEUES(X)
#undef X
    };
    for (size_t i = 1; i < sizeof(words) / sizeof(words[0]); i++)
        if (slice_eq(word, words[i]))
            return (enum mail_queue)i;
    return MAIL_QUEUE_OTHER;
}

static struct slice keep(struct arena *arena, struct slice text)
{
    return slice_of(arena_copy(arena, text.ptr, text.len), text.len);
}

/* A text beyond its bound is cut: Postfix has none for a reason. */
static bool read_text(const json_t *object, const char *key, size_t max, struct slice *out)
{
    return json_field_text(object, key, SIZE_MAX, out) && (*out = slice_first(*out, max), true);
}

static bool read_recipient(const json_t *object, struct arena *arena, struct queued_recipient *out)
{
    if (!json_is_object(object) || !read_text(object, "address", ADDRESS_MAX, &out->address) ||
        !read_text(object, "delay_reason", REASON_MAX, &out->reason))
        return false;
    out->address = keep(arena, out->address);
    out->reason = keep(arena, out->reason);
    return true;
}

static bool read_recipients(const json_t *object, struct arena *arena, struct queued_mail *out)
{
    const json_t *list;
    if (!json_field_array(object, "recipients", SIZE_MAX, &list))
        return false;
    size_t count = json_array_size(list);
    if (count > QUEUED_RECIPIENTS_MAX)
        count = QUEUED_RECIPIENTS_MAX;
    out->recipients = arena_alloc(arena, (count + 1) * sizeof(*out->recipients));
    for (; out->recipient_count < count; out->recipient_count++)
        if (!read_recipient(json_array_get(list, out->recipient_count), arena,
                            &out->recipients[out->recipient_count]))
            return false;
    return true;
}

static bool read_mail(const json_t *object, struct arena *arena, struct queued_mail *out)
{
    static const struct json_range arrivals = {0, ARRIVAL_MAX, 0};
    int64_t arrival;
    if (!read_text(object, "queue_name", WORD_MAX, &out->queue_name) ||
        !read_text(object, "queue_id", WORD_MAX, &out->queue_id) || out->queue_id.len == 0 ||
        !read_text(object, "sender", ADDRESS_MAX, &out->sender) ||
        !json_field_int(object, "arrival_time", arrivals, &arrival) ||
        !json_field_count(object, "message_size", &out->size) ||
        !json_field_bool(object, "forced_expire", &out->forced_expire) ||
        !read_recipients(object, arena, out))
        return false;
    if (slice_eq(out->sender, SLICE("MAILER-DAEMON"))) /* so showq calls the null sender */
        out->sender = (struct slice){NULL, 0};
    out->arrival_us = arrival * US_PER_SECOND;
    out->queue = queue_of(out->queue_name);
    out->queue_name = keep(arena, out->queue_name);
    out->queue_id = keep(arena, out->queue_id);
    out->sender = keep(arena, out->sender);
    return true;
}

bool queue_listing_line(struct slice line, struct arena *arena, struct queued_mail *out)
{
    CLEANUP_BUF struct buf valid = {0};
    if (line.len > QUEUED_LINE_MAX)
        return false;
    utf8_sanitize(line, &valid);
    json_t *object = json_field_parse(buf_slice(&valid), SIZE_MAX);
    *out = (struct queued_mail){.queue = MAIL_QUEUE_OTHER};
    bool good = json_is_object(object) && read_mail(object, arena, out);
    json_decref(object);
    return good;
}
