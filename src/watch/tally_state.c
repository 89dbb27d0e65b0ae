/* SPDX-License-Identifier: Apache-2.0
 *
 * See tally_state.h. The largest paths are kept in a short sorted list while all are walked.
 */
#include "watch/tally_state.h"

#include "base/memory.h"
#include "watch/ranking.h"
#include "watch/tally_private.h"

void tally_state_get(const struct tally *tally, struct tally_state *out)
{
    *out = (struct tally_state){
        .lines = tally->lines,
        .unread = tally->unknown,
        .messages = correlator_messages(tally->correlator),
        .messages_open = correlator_open(tally->correlator),
        .attempts = tally->attempts,
        .outcomes = tally->outcomes,
        .good = tally->good,
        .bad = tally->bad,
        .paths = path_table_count(tally->paths) - 1, /* 0 is "other" */
    };
}

void tally_left_out(const struct tally *tally, uint64_t counts[LEFT_OUT_COUNT])
{
    counts[LEFT_OUT_MESSAGES] = correlator_flushed(tally->correlator);
    counts[LEFT_OUT_LOGINS] = correlator_logins_left_out(tally->correlator);
    counts[LEFT_OUT_SENDER_DOMAINS] = sender_book_left_out(tally->senders);
    counts[LEFT_OUT_RELAYS] = intern_overflows(correlator_hosts(tally->correlator));
    counts[LEFT_OUT_SOURCES] = intern_overflows(tally->sources);
    counts[LEFT_OUT_PROVIDERS] = intern_overflows(provider_book_names(tally->providers));
    counts[LEFT_OUT_PATHS] = path_table_read(tally->paths, 0)->attempts.total;
}

void tally_visit_paths(const struct tally *tally, size_t most,
                       void (*visit)(void *data, const struct tally_path_state *path), void *data)
{
    struct ranking largest;
    if (most == 0)
        return;
    ranking_begin(&largest, most < TALLY_PATHS_SHOWN ? most : TALLY_PATHS_SHOWN);
    for (uint32_t i = 0; i < path_table_count(tally->paths); i++) {
        uint64_t attempts = path_table_get(tally->paths, i)->attempts.total;
        if (attempts > 0)
            ranking_add(&largest, (struct ranked){.weight = attempts, .number = i});
    }
    ranking_settle(&largest);
    for (size_t i = 0; i < largest.count; i++) {
        uint32_t number = largest.rows[i].number;
        const struct path *path = path_table_get(tally->paths, number);
        struct tally_path_state state = {
            .names = tally_path_names(tally, number),
            .attempts = &path->attempts,
            .outcomes = &path->outcomes,
            .last_us = path->last_us,
        };
        visit(data, &state);
    }
    mem_free(largest.rows);
}
