/* SPDX-License-Identifier: Apache-2.0
 *
 * Who has written to whom lately, for limits on new recipients: pairs of a sender and an address,
 * each as one number (keyed_hash of both), with the second at which it was last written to.
 *
 * One block of memory, 8 bytes a place, twice as many places as pairs are asked for, rounded up to
 * a power of two:
 *
 *      low half of the number: which line     [ 8 places: high half of it | second ]
 *
 * Errs in two ways. A pair that was never put is taken for a known one when another one in its line
 * has the same 32 bits: once in 500 million look-ups at most (8 * 2^-32), and who does not know
 * the key of the hash cannot seek such pairs. A pair is forgotten when 8 others of its line are
 * newer, which is counted: of as many pairs as were asked for, about one of a hundred. So it errs
 * rather to the strict side. One thread; pure; nothing is removed but by time.
 */
#ifndef TD_GATE_RECIPIENT_BOOK_H
#define TD_GATE_RECIPIENT_BOOK_H

#include <stdbool.h>
#include <stdint.h>

struct recipient_book;

/* max: pairs that have room, 1 to 2^28. */
struct recipient_book *recipient_book_new(uint32_t max);
void recipient_book_free(struct recipient_book *book); /* NULL is fine */

/* Was it put within this time before now? With the seconds of the clock, at most one longer. After
 * the clock was set back by less than the time it is known still. */
bool recipient_book_has(const struct recipient_book *book, uint64_t pair, int64_t within_us,
                        int64_t now_us);

/* It was written to now. What is older than within_us makes room first. */
void recipient_book_put(struct recipient_book *book, uint64_t pair, int64_t within_us,
                        int64_t now_us);

/* Pairs that were forgotten before their time. */
uint64_t recipient_book_crowded_out(const struct recipient_book *book);

#endif
