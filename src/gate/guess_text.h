/* SPDX-License-Identifier: Apache-2.0
 *
 * What relays tell each other of guesses (guess_guard.h), as text:
 *
 *      name    N (network) or A (account), then 16 digits: a hash
 *      row     name, a blank, when its bucket is full again: microseconds, decimal
 *      key     32 digits: of the hashes
 *
 * Digits of names and keys are hexadecimal and lower case. Pure.
 */
#ifndef TD_GATE_GUESS_TEXT_H
#define TD_GATE_GUESS_TEXT_H

#include "base/buf.h"
#include "gate/guess_guard.h"

/* Appends the name; kind: NETWORK or ACCOUNT. */
void guess_text_name(const struct guess_news *news, struct buf *to);

/* Whole of a row. now_us: of the clock that its time is by; fill_us is what is left, and most_us 0.
 * False: it is none; *out untouched. */
bool guess_text_parse(struct slice row, int64_t now_us, struct guess_news *out);

/* Appends the key; whole of a key. False: it is none; *out untouched. */
void guess_text_key(const struct hash_key *key, struct buf *to);
bool guess_text_key_parse(struct slice text, struct hash_key *out);

#endif
