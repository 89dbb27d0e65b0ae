/* SPDX-License-Identifier: Apache-2.0
 *
 * One of some words, on the command line: which, or what was meant.
 */
#ifndef TD_APP_WORD_CHOICE_H
#define TD_APP_WORD_CHOICE_H

#include "base/buf.h"
#include "base/err.h"

/* The place of `word` among `words` (count of them). False and err otherwise: `NAME is text or
 * json, not "jsno", did you mean json?`; *place is then untouched. */
bool word_choose(const char *name, const char *const *words, size_t count, struct slice word,
                 size_t *place, struct err *err);

/* Whether it is among them. */
bool word_find(const char *const *words, size_t count, struct slice word, size_t *place);

/* Appends ", did you mean json?" when one of them is near. */
void word_suggest(const char *const *words, size_t count, struct slice word, struct buf *to);

/* Appends "text, json or html"; `last` is " or " or " and ". */
void word_list(const char *const *words, size_t count, const char *last, struct buf *to);

#endif
