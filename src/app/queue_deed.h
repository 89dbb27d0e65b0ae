/* SPDX-License-Identifier: Apache-2.0
 *
 * Does something to messages of a queue_search: puts them on hold, releases or deletes them, by
 * postsuper, in batches with pauses as long as the batch took, so that Postfix keeps half of the
 * disk.
 *
 *      hold      postsuper -h, then each is looked at again: a message that is another login's,
 *                because its id was used again meanwhile, is released; all are if that look fails
 *      release   postsuper -H of what is on hold
 *      purge     hold as above, and only what is on hold and the login's is deleted: what is on
 *                hold cannot end, so its id cannot become another message's
 *
 * What has been delivered meanwhile is gone, which is told. The first command that fails ends it.
 */
#ifndef TD_APP_QUEUE_DEED_H
#define TD_APP_QUEUE_DEED_H

#include "app/queue_search.h"

#define QUEUE_DEEDS(X) \
    X(HOLD, "hold") \
    X(RELEASE, "release") \
    X(PURGE, "purge")

enum queue_deed {
#define X(name, word) QUEUE_DEED_##name,
    QUEUE_DEEDS(X)
#undef X
};

struct queue_outcome {
    size_t wanted;   /* messages that it is to be done to */
    size_t done;     /* of them */
    size_t gone;     /* were no longer there */
    size_t put_back; /* were another's, and go on */
    bool whole;      /* no command failed; else `why` says which */
    struct err why;
    struct buf stuck; /* queue ids, a blank between: put on hold, perhaps another's, and could not
                         be released */
};

void queue_outcome_done(struct queue_outcome *outcome);

/* Messages to which nothing was done since a command failed; some may be on hold. */
size_t queue_outcome_left(const struct queue_outcome *outcome);

const char *queue_deed_word(enum queue_deed deed);

/* Is there something to do to it? One that is on hold need not be put there. */
bool queue_deed_concerns(enum queue_deed deed, const struct queue_mail *mail);

/* Blocks. *out is set whole; the caller ends it with queue_outcome_done. */
void queue_deed_do(enum queue_deed deed, const struct queue_search *search,
                   struct queue_outcome *out);

#endif
