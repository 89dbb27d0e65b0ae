/* SPDX-License-Identifier: Apache-2.0
 *
 * Words behind each other in one piece of memory, as a command is made of them. Zero-initialise
 * ({0}) to begin, word_list_done to end. A word is written to `bytes` and closed:
 *
 *      buf_addf(&list.bytes, "%d", 4), word_list_close(&list);
 */
#ifndef TD_BASE_WORD_LIST_H
#define TD_BASE_WORD_LIST_H

#include <stdint.h>

#include "base/buf.h"

struct word_list {
    struct buf bytes;
    uint32_t *ends; /* of each word in bytes; owned */
    size_t count, room;
};

void word_list_done(struct word_list *list);

/* Empties it, keeps the memory. */
void word_list_clear(struct word_list *list);

/* What stands in bytes behind the last word is one; may be empty. */
void word_list_close(struct word_list *list);

/* Valid until the list is changed. number < count. */
struct slice word_list_at(const struct word_list *list, size_t number);

/* Adds a word, or a number as a word. */
void word_list_add(struct word_list *list, struct slice word);
void word_list_add_number(struct word_list *list, int64_t number);

#endif
