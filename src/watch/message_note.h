/* SPDX-License-Identifier: Apache-2.0
 *
 * What the log said of open messages, in words: the correlator keeps hashes only, since a report
 * needs no more. Notes are numbered from 1; number 0 is the empty note, which nothing changes.
 */
#ifndef TD_WATCH_MESSAGE_NOTE_H
#define TD_WATCH_MESSAGE_NOTE_H

#include "mail/log_record.h"

enum note_text {
    NOTE_INSTANCE,
    NOTE_QUEUE_ID,
    NOTE_MESSAGE_ID, /* without <> */
    NOTE_SENDER,
    NOTE_CLIENT_NAME,
    NOTE_CLIENT_IP,
};
#define NOTE_TEXTS 6
#define NOTE_TEXT_MAX 998 /* bytes kept of each; RFC 5322 has no longer line */

struct message_note;
struct message_notes;

struct message_notes *message_notes_new(void);
void message_notes_free(struct message_notes *notes);

/* Adds what the record says to a note, or to a new one for number 0; returns its number. What was
 * said first stays. */
uint32_t message_notes_take(struct message_notes *notes, uint32_t number,
                            const struct log_record *record);

/* Remembers the address of a recipient that waits, once; of a message at most NOTE_WAITING_MAX. */
#define NOTE_WAITING_MAX 1000
void message_notes_wait(struct message_notes *notes, uint32_t number, uint64_t recipient,
                        struct slice address);

/* That address, or an empty slice. */
struct slice message_notes_waiting(const struct message_notes *notes, uint32_t number,
                                   uint64_t recipient);

/* The number may be given to another message afterwards. */
void message_notes_drop(struct message_notes *notes, uint32_t number);

/* Valid until the next call that changes notes. */
const struct message_note *message_notes_get(const struct message_notes *notes, uint32_t number);
struct slice message_note_text(const struct message_note *note, enum note_text text);
uint64_t message_note_size(const struct message_note *note); /* bytes; 0: not said */

#endif
