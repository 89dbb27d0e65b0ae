/* SPDX-License-Identifier: Apache-2.0
 *
 * Postfix queue ids (Postfix src/global/mail_queue.h).
 *   short  5 hex digits of microseconds, then the inode in hex, upper case, at least 6 in all;
 *          used again as soon as the inode is free
 *   long   seconds in base 52 (6 or more), microseconds in base 52 (4), 'z', inode in base 51;
 *          holds the arrival time in UTC
 */
#ifndef TD_MAIL_QUEUE_ID_H
#define TD_MAIL_QUEUE_ID_H

#include "base/slice.h"

/* Length of the queue id that begins at text and is followed by `end` (':' in a log line, '\0' for
 * the end of text); 0 when there is none. At most 32 bytes are looked at. */
size_t queue_id_length(struct slice text, char end);

bool queue_id_is_valid(struct slice id);
bool queue_id_is_long(struct slice id);

/* Arrival time in microseconds since 1970 UTC of a long id. False for a short or malformed one. */
bool queue_id_time(struct slice id, int64_t *out_us);

/* The id behind "queued as " in a reply, e.g. `250 2.0.0 Ok: queued as 4F1`. Empty when there is
 * none; the id need not be Postfix's. */
struct slice queue_id_after_queued_as(struct slice reply);

#endif
