/* SPDX-License-Identifier: Apache-2.0
 *
 * See word_list.h.
 */
#include "base/word_list.h"

#include "base/memory.h"

void word_list_done(struct word_list *list)
{
    buf_done(&list->bytes);
    mem_free(list->ends);
    *list = (struct word_list){0};
}

void word_list_clear(struct word_list *list)
{
    buf_clear(&list->bytes);
    list->count = 0;
}

void word_list_close(struct word_list *list)
{
    ASSERT(list->bytes.len <= UINT32_MAX);
    if (list->count == list->room) {
        list->room = list->room > 0 ? list->room * 2 : 32;
        list->ends = mem_resize(list->ends, list->room, sizeof(list->ends[0]));
    }
    list->ends[list->count++] = (uint32_t)list->bytes.len;
}

struct slice word_list_at(const struct word_list *list, size_t number)
{
    ASSERT(number < list->count);
    size_t begin = number > 0 ? list->ends[number - 1] : 0;
    return slice_first(slice_skip(buf_slice(&list->bytes), begin), list->ends[number] - begin);
}

void word_list_add(struct word_list *list, struct slice word)
{
    buf_add(&list->bytes, word);
    word_list_close(list);
}

/* By hand: a call has two dozen of them. */
void word_list_add_number(struct word_list *list, int64_t number)
{
    char digits[24], *at = digits + sizeof(digits);
    uint64_t left = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
    do {
        *--at = (char)('0' + left % 10);
        left /= 10;
    } while (left > 0);
    if (number < 0)
        *--at = '-';
    word_list_add(list, slice_between(at, digits + sizeof(digits)));
}
