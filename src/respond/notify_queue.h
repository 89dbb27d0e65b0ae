/* SPDX-License-Identifier: Apache-2.0
 *
 * What one notifier still has to send. Pure: it says what to try and when, and is told what came of
 * it; io does the sending, one try at a time.
 *
 *   order     notices of one page leave in their order; a critical opening goes before the others
 *   retry     exponential back-off with jitter, per notice and for the notifier as a whole;
 *             Retry-After is honoured
 *   give up   what the receiver refuses for good, and what is too old, is a dead letter: counted,
 *             with the reason of the newest ones
 *   bound     pending_max; beyond it the oldest of what matters least goes, and is counted; a
 *             critical opening never goes for that, but at four times the bound no more is taken
 *
 * A try is made at least once: after a crash the notice in flight is sent again under the same
 * notice_key, by which receivers that can drop the second.
 */
#ifndef TD_RESPOND_NOTIFY_QUEUE_H
#define TD_RESPOND_NOTIFY_QUEUE_H

#include "base/err.h"
#include "respond/notice.h"

struct notify_queue_settings {
    size_t pending_max;
    int64_t first_retry_us, longest_retry_us;
    int64_t try_us;      /* a try without an answer for so long has failed */
    int64_t give_up_us;  /* a notice that is older is not tried any more */
    unsigned dead_after; /* failures in a row: the notifier counts as dead (and is still tried) */
};

#define NOTIFY_SECOND_US INT64_C(1000000)

#define NOTIFY_QUEUE_SETTINGS \
    { \
        .pending_max = 100, .first_retry_us = 2 * NOTIFY_SECOND_US, \
        .longest_retry_us = 600 * NOTIFY_SECOND_US, .try_us = 30 * NOTIFY_SECOND_US, \
        .give_up_us = 86400 * NOTIFY_SECOND_US, .dead_after = 8 \
    }

enum notify_outcome {
    NOTIFY_SENT,
    NOTIFY_RETRY,   /* it may work later */
    NOTIFY_REFUSED, /* it never will */
};

#define NOTIFY_REASON_MAX 160
#define NOTIFY_THREAD_MAX 64

struct notify_result {
    enum notify_outcome outcome;
    int64_t retry_after_us;             /* the receiver's wish; 0: none */
    char reason[NOTIFY_REASON_MAX + 1]; /* of a failure; one line of valid UTF-8, safe to print */
};

struct notify_queue;

/* seed: of the jitter; any number, another one for each notifier. Settings are copied. */
struct notify_queue *notify_queue_new(const struct notify_queue_settings *settings, uint64_t seed);
void notify_queue_free(struct notify_queue *queue);

/* Copies the notice. A NOTICE_CURRENT replaces an older one of its page. */
void notify_queue_push(struct notify_queue *queue, const struct notice *notice, int64_t now_us);

/* When there is something to try, or a try has taken too long; INT64_MAX: never. */
int64_t notify_queue_next_due(const struct notify_queue *queue);

/* The notice to try now, and the number of the try; NULL: none, or one is in flight. The notice
 * lives until the try is told or has taken try_us. */
const struct notice *notify_queue_take_due(struct notify_queue *queue, int64_t now_us,
                                           uint64_t *try_number);

/* What came of a try; ignored when it had been given up before. thread: what the answer gave for
 * later notices of this page, or NULL or "". */
void notify_queue_tell_result(struct notify_queue *queue, uint64_t try_number, int64_t now_us,
                              const struct notify_result *result, const char *thread);

/* What an answer gave for this page, or an empty slice. The newest 256 are kept. */
struct slice notify_queue_thread(const struct notify_queue *queue, struct slice page);

#define NOTIFY_STATES(X) \
    X(OK, "ok") \
    X(FAILING, "failing") /* the last try failed */ \
    X(DEAD, "dead")       /* dead_after in a row did */

enum notify_state {
#define X(name, word) NOTIFY_STATE_##name,
    NOTIFY_STATES(X)
#undef X
};

const char *notify_state_word(enum notify_state state);

#define NOTIFY_LETTERS_MAX 20

struct notify_letter {
    char key[48]; /* notice_key */
    char reason[NOTIFY_REASON_MAX + 1];
    int64_t at_us;
};

struct notify_status {
    enum notify_state state;
    size_t pending; /* in flight included */
    uint64_t sent, retries;
    uint64_t refused, expired;               /* dead letters: for good, too old */
    uint64_t dropped;                        /* by the bound */
    int64_t last_sent_us, failing_since_us;  /* 0: never, not */
    char last_reason[NOTIFY_REASON_MAX + 1]; /* of the newest failure, or "" */
    size_t letter_count;
    struct notify_letter letters[NOTIFY_LETTERS_MAX]; /* newest dead letters, oldest first */
};

void notify_queue_status(const struct notify_queue *queue, struct notify_status *out);

/* The state as JSON; and into a new, empty queue. False and err when the value is not of the form;
 * the queue is then still empty. */
json_t *notify_queue_json(const struct notify_queue *queue);
bool notify_queue_read(struct notify_queue *queue, const json_t *object, int64_t now_us,
                       struct err *err);

#endif
