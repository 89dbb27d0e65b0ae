/* SPDX-License-Identifier: Apache-2.0
 *
 * Which domain sends each message that is open, for incidents that are about a sender domain. Kept
 * beside the messages of the correlator, by their number; the serial says whether it is still the
 * same message.
 *
 * Bounded: SENDER_DOMAINS names, those beyond are not known; 16 bytes a message that is open. One
 * thread.
 */
#ifndef TD_WATCH_SENDER_BOOK_H
#define TD_WATCH_SENDER_BOOK_H

#include <stdint.h>

#include "base/slice.h"

#define SENDER_DOMAINS 65536

struct sender_book;

struct sender_book *sender_book_new(void);
void sender_book_free(struct sender_book *book);

/* The message comes from this address; without a domain it is from nobody. */
void sender_book_note(struct sender_book *book, uint32_t number, uint64_t serial,
                      struct slice from);

/* In lower case; empty: not known. Lives as long as the book. */
struct slice sender_book_domain(const struct sender_book *book, uint32_t number, uint64_t serial);

/* How often a domain had no room, since it is new (left_out.h). */
uint64_t sender_book_left_out(const struct sender_book *book);

#endif
