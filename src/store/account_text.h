/* SPDX-License-Identifier: Apache-2.0
 *
 * What stands in the columns of an account, as texts, and what they say:
 *
 *      protocols    imap pop3        of imap, pop3, smtp, sieve; `none`; empty: all
 *      networks     192.0.2.0/24     addresses and networks; empty: all
 *      flags        no-send          words
 *      valid_until  2026-12-31       that whole day, in UTC
 *                   2026-12-31 18:00:00+09:00   also with T, without seconds, with a fraction, with
 *                                Z; without an offset it is UTC
 *                   1798707600       seconds since 1970
 *                   infinity         or empty: no end
 *
 * Words have blanks or commas between them. A word that is none permits nothing. Pure.
 */
#ifndef TD_STORE_ACCOUNT_TEXT_H
#define TD_STORE_ACCOUNT_TEXT_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/memory.h"
#include "store/account_row.h"

/* Texts as they stand there; empty: none. */
struct account_text {
    struct slice login, account_class, server, secret, protocols, networks, valid_until, flags;
};

/* Everything but the app passwords. Borrows the texts; the arena has what had to be rewritten. */
void account_text_read(const struct account_text *text, struct arena *arena,
                       struct account_row *out);

/* False: a word that is none, or too long; *out is what the others say. */
bool account_text_protocols(struct slice text, unsigned *out);

/* False: no time; *out is 0, which is long past. */
bool account_text_until(struct slice text, int64_t *out);

/* Words with one blank between them, of blanks and commas; text, when it is so already. */
struct slice account_text_words(struct slice text, struct arena *arena);

/* The words for the bits; nothing for all of them. */
void account_text_put_protocols(unsigned protocols, struct buf *to);

#endif
