/* SPDX-License-Identifier: Apache-2.0
 *
 * A batch as bytes, for the spool: its pieces as they are, then positions, counters and incidents.
 * Hashes and sums are made again from the rows when it is read.
 */
#include "store/history_batch_private.h"

#include "store/history_bytes.h"

void history_batch_write(struct history_batch *batch, struct buf *to)
{
    history_batch_seal(batch);
    history_bytes_add(to, batch->piece_count);
    for (size_t i = 0; i < batch->piece_count; i++)
        history_bytes_add_text(to, buf_slice(&batch->pieces[i].bytes));
    history_bytes_add(to, batch->position_count);
    for (size_t i = 0; i < batch->position_count; i++) {
        history_bytes_add_text(to, batch->positions[i].name);
        history_bytes_add_text(to, batch->positions[i].value);
    }
    history_bytes_add(to, batch->counter_count);
    for (size_t i = 0; i < batch->counter_count; i++) {
        history_bytes_add_text(to, batch->counters[i].name);
        history_bytes_add(to, history_bytes_fold(batch->counters[i].more));
    }
    history_bytes_add(to, batch->incident_count);
    for (size_t i = 0; i < batch->incident_count; i++) {
        const struct history_incident *incident = &batch->incidents[i];
        const struct slice texts[] = {incident->id, incident->kind, incident->key, incident->body};
        const int64_t times[] = {incident->opened_us, incident->acked_us, incident->closed_us,
                                 incident->updated_us};
        for (size_t k = 0; k < 4; k++) {
            history_bytes_add_text(to, texts[k]);
            history_bytes_add(to, history_bytes_fold(times[k]));
        }
    }
}

static void read_pieces(struct history_batch *batch, struct history_decoder *decoder,
                        struct history_bytes *from)
{
    for (uint64_t left = history_bytes_take(from, UINT32_MAX); left > 0 && !from->bad; left--) {
        struct slice bytes = history_bytes_take_text(from, HISTORY_CHUNK_BYTES_MAX);
        size_t count;
        const struct history_row *rows = history_decoder_read(decoder, bytes, &count);
        from->bad |= rows == NULL;
        for (size_t i = 0; i < count; i++)
            history_batch_add(batch, &rows[i]);
    }
}

static void read_marks(struct history_batch *batch, struct history_bytes *from)
{
    for (uint64_t left = history_bytes_take(from, UINT32_MAX); left > 0 && !from->bad; left--) {
        struct slice name = history_bytes_take_text(from, HISTORY_NAME_MAX);
        struct slice value = history_bytes_take_text(from, HISTORY_POSITION_MAX);
        if (!from->bad)
            history_batch_position(batch, name, value);
    }
    for (uint64_t left = history_bytes_take(from, UINT32_MAX); left > 0 && !from->bad; left--) {
        struct slice name = history_bytes_take_text(from, HISTORY_NAME_MAX);
        int64_t more = history_bytes_unfold(history_bytes_take(from, UINT64_MAX));
        if (!from->bad)
            history_batch_count(batch, name, more);
    }
}

static void read_incident(struct history_batch *batch, struct history_bytes *from)
{
    static const size_t max[] = {HISTORY_ID_MAX, HISTORY_KIND_MAX, HISTORY_INCIDENT_KEY_MAX,
                                 HISTORY_BODY_MAX};
    struct history_incident incident = {0};
    struct slice *const texts[] = {&incident.id, &incident.kind, &incident.key, &incident.body};
    int64_t *const times[] = {&incident.opened_us, &incident.acked_us, &incident.closed_us,
                              &incident.updated_us};
    for (size_t k = 0; k < 4; k++) {
        *texts[k] = history_bytes_take_text(from, max[k]);
        *times[k] = history_bytes_unfold(history_bytes_take(from, UINT64_MAX));
    }
    from->bad |= incident.id.len == 0;
    if (!from->bad)
        history_batch_incident(batch, &incident);
}

struct history_batch *history_batch_read(struct history_decoder *decoder, struct slice bytes)
{
    struct history_batch *batch = history_batch_new();
    struct history_bytes from = {.rest = bytes};
    read_pieces(batch, decoder, &from);
    read_marks(batch, &from);
    for (uint64_t left = history_bytes_take(&from, UINT32_MAX); left > 0 && !from.bad; left--)
        read_incident(batch, &from);
    if (!from.bad && from.rest.len == 0)
        return batch;
    history_batch_free(batch);
    return NULL;
}
