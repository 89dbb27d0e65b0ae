/* SPDX-License-Identifier: Apache-2.0
 *
 * Words of a command that a person is to copy into a shell (POSIX.1-2017, XCU 2.2): a stranger's
 * text stays one word and does nothing.
 */
#ifndef TD_BASE_SHELL_WORD_H
#define TD_BASE_SHELL_WORD_H

#include "base/buf.h"
#include "base/slice.h"

/* Appends the word: as it is when it is of letters, digits and @._+- alone, else in single quotes.
 */
void shell_word_add(struct slice word, struct buf *to);

#endif
