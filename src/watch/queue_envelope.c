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

/* Empty: the line begins no envelope. */
static struct slice id_of_begin(struct slice line)
{
    return slice_take_prefix(&line, SLICE("*** ENVELOPE RECORDS ")) ? id_of(line) : SLICE("");
}

/* To the line that ends the envelope, or in front of the next one's first. */
static void take_records(struct slice *rest, struct queue_envelope *out)
{
    while (rest->len > 0) {
        struct slice here = *rest, line = slice_cut(rest, '\n');
        if (id_of_begin(line).len > 0) {
            *rest = here;
            return;
        }
        if (slice_starts_with(line, SLICE("*** MESSAGE CONTENTS "))) {
            out->whole = slice_eq(id_of(line), out->queue_id);
            return;
        }
        if (out->login.len == 0 &&
            slice_take_prefix(&line, SLICE("named_attribute: sasl_username=")))
            out->login = line;
    }
}

bool queue_envelope_take(struct slice *text, struct queue_envelope *out)
{
    while (text->len > 0) {
        struct slice id = id_of_begin(slice_cut(text, '\n'));
        if (id.len == 0)
            continue;
        *out = (struct queue_envelope){.queue_id = id};
        take_records(text, out);
        return true;
    }
    return false;
}
