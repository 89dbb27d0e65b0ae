/* SPDX-License-Identifier: Apache-2.0
 *
 * Eight bytes as one number, to look at all of them in a few steps and without a loop, whose end
 * the processor would guess wrong for every length that varies from line to line. Byte i of memory
 * is byte i from the low end, on every machine. The bit tricks: Hacker's Delight, chapter 6.
 */
#ifndef TD_BASE_WORD_H
#define TD_BASE_WORD_H

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define WORD_ONES UINT64_C(0x0101010101010101)
#define WORD_HIGH (WORD_ONES << 7)

/* The eight bytes at p. */
static inline uint64_t word_load(const char *p)
{
    uint64_t word;
    memcpy(&word, p, sizeof(word));
    return le64toh(word);
}

/* The four bytes at p. */
static inline uint32_t word_load_half(const char *p)
{
    uint32_t half;
    memcpy(&half, p, sizeof(half));
    return le32toh(half);
}

/* Number of the first byte whose high bit is set in `marks` (no other bits set); 8: none. */
static inline size_t word_first(uint64_t marks)
{
    return marks ? (size_t)__builtin_ctzll(marks) / 8 : 8;
}

/* Number of the first byte that is `c`; 8: none. */
static inline size_t word_find(uint64_t word, char c)
{
    uint64_t other = word ^ WORD_ONES * (unsigned char)c;
    return word_first((other - WORD_ONES) & ~other & WORD_HIGH);
}

/* Marks the bytes from `from` to `to`, which are ASCII, from <= to. Each byte is looked at in its
 * own lane: a sum that passes 0x80 says "not below". */
static inline uint64_t word_range(uint64_t word, char from, char to)
{
    uint64_t low = word & ~WORD_HIGH;
    uint64_t not_below = low + WORD_ONES * (uint64_t)(0x80 - from);
    uint64_t above = low + WORD_ONES * (uint64_t)(0x7f - to);
    return not_below & ~above & ~word & WORD_HIGH;
}

/* Whether len bytes are equal; for 4 to 32 of them without a call: loads that overlap. */
static inline bool word_same(const char *a, const char *b, size_t len)
{
    if (len < 4 || len > 32)
        return memcmp(a, b, len) == 0;
    if (len < 8)
        return ((word_load_half(a) ^ word_load_half(b)) |
                (word_load_half(a + len - 4) ^ word_load_half(b + len - 4))) == 0;
    uint64_t differ =
        (word_load(a) ^ word_load(b)) | (word_load(a + len - 8) ^ word_load(b + len - 8));
    if (len > 16)
        differ |= (word_load(a + 8) ^ word_load(b + 8)) |
                  (word_load(a + len - 16) ^ word_load(b + len - 16));
    return differ == 0;
}

#endif
