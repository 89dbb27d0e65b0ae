/* SPDX-License-Identifier: Apache-2.0
 *
 * See log_position.h.
 */
#include "io/log_position.h"

#include <inttypes.h>
#include <string.h>

enum { NUMBERS = 6, DIGITS_MAX = 16 };

uint64_t log_head_hash(struct slice head)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < head.len; i++)
        hash = (hash ^ (unsigned char)head.ptr[i]) * UINT64_C(0x100000001b3);
    return hash;
}

void log_position_format(const struct log_position *position, struct buf *to)
{
    if (position->cursor[0] != '\0') {
        buf_addf(to, "journal %s", position->cursor);
        return;
    }
    if (position->count > 0)
        buf_add_str(to, "files");
    for (size_t i = 0; i < position->count; i++) {
        const struct log_place *place = &position->places[i];
        buf_addf(to, " %" PRIx64 ".%" PRIx64 ".%" PRIx32 ".%" PRIx64 ".%" PRIx64 ".%" PRIx64,
                 place->device, place->inode, place->head_len, place->head_hash,
                 (uint64_t)place->modified_ns, (uint64_t)place->offset);
    }
}

static bool parse_hex(struct slice digits, uint64_t *number)
{
    if (digits.len == 0 || digits.len > DIGITS_MAX)
        return false;
    uint64_t value = 0;
    for (size_t i = 0; i < digits.len; i++) {
        char c = digits.ptr[i];
        if (!ascii_is_digit(c) && (c < 'a' || c > 'f'))
            return false;
        value = value << 4 | (uint64_t)(ascii_is_digit(c) ? c - '0' : c - 'a' + 10);
    }
    *number = value;
    return true;
}

static bool parse_place(struct slice text, struct log_place *place)
{
    uint64_t numbers[NUMBERS];
    for (size_t i = 0; i < NUMBERS; i++)
        if (!parse_hex(slice_cut(&text, '.'), &numbers[i]))
            return false;
    *place = (struct log_place){
        .device = numbers[0],
        .inode = numbers[1],
        .head_len = (uint32_t)numbers[2],
        .head_hash = numbers[3],
        .modified_ns = (int64_t)numbers[4],
        .offset = (int64_t)numbers[5],
    };
    return text.ptr == NULL && numbers[2] <= LOG_HEAD_BYTES && numbers[4] <= INT64_MAX &&
           numbers[5] <= INT64_MAX;
}

static bool parse_places(struct slice text, struct log_position *position)
{
    do {
        if (position->count == LOG_POSITION_FILES ||
            !parse_place(slice_cut(&text, ' '), &position->places[position->count++]))
            return false;
    } while (text.ptr != NULL);
    return true;
}

/* Printable ASCII, so that the text stays one line. */
static bool parse_cursor(struct slice text, struct log_position *position)
{
    if (text.len == 0 || text.len > LOG_CURSOR_MAX)
        return false;
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] <= ' ' || text.ptr[i] > '~')
            return false;
    memcpy(position->cursor, text.ptr, text.len);
    return true;
}

bool log_position_parse(struct slice text, struct log_position *position, struct err *err)
{
    struct log_position parsed = {0};
    struct slice rest = text;
    bool ok = text.len == 0;
    if (slice_take_prefix(&rest, SLICE("files ")))
        ok = parse_places(rest, &parsed);
    else if (slice_take_prefix(&rest, SLICE("journal ")))
        ok = parse_cursor(rest, &parsed);
    if (!ok)
        return err_set(err, ERR_INPUT, "'%.*s' is no position of a log",
                       (int)(text.len < 80 ? text.len : 80), text.ptr);
    *position = parsed;
    return true;
}
