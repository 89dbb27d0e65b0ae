/* SPDX-License-Identifier: Apache-2.0
 *
 * What a verb that reads logs answers from, in this order: the LOGs that were named; the history of
 * the daemon, where there is one with something in it; the mail log of this machine.
 */
#ifndef TD_APP_ANSWER_SOURCE_H
#define TD_APP_ANSWER_SOURCE_H

#include "app/settings.h"
#include "app/verb.h"
#include "store/history_reader.h"

/* As the user says it. */
struct answer_options {
    const char *config;    /* NULL: the usual one */
    bool history, own_log; /* --history, --no-history */
};

/* getopt's codes; 'c' is another. False: another option. */
enum { OPTION_HISTORY = 1100, OPTION_NO_HISTORY };
bool answer_option(struct answer_options *options, int code, const char *value);
/* clang-format off */
#define ANSWER_OPTION_ROWS \
    {"config", required_argument, NULL, 'c'}, \
    {"history", no_argument, NULL, OPTION_HISTORY}, \
    {"no-history", no_argument, NULL, OPTION_NO_HISTORY}
/* clang-format on */

struct answer_source {
    struct settings *settings;     /* owned; NULL: not looked at, or not readable */
    struct history_reader *reader; /* owned; NULL: logs */
    const char *folder;            /* of the state; with reader */
    struct history_extent extent;  /* with reader */
};

/* logs: how many were named. Where the history is only one of the choices and cannot be read, that
 * is said on stderr and the log is taken. False and err: options that exclude each other, or what
 * was asked for cannot be had; to be ended in any case. */
bool answer_source_open(struct answer_source *source, const struct verb *verb,
                        const struct answer_options *options, int logs, struct err *err);
void answer_source_close(struct answer_source *source);

#endif
