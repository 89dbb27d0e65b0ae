/* SPDX-License-Identifier: Apache-2.0
 *
 * Numbers and texts in a run of bytes, as the history keeps them: numbers of 7 bits a byte, the
 * lowest first; signed ones folded so that small ones stay small; texts behind their length.
 * Reading is for bytes that a broken disk may have changed: it never leaves them, and after the
 * first fault all reads give nothing and `bad` stays set.
 */
#ifndef TD_STORE_HISTORY_BYTES_H
#define TD_STORE_HISTORY_BYTES_H

#include "base/buf.h"

static inline char *history_bytes_write(char *to, uint64_t value)
{
    for (; value >= 0x80; value >>= 7)
        *to++ = (char)(value | 0x80);
    *to++ = (char)value;
    return to;
}

#define HISTORY_NUMBER_MAX 10 /* bytes of one number */

static inline uint64_t history_bytes_fold(int64_t value)
{
    return ((uint64_t)value << 1) ^ (value < 0 ? UINT64_MAX : 0);
}

static inline int64_t history_bytes_unfold(uint64_t value)
{
    return (int64_t)(value >> 1) ^ -(int64_t)(value & 1);
}

void history_bytes_add(struct buf *to, uint64_t value);
void history_bytes_add_text(struct buf *to, struct slice text);
void history_bytes_add_double(struct buf *to, double value);

struct history_bytes {
    struct slice rest;
    bool bad;
};

/* A number up to `max`; 0 when it is larger or the bytes end. */
uint64_t history_bytes_take(struct history_bytes *from, uint64_t max);

uint32_t history_bytes_take_u32(struct history_bytes *from);

/* A number from `least`, not below 0, to `most`; all else is a fault. */
int64_t history_bytes_take_between(struct history_bytes *from, int64_t least, int64_t most);

/* `len` bytes; empty when there are fewer. */
struct slice history_bytes_take_raw(struct history_bytes *from, uint64_t len);

/* A text behind its length, at most `max` bytes. */
struct slice history_bytes_take_text(struct history_bytes *from, uint64_t max);

/* A finite number that is not below 0; all else is a fault. */
double history_bytes_take_double(struct history_bytes *from);

#endif
