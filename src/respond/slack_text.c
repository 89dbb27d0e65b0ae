/* SPDX-License-Identifier: Apache-2.0
 *
 * See slack_text.h.
 */
#include "respond/slack_text.h"

#include "base/escape.h"

void slack_text_add(struct slice text, size_t max, bool code, struct buf *to)
{
    size_t begin = to->len;
    while (text.len > 0) {
        struct slice one = text;
        utf8_take(&text);
        one.len -= text.len;
        struct slice safe = one;
        if (slice_eq(one, SLICE("&")))
            safe = SLICE("&amp;");
        else if (slice_eq(one, SLICE("<")))
            safe = SLICE("&lt;");
        else if (slice_eq(one, SLICE(">")))
            safe = SLICE("&gt;");
        else if (code && slice_eq(one, SLICE("`")))
            safe = SLICE("ˋ");
        if (to->len - begin + safe.len > max) {
            buf_add_str(to, "…");
            return;
        }
        buf_add(to, safe);
    }
}

json_t *slack_text_mrkdwn(const struct buf *text)
{
    json_t *object = json_value_object();
    json_value_put(object, "type", json_value_text(SLICE("mrkdwn")));
    json_value_put(object, "text", json_value_text(buf_slice(text)));
    json_value_put(object, "verbatim", json_true());
    return object;
}

json_t *slack_text_plain(struct slice text, size_t max)
{
    CLEANUP_BUF struct buf shown = {0};
    for (size_t count = 0; text.len > 0 && count < max; count++) {
        struct slice one = text;
        utf8_take(&text);
        bool last = count == max - 1 && text.len > 0;
        buf_add(&shown, last ? SLICE("…") : slice_first(one, one.len - text.len));
    }
    json_t *object = json_value_object();
    json_value_put(object, "type", json_value_text(SLICE("plain_text")));
    json_value_put(object, "text", json_value_text(buf_slice(&shown)));
    json_value_put(object, "emoji", json_false());
    return object;
}

json_t *slack_text_block(const char *type, const char *key, json_t *content)
{
    json_t *object = json_value_object();
    json_value_put(object, "type", json_value_text(slice_from_str(type)));
    json_value_put(object, key, content);
    return object;
}
