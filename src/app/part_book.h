/* SPDX-License-Identifier: Apache-2.0
 *
 * Parts of a kind that may fail, as incidents: a mailbox server that does not greet, accounts that
 * cannot be looked up, a listener that stands still. One incident a part (part_health.h); parts
 * have names and come and go with the settings.
 *
 * Asked in turns: say or keep what there is to say, then tell. A part of which nothing was said is
 * well. Bounded: PART_BOOK_MAX parts that fail or have an incident; what fails beyond that is in
 * the metrics alone. Pure: texts and times of one clock. One thread.
 */
#ifndef TD_APP_PART_BOOK_H
#define TD_APP_PART_BOOK_H

#include "app/part_health.h"
#include "watch/incident_tell.h"

enum { PART_BOOK_MAX = 256, PART_BOOK_NAME_MAX = 256 };

struct part_book;

/* kind: of all its incidents. relay: ours; copied. */
struct part_book *part_book_new(enum incident_kind kind, struct slice relay);
void part_book_free(struct part_book *book); /* NULL is fine */

/* An open incident that the run before left goes on or ends; others are no concern of it, nor is
 * one that is known already. */
void part_book_resume(struct part_book *book, const struct incident *known);

/* Part of which something is wrong. name: cut to PART_BOOK_NAME_MAX bytes. */
struct part_ailment {
    struct slice name, words;
    enum incident_severity severity;
};
void part_book_say(struct part_book *book, const struct part_ailment *ailment);

/* Nothing is known of this part now, or of those of which nothing was said: they stay as they were.
 */
void part_book_keep(struct part_book *book, struct slice name);
void part_book_keep_others(struct part_book *book);

/* Has an incident? */
bool part_book_is_open(const struct part_book *book, struct slice name);

/* Ends the turn. */
void part_book_tell(struct part_book *book, int64_t now_us, incident_tell tell, void *data);

#endif
