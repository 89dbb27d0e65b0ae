/* SPDX-License-Identifier: Apache-2.0
 *
 * See queue_envelope.h.
 */
#include "watch/queue_envelope.h"

/* The last element of `deferred/4/4F1A0B ***`; empty: it is another line. */
static struct slice id_of(struct slice path)
{
    const char *slash = slice_find_last_char(path, '/');
    if (!slice_ends_with(path, SLICE(" ***")) || slash == NULL)
        return SLICE("");
    return slice_between(slash + 1, slice_end(path) - (sizeof(" ***") - 1));
}

/* To the line that ends the envelope; false: there is none. */
static bool take_records(struct slice *rest, struct queue_envelope *out)
{
    while (rest->len > 0) {
        struct slice line = slice_cut(rest, '\n');
        if (slice_starts_with(line, SLICE("*** MESSAGE CONTENTS ")))
            return slice_eq(id_of(line), out->queue_id);
        if (out->login.len == 0 &&
            slice_take_prefix(&line, SLICE("named_attribute: sasl_username=")))
            out->login = line;
    }
    return false;
}

bool queue_envelope_take(struct slice *text, struct queue_envelope *out)
{
    while (text->len > 0) {
        struct slice line = slice_cut(text, '\n');
        if (!slice_take_prefix(&line, SLICE("*** ENVELOPE RECORDS ")))
            continue;
        *out = (struct queue_envelope){.queue_id = id_of(line)};
        if (out->queue_id.len > 0 && take_records(text, out))
            return true;
    }
    return false;
}
