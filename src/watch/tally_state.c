/* SPDX-License-Identifier: Apache-2.0
 *
 * See tally_state.h. The largest paths are kept in a short sorted list while all are walked.
 */
#include "watch/tally_state.h"

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

static uint64_t attempts_of(const struct tally *tally, uint32_t number)
{
    return path_table_get(tally->paths, number)->attempts.total;
}

/* Puts the path where it belongs among the largest; the least goes when there is no room. */
static void keep_if_large(const struct tally *tally, uint32_t number, uint32_t *largest,
                          size_t *count, size_t most)
{
    size_t at = *count;
    while (at > 0 && attempts_of(tally, largest[at - 1]) < attempts_of(tally, number))
        at--;
    if (at >= most)
        return;
    size_t last = *count < most ? (*count)++ : most - 1;
    for (size_t i = last; i > at; i--)
        largest[i] = largest[i - 1];
    largest[at] = number;
}

void tally_visit_paths(const struct tally *tally, size_t most,
                       void (*visit)(void *data, const struct tally_path_state *path), void *data)
{
    uint32_t largest[TALLY_PATHS_SHOWN];
    size_t count = 0;
    most = most < TALLY_PATHS_SHOWN ? most : TALLY_PATHS_SHOWN;
    for (uint32_t i = 0; i < path_table_count(tally->paths); i++)
        if (attempts_of(tally, i) > 0)
            keep_if_large(tally, i, largest, &count, most);
    for (size_t i = 0; i < count; i++) {
        const struct path *path = path_table_get(tally->paths, largest[i]);
        struct tally_path_state state = {
            .names = tally_path_names(tally, largest[i]),
            .attempts = &path->attempts,
            .outcomes = &path->outcomes,
            .last_us = path->last_us,
        };
        visit(data, &state);
    }
}
