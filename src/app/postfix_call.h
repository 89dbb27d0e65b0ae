/* SPDX-License-Identifier: Apache-2.0
 *
 * Questions and orders to Postfix by its own commands: postqueue, postconf, postmap, postcat,
 * postsuper and postfix.
 * Each has a deadline and a bound on what it may say; whoever asks goes on without the answer.
 */
#ifndef TD_APP_POSTFIX_CALL_H
#define TD_APP_POSTFIX_CALL_H

#include <stdatomic.h>

#include "base/buf.h"
#include "base/err.h"
#include "watch/retry_estimate.h"

/* One instance. Borrowed texts. */
struct postfix_place {
    const char *commands; /* folder of the commands */
    const char *config;   /* folder of main.cf, absolute; NULL: the usual one of Postfix */
    int64_t deadline_ms;  /* of each call, in place of the 10 s below; 0: those */
};

/* Appends what `postqueue -j` prints. *cut: only the beginning of it (QUEUE_BYTES_MAX). False and
 * err: it is not there, failed or took longer than 10 s. */
bool postfix_call_queue(const struct postfix_place *place, struct buf *to, bool *cut,
                        struct err *err);

/* The settings by which it tries again. False and err: those that could not be learnt keep the
 * values of retry_default_settings. */
bool postfix_call_retry(const struct postfix_place *place, struct retry_settings *out,
                        struct err *err);

/* Lets Postfix look something up in a table (`lmdb:/path`), by postmap. Appends what it says of the
 * table in one line, nothing when all is well. False and err: as above. */
bool postfix_call_table(const struct postfix_place *place, const char *table, struct buf *complaint,
                        struct err *err);

/* Appends what `postconf` with these words prints (NULL ends them). False and err: as above. */
bool postfix_call_conf(const struct postfix_place *place, const char *const *words, struct buf *to,
                       struct err *err);

/* Runs a command of Postfix with these words (NULL ends them), for what it does. abort: as in
 * child_process.h. False and err: as above. */
bool postfix_call_command(const struct postfix_place *place, const char *program,
                          const char *const *words, const atomic_bool *abort, struct err *err);

/* Appends the envelopes of these messages' queue files, as `postcat -e -q` prints them; at most
 * POSTFIX_FILES_MAX. It stops at the first that is not there. False and err: it could not be run,
 * or not within 10 s; whatever came is in *to. */
#define POSTFIX_FILES_MAX 200
bool postfix_call_files(const struct postfix_place *place, const char *const *ids, size_t count,
                        struct buf *to, struct err *err);

/* Lets postsuper act on messages: `words` (NULL ends them) as {"-h", "-", NULL}, `ids` one a line.
 * Appends what it says, a line for each message that it did it to. False and err: it failed or took
 * longer than 10 s; what it had done by then is in *said. */
bool postfix_call_super(const struct postfix_place *place, const char *const *words,
                        struct slice ids, struct buf *said, struct err *err);

/* Runs an operator's own command that stands for one of Postfix; words[0] is the program. */
bool postfix_call_words(const char *const *words, const atomic_bool *abort, struct err *err);

#endif
